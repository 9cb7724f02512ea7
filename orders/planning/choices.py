"""What a customer can choose when something of an order is missing: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WAIT, SHIP_AVAILABLE, SUBSTITUTE, CANCEL = "wait", "ship_available", "substitute", "cancel"


@dataclass(frozen=True, slots=True)
class Replacement:
    """``units`` of another product instead of what is missing of a line."""

    line_id: int
    product_id: int
    units: int


def options(*, held_back: bool, replacements: Sequence[Replacement]) -> list[str]:
    """The choices that make sense, in the order they are offered.

    ``held_back``: units that are there wait for those that are not, so sending them ahead would change something.
    """
    found = [WAIT]
    if held_back:
        found.append(SHIP_AVAILABLE)
    if replacements:
        found.append(SUBSTITUTE)
    return [*found, CANCEL]


def replacements(
    missing: Mapping[int, int], candidates: Mapping[int, Sequence[int]], there: Mapping[int, int]
) -> list[Replacement]:
    """What is offered instead of ``missing`` {line: units}: the first candidate of a line of which there is enough.

    Lines draw on the same units: two of them are never offered one unit. A line is replaced whole or not at all.
    """
    left = dict(there)
    found = []
    for line_id, units in missing.items():
        for product_id in candidates.get(line_id, ()):
            if units > 0 and left.get(product_id, 0) >= units:
                left[product_id] -= units
                found.append(Replacement(line_id, product_id, units))
                break
    return found
