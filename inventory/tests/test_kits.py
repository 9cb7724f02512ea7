"""What kits are made of, how many there are, and what their parts are worth."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import DjangoAssertNumQueries

from core.kernel.actors import Actor
from inventory.models import KitComponent, Product
from inventory.planning import kits
from inventory.selectors import explode, kit_availability, kits_with
from inventory.tests.conftest import Floor

pytestmark = pytest.mark.django_db
BY = Actor(kind="staff", id=1, name="tester")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

cents = st.integers(0, 10_000_00).map(lambda units: Decimal(units) / 100)
weights = st.lists(st.decimals(0, 1000, places=4), min_size=1, max_size=8)


@given(cents, weights)
def test_shares_sum_to_the_price_and_none_is_a_cent_off(price: Decimal, by: list[Decimal]) -> None:
    shares = kits.value_shares(price, by)

    total = sum(by, Decimal(0)) or Decimal(len(by))
    due = [price * (weight if sum(by) else Decimal(1)) / total for weight in by]
    assert sum(shares) == price
    assert all(abs(share - exact) < Decimal("0.01") for share, exact in zip(shares, due, strict=True))
    assert all(share >= 0 and share == share.quantize(Decimal("0.01")) for share in shares)


@given(cents, st.integers(1, 7), st.lists(st.integers(0, 9), max_size=12))
def test_units_that_come_back_bit_by_bit_are_worth_what_they_are_worth_at_once(
    value: Decimal, per_kit: int, steps: list[int]
) -> None:
    before, total = 0, Decimal(0)
    for units in steps:
        worth = kits.value_of_units(value, per_kit, before=before, units=units)
        assert worth >= 0
        total += worth
        before += units
    assert total == kits.value_of_units(value, per_kit, before=0, units=before)
    assert kits.value_of_units(value, per_kit, before=0, units=per_kit * 3) == value * 3


def test_a_price_is_shared_by_list_price_then_by_cost_then_by_units() -> None:
    one, two = Decimal(1), Decimal(2)
    assert kits.weights_of([(2, two, one), (1, one, one)]) == [Decimal(4), one]
    assert kits.weights_of([(2, two, one), (1, None, one)]) == [two, one]
    assert kits.weights_of([(2, None, one), (1, None, None)]) == [two, one]


recipes = st.dictionaries(
    st.integers(1, 6), st.dictionaries(st.integers(1, 12), st.integers(1, 3), min_size=1, max_size=3), max_size=6
)


@given(recipes, st.integers(1, 6))
def test_exploding_a_kit_is_unpacking_it_box_by_box(found: dict[int, dict[int, int]], kit: int) -> None:
    acyclic = {box: {part: n for part, n in parts.items() if part > box} for box, parts in found.items()}
    boxes = {box: parts for box, parts in acyclic.items() if parts}

    def unpack(box: int, depth: int) -> tuple[list[int], int]:
        if box not in boxes:
            return [box], depth
        units, deepest = [], depth
        for part, n in boxes[box].items():
            for _ in range(n):
                inner, below = unpack(part, depth + 1)
                units += inner
                deepest = max(deepest, below)
        return units, deepest

    units, depth = unpack(kit, 0)
    if depth > kits.DEEPEST:
        with pytest.raises(kits.KitTooDeep):
            kits.explode(kit, boxes)
        return
    assert kits.explode(kit, boxes) == {unit: units.count(unit) for unit in units}


def test_a_kit_that_contains_itself_is_found_out() -> None:
    with pytest.raises(kits.KitLoop):
        kits.explode(1, {1: {2: 1}, 2: {3: 1}, 3: {1: 1}})


def make(sku: str, kind: str = "none", **parts: int) -> int:
    product = Product.objects.create(sku=sku, name=sku, kit_kind=kind, created_at=NOW)
    for part, quantity in parts.items():
        component = Product.objects.get(sku=part.upper())
        KitComponent.objects.create(kit=product, component=component, quantity=quantity)
    return product.pk


def test_kits_in_kits_are_multiplied_out_down_to_what_is_stocked(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    cup, plate, box = make("CUP"), make("PLATE"), make("BOX", "assembled", cup=6)
    setting = make("SETTING", "virtual", cup=1, plate=2)
    dinner = make("DINNER", "virtual", setting=4, cup=1, box=1)

    with django_assert_num_queries(1):
        found = explode([dinner, setting, box, cup])

    assert {kit: {part.product_id: part.quantity for part in parts} for kit, parts in found.items()} == {
        dinner: {cup: 5, plate: 8, box: 1},
        setting: {cup: 1, plate: 2},
    }
    assert [part.sku for part in found[setting]] == ["CUP", "PLATE"]
    assert kits_with([plate, box]) == {plate: {setting, dinner}, box: {dinner}}


def test_there_are_as_many_kits_as_the_scarcest_part_allows(
    floor: Floor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cup, plate = make("CUP"), make("PLATE")
    setting = make("SETTING", "virtual", cup=1, plate=2)
    hollow = make("HOLLOW", "virtual")
    floor.receive(cup, 9)
    floor.receive(plate, 7)

    with django_assert_num_queries(2):
        found = kit_availability([setting, hollow, cup], [floor.warehouse_id])

    assert found == {(setting, floor.warehouse_id): 3}
