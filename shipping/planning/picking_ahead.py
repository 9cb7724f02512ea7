"""The scans ahead of a picker, so that the screen can judge them before the server has answered."""

from collections.abc import Iterator
from dataclasses import dataclass

from shipping.planning.picking_steps import (
    Act,
    AssignTote,
    Place,
    PutInTote,
    StandAt,
    Step,
    Stop,
    TakeInHand,
    ToteSlot,
    Walk,
    after,
    current_stop,
    next_step,
    slot_of,
    wants_number,
)


@dataclass(frozen=True, slots=True)
class ScreenStep:
    """One scan ahead. ``expect`` is empty when only the server can tell what is right."""

    step: Step
    expect: tuple[str, ...] = ()
    line_done: bool = False
    stop: Stop | None = None
    slot: ToteSlot | None = None
    nth: int = 0


def steps_ahead(walk: Walk) -> Iterator[ScreenStep]:
    """Every scan from here to the end when nothing goes wrong; a line of more than three is one scan and a number."""
    for slot in walk.slots:
        if slot.tote is None:
            yield ScreenStep("tote", slot=slot)
            walk = after(walk, AssignTote(slot.position, Place(-slot.position, "", "")))
    while (stop := current_stop(walk)) is not None:
        slot = slot_of(walk, stop.position)
        step = next_step(walk)
        if step == "location":
            yield ScreenStep("location", (stop.place.code,), stop=stop, slot=slot)
            walk = after(walk, StandAt(stop.place.bin_id))
            continue
        if step == "put":
            code = slot.tote.code if slot.tote else ""
            yield ScreenStep("put", (code,) if code else (), True, stop, slot)
            walk = after(walk, PutInTote(stop.line_id, walk.in_hand))
            continue
        have, left = stop.picked + walk.in_hand, stop.missing - walk.in_hand
        if wants_number(walk):
            yield ScreenStep("item", (), not walk.many_orders, stop, slot, have + 1)
            units = left
        else:
            fitting = tuple(code for code, counts in stop.codes.items() if counts == 1 or counts == left)
            last = left == 1 and not walk.many_orders
            cases = any(counts != 1 for counts in stop.codes.values())
            yield ScreenStep("item", () if cases and left > 1 else fitting, last, stop, slot, have + 1)
            units = 1
        act: Act = TakeInHand(stop.line_id, units) if walk.many_orders else PutInTote(stop.line_id, units)
        walk = after(walk, act)
    yield ScreenStep("done")


def scans_ahead(walk: Walk) -> int:
    """How many scans the rest of the walk takes when nothing goes wrong."""
    return sum(1 for step in steps_ahead(walk) if step.step != "done")
