"""Which movements explain a difference. Pure: no Django, no clock, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

PAIRS_AMONG = 60
"""Among how many of the last movements two that explain a difference together are looked for."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What one movement did to one counter: ``effect`` is added to it, ``quantity`` is what was moved."""

    id: int
    quantity: int
    effect: int
    reason: str
    document: str
    actor_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Explanation:
    """The movements whose effect is the difference. ``missing``: the counter lacks them; else it has them twice.

    None of them explains it when ``movements`` is empty: the counter was written past the ledger.
    """

    movements: tuple[Effect, ...] = ()
    missing: bool = True


def explain(difference: int, effects: Sequence[Effect]) -> Explanation:
    """The fewest and latest movements that make the ``difference`` (expected − stored) of a counter.

    ``effects`` are newest first. One movement is looked for first, then the last few in a row, then any two; in each
    step those the counter lacks before those it has twice.
    """
    for wanted, missing in ((difference, True), (-difference, False)):
        for one in effects:
            if one.effect == wanted:
                return Explanation((one,), missing)
    for wanted, missing in ((difference, True), (-difference, False)):
        total = 0
        for count, one in enumerate(effects, start=1):
            total += one.effect
            if total == wanted:
                return Explanation(tuple(effects[:count]), missing)
    for wanted, missing in ((difference, True), (-difference, False)):
        for first, second in combinations(effects[:PAIRS_AMONG], 2):
            if first.effect + second.effect == wanted:
                return Explanation((first, second), missing)
    return Explanation()
