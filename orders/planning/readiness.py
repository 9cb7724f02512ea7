"""Which parts of an order may go to the floor: pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an order in one warehouse that nobody has begun.

    ``taken_on``: our own people or a third party that accepted will do it. ``later``: its day has not come yet.
    """

    taken_on: bool
    later: bool


def verdicts(parts: Sequence[Part], *, together: bool, something_waits: bool) -> list[str]:
    """``allocated`` (may go), ``scheduled`` (its day is to come) or ``open`` (waits), of each part.

    An order that ships ``together`` lets nothing go while ``something_waits`` for stock, or while one part may not go.
    """
    held_up = together and (something_waits or any(one.later or not one.taken_on for one in parts))
    return [_verdict(one, held_up=held_up, something_waits=together and something_waits) for one in parts]


def _verdict(part: Part, *, held_up: bool, something_waits: bool) -> str:
    if something_waits or not part.taken_on:
        return "open"
    if part.later:
        return "scheduled"
    return "open" if held_up else "allocated"
