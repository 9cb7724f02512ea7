"""Shelves that hold less than they should."""

import pytest
from django.db import transaction

from core.attention.selectors import open_cases
from inventory.selectors import availability
from inventory.services.adjustment import adjust_stock
from orders.tests.shop import lines_of
from shipping.models import PickLine, PickList
from shipping.selectors.commands import COMMANDS
from shipping.selectors.walks import pick_job
from shipping.services.pick_acts import short_pick
from shipping.tests.books import assert_floor_balances, units_in
from shipping.tests.floor import NOW, TESTER, Floor, build_floor


@pytest.fixture
def scarce(db: None) -> Floor:
    """Two articles, five and three units; the first also has four on another shelf."""
    floor = build_floor({"MUG": 5, "LAMP": 3}, shelves=4, code="SCARCE")
    return floor


def second_shelf(floor: Floor, quantity: int) -> int:
    shelf = floor.shelves["A-05-1"].id
    with transaction.atomic():
        floor.shop.move("MUG", quantity, floor.shop.bins["supplier"], shelf, "receive")
    return shelf


def test_units_not_found_are_fetched_from_another_shelf_and_the_first_waits_to_be_counted(scarce: Floor) -> None:
    second_shelf(scarce, 4)
    order = scarce.order({"MUG": 3})
    (pick_list,) = scarce.release()
    scarce.claim()
    scarce.scan(pick_list, scarce.right_code(pick_list))
    verdict = short_pick(pick_list, reason="not_found", by=scarce.by, now=NOW)
    assert verdict.verdict == "ok" and "3 of it lie elsewhere" in verdict.message
    assert pick_job(pick_list)["place"] == "A-05-1"
    assert units_in(scarce, "MUG", scarce.shelves["A-02-1"].id) == {"sellable": 2, "quarantined": 3}
    assert lines_of(order.ref)["MUG"]["backordered"] == 0
    (case,) = open_cases("short_pick")
    assert case.detail["missing"] == 3 and case.detail["found_elsewhere"] == 3
    assert_floor_balances(scarce)
    scarce.walk(pick_list)
    assert scarce.status_of(order) == "picked"
    assert_floor_balances(scarce)


def test_units_nobody_has_are_backordered_and_promised_to_nobody(scarce: Floor) -> None:
    order = scarce.order({"MUG": 5, "LAMP": 1})
    (pick_list,) = scarce.release()
    scarce.claim()
    for _scan in range(3):  # the shelf and two mugs
        scarce.scan(pick_list, scarce.right_code(pick_list))
    short_pick(pick_list, reason="miscount", by=scarce.by, now=NOW)
    assert lines_of(order.ref)["MUG"] | {"shipped": 0} == {
        "quantity": 5,
        "allocated": 2,
        "backordered": 3,
        "shipped": 0,
        "cancelled": 0,
        "returned": 0,
    }
    product = scarce.shop.products["MUG"]
    assert availability([product])[product, scarce.warehouse_id] == 0
    assert_floor_balances(scarce)
    scarce.walk(pick_list)
    assert scarce.status_of(order) == "picked"


def test_a_list_all_of_which_is_short_ends_and_its_tote_is_free(scarce: Floor) -> None:
    order = scarce.order({"LAMP": 3})
    (pick_list,) = scarce.release()
    scarce.claim()
    assert short_pick(pick_list, reason="not_found", by=scarce.by, now=NOW).verdict == "done"
    assert PickList.objects.get(pk=pick_list).status == "completed"
    assert scarce.status_of(order) == "cancelled"
    assert lines_of(order.ref)["LAMP"]["backordered"] == 3
    assert_floor_balances(scarce)
    scarce.order({"MUG": 1})
    scarce.release()
    scarce.claim(tote=0)  # the same tote again


def test_broken_units_become_damaged(scarce: Floor) -> None:
    scarce.order({"LAMP": 3})
    (pick_list,) = scarce.release()
    scarce.claim()
    scarce.scan(pick_list, scarce.right_code(pick_list))
    scarce.scan(pick_list, "EAN-LAMP")
    short_pick(pick_list, reason="damaged", by=scarce.by, now=NOW)
    assert units_in(scarce, "LAMP", scarce.shelves["A-03-1"].id) == {"damaged": 2}
    assert_floor_balances(scarce)


def test_units_in_the_hand_still_go_into_the_tote(scarce: Floor) -> None:
    scarce.order({"MUG": 3})
    scarce.order({"LAMP": 1})
    (pick_list,) = scarce.release(method="cluster", orders_per_list=2)
    scarce.claim()
    while pick_job(pick_list)["sku"] != "MUG" or pick_job(pick_list)["step"] != "item":
        scarce.scan(pick_list, scarce.right_code(pick_list))
    scarce.scan(pick_list, "EAN-MUG")
    short_pick(pick_list, reason="not_found", by=scarce.by, now=NOW)
    assert pick_job(pick_list)["step"] == "put"
    scarce.walk(pick_list)
    assert_floor_balances(scarce)
    assert sorted(PickLine.objects.values_list("status", "quantity")) == [("picked", 1), ("picked", 1), ("short", 2)]


def test_the_short_card_asks_what_is_wrong(scarce: Floor) -> None:
    scarce.order({"MUG": 1})
    (pick_list,) = scarce.release()
    scarce.claim()
    assert scarce.scan(pick_list, COMMANDS["short"]).verdict == "decision"
    assert PickLine.objects.get().status == "pending"


def test_when_another_shelf_has_the_units_but_they_are_promised_the_latest_promise_gives_way(scarce: Floor) -> None:
    second_shelf(scarce, 4)
    first = scarce.order({"MUG": 5})
    second = scarce.order({"MUG": 4})
    (pick_list,) = scarce.release(limit=1)
    scarce.claim()
    short_pick(pick_list, reason="not_found", by=scarce.by, now=NOW)
    assert_floor_balances(scarce)
    given = lines_of(first.ref)["MUG"]["backordered"] + lines_of(second.ref)["MUG"]["backordered"]
    assert given == 5
    assert lines_of(first.ref)["MUG"]["allocated"] == 4  # the earlier promise got what there was


def test_an_adjustment_takes_planned_units_off_the_lists(scarce: Floor) -> None:
    second_shelf(scarce, 4)
    order = scarce.order({"MUG": 3})
    (pick_list,) = scarce.release()
    adjust_stock(
        product_id=scarce.shop.products["MUG"],
        warehouse_id=scarce.warehouse_id,
        bin_id=scarce.shelves["A-02-1"].id,
        reason="lost",
        delta=-5,
        by=TESTER,
        now=NOW,
    )
    assert_floor_balances(scarce)
    scarce.claim()
    scarce.walk(pick_list)
    assert scarce.status_of(order) == "picked"
    assert lines_of(order.ref)["MUG"]["backordered"] == 0
    assert_floor_balances(scarce)
