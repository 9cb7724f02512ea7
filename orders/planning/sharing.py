"""Who gets what there is: pure."""

from collections.abc import Iterable, Mapping, Sequence


def share_out(wants: Sequence[tuple[int, int]], available: Mapping[int, int]) -> list[int]:
    """How much of each want (product_id, quantity) can be had, the first first.

    The same product wanted twice draws on the same units: what is given never exceeds what is available, and nothing
    that could be given is kept back.
    """
    left: dict[int, int] = {}
    given = []
    for product_id, quantity in wants:
        rest = left.get(product_id)
        if rest is None:
            rest = max(available.get(product_id, 0), 0)
        got = quantity if quantity <= rest else rest
        left[product_id] = rest - got
        given.append(got)
    return given


def summed(wants: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Units of each product; products of which none is wanted are left out."""
    total: dict[int, int] = {}
    for product_id, quantity in wants:
        if quantity:
            total[product_id] = total.get(product_id, 0) + quantity
    return total
