"""The state machine of picking: tote → (shelf → item [× quantity] → tote, when there are several) … → done.

Pure: a ``Walk`` and what was scanned go in, a ``Decision`` comes out. The sentence a decision carries is a key; its
words are in ``shipping.services.sentences``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Step = Literal["tote", "location", "item", "put", "done"]
Verdict = Literal["ok", "line_done", "done", "already", "decision", "wrong", "unknown", "too_many", "stop"]
REFUSALS: frozenset[str] = frozenset({"wrong", "unknown", "too_many", "stop"})
# Up to this many units each one is scanned; of more, one scan proves the article and a number or the shelf the rest.
SCAN_EACH_UP_TO = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A bin or tote: what is painted on it and what its label scans as."""

    bin_id: int
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class ToteSlot:
    """A place on the cart, for one order; position 1 is A."""

    position: int
    order_ref: str
    tote: Place | None = None

    @property
    def letter(self) -> str:
        return letter_of(self.position)


@dataclass(frozen=True, slots=True)
class Stop:
    """Units to take from one bin for one order. ``codes`` maps what may be scanned (casefolded) to units a scan
    counts. ``lot`` is the lot or serial number planned, empty where stock is not kept by one. ``wishes`` are the
    buyer's for these units, ``note`` what was said of the whole order."""

    line_id: int
    position: int
    place: Place
    product_id: int
    sku: str
    name: str
    codes: Mapping[str, int]
    quantity: int
    picked: int = 0
    skipped: bool = False
    lot: str = ""
    wishes: str = ""
    note: str = ""

    @property
    def missing(self) -> int:
        return self.quantity - self.picked


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a picker stands. ``stops`` in the order of the walk, finished ones included, given up ones left out.

    ``in_hand`` units of the line ``hand_line_id`` are scanned but not yet in their tote.
    """

    ref: str
    slots: tuple[ToteSlot, ...]
    stops: tuple[Stop, ...]
    at_bin_id: int | None = None
    hand_line_id: int | None = None
    in_hand: int = 0

    @property
    def many_orders(self) -> bool:
        return len(self.slots) > 1

    @property
    def lines_done(self) -> int:
        return sum(1 for stop in self.stops if not stop.missing)


# --- what was scanned -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlaceRead:
    """A bin, or a tote. ``free``: a tote that serves no order now and is empty."""

    place: Place
    is_tote: bool = False
    free: bool = False


@dataclass(frozen=True, slots=True)
class ItemRead:
    """An article. ``lots`` are the lot and serial number on its label; a plain barcode carries none."""

    product_id: int
    name: str
    units: int = 1
    lots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberRead:
    """The quantity of the current line, typed: all that was taken for it, not what is added."""

    quantity: int


@dataclass(frozen=True, slots=True)
class UnknownRead:
    code: str


Reading = PlaceRead | ItemRead | NumberRead | UnknownRead

# --- what is to be done -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AssignTote:
    position: int
    place: Place


@dataclass(frozen=True, slots=True)
class StandAt:
    bin_id: int


@dataclass(frozen=True, slots=True)
class TakeInHand:
    """Units of a line leave the shelf for the picker's hand; nothing moves in the ledger before a tote is proved."""

    line_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class PutInTote:
    """Units of a line move from the shelf into the tote of their order."""

    line_id: int
    quantity: int


Act = AssignTote | StandAt | TakeInHand | PutInTote


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict of docs/scan-contract.md, the key of its sentence with what it names, and what is to be done."""

    verdict: Verdict
    sentence: str
    named: Mapping[str, Any] = field(default_factory=dict)
    act: Act | None = None

    @property
    def refused(self) -> bool:
        return self.verdict in REFUSALS


def letter_of(position: int) -> str:
    """The letter of a place on the cart: 1 is A, 27 is AA."""
    letters = ""
    while position > 0:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def current_stop(walk: Walk) -> Stop | None:
    """The stop to work at: the one in hand, else the first open one, skipped ones last; None when all is picked."""
    open_stops = [stop for stop in walk.stops if stop.missing]
    for stop in open_stops:
        if walk.in_hand and stop.line_id == walk.hand_line_id:
            return stop
    return next((stop for stop in open_stops if not stop.skipped), open_stops[0] if open_stops else None)


def empty_slot(walk: Walk) -> ToteSlot | None:
    """The first place on the cart without a tote."""
    return next((slot for slot in walk.slots if slot.tote is None), None)


def next_step(walk: Walk) -> Step:
    """What has to be scanned now."""
    stop = current_stop(walk)
    if stop is None:
        return "done"
    if empty_slot(walk):
        return "tote"
    if walk.at_bin_id != stop.place.bin_id:
        return "location"
    if walk.many_orders and walk.in_hand >= stop.missing:
        return "put"
    return "item"


def wants_number(walk: Walk) -> bool:
    """Whether the quantity may be typed now: a line of more than three, one unit of which was proved by a scan."""
    stop = current_stop(walk)
    return bool(
        stop and next_step(walk) == "item" and stop.quantity > SCAN_EACH_UP_TO and (stop.picked or walk.in_hand)
    )


def slot_of(walk: Walk, position: int) -> ToteSlot:
    return next(slot for slot in walk.slots if slot.position == position)


def after(walk: Walk, act: Act) -> Walk:
    """The walk once ``act`` is done."""
    if isinstance(act, AssignTote):
        return replace(
            walk,
            slots=tuple(
                replace(slot, tote=act.place) if slot.position == act.position else slot for slot in walk.slots
            ),
        )
    if isinstance(act, StandAt):
        return replace(walk, at_bin_id=act.bin_id)
    if isinstance(act, TakeInHand):
        held = walk.in_hand if walk.hand_line_id == act.line_id else 0
        return replace(walk, hand_line_id=act.line_id, in_hand=held + act.quantity)
    return replace(
        walk,
        stops=tuple(
            replace(stop, picked=stop.picked + act.quantity, skipped=False) if stop.line_id == act.line_id else stop
            for stop in walk.stops
        ),
        hand_line_id=None,
        in_hand=0,
    )


def decide(walk: Walk, reading: Reading) -> Decision:
    """What a scan means at this point of the walk. A refusal has no act: it changes nothing."""
    step = next_step(walk)
    if isinstance(reading, UnknownRead) and step != "done":
        return Decision("unknown", "unknown_code", {"code": reading.code, **_wanted(walk)})
    stop = current_stop(walk)
    if stop is None:
        return Decision("already", "walk_done")
    if step == "tote":
        return _at_tote(walk, reading)
    if step == "location":
        return _at_location(walk, stop, reading)
    if step == "put":
        return _at_put(walk, stop, reading)
    return _at_item(walk, stop, reading)


def _accept(walk: Walk, act: Act, sentence: str, **named: Any) -> Decision:
    then = after(walk, act)
    finished = then.lines_done > walk.lines_done
    named = {**named, "next": _wanted(then), "step": next_step(then)}
    if next_step(then) == "done":
        return Decision("done", "walk_done", named, act)
    return Decision("line_done" if finished else "ok", sentence, named, act)


def _wanted(walk: Walk) -> dict[str, Any]:
    stop, slot = current_stop(walk), empty_slot(walk)
    return {
        "step": next_step(walk),
        "wanted": stop.name if stop else "",
        "place": stop.place.name if stop else "",
        "tote": (slot.letter if slot else letter_of(stop.position) if stop else ""),
        "left": (stop.missing - walk.in_hand) if stop else 0,
    }


def _at_tote(walk: Walk, reading: Reading) -> Decision:
    slot = next(slot for slot in walk.slots if slot.tote is None)
    if not isinstance(reading, PlaceRead) or not reading.is_tote:
        return Decision("wrong", "tote_first", {"tote": slot.letter})
    for other in walk.slots:
        if other.tote and other.tote.bin_id == reading.place.bin_id:
            return Decision("already", "tote_already", {"scanned": reading.place.name, "tote": other.letter})
    if not reading.free:
        return Decision("wrong", "tote_busy", {"scanned": reading.place.name})
    return _accept(walk, AssignTote(slot.position, reading.place), "tote_taken", tote=slot.letter)


def _at_location(walk: Walk, stop: Stop, reading: Reading) -> Decision:
    if isinstance(reading, PlaceRead):
        if reading.place.bin_id == stop.place.bin_id:
            return _accept(walk, StandAt(stop.place.bin_id), "shelf_right")
        if reading.place.bin_id == walk.at_bin_id:
            return Decision("already", "shelf_finished", {"scanned": reading.place.name, **_wanted(walk)})
        return Decision("wrong", "wrong_shelf", {"scanned": reading.place.name, **_wanted(walk)})
    if isinstance(reading, ItemRead):
        if _enough_of(walk, reading.product_id):
            return Decision("too_many", "item_complete", {"scanned": reading.name, **_wanted(walk)})
        return Decision("wrong", "shelf_first", {"scanned": reading.name, **_wanted(walk)})
    return Decision("wrong", "shelf_first", {"scanned": "", **_wanted(walk)})


def _at_item(walk: Walk, stop: Stop, reading: Reading) -> Decision:
    left = stop.missing - walk.in_hand
    if isinstance(reading, ItemRead):
        if reading.product_id == stop.product_id:
            if stop.lot and reading.lots and stop.lot not in reading.lots:
                return Decision("wrong", "wrong_lot", {"scanned": reading.lots[0], "lot": stop.lot, **_wanted(walk)})
            if reading.units > left:
                return Decision("too_many", "case_too_big", {"units": reading.units, **_wanted(walk)})
            return _take(walk, stop, reading.units)
        if _enough_of(walk, reading.product_id):
            return Decision("too_many", "item_complete", {"scanned": reading.name, **_wanted(walk)})
        return Decision("wrong", "wrong_item", {"scanned": reading.name, **_wanted(walk)})
    if isinstance(reading, NumberRead):
        taken = stop.picked + walk.in_hand
        if not wants_number(walk):
            return Decision("wrong", "item_first", _wanted(walk))
        if reading.quantity > stop.quantity:
            return Decision("too_many", "number_too_big", {"number": reading.quantity, "needed": stop.quantity})
        if reading.quantity < taken:
            return Decision("wrong", "number_too_small", {"number": reading.quantity, "taken": taken})
        if reading.quantity == taken:
            return Decision("already", "number_same", {"taken": taken, **_wanted(walk)})
        return _take(walk, stop, reading.quantity - taken)
    if isinstance(reading, PlaceRead):
        if reading.is_tote:
            slot = slot_of(walk, stop.position)
            if walk.in_hand and slot.tote and slot.tote.bin_id == reading.place.bin_id:
                return _accept(walk, PutInTote(stop.line_id, walk.in_hand), "put_part", tote=slot.letter)
            return Decision("wrong", "item_before_tote", _wanted(walk))
        if reading.place.bin_id != stop.place.bin_id:
            return Decision("wrong", "wrong_shelf_at_item", {"scanned": reading.place.name, **_wanted(walk)})
        if wants_number(walk):
            return _take(walk, stop, left)
        return Decision("already", "shelf_again", {"scanned": reading.place.name, **_wanted(walk)})
    return Decision("wrong", "item_first", _wanted(walk))


def _take(walk: Walk, stop: Stop, units: int) -> Decision:
    act: Act = TakeInHand(stop.line_id, units) if walk.many_orders else PutInTote(stop.line_id, units)
    return _accept(
        walk, act, "item_taken", item=stop.name, taken=stop.picked + walk.in_hand + units, needed=stop.quantity
    )


def _at_put(walk: Walk, stop: Stop, reading: Reading) -> Decision:
    slot = slot_of(walk, stop.position)
    if isinstance(reading, PlaceRead):
        if slot.tote and reading.place.bin_id == slot.tote.bin_id:
            return _accept(walk, PutInTote(stop.line_id, walk.in_hand), "put_right", tote=slot.letter)
        return Decision("wrong", "wrong_tote", {"scanned": reading.place.name, "tote": slot.letter})
    if isinstance(reading, ItemRead) and reading.product_id == stop.product_id:
        return Decision("too_many", "in_hand_complete", {"scanned": reading.name, "tote": slot.letter})
    return Decision("wrong", "put_first", {"tote": slot.letter, **_wanted(walk)})


def _enough_of(walk: Walk, product_id: int) -> bool:
    stops = [stop for stop in walk.stops if stop.product_id == product_id]
    return bool(stops) and not any(stop.missing for stop in stops)
