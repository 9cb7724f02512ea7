"""Lots and serial numbers: noted, refused, set aside in time, recalled and traced."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from core.accounts.models import User
from core.attention.selectors import open_cases
from core.outbox.models import Event
from inventory.errors import Invalid, LotMismatch, LotRequired, SerialTaken
from inventory.models import BinKind, BinStock, Lot, Product, StockMovement, Supplier, Warehouse
from inventory.selectors.lots import lot_fact, lots_numbered
from inventory.selectors.products import products_by_id
from inventory.selectors.tracing import only_lots_of, orders_with, trace_lot
from inventory.services.expiring import set_due_aside, set_lot_aside
from inventory.services.ledger import Move, move
from inventory.services.lots import NewLot, arrival_condition, correct_expiry, note_lots, require_lot
from inventory.services.recalling import lift_recall, recall_lot
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
Queries = Callable[..., object]


def receive(floor: Floor, product: int, quantity: int, lot: str, shelf: int = 0, document: str = "REC-1") -> None:
    move(
        [Move(product, quantity, floor.bins["supplier"], floor.shelves[shelf], "receive", lot=lot, document=document)],
        by=TESTER,
        now=NOW,
    )


def a_lot(product: int, number: str = "L1", days: int | None = None) -> Lot:
    return Lot.objects.create(
        product_id=product, number=number, expires_on=None if days is None else TODAY + timedelta(days=days)
    )


# --- noting ----------------------------------------------------------------------------------------------------------


def test_a_lot_is_made_once_and_completed_by_what_is_learned_later(product: int) -> None:
    day = date(2027, 5, 31)
    supplier = Supplier.objects.create(code="S", name="Seller")
    first = note_lots([NewLot(product, "L1")], now=NOW)[product, "L1"]
    second = note_lots([NewLot(product, "L1", day), NewLot(product, "L1", None, supplier.pk)], now=NOW)[product, "L1"]
    assert (first.id, first.expires_on) == (second.id, None)
    assert (second.expires_on, second.supplier_id, second.first_received_at) == (day, supplier.pk, NOW)
    again = note_lots([NewLot(product, "L1")], now=NOW + timedelta(days=1))[product, "L1"]
    assert again == second


def test_a_known_expiry_is_never_changed_silently(product: int) -> None:
    note_lots([NewLot(product, "L1", date(2027, 5, 31))], now=NOW)
    with pytest.raises(LotMismatch) as refusal, transaction.atomic():
        note_lots([NewLot(product, "L1", date(2027, 6, 30))], now=NOW)
    assert "2027-05-31" in str(refusal.value)
    with pytest.raises(LotMismatch):
        note_lots([NewLot(product, "L2", date(2027, 1, 1)), NewLot(product, "L2", date(2028, 1, 1))], now=NOW)


def test_a_wrong_expiry_is_corrected_on_purpose_and_told(product: int) -> None:
    row = a_lot(product, "L1", 5)
    for _time in range(2):
        correct_expiry(row.pk, TODAY + timedelta(days=9), by=TESTER, now=NOW)
    assert lot_fact("P-001", "L1").expires_on == TODAY + timedelta(days=9)
    (event,) = Event.objects.filter(type="lot.expiry_corrected")
    assert event.data["before"] == (TODAY + timedelta(days=5)).isoformat()


def test_the_admin_corrects_an_expiry_and_nothing_else(product: int, client: Client) -> None:
    row = a_lot(product, "L1", 5)
    client.force_login(User.objects.create_superuser("boss", password="x"))
    url = reverse("admin:inventory_lot_change", args=[row.pk])
    assert client.get(url).status_code == 200
    assert client.get(reverse("admin:inventory_lot_changelist")).status_code == 200
    assert client.get(reverse("admin:inventory_stocksnapshot_changelist")).status_code == 200
    assert client.get(reverse("admin:inventory_lot_add")).status_code == 403
    done = client.post(url, {"expires_on": "2027-05-31", "number": "other"})
    assert done.status_code == 302
    row.refresh_from_db()
    assert (row.number, row.expires_on) == ("L1", date(2027, 5, 31))


def test_many_lots_are_noted_in_two_statements(product: int, django_assert_num_queries: Queries) -> None:
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        assert len(note_lots([NewLot(product, f"L{n}") for n in range(40)] + [NewLot(product, "")], now=NOW)) == 40


def test_units_of_a_lot_arrive_quarantined_when_it_is_recalled_expired_or_near_its_end(product: int) -> None:
    Product.objects.filter(pk=product).update(expiry_horizon_days=30)

    def condition(days: int | None) -> str:
        Lot.objects.all().delete()
        a_lot(product, "L1", days)
        return str(arrival_condition(lot_fact("p-001", "L1"), today=TODAY))

    assert [condition(days) for days in (None, 30, 29, -1)] == ["sellable", "sellable", "quarantined", "quarantined"]
    Lot.objects.update(expires_on=None, recalled_at=NOW)
    assert arrival_condition(lot_fact("P-001", "L1"), today=TODAY) == "quarantined"


def test_tracked_products_do_not_come_in_without_lot_or_serial(floor: Floor, product: int) -> None:
    def wants(lot: str, quantity: int) -> None:
        require_lot(products_by_id([product])[product], lot, quantity)

    wants("", 9)
    Product.objects.update(tracking="lot")
    wants("L1", 9)
    with pytest.raises(LotRequired):
        wants("", 1)
    Product.objects.update(tracking="serial")
    wants("S1", 1)
    for lot, quantity in (("", 1), ("S1", 2)):
        with pytest.raises(LotRequired):
            wants(lot, quantity)
    receive(floor, product, 1, "S1")
    with pytest.raises(SerialTaken) as refusal:
        wants("S1", 1)
    assert "A-01-1" in str(refusal.value)
    move([Move(product, 1, floor.shelves[0], floor.bins["customer"], "ship", lot="S1")], by=TESTER, now=NOW)
    wants("S1", 1)  # it may come back


# --- expiry ----------------------------------------------------------------------------------------------------------


def test_a_lot_inside_its_horizon_is_set_aside_where_it_lies_once(floor: Floor, product: int) -> None:
    Product.objects.update(expiry_horizon_days=10)
    a_lot(product, "NEAR", 9)
    a_lot(product, "GOOD", 10)
    receive(floor, product, 3, "NEAR", 0)
    receive(floor, product, 2, "NEAR", 1)
    receive(floor, product, 4, "GOOD", 1)
    assert set_due_aside(by=TESTER, now=NOW) == 5
    assert set_due_aside(by=TESTER, now=NOW) == 0
    level = floor.level(product)
    assert (level.on_hand, level.quarantined, level.available) == (9, 5, 4)
    assert floor.in_bin(product, floor.shelves[0]) == {"quarantined": 3}
    moved = StockMovement.objects.filter(reason="expired")
    assert {(one.from_bin_id, one.to_bin_id, one.lot) for one in moved} == {
        (floor.shelves[0], floor.shelves[0], "NEAR"),
        (floor.shelves[1], floor.shelves[1], "NEAR"),
    }
    (case,) = open_cases("lot_expired")
    assert (case.detail["code"], case.detail["units"], case.warehouse_id) == ("NEAR", 5, floor.warehouse_id)
    (event,) = Event.objects.filter(type="lot.set_aside")
    assert event.data["units"] == 5


def test_each_warehouse_goes_by_its_own_day(floor: Floor, product: int) -> None:
    far = build_floor("FAR")
    a_lot(product, "L1", 0)
    receive(floor, product, 1, "L1")
    receive(far, product, 1, "L1")
    Warehouse.objects.filter(pk=far.warehouse_id).update(time_zone="Pacific/Kiritimati")
    assert set_due_aside(by=TESTER, now=NOW + timedelta(hours=2)) == 1
    assert far.level(product).quarantined == 1
    assert floor.level(product).quarantined == 0


def test_old_lots_are_found_by_the_sweep_of_everything(floor: Floor, product: int) -> None:
    a_lot(product, "OLD", -40)
    receive(floor, product, 2, "OLD")
    assert set_due_aside(by=TESTER, now=NOW) == 0
    assert set_due_aside(everything=True, by=TESTER, now=NOW) == 2


def test_units_fetched_for_an_order_are_named_and_left(floor: Floor, product: int) -> None:
    row = a_lot(product, "L1", -1)
    receive(floor, product, 3, "L1")
    tote = floor.bins[BinKind.PACKING]
    move([Move(product, 1, floor.shelves[0], tote, "pick", lot="L1")], by=TESTER, now=NOW)
    done = set_lot_aside(row.pk, floor.warehouse_id, by=TESTER, now=NOW)
    assert (done.units, done.carried) == (2, 1)
    assert open_cases("lot_expired")[0].detail["carried"] == 1


def test_the_sweep_reads_one_statement_for_any_number_of_lots_that_are_fine(
    floor: Floor, product: int, django_assert_num_queries: Queries
) -> None:
    for number in range(30):
        a_lot(product, f"L{number}", 400)
        receive(floor, product, 1, f"L{number}")
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        assert set_due_aside(by=TESTER, now=NOW) == 0


# --- recall ----------------------------------------------------------------------------------------------------------


def test_a_recall_stops_the_lot_everywhere_and_names_who_got_it(floor: Floor, product: int) -> None:
    far = build_floor("FAR")
    row = a_lot(product)
    receive(floor, product, 5, "L1")
    receive(far, product, 2, "L1")
    receive(floor, product, 4, "OTHER")
    ship = Move(product, 1, floor.shelves[0], floor.bins["customer"], "ship", lot="L1", document="ORD-1")
    move([ship], by=TESTER, now=NOW)
    fact = recall_lot(row.pk, reason="Glass in the jar", by=TESTER, now=NOW)
    assert (fact.units, fact.orders) == (6, ("ORD-1",))
    assert (floor.level(product).available, far.level(product).available) == (4, 0)
    again = recall_lot(row.pk, reason="Again", by=TESTER, now=NOW)
    assert again.units == 0
    assert lot_fact("P-001", "L1").recall_reason == "Glass in the jar"
    (case,) = open_cases("lot_recalled")
    assert case.detail["first"] == ["ORD-1"]
    (event,) = Event.objects.filter(type="lot.recalled")
    assert event.data["orders"] == ["ORD-1"]


def test_what_comes_back_of_a_recalled_lot_is_set_aside_by_the_sweep(floor: Floor, product: int) -> None:
    row = a_lot(product)
    recall_lot(row.pk, reason="Unsafe", by=TESTER, now=NOW)
    receive(floor, product, 1, "L1")
    assert set_due_aside(by=TESTER, now=NOW) == 1


def test_a_recall_needs_a_reason_and_can_be_lifted(product: int) -> None:
    row = a_lot(product)
    with pytest.raises(Invalid):
        recall_lot(row.pk, reason="  ", by=TESTER, now=NOW)
    recall_lot(row.pk, reason="Mistake", by=TESTER, now=NOW)
    lift_recall(row.pk, by=TESTER, now=NOW)
    lift_recall(row.pk, by=TESTER, now=NOW)
    assert lot_fact("P-001", "L1").recalled_at is None
    assert open_cases("lot_recalled") == []


# --- trace -----------------------------------------------------------------------------------------------------------


def test_a_lot_is_traced_from_the_supplier_to_the_orders_and_back(floor: Floor, product: int) -> None:
    a_lot(product)
    receive(floor, product, 5, "L1", document="REC-9")
    steps = [
        Move(product, 2, floor.shelves[0], floor.shelves[1], "move", lot="L1"),
        Move(product, 2, floor.shelves[0], floor.bins["customer"], "ship", lot="L1", document="ORD-1"),
        Move(product, 1, floor.shelves[1], floor.bins["customer"], "ship", lot="L1", document="ORD-2"),
        Move(product, 1, floor.shelves[1], floor.bins["scrap"], "damaged", lot="L1"),
    ]
    move(steps, by=TESTER, now=NOW)
    receive(floor, product, 9, "L2")
    told = trace_lot(lot_fact("P-001", "L1"))
    assert [(one.receipt, one.units) for one in told.arrivals] == [("REC-9", 5)]
    assert [(one.order, one.units) for one in told.delivered] == [("ORD-1", 2), ("ORD-2", 1)]
    assert [(one.bin_name, one.quantity) for one in told.here] == [("A-01-1", 1)]
    assert (told.units_arrived, told.units_delivered, told.units_here) == (5, 3, 1)
    assert len(told.movements) == 5
    assert orders_with(product, "L1") == ["ORD-1", "ORD-2"]


def test_what_comes_back_of_an_order_is_of_the_one_lot_it_got(floor: Floor) -> None:
    one_lot, two_lots, no_lot = products = make_products(3)
    for product, lot in ((one_lot, "L1"), (two_lots, "L1"), (two_lots, "L2"), (no_lot, "")):
        receive(floor, product, 2, lot)
        ship = Move(product, 1, floor.shelves[0], floor.bins["customer"], "ship", lot=lot, document="ORD-1")
        move([ship], by=TESTER, now=NOW)
    assert only_lots_of("ORD-1", products) == {one_lot: "L1"}
    assert only_lots_of("ORD-2", products) == only_lots_of("", products) == only_lots_of("ORD-1", []) == {}


def test_a_trace_costs_the_same_however_much_happened(
    floor: Floor, product: int, django_assert_max_num_queries: Queries
) -> None:
    a_lot(product)
    for number in range(25):
        receive(floor, product, 2, "L1", document=f"REC-{number}")
        ship = Move(product, 1, floor.shelves[0], floor.bins["customer"], "ship", lot="L1", document=f"ORD-{number}")
        move([ship], by=TESTER, now=NOW)
    with django_assert_max_num_queries(7):  # type: ignore[attr-defined]
        assert trace_lot(lot_fact("P-001", "L1")).units_delivered == 25


def test_skus_and_numbers_with_slashes_are_found_however_an_address_is_cut(product: int) -> None:
    Product.objects.filter(pk=product).update(sku="MUG/red")
    a_lot(product, "A/7")
    assert lot_fact("MUG/RED/A", "7").number == lot_fact("mug/red", "A/7").number == "A/7"


def test_a_number_is_found_whatever_product_has_it(product: int) -> None:
    other = make_products(1, start=5)[0]
    a_lot(product, "SAME")
    a_lot(other, "SAME")
    assert [one.sku for one in lots_numbered("SAME")] == ["P-001", "P-005"]
    assert lots_numbered("nothing") == []
    assert not BinStock.objects.exists()
