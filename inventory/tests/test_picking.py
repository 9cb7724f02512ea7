"""Pick plans against the real shelves."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.errors import NotAllocated
from inventory.models import Bin, BinKind, BinStock
from inventory.planning import PickWant
from inventory.services.ledger import Move, move
from inventory.services.picking import plan_picks, unplan_picks
from inventory.tests.conftest import NOW, TESTER, Floor, make_products

pytestmark = pytest.mark.django_db


def want(floor: Floor, product: int, quantity: int, key: int = 1) -> list[PickWant]:
    return [PickWant(key, product, floor.warehouse_id, quantity)]


def test_a_plan_names_the_bin_and_marks_its_units(floor: Floor, product: int) -> None:
    floor.receive(product, 5, floor.shelves[1])
    (pick,) = plan_picks(want(floor, product, 3))
    assert (pick.bin_name, pick.pick_sequence, pick.quantity) == ("A-01-2", 20, 3)
    assert BinStock.objects.get(product_id=product).to_pick == 3
    assert [pick.quantity for pick in plan_picks(want(floor, product, 9))] == [2]
    assert plan_picks(want(floor, product, 1)) == []


def test_only_sellable_units_on_open_shelves_are_planned(floor: Floor) -> None:
    damaged, frozen, carried, closed = products = make_products(4)
    supplier = floor.bins[BinKind.SUPPLIER]
    move([Move(damaged, 5, supplier, floor.shelves[0], "receive", to_condition="damaged")], by=TESTER, now=NOW)
    floor.receive(frozen, 5, floor.shelves[1])
    floor.receive(carried, 5, floor.bins[BinKind.STAGING])
    floor.receive(closed, 5, floor.shelves[2])
    Bin.objects.filter(pk=floor.shelves[1]).update(frozen=True)
    Bin.objects.filter(pk=floor.shelves[2]).update(active=False)
    assert [plan_picks(want(floor, one, 1)) for one in products] == [[], [], [], []]


def test_a_bin_where_nothing_was_found_is_avoided(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    floor.receive(product, 5, floor.shelves[2])
    picks = plan_picks(want(floor, product, 2), avoid_bins={(product, floor.shelves[0])})
    assert [pick.bin_id for pick in picks] == [floor.shelves[2]]


def test_a_plan_taken_back_frees_the_units_and_cannot_be_taken_back_twice(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    (pick,) = plan_picks(want(floor, product, 3))
    taken = [(product, pick.bin_id, pick.lot, pick.quantity)]
    unplan_picks(taken)
    assert BinStock.objects.get(product_id=product).to_pick == 0
    with pytest.raises(NotAllocated):
        unplan_picks(taken)


def test_any_number_of_wants_is_planned_in_two_statements(floor: Floor) -> None:
    products = make_products(40)
    for one in products:
        floor.receive(one, 5)
    with CaptureQueriesContext(connection) as queries:
        picks = plan_picks([PickWant(one, one, floor.warehouse_id, 2) for one in products])
    assert (len(picks), len(queries)) == (40, 2)
