"""Picking by scans on the real database."""

from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from core.accounts.models import User
from inventory.services import ledger
from inventory.services.products import update_product
from orders.errors import WrongQuantity
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold
from shipping.errors import ToteBusy
from shipping.models import PickLine, PickList, PickTote, Wave
from shipping.selectors.commands import COMMANDS
from shipping.selectors.walks import pick_job
from shipping.services.facts import PickDone
from shipping.services.packing import open_parcel
from shipping.services.pick_acts import skip_stop, undo_last
from shipping.services.picking import claim_next_pick_list, confirm_picks, free_totes, scan_pick, take_over
from shipping.tests.books import assert_floor_balances, units_in
from shipping.tests.floor import NOW, TESTER, Floor

pytestmark = pytest.mark.slow


def test_a_cart_of_four_orders_is_picked_into_four_totes(floor: Floor) -> None:
    orders = [floor.order({f"ART{number:02}": 1, "ART10": 1}) for number in range(1, 5)]
    (pick_list,) = floor.release(method="cluster", orders_per_list=4)
    floor.claim()
    verdicts = floor.walk(pick_list)
    assert [floor.status_of(order) for order in orders] == ["picked"] * 4
    assert 1 + len(verdicts) == 4 + 5 + 16  # totes, shelves, item and tote of each line
    assert PickList.objects.get(pk=pick_list).status == "completed"
    assert Wave.objects.get().status == "completed"
    assert_floor_balances(floor)


def test_the_wrong_item_is_named_and_nothing_moves(floor: Floor) -> None:
    floor.order({"ART01": 1})
    (pick_list,) = floor.release()
    floor.claim()
    floor.scan(pick_list, floor.right_code(pick_list))
    verdict = floor.scan(pick_list, "EAN-ART02")
    assert verdict.verdict == "wrong"
    assert verdict.title == "Wrong item"
    assert verdict.message == "This is Article ART02 – you need Article ART01 from A-02-1. Scan again."
    assert floor.scan(pick_list, "no such code").verdict == "unknown"
    assert PickLine.objects.get().picked == 0
    assert PickList.objects.get().wrong_scans == 2


def test_a_unit_too_many_is_refused(floor: Floor) -> None:
    floor.order({"ART01": 1, "ART02": 1})
    (pick_list,) = floor.release()
    floor.claim()
    for _scan in range(2):
        floor.scan(pick_list, floor.right_code(pick_list))
    assert floor.scan(pick_list, "EAN-ART01").verdict == "too_many"


def test_skus_and_painted_names_are_codes_too(floor: Floor) -> None:
    floor.order({"ART01": 1})
    (pick_list,) = floor.release()
    floor.claim()
    assert floor.scan(pick_list, "a-02-1").verdict == "ok"
    assert floor.scan(pick_list, "art01").verdict == "done"


def test_a_gs1_label_of_another_lot_is_refused_in_words_and_the_planned_lot_is_shown(floor: Floor) -> None:
    floor.order({"ART01": 1})
    (pick_list,) = floor.release()
    floor.claim()
    PickLine.objects.update(lot="L-7")
    update_product("ART01", changes={}, barcodes=["EAN-ART01", "5901234123457"], by=TESTER, now=NOW)
    floor.scan(pick_list, floor.right_code(pick_list))
    assert pick_job(pick_list)["lot"] == "L-7"
    verdict = floor.scan(pick_list, "]C1010590123412345710L-8")
    assert (verdict.verdict, verdict.title) == ("wrong", "Wrong lot")
    assert "This is lot L-8 – you need lot L-7" in verdict.message
    assert PickLine.objects.get().picked == 0


def test_of_twelve_units_one_is_scanned_and_the_rest_is_a_number(floor: Floor) -> None:
    floor.order({"ART01": 12})
    (pick_list,) = floor.release()
    floor.claim()
    floor.scan(pick_list, floor.right_code(pick_list))
    assert floor.number(pick_list, 12).verdict == "wrong"
    assert floor.scan(pick_list, "EAN-ART01").verdict == "ok"
    assert floor.number(pick_list, 13).verdict == "too_many"
    assert floor.number(pick_list, 12).verdict == "done"
    assert_floor_balances(floor)


def test_a_case_barcode_counts_its_units(floor: Floor) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_barcode (product_id, code, units) VALUES (%s, 'CASE-6', 6)",
            [floor.shop.products["ART01"]],
        )
    order = floor.order({"ART01": 8})
    (pick_list,) = floor.release()
    floor.claim()
    floor.scan(pick_list, floor.right_code(pick_list))
    assert floor.scan(pick_list, "case-6").verdict == "ok"
    assert floor.scan(pick_list, "CASE-6").verdict == "too_many"
    assert floor.number(pick_list, 8).verdict == "done"
    opened = open_parcel(floor.tote_of(order), warehouse_id=floor.warehouse_id, user_id=None, by=TESTER, now=NOW)
    assert floor.pack_scan(opened.ref, "CASE-6").verdict == "ok"
    assert floor.pack_scan(opened.ref, "CASE-6").verdict == "too_many"
    assert_floor_balances(floor)


def test_units_of_a_lot_keep_it_to_the_door(floor: Floor) -> None:
    shelf = floor.shelves["A-11-1"].id
    with transaction.atomic():
        move = ledger.Move(floor.shop.products["ART10"], 5, floor.shop.bins["supplier"], shelf, "receive", lot="L-7")
        ledger.move([move], by=TESTER, now=NOW)
    order = floor.order({"ART10": 25})
    assert PickLine.objects.count() == 0
    floor.ship(order)
    assert set(PickLine.objects.values_list("lot", "quantity")) == {("", 20), ("L-7", 5)}
    assert_floor_balances(floor)


def test_a_tote_is_taken_by_one_order_only(floor: Floor) -> None:
    floor.order({"ART01": 1})
    floor.order({"ART02": 1})
    floor.release()
    floor.claim(tote=0)
    other = User.objects.create(username="second", roles=["picker"])
    with pytest.raises(ToteBusy):
        claim_next_pick_list(other.pk, floor.warehouse_id, tote_code=floor.totes[0].code, by=TESTER, now=NOW)
    assert PickTote.objects.filter(tote_id=floor.totes[0].id).count() == 1


def test_a_tote_named_for_two_lists_at_once_is_refused_in_words(floor: Floor) -> None:
    lists = []
    for sku in ("ART01", "ART02"):
        floor.order({sku: 1})
        lists += floor.release()
    confirm_picks(lists[0], [], totes={1: floor.totes[0].id}, by=TESTER, now=NOW)
    with pytest.raises(ToteBusy):
        confirm_picks(lists[1], [], totes={1: floor.totes[0].id}, by=TESTER, now=NOW)


def test_a_list_confirmed_from_an_old_reading_is_refused_in_words_and_nothing_moves(floor: Floor) -> None:
    order = floor.order({"ART01": 3})
    (pick_list,) = floor.release()
    line = PickLine.objects.get()
    as_read = [PickDone(line.pk, 3)]
    confirm_picks(pick_list, [PickDone(line.pk, 2)], totes={1: floor.totes[0].id}, by=TESTER, now=NOW)
    with pytest.raises(WrongQuantity):
        confirm_picks(pick_list, as_read, by=TESTER, now=NOW)
    line.refresh_from_db()
    assert (line.picked, floor.status_of(order)) == (2, "picking")
    assert confirm_picks(pick_list, [PickDone(line.pk, 1)], by=TESTER, now=NOW) == "completed"
    assert_floor_balances(floor)


def test_a_picker_resumes_where_they_stopped_and_another_may_take_over(floor: Floor) -> None:
    floor.order({"ART01": 1, "ART02": 1})
    (pick_list,) = floor.release()
    floor.claim()
    floor.scan(pick_list, floor.right_code(pick_list))
    again = claim_next_pick_list(floor.picker.pk, floor.warehouse_id, by=floor.by, now=NOW)
    assert again is not None and again.id == pick_list
    assert pick_job(pick_list)["step"] == "item"
    other = User.objects.create(username="second", roles=["picker"])
    take_over(pick_list, user_id=other.pk, by=TESTER, now=NOW)
    assert floor.scan(pick_list, "EAN-ART01").verdict == "stop"
    assert scan_pick(pick_list, "EAN-ART01", user_id=other.pk, by=TESTER, now=NOW).verdict == "line_done"


def test_a_hold_stops_the_next_scan_and_other_orders_of_the_cart_go_on(floor: Floor) -> None:
    held = floor.order({"ART01": 1})
    floor.order({"ART02": 1})
    (pick_list,) = floor.release(method="cluster", orders_per_list=2)
    floor.claim()
    floor.scan(pick_list, floor.right_code(pick_list))  # the second tote
    place_hold(held.ref, type="fraud", reason="Look at this", by=TESTER, now=NOW)
    verdict = floor.scan(pick_list, floor.right_code(pick_list))
    assert verdict.verdict == "stop"
    assert held.ref in verdict.message and "Look at this" in verdict.message
    assert pick_job(pick_list)["sku"] == "ART02"
    assert PickLine.objects.filter(picked__gt=0).count() == 0


def test_a_cancelled_order_stops_the_scan(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    (pick_list,) = floor.release()
    floor.claim()
    cancel_order(order.ref, reason="changed mind", by=TESTER, now=NOW)
    assert floor.scan(pick_list, floor.right_code(pick_list)).verdict == "stop"


def test_an_undone_pick_lies_on_its_shelf_again_planned_as_before(floor: Floor) -> None:
    floor.order({"ART01": 3, "ART02": 1})
    (pick_list,) = floor.release()
    floor.claim()
    floor.scan(pick_list, floor.right_code(pick_list))
    shelf = floor.shelves["A-02-1"].id
    for _unit in range(2):
        floor.scan(pick_list, "EAN-ART01")
    assert units_in(floor, "ART01", shelf) == {"sellable": 18}
    assert undo_last(pick_list, by=floor.by, now=NOW).verdict == "ok"
    assert units_in(floor, "ART01", shelf) == {"sellable": 19}
    assert floor.scan(pick_list, COMMANDS["undo"]).verdict == "wrong"  # one pick back, no more
    assert_floor_balances(floor)
    floor.walk(pick_list)
    assert_floor_balances(floor)


def test_a_finished_line_is_undone_until_its_order_is_complete(floor: Floor) -> None:
    floor.order({"ART01": 1, "ART02": 1})
    (pick_list,) = floor.release()
    floor.claim()
    for _scan in range(2):
        floor.scan(pick_list, floor.right_code(pick_list))
    undo_last(pick_list, by=floor.by, now=NOW)
    assert PickLine.objects.filter(status="pending").count() == 2
    assert len(floor.walk(pick_list)) == 3  # the item again (the picker still stands there), shelf, item
    assert undo_last(pick_list, by=floor.by, now=NOW).verdict == "already"
    assert_floor_balances(floor)


def test_what_is_in_the_hand_is_undone_without_a_movement(floor: Floor) -> None:
    floor.order({"ART01": 1})
    floor.order({"ART02": 1})
    (pick_list,) = floor.release(method="cluster", orders_per_list=2)
    floor.claim()
    while pick_job(pick_list)["step"] != "put":
        floor.scan(pick_list, floor.right_code(pick_list))
    assert undo_last(pick_list, by=floor.by, now=NOW).verdict == "ok"
    assert pick_job(pick_list)["step"] == "item"


def test_a_skipped_stop_comes_last(floor: Floor) -> None:
    floor.order({"ART01": 1, "ART02": 1})
    (pick_list,) = floor.release()
    floor.claim()
    assert skip_stop(pick_list, by=floor.by, now=NOW).verdict == "ok"
    assert pick_job(pick_list)["sku"] == "ART02"
    floor.walk(pick_list)
    assert_floor_balances(floor)


def test_bulk_confirmation_does_what_scans_do(floor: Floor) -> None:
    order = floor.order({"ART01": 5, "ART02": 2})
    (pick_list,) = floor.release()
    assert floor.confirm(pick_list) == "completed"
    assert floor.status_of(order) == "picked"
    assert_floor_balances(floor)


def test_a_scan_asks_few_questions_of_the_database(floor: Floor, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    floor.order({f"ART{number:02}": 1 for number in range(1, 11)})
    (pick_list,) = floor.release()
    floor.claim()
    with django_assert_max_num_queries(22):
        floor.scan(pick_list, floor.shelves["A-02-1"].code)
    with django_assert_max_num_queries(40):
        floor.scan(pick_list, "EAN-ART01")


@pytest.mark.parametrize("orders", [1, 8])
def test_the_pick_screen_asks_the_same_number_of_questions_however_long_the_list(
    floor: Floor, django_assert_num_queries: Any, orders: int
) -> None:
    for number in range(1, orders + 1):
        floor.order({f"ART{number:02}": 1})
    (pick_list,) = floor.release(method="cluster", orders_per_list=8)
    with django_assert_num_queries(4):
        pick_job(pick_list)


def test_free_totes_take_two_queries_however_many_are_in_use(
    floor: Floor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    order = floor.order({"ART01": 1})
    floor.pick(order)
    with django_assert_num_queries(2):
        free = free_totes(floor.warehouse_id, 100)
    assert floor.tote_of(order) not in {tote.code for tote in free}
    assert len(free) == len(floor.totes) - 1
