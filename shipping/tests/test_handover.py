"""Parcels leave the house once."""

import pytest

from orders.services.holds import place_hold
from orders.tests.shop import lines_of
from shipping.models import Parcel
from shipping.selectors.floor import handover_board, ready_parcels
from shipping.services.handover import hand_over_parcel, hand_over_parcels
from shipping.services.packing import pack_all
from shipping.tests.books import assert_floor_balances
from shipping.tests.floor import NOW, TESTER, Floor

pytestmark = pytest.mark.slow


def test_a_parcel_is_handed_over_once(floor: Floor) -> None:
    order = floor.order({"ART01": 2})
    floor.pick(order)
    parcel = floor.pack(order)
    assert floor.hand_over(parcel).verdict == "ok"
    assert floor.hand_over(parcel).verdict == "already"
    assert hand_over_parcel(parcel.ref, warehouse_id=floor.warehouse_id, by=TESTER, now=NOW).verdict == "already"
    assert lines_of(order.ref)["ART01"]["shipped"] == 2
    assert_floor_balances(floor)


def test_unknown_codes_other_carriers_and_boxes_without_a_label_stay(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    floor.pick(order)
    fact = pack_all(floor.fulfillment_order(order), by=TESTER, now=NOW)
    here = {"warehouse_id": floor.warehouse_id, "by": TESTER, "now": NOW}
    assert hand_over_parcel("???", **here).verdict == "unknown"  # type: ignore[arg-type]
    assert hand_over_parcel(fact.ref, **here).verdict == "wrong"  # type: ignore[arg-type]
    other = floor.order({"ART02": 1})
    floor.pick(other)
    parcel = floor.pack(other)
    verdict = hand_over_parcel(parcel.tracking_number, carrier="easypost", **here)  # type: ignore[arg-type]
    assert (verdict.verdict, verdict.title) == ("wrong", "Wrong carrier")
    assert Parcel.objects.filter(status="shipped").count() == 0


def test_a_held_order_stops_at_the_door(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    floor.pick(order)
    parcel = floor.pack(order)
    place_hold(order.ref, type="payment", reason="Chargeback", by=TESTER, now=NOW)
    verdict = floor.hand_over(parcel)
    assert verdict.verdict == "stop" and "Chargeback" in verdict.message
    assert lines_of(order.ref)["ART01"]["shipped"] == 0


def test_a_whole_cage_goes_at_once(floor: Floor) -> None:
    parcels = []
    for number in (1, 2, 3):
        order = floor.order({f"ART{number:02}": 1})
        floor.pick(order)
        parcels.append(floor.pack(order))
    board = handover_board(floor.warehouse_id, since=NOW)
    assert [(row.carrier, row.ready, row.shipped) for row in board] == [("own_delivery", 3, 0)]
    ids = [pk for pk, *_rest in ready_parcels(floor.warehouse_id)]
    done = hand_over_parcels(ids, by=TESTER, now=NOW)
    assert (len(done.shipped), done.already, done.refused) == (3, (), {})
    assert len(hand_over_parcels(ids, by=TESTER, now=NOW).already) == 3
    board = handover_board(floor.warehouse_id, since=NOW)
    assert [(row.carrier, row.ready, row.shipped) for row in board] == [("own_delivery", 0, 3)]
    assert_floor_balances(floor)


@pytest.mark.parametrize("parcels", [1, 4])
def test_the_board_takes_one_statement(floor: Floor, django_assert_num_queries, parcels: int) -> None:  # type: ignore[no-untyped-def]
    for number in range(1, parcels + 1):
        order = floor.order({f"ART{number:02}": 1})
        floor.pick(order)
        floor.pack(order)
    with django_assert_num_queries(1):
        handover_board(floor.warehouse_id, since=NOW)
