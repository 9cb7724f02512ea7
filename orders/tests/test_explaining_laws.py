"""Laws of the explanation: every unit that waits has a reason, whatever the facts are."""

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from orders.planning.explained import Coming, Facts, Hold, Level, Line, Part, Spot
from orders.planning.explaining import explain
from orders.selectors.allocation_words import (
    action_words,
    candidate_words,
    line_words,
    reason_words,
    verdict_words,
)

pytestmark = pytest.mark.slow

few = st.integers(0, 12)
levels = st.builds(
    Level,
    warehouse_id=st.integers(1, 3),
    code=st.sampled_from(["A", "B", "C"]),
    name=st.just("House"),
    own=st.booleans(),
    serves=st.booleans(),
    declined=st.booleans(),
    on_hand=few,
    allocated=few,
    mine=st.integers(0, 2),
    in_carts=few,
    quality_control=few,
    set_aside=few,
    safety_stock=few,
    kept=few,
    distance_km=st.none() | few,
)
spots = st.builds(
    Spot,
    warehouse_id=st.integers(1, 3),
    bin_id=st.integers(1, 9),
    bin=st.just("A-1"),
    bin_code=st.just("B1"),
    kind=st.sampled_from(["pick_face", "bulk", "pallet", "tote", "staging", "receiving"]),
    condition=st.sampled_from(["sellable", "quality_control", "damaged", "quarantined"]),
    lot=st.just(""),
    expires_on=st.none(),
    quantity=few,
    planned=few,
    frozen=st.booleans(),
    recalled=st.booleans(),
    unfit=st.booleans(),
)
coming = st.builds(
    Coming,
    ref=st.just("PO-118"),
    units=st.integers(1, 12),
    day=st.none() | st.just(date(2026, 5, 12)),
    is_transfer=st.booleans(),
)


@st.composite
def lines(draw: st.DrawFn, line_id: int) -> Line:
    wanted = draw(st.integers(1, 12))
    waiting = draw(st.integers(0, wanted))
    return Line(
        id=line_id,
        product_id=draw(st.integers(1, 3)),
        sku=f"SKU{line_id}",
        name="Thing",
        wanted=wanted,
        shipped=draw(st.integers(0, wanted - waiting)),
        waiting=waiting,
        kit_id=draw(st.none() | st.just(7)),
        levels=tuple(draw(st.lists(levels, max_size=3))),
        spots=tuple(draw(st.lists(spots, max_size=3))),
        coming=tuple(draw(st.lists(coming, max_size=3))),
        ahead=draw(few),
        replacements=draw(st.integers(0, 1)),
    )


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    parts = draw(
        st.lists(
            st.builds(
                Part,
                id=st.integers(1, 5),
                warehouse_id=st.integers(1, 3),
                warehouse=st.just("House"),
                own=st.booleans(),
                status=st.sampled_from(
                    ["open", "scheduled", "allocated", "released", "picking", "picked", "packing", "packed", "closed"]
                ),
                request_status=st.sampled_from(["", "requested", "accepted", "rejected"]),
                release_on=st.none() | st.just(date(2026, 6, 1)),
                units=st.dictionaries(st.integers(1, 3), st.integers(1, 5), max_size=2),
            ),
            max_size=3,
        )
    )
    hold = Hold(1, "address", "address", "?")
    return Facts(
        status=draw(st.sampled_from(["pending", "confirmed", "confirmed", "confirmed", "completed", "cancelled"])),
        lines=tuple(draw(lines(index)) for index in range(draw(st.integers(1, 3)))),
        parts=tuple(parts),
        holds=(hold,) if draw(st.booleans()) else (),
        complete=draw(st.booleans()),
        by_hand=draw(st.booleans()),
    )


@given(facts())
def test_every_unit_that_waits_has_exactly_one_reason(found: Facts) -> None:
    for one in explain(found).lines:
        assert sum(reason.units for reason in one.reasons) == one.line.waiting
        assert all(reason.units > 0 for reason in one.reasons)


@given(facts())
def test_every_code_has_words(found: Facts) -> None:
    explanation = explain(found)
    with translation.override("en"):
        assert verdict_words(explanation.verdict)
        told = [reason_words(reason) for _part, reason in explanation.parts]
        for one in explanation.lines:
            told += [reason_words(reason) for reason in one.reasons]
            told += [candidate_words(candidate) for candidate in one.candidates]
            told.append(line_words(one.line))
        told += [action_words(action) for action in explanation.actions]
    assert all(words and "_" not in words for words in told)


@given(facts())
def test_every_open_part_has_a_reason_and_every_place_a_verdict(found: Facts) -> None:
    explanation = explain(found)
    over = ("closed", "cancelled")
    assert len(explanation.parts) == sum(part.status not in over for part in found.parts)
    for one in explanation.lines:
        looked_at = {candidate.level.warehouse_id for candidate in one.candidates}
        assert looked_at == {level.warehouse_id for level in one.line.levels}


@given(facts())
def test_no_more_units_are_said_to_be_free_than_are(found: Facts) -> None:
    for one in explain(found).lines:
        free = sum(level.free for level in one.line.levels if level.serves and not level.declined)
        said = sum(reason.units for reason in one.reasons if reason.code.startswith("free"))
        assert said <= free


@given(st.integers(1, 9), st.integers(0, 60), st.lists(st.integers(1, 20), max_size=4))
def test_arrivals_go_to_those_ahead_first(waiting: int, ahead: int, arrivals: list[int]) -> None:
    way = tuple(Coming(f"PO-{index}", units, None) for index, units in enumerate(arrivals))
    line = Line(1, 1, "A", "A", wanted=waiting, shipped=0, waiting=waiting, coming=way, ahead=ahead)
    (one,) = explain(Facts("confirmed", (line,))).lines
    ours = sum(reason.units for reason in one.reasons if reason.code == "coming")
    assert ours == min(waiting, max(0, sum(arrivals) - ahead))
