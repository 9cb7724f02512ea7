"""Waves, cartons, weights, tracking and numbers, without a database."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipping.carriers.numbers import check_digit, is_tracking_number, tracking_number
from shipping.planning.packing import Box, Thing, expected_weight, fits, suggest, tolerance, weight_difference
from shipping.planning.tracking import MEANS, RANK, Report, whereabouts
from shipping.planning.waves import Candidate, into_walks
from shipping.states import PARCEL_TRANSITIONS, ParcelStatus, TrackingStatus

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def candidate(number: int, *, day: int = 0, lines: int = 2, rank: int = 5) -> Candidate:
    return Candidate(number, f"ORD-{number}", DAY + timedelta(days=day), rank, NOW + timedelta(minutes=number), lines)


def test_the_most_urgent_walk_first_and_orders_of_one_line_before_the_others_of_the_day() -> None:
    orders = [candidate(1, day=1), candidate(2), candidate(3, lines=1), candidate(4, rank=1)]
    walks = into_walks(orders, orders_per_walk=1)
    assert [walk[0].fulfillment_order_id for walk in walks] == [3, 4, 2, 1]


def test_a_cart_takes_so_many_orders_and_no_more() -> None:
    walks = into_walks([candidate(number) for number in range(10)], orders_per_walk=4)
    assert [len(walk) for walk in walks] == [4, 4, 2]


SMALL = Box(1, "S", "Small", 200, 150, 100, 60, 5000)
LARGE = Box(2, "L", "Large", 600, 400, 400, 400, 20000)


def test_the_smallest_carton_that_takes_everything_is_suggested() -> None:
    assert suggest([Thing("Mug", 2, 300, 100, 90, 90)], [LARGE, SMALL]) == SMALL
    assert suggest([Thing("Mug", 9, 300, 100, 90, 90)], [LARGE, SMALL]) == LARGE
    assert suggest([Thing("Ski", 1, 900, 900, 50, 50)], [LARGE, SMALL]) == LARGE  # nothing fits: the largest
    assert suggest([Thing("Mug", 1)], []) is None


def test_what_was_never_measured_is_guessed_from_its_weight() -> None:
    assert fits([Thing("Mug", 2, 200)], SMALL)
    assert not fits([Thing("Mug", 4, 200)], SMALL)
    assert not fits([Thing("?", 10)], SMALL)


def test_the_scale_may_differ_by_thirty_grams_or_three_percent() -> None:
    assert (tolerance(100), tolerance(1000), tolerance(2000)) == (30, 30, 60)
    things = [Thing("Mug", 2, 230), Thing("Plate", 1, 500)]
    expected = expected_weight(things, SMALL)
    assert expected == 1020
    assert weight_difference(things, expected_g=1020, measured_g=1050) is None


def test_a_weight_that_is_off_names_the_likely_article() -> None:
    things = [Thing("Mug", 2, 230), Thing("Plate", 1, 500)]
    heavy = weight_difference(things, expected_g=1020, measured_g=1248)
    assert heavy is not None and (heavy.grams, heavy.quantity, heavy.name) == (228, 1, "Mug")
    light = weight_difference(things, expected_g=1020, measured_g=520)
    assert light is not None and (light.grams, light.quantity, light.name) == (-500, 1, "Plate")
    odd = weight_difference(things, expected_g=1020, measured_g=1140)
    assert odd is not None and odd.name == ""


def test_without_a_weight_there_is_nothing_to_expect() -> None:
    assert expected_weight([Thing("Mug", 1, 0)], SMALL) is None


def test_planning_knows_every_tracking_and_parcel_status() -> None:
    assert set(MEANS) == set(RANK) == set(TrackingStatus.values)
    assert {one for one in MEANS.values() if one} <= set(ParcelStatus.values)


REPORTS = st.lists(
    st.builds(
        lambda status, minutes: Report(status, NOW + timedelta(minutes=minutes)),
        st.sampled_from(sorted(TrackingStatus.values)),
        st.integers(0, 6),
    ),
    max_size=6,
)


@given(REPORTS, st.randoms(use_true_random=False))
def test_the_status_is_the_same_for_every_order_and_repetition_of_the_reports(reports: list[Report], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = reports + random.sample(reports, k=len(reports) // 2)
    random.shuffle(shuffled)
    assert whereabouts(shuffled) == whereabouts(reports)


@given(REPORTS)
def test_each_further_report_is_a_step_the_table_allows(reports: list[Report]) -> None:
    status = "shipped"
    for number in range(1, len(reports) + 1):
        proven = whereabouts(reports[:number])
        if proven is not None and proven.status != status:
            assert proven.status in PARCEL_TRANSITIONS[status], (status, proven)
            status = proven.status


def test_delivered_is_terminal_except_for_a_proven_return() -> None:
    delivered = Report("delivered", NOW)
    late = Report("in_transit", NOW + timedelta(hours=3))
    back = Report("return_to_sender", NOW + timedelta(hours=4))
    for order in itertools.permutations([delivered, late]):
        proven = whereabouts(order)
        assert proven is not None and (proven.status, proven.delivered_at) == ("delivered", NOW)
    for order in itertools.permutations([delivered, late, back]):
        proven = whereabouts(order)
        assert proven is not None and proven.status == "return_to_sender"


def test_the_check_digit_is_that_of_the_postal_union() -> None:
    assert check_digit("47312482") == 9  # the example of UPU S10
    number = tracking_number(12345, "th")
    assert number == "FD000123455TH"
    assert is_tracking_number(number)


@given(st.integers(0, 99_999_999), st.integers(0, 9))
def test_a_wrong_digit_is_noticed(serial: int, place: int) -> None:
    number = tracking_number(serial, "SE")
    digit = number[2 + min(place, 7)]
    other = str((int(digit) + 1) % 10)
    wrong = number[: 2 + min(place, 7)] + other + number[3 + min(place, 7) :]
    # 10 becomes 0 and 11 becomes 5, so a few pairs share a digit; most do not.
    assert is_tracking_number(number)
    assert not is_tracking_number(wrong) or check_digit(wrong[2:10]) == int(wrong[10])


@pytest.mark.parametrize("country", ["", "Sweden", "1A"])
def test_a_number_without_a_country_is_still_well_formed(country: str) -> None:
    assert is_tracking_number(tracking_number(7, country))
