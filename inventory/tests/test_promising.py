"""From which day how many can be promised: laws, and what the selector makes of purchase orders and transfers."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from inventory import ports
from inventory.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    ShipNotice,
    ShipNoticeLine,
    Supplier,
    Transfer,
    TransferLine,
)
from inventory.planning.promising import Arrival, outlook, outlook_of_kit
from inventory.selectors.promisable import promisable
from inventory.services.products import create_product
from inventory.services.safety import set_safety_stock
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products

TODAY = date(2026, 11, 21)
days = st.integers(-3, 12).map(lambda number: TODAY + timedelta(days=number))
arrival_lists = st.lists(st.builds(Arrival, st.one_of(st.none(), days), st.integers(1, 20)), max_size=8)


def brute(start: int, coming: list[Arrival], day: date) -> int:
    here = sum(one.units for one in coming if one.on is not None and TODAY <= one.on <= day)
    return max(0, start + here)


@given(st.integers(-30, 30), arrival_lists)
def test_it_equals_what_is_counted_day_by_day(start: int, coming: list[Arrival]) -> None:
    found = outlook(start, coming, today=TODAY)
    for number in range(15):
        day = TODAY + timedelta(days=number)
        assert found.on(day) == brute(start, coming, day)
    assert found.late == sum(one.units for one in coming if one.on is None or one.on < TODAY)
    units = [step for _day, step in found.steps]
    assert units == sorted(set(units))
    assert units[0] >= 0
    assert found.steps[0][0] == TODAY


@given(st.integers(-30, 30), arrival_lists, days, st.integers(1, 20), st.integers(1, 20))
def test_more_coming_never_promises_less_and_more_waiting_never_more(
    start: int, coming: list[Arrival], day: date, more: int, quantity: int
) -> None:
    now = outlook(start, coming, today=TODAY)
    richer = outlook(start, [*coming, Arrival(day, more)], today=TODAY)
    poorer = outlook(start - more, coming, today=TODAY)
    for number in range(15):
        at = TODAY + timedelta(days=number)
        assert poorer.on(at) <= now.on(at) <= richer.on(at)
    first = now.first_day(quantity)
    assert (first is None) == (now.steps[-1][1] < quantity)
    if first is not None:
        assert now.on(first) >= quantity
        assert first == TODAY or now.on(first - timedelta(days=1)) < quantity


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(-10, 30), arrival_lists), max_size=4))
def test_a_kit_is_what_its_scarcest_part_makes_on_every_day(parts: list[tuple[int, int, list[Arrival]]]) -> None:
    own = [(each, outlook(start, coming, today=TODAY)) for each, start, coming in parts]
    kit = outlook_of_kit(own, today=TODAY)
    for number in range(15):
        day = TODAY + timedelta(days=number)
        assert kit.on(day) == min((part.on(day) // each for each, part in own), default=0)
    assert kit.late >= 0


def buy(floor: Floor, product: int, units: int, day: date | None, *, received: int = 0) -> PurchaseOrder:
    supplier, _new = Supplier.objects.get_or_create(code="S", name="Supplier")
    order = PurchaseOrder.objects.create(
        ref=f"PO-{PurchaseOrder.objects.count()}",
        supplier=supplier,
        warehouse_id=floor.warehouse_id,
        status="ordered",
        expected_on=day,
        created_at=NOW,
    )
    PurchaseOrderLine.objects.create(purchase_order=order, product_id=product, quantity=units, received=received)
    return order


def announce(floor: Floor, product: int, units: int, day: date | None, order: PurchaseOrder | None) -> None:
    supplier, _new = Supplier.objects.get_or_create(code="S", name="Supplier")
    number = ShipNotice.objects.count()
    notice = ShipNotice.objects.create(
        ref=f"ASN-{number}",
        number=str(number),
        supplier=supplier,
        warehouse_id=floor.warehouse_id,
        purchase_order=order,
        expected_on=day,
        created_at=NOW,
    )
    ShipNoticeLine.objects.create(ship_notice=notice, product_id=product, quantity=units)


def on(number: int) -> date:
    return NOW.date() + timedelta(days=number)


def steps_of(floor: Floor, product: int) -> list[tuple[int, int]]:
    found = promisable([product], [floor.warehouse_id], now=NOW)[product, floor.warehouse_id]
    return [((day - NOW.date()).days, units) for day, units in found.steps]


@pytest.mark.django_db
def test_purchase_orders_count_from_their_day_and_late_ones_not_at_all(floor: Floor, product: int) -> None:
    floor.receive(product, 3)
    buy(floor, product, 10, on(5), received=4)
    buy(floor, product, 5, on(2))
    buy(floor, product, 7, on(-1))
    buy(floor, product, 9, None)
    assert steps_of(floor, product) == [(0, 3), (2, 8), (5, 14)]
    found = promisable([product], [floor.warehouse_id], now=NOW)[product, floor.warehouse_id]
    assert found.late == 16
    assert found.first_day(8) == on(2)
    assert found.first_day(15) is None


@pytest.mark.django_db
def test_a_ship_notice_says_when_units_of_an_order_come_and_counts_them_once(floor: Floor, product: int) -> None:
    order = buy(floor, product, 10, on(9))
    announce(floor, product, 6, on(3), order)
    announce(floor, product, 8, on(4), order)  # more than is still ordered
    announce(floor, product, 2, on(5), None)
    assert steps_of(floor, product) == [(0, 0), (3, 6), (4, 10), (5, 12)]


@pytest.mark.django_db
def test_units_between_warehouses_count_where_they_go(floor: Floor, product: int) -> None:
    other = build_floor("OTHER")
    transfer = Transfer.objects.create(
        ref="TRF-1",
        source_id=other.warehouse_id,
        target_id=floor.warehouse_id,
        status="in_transit",
        expected_on=on(1),
        created_at=NOW,
    )
    TransferLine.objects.create(transfer=transfer, product_id=product, quantity=9, shipped=8, received=2, lost=1)
    assert steps_of(floor, product) == [(0, 0), (1, 5)]
    assert steps_of(other, product) == [(0, 0)]


@pytest.mark.django_db
def test_what_is_kept_back_and_what_orders_wait_for_comes_first(
    floor: Floor, product: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.receive(product, 2)
    set_safety_stock(product, floor.warehouse_id, 5, by=TESTER, now=NOW)
    key = (product, floor.warehouse_id)
    monkeypatch.setattr(ports, "backordered", lambda products, warehouses: {key: 4})
    buy(floor, product, 10, on(1))
    assert steps_of(floor, product) == [(0, 0), (1, 3)]
    monkeypatch.setattr(ports, "units_kept", lambda channel, products: {product: 2})
    found = promisable([product], [floor.warehouse_id], now=NOW, channel_id=1)[key]
    assert found.on(on(1)) == 1


@pytest.mark.django_db
def test_a_kit_waits_for_its_scarcest_component(floor: Floor) -> None:
    cup, plate = make_products(2)
    kit = create_product(
        sku="SET", name="Set", kit=[("P-001", 2), ("P-002", 1)], kit_kind="virtual", by=TESTER, now=NOW
    ).product.id
    floor.receive(cup, 5)
    floor.receive(plate, 1)
    buy(floor, plate, 5, on(2))
    buy(floor, cup, 5, on(4))
    assert steps_of(floor, kit) == [(0, 1), (2, 2), (4, 5)]


@pytest.mark.django_db
def test_a_thousand_products_cost_as_many_statements_as_one(floor: Floor) -> None:
    products = make_products(30)
    for one in products:
        buy(floor, one, 1, on(1))

    def cost(wanted: list[int]) -> int:
        with CaptureQueriesContext(connection) as queries:
            promisable(wanted, [floor.warehouse_id], now=NOW)
        return len(queries)

    assert cost(products) == cost(products[:1]) <= 7
