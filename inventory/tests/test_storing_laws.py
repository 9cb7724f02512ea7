"""The laws of storing, for any bin Hypothesis can think of, and names of many bins from a first and a last."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from inventory.planning.bin_names import MOST, BadPattern, expand
from inventory.planning.storing import (
    PLENTY,
    ROOM,
    Article,
    Place,
    broken_rule,
    fault_of,
    options_for,
    room_for,
    units_that_fit,
)

classes = st.sampled_from(["", "3", "8"])
articles = st.builds(
    Article,
    product_id=st.integers(1, 3),
    mm3=st.integers(0, 5_000_000),
    grams=st.integers(0, 20_000),
    hazard=classes,
    velocity=st.sampled_from(["", "A", "C"]),
)
limits = st.none() | st.integers(0, 500)
some_classes = st.frozensets(st.sampled_from(["3", "8"]))
places = st.builds(
    Place,
    bin_id=st.integers(1, 50),
    name=st.sampled_from(["A-1", "B-1"]),
    code=st.just("L"),
    kind=st.sampled_from(["pick_face", "bulk", "receiving", "pallet"]),
    pick_sequence=st.integers(0, 9),
    capacity_ml=limits,
    capacity_g=st.none() | st.integers(0, 200_000),
    capacity_units=limits,
    one_product=st.booleans(),
    frozen=st.booleans(),
    allowed_hazards=some_classes,
    used_units=st.integers(0, 100),
    used_mm3=st.integers(0, 600_000),
    used_g=st.integers(0, 300_000),
    product_ids=st.frozensets(st.integers(1, 3)),
    hazards=st.frozensets(st.sampled_from(["3", "8"]), max_size=1),
)


def after(place: Place, article: Article, units: int) -> Place:
    """The place once the units lie there."""
    known = {name: getattr(place, name) for name in Place.__dataclass_fields__}
    return Place(
        **known
        | {
            "used_units": place.used_units + units,
            "used_mm3": place.used_mm3 + units * article.mm3,
            "used_g": place.used_g + units * article.grams,
            "product_ids": place.product_ids | {article.product_id},
        }
    )


@given(articles, places)
def test_as_many_as_fit_may_be_put_there_and_not_one_more(article: Article, place: Place) -> None:
    fits = units_that_fit(article, place)
    assert 0 <= fits <= PLENTY
    if fits:
        assert fault_of([(article, fits)], place) is None
    if fits < PLENTY:
        assert fault_of([(article, fits + 1)], place) is not None


@given(articles, places, st.integers(1, 50))
def test_what_is_put_there_is_room_gone(article: Article, place: Place, units: int) -> None:
    before, _fault = room_for(article, place)
    if before < PLENTY and units <= before:
        assert room_for(article, after(place, article, units))[0] == before - units


@given(st.lists(st.tuples(articles, st.integers(1, 20)), min_size=1, max_size=4), places)
def test_a_load_that_fits_breaks_no_rule_and_overruling_room_breaks_none_either(
    load: list[tuple[Article, int]], place: Place
) -> None:
    fault = fault_of(load, place)
    rule = broken_rule([article for article, _units in load], place)
    assert (fault in ROOM or fault is None) == (rule is None)


@given(st.lists(st.tuples(articles, st.integers(1, 20)), min_size=1, max_size=3), st.lists(places, max_size=8))
def test_every_option_takes_something_and_those_that_take_all_come_first(
    load: list[tuple[Article, int]], some: list[Place]
) -> None:
    options = options_for(load, some)
    units = sum(count for _article, count in load)
    whole = [option.fits >= units for option in options]
    assert whole == sorted(whole, reverse=True)
    for option in options:
        assert option.place in some
        assert broken_rule([article for article, _units in load], option.place) is None
        if option.fits >= units:
            assert fault_of(load, option.place) is None


def test_names_run_from_the_first_to_the_last_the_right_one_fastest() -> None:
    assert expand("a-01-1-A … A-02-1-B") == ["A-01-1-A", "A-01-1-B", "A-02-1-A", "A-02-1-B"]
    assert len(expand("A-01-1-A … A-10-4-D")) == 160
    assert expand("B9..B11") == ["B9", "B10", "B11"]
    assert expand("DOCK-1") == ["DOCK-1"]


@pytest.mark.parametrize(
    ("pattern", "wrong"),
    [
        ("A-1 … A-1-2", "shape"),
        ("A-2 … A-1", "order"),
        ("A … BB", "shape"),
        ("A-0001 … Z-9999", "too_many"),
        ("", "shape"),
        ("A … B … C", "shape"),
        ("X" * 41, "too_long"),
    ],
)
def test_a_pattern_that_names_nothing_says_what_is_wrong(pattern: str, wrong: str) -> None:
    with pytest.raises(BadPattern, match=wrong):
        expand(pattern)


@given(st.integers(0, 99), st.integers(0, 99), st.sampled_from("ABCDEF"), st.sampled_from("ABCDEF"))
def test_names_are_unique_and_count_what_they_should(low: int, high: int, first: str, last: str) -> None:
    if low > high or first > last:
        return
    names = expand(f"R-{low:02}-{first} … R-{high:02}-{last}")
    assert len(names) == len(set(names)) == (high - low + 1) * (ord(last) - ord(first) + 1) <= MOST
