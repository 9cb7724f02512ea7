"""The picker's state machine, without a database."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from shipping.planning.picking_ahead import scans_ahead, steps_ahead
from shipping.planning.picking_steps import (
    ItemRead,
    NumberRead,
    Place,
    PlaceRead,
    PutInTote,
    Stop,
    ToteSlot,
    UnknownRead,
    Walk,
    after,
    current_stop,
    decide,
    empty_slot,
    letter_of,
    next_step,
    slot_of,
)
from shipping.services.sentences import say

TOTES = [Place(100 + number, f"TOTE-{number}", f"T{number}") for number in range(1, 9)]


def stop(
    line: int, *, bin_id: int = 0, product: int = 0, quantity: int = 1, position: int = 1, picked: int = 0
) -> Stop:
    bin_id, product = bin_id or line, product or line
    place = Place(bin_id, f"A-{bin_id:02}", f"L{bin_id}")
    return Stop(line, position, place, product, f"P{product}", f"Mug {product}", {f"p{product}": 1}, quantity, picked)


def walk(*stops: Stop, orders: int = 1, totes: bool = True) -> Walk:
    slots = tuple(
        ToteSlot(position, f"ORD-{position}", TOTES[position - 1] if totes else None)
        for position in range(1, orders + 1)
    )
    return Walk("PCK-1", slots, tuple(stops))


def right(at: Walk) -> PlaceRead | ItemRead:
    """What a picker who makes no mistake scans now."""
    step, one = next_step(at), current_stop(at)
    assert one is not None
    if step == "tote":
        assert empty_slot(at) is not None
        used = {slot.tote.bin_id for slot in at.slots if slot.tote}
        return PlaceRead(next(tote for tote in TOTES if tote.bin_id not in used), is_tote=True, free=True)
    if step == "location":
        return PlaceRead(one.place)
    if step == "put":
        tote = slot_of(at, one.position).tote
        assert tote is not None
        return PlaceRead(tote, is_tote=True)
    return ItemRead(one.product_id, one.name)


def finish(at: Walk) -> tuple[Walk, int]:
    scans = 0
    while next_step(at) != "done":
        decision = decide(at, right(at))
        assert decision.act is not None and not decision.refused, decision
        at, scans = after(at, decision.act), scans + 1
        assert scans < 500
    return at, scans


def test_ten_lines_on_ten_shelves_of_one_order_take_21_scans() -> None:
    at = walk(*(stop(line) for line in range(1, 11)), totes=False)
    assert scans_ahead(at) == 21
    assert finish(at)[1] == 21


def test_ten_lines_over_four_totes_take_at_most_35_scans() -> None:
    stops = [stop(line, position=line % 4 + 1) for line in range(1, 11)]
    assert finish(walk(*stops, orders=4, totes=False))[1] <= 35


def test_the_same_shelf_twice_needs_one_scan_of_it() -> None:
    assert finish(walk(stop(1, bin_id=5), stop(2, bin_id=5)))[1] == 3


def test_a_wrong_item_is_named_with_what_is_needed_and_where() -> None:
    at = after(walk(stop(1), stop(2)), decide(walk(stop(1), stop(2)), PlaceRead(stop(1).place)).act)  # type: ignore[arg-type]
    decision = decide(at, ItemRead(2, "Mug 2"))
    assert (decision.verdict, decision.sentence, decision.act) == ("wrong", "wrong_item", None)
    assert (decision.named["scanned"], decision.named["wanted"], decision.named["place"]) == ("Mug 2", "Mug 1", "A-01")


def test_an_item_before_its_shelf_a_surplus_one_and_an_unknown_code_are_three_different_refusals() -> None:
    at = walk(stop(1, picked=1), stop(2))
    assert decide(at, ItemRead(2, "Mug 2")).verdict == "wrong"
    assert decide(at, ItemRead(1, "Mug 1")).verdict == "too_many"
    assert decide(at, UnknownRead("???")).verdict == "unknown"


def test_a_shelf_scanned_twice_says_already() -> None:
    at = walk(stop(1))
    at = after(at, decide(at, PlaceRead(stop(1).place)).act)  # type: ignore[arg-type]
    assert decide(at, PlaceRead(stop(1).place)).verdict == "already"


def test_of_more_than_three_one_scan_and_a_number_do() -> None:
    at = walk(stop(1, quantity=40))
    at = after(at, decide(at, PlaceRead(stop(1).place)).act)  # type: ignore[arg-type]
    assert decide(at, NumberRead(40)).verdict == "wrong"  # the article is not proved yet
    at = after(at, decide(at, ItemRead(1, "Mug 1")).act)  # type: ignore[arg-type]
    assert decide(at, NumberRead(41)).verdict == "too_many"
    assert decide(at, NumberRead(40)).act == PutInTote(1, 39)
    assert decide(at, PlaceRead(stop(1).place)).act == PutInTote(1, 39)  # the shelf again means all of it


def test_a_case_counts_its_units_and_one_too_large_is_refused() -> None:
    at = walk(stop(1, quantity=12))
    at = after(at, decide(at, PlaceRead(stop(1).place)).act)  # type: ignore[arg-type]
    assert decide(at, ItemRead(1, "Mug 1", units=6)).act == PutInTote(1, 6)
    assert decide(at, ItemRead(1, "Mug 1", units=24)).verdict == "too_many"


def test_the_wrong_tote_is_refused_and_the_right_one_proves_the_put() -> None:
    at = walk(stop(1, position=2), orders=2)
    at = after(at, decide(at, PlaceRead(stop(1).place)).act)  # type: ignore[arg-type]
    at = after(at, decide(at, ItemRead(1, "Mug 1")).act)  # type: ignore[arg-type]
    assert next_step(at) == "put"
    assert decide(at, PlaceRead(TOTES[0], is_tote=True)).sentence == "wrong_tote"
    assert decide(at, ItemRead(1, "Mug 1")).verdict == "too_many"
    assert decide(at, PlaceRead(TOTES[1], is_tote=True)).act == PutInTote(1, 1)


def test_a_busy_tote_is_refused() -> None:
    at = walk(stop(1), totes=False)
    assert decide(at, PlaceRead(TOTES[0], is_tote=True, free=False)).sentence == "tote_busy"
    assert decide(at, PlaceRead(stop(1).place)).sentence == "tote_first"


def test_places_on_the_cart_have_letters() -> None:
    assert [letter_of(number) for number in (1, 4, 26, 27)] == ["A", "D", "Z", "AA"]


STOPS = st.lists(
    st.builds(
        stop,
        st.just(1),
        bin_id=st.integers(1, 4),
        product=st.integers(1, 3),
        quantity=st.integers(1, 6),
        position=st.integers(1, 3),
    ),
    min_size=1,
    max_size=6,
).map(
    lambda stops: [
        Stop(n, s.position, s.place, s.product_id, s.sku, s.name, s.codes, s.quantity) for n, s in enumerate(stops, 1)
    ]
)
READINGS = st.one_of(
    st.builds(lambda n: PlaceRead(Place(n, f"A-{n:02}", f"L{n}")), st.integers(1, 6)),
    st.builds(lambda n: PlaceRead(TOTES[n], is_tote=True, free=True), st.integers(0, 5)),
    st.builds(lambda n, units: ItemRead(n, f"Mug {n}", units), st.integers(1, 4), st.integers(1, 7)),
    st.builds(NumberRead, st.integers(0, 8)),
    st.builds(UnknownRead, st.text(max_size=5)),
)


@given(STOPS, st.lists(READINGS, max_size=60))
def test_whatever_is_scanned_no_line_gets_more_than_it_wants_and_the_list_can_be_finished(
    stops: list[Stop], readings: list[PlaceRead | ItemRead | NumberRead | UnknownRead]
) -> None:
    at = walk(*stops, orders=3, totes=False)
    for reading in readings:
        decision = decide(at, reading)
        if decision.refused:
            assert decision.act is None
        if decision.act is not None:
            at = after(at, decision.act)
        assert all(0 <= one.picked <= one.quantity for one in at.stops)
        one = current_stop(at)
        assert at.in_hand == 0 or (one is not None and at.in_hand <= one.missing)
    done, _scans = finish(at)
    assert all(one.picked == one.quantity for one in done.stops)


@given(STOPS)
def test_the_steps_foretold_are_the_steps_that_come(stops: list[Stop]) -> None:
    small = [
        Stop(s.line_id, s.position, s.place, s.product_id, s.sku, s.name, s.codes, min(s.quantity, 3)) for s in stops
    ]
    at = walk(*small, orders=3, totes=False)
    assert scans_ahead(at) == finish(at)[1]
    assert [step.step for step in steps_ahead(at)][-1] == "done"


def test_a_label_of_another_lot_is_refused_and_one_without_a_lot_is_not() -> None:
    planned = replace(stop(1, quantity=2), lot="L-7")
    there = replace(walk(planned), at_bin_id=planned.place.bin_id)
    other = decide(there, ItemRead(1, "Mug 1", 1, ("L-8",)))
    assert (other.verdict, other.sentence, other.act) == ("wrong", "wrong_lot", None)
    assert say(other)[1] == "This is lot L-8 – you need lot L-7 of Mug 1 from A-01. Scan again."
    for lots in (("L-7",), ("B-1", "L-7"), ()):
        assert decide(there, ItemRead(1, "Mug 1", 1, lots)).verdict == "ok"
    loose = replace(there, stops=(replace(planned, lot=""),))
    assert decide(loose, ItemRead(1, "Mug 1", 1, ("L-8",))).verdict == "ok"
