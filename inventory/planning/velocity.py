"""How fast products move: classes A, B and C. Pure: no Django, no clock, no I/O."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

A_SHARE, B_SHARE = 0.80, 0.95
"""A is what makes the first 80 % of the units (or of the value), B what makes the next 15 %."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What of a product was shipped in the period: units, and their value at cost."""

    product_id: int
    units: int
    value: float


def classes(rows: Sequence[Moved]) -> dict[int, str]:
    """{product_id: A, B or C}: the better of its class by units and its class by value; unmoved products are C."""
    by_units, by_value = _classes(rows, lambda row: row.units), _classes(rows, lambda row: row.value)
    return {row.product_id: min(by_units[row.product_id], by_value[row.product_id]) for row in rows}


def _classes(rows: Sequence[Moved], amount: Callable[[Moved], float]) -> dict[int, str]:
    total = sum(amount(row) for row in rows)
    found: dict[int, str] = {}
    before = 0.0
    for row in sorted(rows, key=lambda row: (-amount(row), row.product_id)):
        share = before / total if total else 1.0
        found[row.product_id] = "C" if not amount(row) else "A" if share < A_SHARE else "B" if share < B_SHARE else "C"
        before += amount(row)
    return found
