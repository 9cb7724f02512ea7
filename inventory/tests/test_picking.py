"""Pick plans against the real shelves."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.errors import NotAllocated
from inventory.models import Bin, BinKind, BinStock, Lot, Product, Warehouse
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


def lot_of(product: int, number: str, expires_on: date | None = None, **fields: object) -> None:
    Lot.objects.create(product_id=product, number=number, expires_on=expires_on, **fields)


def receive_lot(floor: Floor, product: int, quantity: int, bin_id: int, lot: str) -> None:
    move([Move(product, quantity, floor.bins[BinKind.SUPPLIER], bin_id, "receive", lot=lot)], by=TESTER, now=NOW)


def test_the_lot_that_expires_first_is_fetched_first(floor: Floor, product: int) -> None:
    Product.objects.filter(pk=product).update(removal="fefo")
    for lot, day, shelf in (("LATE", 30, 0), ("SOON", 5, 1), ("NEVER", None, 2)):
        lot_of(product, lot, NOW.date() + timedelta(days=day) if day else None)
        receive_lot(floor, product, 4, floor.shelves[shelf], lot)
    picks = plan_picks(want(floor, product, 9), now=NOW)
    assert [(pick.lot, pick.quantity) for pick in picks] == [("SOON", 4), ("LATE", 4), ("NEVER", 1)]


def test_recalled_lots_and_those_inside_their_horizon_are_no_candidates(floor: Floor, product: int) -> None:
    Product.objects.filter(pk=product).update(expiry_horizon_days=10)
    lot_of(product, "BACK", recalled_at=NOW)
    lot_of(product, "NEAR", NOW.date() + timedelta(days=9))
    lot_of(product, "GOOD", NOW.date() + timedelta(days=10))
    for lot, shelf in (("BACK", 0), ("NEAR", 1), ("GOOD", 2)):
        receive_lot(floor, product, 3, floor.shelves[shelf], lot)
    assert [(pick.lot, pick.quantity) for pick in plan_picks(want(floor, product, 9), now=NOW)] == [("GOOD", 3)]
    assert plan_picks(want(floor, product, 1), now=NOW + timedelta(days=1)) == []


def test_the_day_that_ends_a_lot_is_the_warehouses_own(floor: Floor, product: int) -> None:
    lot_of(product, "L", NOW.date())
    receive_lot(floor, product, 3, floor.shelves[0], "L")
    Warehouse.objects.update(time_zone="Pacific/Kiritimati")  # there it is tomorrow from 10:00 UTC on
    assert plan_picks(want(floor, product, 1), now=NOW + timedelta(hours=2)) == []
    Warehouse.objects.update(time_zone="America/Los_Angeles")
    assert len(plan_picks(want(floor, product, 1), now=NOW + timedelta(hours=2))) == 1


def test_any_number_of_wants_is_planned_in_two_statements(floor: Floor) -> None:
    products = make_products(40)
    for one in products:
        floor.receive(one, 5)
    with CaptureQueriesContext(connection) as queries:
        picks = plan_picks([PickWant(one, one, floor.warehouse_id, 2) for one in products])
    assert (len(picks), len(queries)) == (40, 2)
