"""The laws of the planner that chooses where an order ships from."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.planning.geography import distance_km, point_of
from orders.planning.routing import Demand, Place, Routing, plan

pytestmark = pytest.mark.slow

PRODUCTS = range(1, 5)
articles = st.builds(
    lambda product, units: Demand(((product, 1),), units), st.sampled_from(PRODUCTS), st.integers(1, 4)
)
kits = st.builds(
    lambda recipe, units: Demand(tuple(sorted(recipe.items())), units),
    st.dictionaries(st.sampled_from(PRODUCTS), st.integers(1, 2), min_size=2, max_size=3),
    st.integers(1, 3),
)
orders = st.lists(st.one_of(articles, articles, kits), min_size=1, max_size=4)
plain_orders = st.lists(articles, min_size=1, max_size=4)
some_places = st.lists(
    st.builds(
        Place,
        id=st.integers(1, 6),
        kind=st.sampled_from(["own", "third_party", "drop_ship"]),
        days=st.integers(0, 2),
        distance_km=st.none() | st.integers(0, 3000),
        cost=st.integers(0, 3).map(Decimal),
        room=st.none() | st.integers(0, 2),
        position=st.integers(0, 2),
        active=st.sampled_from([True, True, True, False]),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda place: place.id,
)
stocks = st.dictionaries(st.tuples(st.sampled_from(PRODUCTS), st.integers(1, 6)), st.integers(-2, 6))


def shipped(demands: list[Demand], routing: Routing) -> int:
    return sum(demand.units * count for leg in routing.legs for demand, count in zip(demands, leg.shares, strict=True))


def can_alone(demands: list[Demand], stock: dict[tuple[int, int], int], place: Place) -> bool:
    wanted: dict[int, int] = {}
    for demand in demands:
        for product, per in demand.parts:
            wanted[product] = wanted.get(product, 0) + per * demand.quantity
    return place.active and all(stock.get((product, place.id), 0) >= units for product, units in wanted.items())


@given(orders, stocks, some_places, st.booleans())
def test_no_more_is_shipped_than_was_wanted_and_is_there(
    demands: list[Demand], stock: dict[tuple[int, int], int], places: list[Place], together: bool
) -> None:
    routing = plan(demands, stock, places, together=together)

    taken: dict[tuple[int, int], int] = {}
    for leg in routing.legs:
        assert any(leg.shares)
        for demand, count in zip(demands, leg.shares, strict=True):
            for product, per in demand.parts:
                taken[product, leg.place_id] = taken.get((product, leg.place_id), 0) + per * count
    assert all(units <= stock.get(key, 0) for key, units in taken.items() if units)
    for index, demand in enumerate(demands):
        assert 0 <= sum(leg.shares[index] for leg in routing.legs) <= demand.quantity
    assert len({leg.place_id for leg in routing.legs}) == len(routing.legs) <= len(places)


@given(orders, stocks, some_places, st.booleans())
def test_what_one_warehouse_can_send_alone_is_sent_from_one(
    demands: list[Demand], stock: dict[tuple[int, int], int], places: list[Place], together: bool
) -> None:
    able = {place.id for place in places if can_alone(demands, stock, place)}
    routing = plan(demands, stock, places, together=together)

    if able:
        assert [leg.place_id in able for leg in routing.legs] == [True]
        assert shipped(demands, routing) == sum(demand.units * demand.quantity for demand in demands)


@given(orders, stocks, some_places, st.sets(st.integers(1, 6)))
def test_nothing_ships_from_where_it_may_not(
    demands: list[Demand], stock: dict[tuple[int, int], int], places: list[Place], allowed: set[int]
) -> None:
    routing = plan(demands, stock, places, allowed=sorted(allowed))

    usable = {place.id for place in places if place.active and (not allowed or place.id in allowed)}
    assert {leg.place_id for leg in routing.legs} <= usable


@given(orders, stocks, some_places, st.booleans(), st.randoms())
def test_the_same_question_has_one_answer(
    demands: list[Demand], stock: dict[tuple[int, int], int], places: list[Place], together: bool, dice: object
) -> None:
    mixed = list(places)
    dice.shuffle(mixed)  # type: ignore[attr-defined]

    assert plan(demands, stock, places, together=together) == plan(demands, stock, mixed, together=together)


@given(plain_orders, stocks, some_places)
def test_all_that_is_anywhere_ships_and_in_as_few_parcels_as_can_be(
    demands: list[Demand], stock: dict[tuple[int, int], int], places: list[Place]
) -> None:
    def covered(some: tuple[Place, ...]) -> int:
        wanted: dict[int, int] = {}
        for demand in demands:
            product = demand.parts[0][0]
            wanted[product] = wanted.get(product, 0) + demand.quantity
        return sum(
            min(units, sum(max(stock.get((product, place.id), 0), 0) for place in some))
            for product, units in wanted.items()
        )

    routing = plan(demands, stock, places)
    usable = [place for place in places if place.active]
    most = covered(tuple(usable))
    fewest = next(
        size
        for size in range(len(usable) + 1)
        if any(covered(some) == most for some in itertools.combinations(usable, size))
    )
    assert shipped(demands, routing) == most
    assert len(routing.legs) == fewest


@given(orders, stocks, some_places)
def test_an_order_that_ships_complete_is_divided_only_when_that_makes_it_whole(
    demands: list[Demand], stock: dict[tuple[int, int], int], places: list[Place]
) -> None:
    routing = plan(demands, stock, places, together=True)

    if len(routing.legs) > 1:
        assert shipped(demands, routing) == sum(demand.units * demand.quantity for demand in demands)


@given(plain_orders, stocks, some_places)
def test_another_warehouse_never_makes_less_ship(
    demands: list[Demand], stock: dict[tuple[int, int], int], places: list[Place]
) -> None:
    whole = plan(demands, stock, places)
    fewer = plan(demands, stock, places[1:])

    assert shipped(demands, whole) >= shipped(demands, fewer)


@given(orders, stocks, some_places, st.booleans())
def test_every_warehouse_is_told_why(
    demands: list[Demand], stock: dict[tuple[int, int], int], places: list[Place], together: bool
) -> None:
    routing = plan(demands, stock, places, together=together)

    assert sorted(one.place.id for one in routing.weighed) == sorted(place.id for place in places)
    chosen = {one.place.id: one.units for one in routing.weighed if one.verdict == "chosen"}
    assert chosen == {
        leg.place_id: sum(demand.units * count for demand, count in zip(demands, leg.shares, strict=True))
        for leg in routing.legs
    }


def mug(units: int) -> Demand:
    return Demand(((1, 1),), units)


def reasons(routing: Routing) -> dict[int, str]:
    return {one.place.id: one.reason for one in routing.weighed}


def test_what_leaves_today_goes_before_what_is_nearer() -> None:
    here = Place(1, days=0, distance_km=2000, position=2)
    there = Place(2, days=1, distance_km=10, position=1)
    routing = plan([mug(1)], {(1, 1): 1, (1, 2): 1}, [here, there])

    assert reasons(routing) == {1: "covers_all", 2: "leaves_later"}


def test_a_warehouse_whose_day_is_full_leaves_a_day_later() -> None:
    routing = plan([mug(1)], {(1, 1): 1, (1, 2): 1}, [Place(1, room=0), Place(2, position=1)])

    assert reasons(routing) == {2: "covers_all", 1: "full"}


def test_near_before_cheap_cheap_before_own_own_before_first_in_the_list() -> None:
    stock = {(1, place): 1 for place in (1, 2, 3, 4, 5)}
    places = [
        Place(1, distance_km=900, cost=Decimal(1)),
        Place(2, distance_km=20, cost=Decimal(5)),
        Place(3, distance_km=200, cost=Decimal(3), kind="third_party"),
        Place(4, distance_km=100, cost=Decimal(3), position=9),
        Place(5, distance_km=240, cost=Decimal(3), position=10),
    ]

    assert reasons(plan([mug(1)], stock, places)) == {
        4: "covers_all",
        5: "later_in_list",
        3: "not_own",
        2: "dearer",
        1: "farther",
    }


def test_a_line_is_not_divided_when_one_of_the_parcels_can_take_it_whole() -> None:
    lamp = Demand(((2, 1),), 1)
    stock = {(1, 1): 2, (2, 1): 1, (1, 2): 3, (3, 2): 1}
    routing = plan([mug(3), lamp, Demand(((3, 1),), 1)], stock, [Place(1), Place(2)])

    assert [(leg.place_id, leg.shares) for leg in routing.legs] == [(1, (0, 1, 0)), (2, (3, 0, 1))]


def test_a_kit_is_never_divided() -> None:
    tea_set = Demand(((1, 1), (2, 2)), 2)
    routing = plan([tea_set], {(1, 1): 5, (2, 1): 1, (1, 2): 1, (2, 2): 9}, [Place(1), Place(2)])

    assert [(leg.place_id, leg.shares) for leg in routing.legs] == [(2, (1,))]


def test_the_way_is_measured_over_the_ground() -> None:
    london, paris = (51.5, -0.12), (48.85, 2.35)

    assert distance_km(london, paris) in range(335, 350)
    assert distance_km((0, 179.5), (0, -179.5)) in range(105, 120)
    assert distance_km(point_of("GB"), point_of("ZZ")) is None
    assert point_of("gb", "51.5", "-0.12") == (51.5, -0.12)
    assert point_of("GB", "51.5", "west") == point_of("GB")
    assert (distance_km(point_of("SE"), point_of("NO")) or 0) < (distance_km(point_of("SE"), point_of("PT")) or 0)
