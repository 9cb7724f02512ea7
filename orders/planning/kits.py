"""Who gets what there is when some of it is wanted in kits: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """``wanted`` units of a product in all, of which ``had`` were got before, ``per_kit`` for each kit."""

    product_id: int
    per_kit: int
    had: int
    wanted: int


def share_out_whole(groups: Sequence[Sequence[Part]], available: Mapping[int, int]) -> list[list[int]]:
    """How many units each part of each group gets, the first group first.

    A group is a kit of several parts, or a single article (``per_kit`` 1): its parts get what makes as many of it whole
    as can be, and none gets a unit that would lie beside an unfinished kit. A part that was given more than its fellows
    before keeps it. The same product in several groups draws on the same units.
    """
    left = {product_id: max(units, 0) for product_id, units in available.items()}
    shares = []
    for group in groups:
        whole = _whole(group, left)
        given = [_need(part, whole) for part in group]
        for part, units in zip(group, given, strict=True):
            left[part.product_id] = left.get(part.product_id, 0) - units
        shares.append(given)
    return shares


def _need(part: Part, kits: int) -> int:
    return max(min(kits * part.per_kit, part.wanted) - part.had, 0)


def _whole(group: Sequence[Part], left: Mapping[int, int]) -> int:
    """The most kits that can be made whole: what they need grows with their number, so it is found by halving."""
    fewest, most = 0, max((-(-part.wanted // part.per_kit) for part in group), default=0)
    while fewest < most:
        kits = (fewest + most + 1) // 2
        needs: dict[int, int] = {}
        for part in group:
            needs[part.product_id] = needs.get(part.product_id, 0) + _need(part, kits)
        if all(units <= left.get(product_id, 0) for product_id, units in needs.items()):
            fewest = kits
        else:
            most = kits - 1
    return fewest
