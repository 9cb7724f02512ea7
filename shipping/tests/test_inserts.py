"""Inserts at the bench: laid in, scanned where they can be, taken from stock, and never in anybody's way."""

import threading

import pytest
from django.db import connection, transaction

from inventory.services import issuing
from inventory.services.issuing import IssueWant
from inventory.tests.threads import together
from orders.services.cancellation import cancel_order
from orders.services.intake import place_order
from orders.tests.shop import request_for
from shipping.models import Carton, PackagingInsert, PackagingRule, Parcel, ParcelInsert
from shipping.selectors.pack_jobs import pack_job
from shipping.services.bulk_packing import pack_many
from shipping.services.labels import purchase_label
from shipping.services.pack_scans import leave_out, scan_pack, weigh_parcel
from shipping.services.packing import finish_parcel, open_parcel, pack_all, split_parcel
from shipping.services.withdrawing import follow_order
from shipping.tests.books import assert_floor_balances, units_in
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

pytestmark = pytest.mark.slow

CARDS = 50


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"ART01": 40, "ART02": 40, "CARD": CARDS, "SAMPLE": 5})


def without_barcode(floor: Floor, sku: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM inventory_barcode WHERE product_id = %s", [floor.shop.products[sku]])


def rule(floor: Floor, *skus: str, every: bool = False, **more: object) -> PackagingRule:
    row = PackagingRule.objects.create(code=f"rule-{PackagingRule.objects.count()}", name="Every order", **more)
    for sku in skus:
        PackagingInsert.objects.create(rule=row, product_id=floor.shop.products[sku], every_parcel=every)
    return row


def opened(floor: Floor, lines: dict[str, int]) -> Parcel:
    order = floor.order(lines)
    floor.pick(order)
    fact = open_parcel(
        floor.tote_of(order), warehouse_id=floor.warehouse_id, user_id=floor.picker.pk, by=floor.by, now=NOW
    )
    return Parcel.objects.get(pk=fact.id)


def level(floor: Floor, sku: str) -> tuple[int, int, int]:
    """(On hand, allocated, free) units."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT on_hand, allocated, free FROM inventory_stocklevel WHERE product_id = %s AND warehouse_id = %s",
            [floor.shop.products[sku], floor.warehouse_id],
        )
        found = cursor.fetchone()
        return int(found[0]), int(found[1]), int(found[2])


def on_hand(floor: Floor, sku: str) -> int:
    return level(floor, sku)[0]


def insert_moves() -> list[tuple[int, str, str, int]]:
    """(Units, document, note, from bin) of what was laid in."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quantity, document, note, from_bin_id FROM inventory_stockmovement WHERE reason = 'insert'"
        )
        return [tuple(row) for row in cursor.fetchall()]


def test_a_card_without_a_barcode_costs_no_scan_and_leaves_stock_with_the_box(floor: Floor) -> None:
    without_barcode(floor, "CARD")
    rule(floor, "CARD")
    parcel = opened(floor, {"ART01": 2, "ART02": 1})  # 1: the tote
    job = pack_job(parcel.ref)
    assert [(one["sku"], one["waits"]) for one in job["inserts"]] == [("CARD", False)]
    verdicts = [floor.pack_scan(parcel.ref, code) for code in ("EAN-ART01", "EAN-ART01", "EAN-ART02")]  # 2 to 4
    assert verdicts[-1].next == "buy_label"
    label = purchase_label(parcel.ref, by=floor.by, now=NOW)
    assert floor.pack_scan(parcel.ref, label.tracking_number).verdict == "done"  # 5
    row = ParcelInsert.objects.get()
    assert (row.quantity, row.issued, row.issued_at) == (1, 1, NOW)
    assert on_hand(floor, "CARD") == CARDS - 1
    assert [row[:3] for row in insert_moves()] == [(1, parcel.order_ref, parcel.ref)]
    assert_floor_balances(floor)


def test_a_barcoded_insert_is_scanned_before_the_box_closes(floor: Floor) -> None:
    rule(floor, "SAMPLE")
    parcel = opened(floor, {"ART01": 1})
    verdict = floor.pack_scan(parcel.ref, "EAN-ART01")
    assert (verdict.verdict, verdict.next, verdict.job["step"]) == ("line_done", "", "insert")
    assert "Lay in and scan Article SAMPLE" in verdict.message
    closed = floor.pack_scan(parcel.ref, "EAN-SAMPLE")
    assert closed.next == "buy_label"
    assert ParcelInsert.objects.get().laid_in is True
    assert on_hand(floor, "SAMPLE") == 4


def test_an_insert_may_be_scanned_first_and_a_second_time_changes_nothing(floor: Floor) -> None:
    rule(floor, "SAMPLE")
    parcel = opened(floor, {"ART01": 1})
    assert floor.pack_scan(parcel.ref, "ean-sample").verdict == "line_done"
    assert floor.pack_scan(parcel.ref, "SAMPLE").verdict == "already"
    assert floor.pack_scan(parcel.ref, "EAN-ART01").next == "buy_label"
    assert on_hand(floor, "SAMPLE") == 4


def test_one_key_says_that_it_is_not_there(floor: Floor) -> None:
    rule(floor, "SAMPLE", "CARD")
    parcel = opened(floor, {"ART01": 1})
    floor.pack_scan(parcel.ref, "EAN-ART01")
    assert leave_out(parcel.ref, by=TESTER, now=NOW).next == "buy_label"
    assert set(ParcelInsert.objects.values_list("laid_in", "issued")) == {(False, 0)}
    assert on_hand(floor, "SAMPLE") == 5 and on_hand(floor, "CARD") == CARDS
    parcel.refresh_from_db()
    assert parcel.status == "packed"


def test_promised_units_are_never_laid_in_and_hold_nothing_up(floor: Floor) -> None:
    without_barcode(floor, "SAMPLE")
    rule(floor, "SAMPLE")
    parcel = opened(floor, {"ART01": 1})
    floor.order({"SAMPLE": 5})  # all of them are somebody's now
    assert floor.pack_scan(parcel.ref, "EAN-ART01").next == "buy_label"
    assert ParcelInsert.objects.get().issued == 0
    assert on_hand(floor, "SAMPLE") == 5
    assert_floor_balances(floor)


def test_fewer_than_wanted_leave_when_fewer_are_there(floor: Floor) -> None:
    without_barcode(floor, "SAMPLE")
    row = rule(floor)
    PackagingInsert.objects.create(rule=row, product_id=floor.shop.products["SAMPLE"], quantity=9)
    parcel = opened(floor, {"ART01": 1})
    floor.pack_scan(parcel.ref, "EAN-ART01")
    assert list(ParcelInsert.objects.values_list("quantity", "issued")) == [(9, 5)]
    assert on_hand(floor, "SAMPLE") == 0


def test_the_first_parcel_gets_the_card_and_every_one_the_sample(floor: Floor) -> None:
    for sku in ("CARD", "SAMPLE"):
        without_barcode(floor, sku)
    rule(floor, "CARD")
    rule(floor, "SAMPLE", every=True)
    first = opened(floor, {"ART01": 2})
    floor.pack_scan(first.ref, "EAN-ART01")
    second = split_parcel(first.pk, by=floor.by, now=NOW)
    finish_parcel(first.pk, by=floor.by, now=NOW)
    finish_all = floor.pack_scan(second.ref, "EAN-ART01")
    assert finish_all.next == "buy_label"
    laid = [
        sorted(ParcelInsert.objects.filter(parcel=pk).values_list("product__sku", "issued"))
        for pk in (first.pk, second.id)
    ]
    assert laid == [[("CARD", 1), ("SAMPLE", 1)], [("SAMPLE", 1)]]


def test_the_scale_counts_the_insert(floor: Floor) -> None:
    without_barcode(floor, "SAMPLE")  # 200 g, as every article here
    rule(floor, "SAMPLE")
    parcel = opened(floor, {"ART01": 1})
    assert pack_job(parcel.ref)["expected_weight_g"] == 200 + 200 + 60
    floor.pack_scan(parcel.ref, "EAN-ART01")
    parcel.refresh_from_db()
    assert (parcel.expected_weight_g, parcel.weight_g) == (460, 460)


def test_without_the_insert_the_scale_expects_less(floor: Floor) -> None:
    rule(floor, "SAMPLE")
    parcel = opened(floor, {"ART01": 1})
    leave_out(parcel.ref, floor.shop.products["SAMPLE"], weigh=True, by=TESTER, now=NOW)
    from_here = floor.pack_scan(parcel.ref, "EAN-ART01")
    assert from_here.next == "buy_label"
    parcel.refresh_from_db()
    assert parcel.expected_weight_g == 260


def test_a_weighed_box_waits_for_its_insert_and_then_for_the_scale(floor: Floor) -> None:
    rule(floor, "SAMPLE")
    parcel = opened(floor, {"ART01": 1})
    floor.pack_scan(parcel.ref, "EAN-SAMPLE")
    assert weigh_parcel(parcel.ref, 460, by=TESTER, now=NOW).verdict == "wrong"  # ART01 is not in it yet
    assert scan_pack(parcel.ref, "EAN-ART01", weigh=True, by=TESTER, now=NOW).job["step"] == "weight"
    assert weigh_parcel(parcel.ref, 460, by=TESTER, now=NOW).next == "buy_label"


def test_the_carton_of_a_rule_is_taken_where_everything_fits_in(floor: Floor) -> None:
    gift = Carton.objects.create(code="GIFT", name="Gift box", length_mm=250, width_mm=200, height_mm=150)
    rule(floor, carton=gift)
    small, large = opened(floor, {"ART01": 1}), opened(floor, {"ART02": 39})
    assert pack_job(small.ref)["carton"]["code"] == "GIFT"
    assert pack_job(large.ref)["carton"]["code"] == "BOX-L"
    floor.pack_scan(small.ref, "BOX-S")  # the packer knows better
    assert pack_job(small.ref)["carton"]["code"] == "BOX-S"


def test_orders_packed_in_bulk_get_their_inserts_and_share_what_there_is(floor: Floor) -> None:
    rule(floor, "SAMPLE")
    orders = [floor.order({"ART01": 1}) for _ in range(7)]
    for pick_list_id in floor.release():
        floor.confirm(pick_list_id)
    works = [floor.fulfillment_order(order) for order in orders]
    packed = pack_many(works, by=TESTER, now=NOW)
    assert len(packed) == 7
    assert sorted(ParcelInsert.objects.values_list("issued", flat=True)) == [0, 0, 1, 1, 1, 1, 1]
    assert on_hand(floor, "SAMPLE") == 0
    assert {one.weight_g for one in packed} == {260, 460}
    assert_floor_balances(floor)


@pytest.mark.parametrize("count", [1, 6])
def test_bulk_packing_takes_the_same_statements_for_any_number(
    floor: Floor, count: int, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    rule(floor, "CARD")
    orders = [floor.order({"ART01": 1}) for _ in range(count)]
    for pick_list_id in floor.release():
        floor.confirm(pick_list_id)
    works = [floor.fulfillment_order(order) for order in orders]
    with django_assert_max_num_queries(60):  # type: ignore[operator]
        pack_many(works, by=TESTER, now=NOW)


def test_a_closed_box_that_is_cancelled_gives_its_inserts_back(floor: Floor) -> None:
    without_barcode(floor, "CARD")
    rule(floor, "CARD")
    order = floor.order({"ART01": 1})
    floor.pick(order)
    pack_all(floor.fulfillment_order(order), by=TESTER, now=NOW)
    ((_units, _order, _parcel, shelf),) = insert_moves()
    assert units_in(floor, "CARD", shelf) == {"sellable": CARDS - 1}
    cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    for _time in range(2):
        follow_order(order.ref, by=TESTER, now=NOW)
    assert Parcel.objects.get().status == "cancelled"
    assert units_in(floor, "CARD", shelf) == {"sellable": CARDS}
    assert_floor_balances(floor)


def test_what_an_order_rule_chose_is_laid_in(floor: Floor) -> None:
    PackagingRule.objects.create(code="vip", name="VIP", chosen_only=True, material="silk")
    order = floor.order({"ART01": 1})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET packaging = 'vip', inserts = '{card}' WHERE id = %s", [order.id])
    floor.pick(order)
    pack_all(floor.fulfillment_order(order), by=TESTER, now=NOW)
    assert list(ParcelInsert.objects.values_list("product__sku", "issued")) == [("CARD", 1)]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_packers_at_once_never_lay_in_more_than_there_is() -> None:
    floor = build_floor({"ART01": 40, "SAMPLE": 5}, totes=16)
    rule(floor, "SAMPLE")
    orders = [floor.order({"ART01": 1}) for _ in range(12)]
    for pick_list_id in floor.release(limit=20):
        floor.confirm(pick_list_id)
    works = [floor.fulfillment_order(order) for order in orders]
    buyers = [("pack", work) for work in works] + [("buy", 0), ("buy", 1)]

    def act(job: tuple[str, int]) -> str:
        if job[0] == "pack":
            return pack_all(job[1], by=TESTER, now=NOW).status
        place_order(floor.shop.channel_id, request_for({"SAMPLE": 1}), by=TESTER, now=NOW)
        return "bought"

    ended = together(act, buyers)
    assert [one for one in ended if isinstance(one, Exception)] == []
    there, allocated, free = level(floor, "SAMPLE")
    issued = sum(ParcelInsert.objects.values_list("issued", flat=True))
    assert (there, free) == (5 - issued, 0)
    assert allocated == there
    assert Parcel.objects.filter(status="packed").count() == 12
    assert_floor_balances(floor)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_locks_two_packers_both_count_on_the_last_card() -> None:
    floor = build_floor({"SAMPLE": 1})
    both_have_read = threading.Barrier(2)

    def look_carelessly(_packer: int) -> int:
        free = level(floor, "SAMPLE")[2]
        both_have_read.wait(timeout=10)
        return free

    assert together(look_carelessly, range(2)) == [1, 1]

    def lay_in(packer: int) -> int:
        want = IssueWant(f"t:{packer}", floor.shop.products["SAMPLE"], floor.warehouse_id, 1)
        with transaction.atomic():
            return sum(one.quantity for one in issuing.issue([want], by=TESTER, now=NOW))

    ended = together(lay_in, range(2))
    assert sorted(one for one in ended if isinstance(one, int)) == [0, 1]
