"""Many orders at once do what one does, in the statements of one."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.outbox.services import run_due
from orders.selectors.orders import access_order
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold
from orders.tests.shop import lines_of
from shipping.models import LabelRequest, Parcel, PickList, Wave
from shipping.selectors.floor import ready_parcels
from shipping.services.bulk_packing import pack_many, purchase_labels
from shipping.services.bulk_picking import confirm_lists
from shipping.services.handover import hand_over_parcels
from shipping.services.picking import free_totes
from shipping.tests.books import assert_floor_balances
from shipping.tests.floor import NOW, TESTER, Floor, build_floor


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({f"ART{number:02}": 500 for number in range(1, 11)}, totes=45)


def place(floor: Floor, count: int) -> list[Any]:
    return [floor.order({f"ART{number % 10 + 1:02}": 2, "ART10": 1}) for number in range(count)]


def totes_for(floor: Floor, lists: list[int]) -> dict[int, dict[int, int]]:
    free = free_totes(floor.warehouse_id, len(lists))
    return {key: {1: tote.id} for key, tote in zip(lists, free, strict=True)}


def test_twenty_orders_go_through_the_house_in_four_steps(floor: Floor) -> None:
    orders = place(floor, 20)
    lists = floor.release()
    assert confirm_lists(totes_for(floor, lists), by=TESTER, now=NOW) == sorted(lists)
    assert Wave.objects.get().status == "completed"
    packed = pack_many([floor.fulfillment_order(order) for order in orders], by=TESTER, now=NOW)
    assert len(packed) == 20 and all(fact.status == "packed" and fact.weight_g for fact in packed)
    assert_floor_balances(floor)
    assert purchase_labels([fact.ref for fact in packed], by=TESTER, now=NOW) == 20
    assert purchase_labels([fact.ref for fact in packed], by=TESTER, now=NOW) == 0
    assert LabelRequest.objects.filter(status="purchased").count() == 20
    done = hand_over_parcels([fact.id for fact in packed], by=TESTER, now=NOW)
    assert len(done.shipped) == 20
    assert {floor.status_of(order) for order in orders} == {"closed"}
    assert lines_of(orders[0].ref)["ART10"]["shipped"] == 1
    assert ready_parcels(floor.warehouse_id) == []
    assert_floor_balances(floor)


def test_orders_that_must_stop_are_left_alone_at_every_step(floor: Floor) -> None:
    held, gone, fine = place(floor, 3)
    lists = floor.release()
    totes = totes_for(floor, lists)
    place_hold(held.ref, type="fraud", reason="Wait", by=TESTER, now=NOW)
    assert len(confirm_lists(totes, by=TESTER, now=NOW)) == 2
    cancel_order(gone.ref, reason="", by=TESTER, now=NOW)
    works = [floor.fulfillment_order(order) for order in (held, gone, fine)]
    (packed,) = pack_many(works, by=TESTER, now=NOW)
    assert packed.order_ref == fine.ref
    place_hold(fine.ref, type="fraud", reason="Wait", by=TESTER, now=NOW)
    assert purchase_labels([packed.ref], by=TESTER, now=NOW) == 0
    assert PickList.objects.filter(status="released").count() == 1
    assert Parcel.objects.filter(status="packed").count() == 1


def test_a_list_that_was_cut_a_moment_ago_waits_until_it_is_trimmed(floor: Floor) -> None:
    cut, fine = place(floor, 2)
    lists = floor.release()
    totes = totes_for(floor, lists)
    line = next(one for one in access_order(cut.ref).lines if one.quantity == 2)
    cancel_order(cut.ref, reason="Too many", lines=[(line.id, 1)], by=TESTER, now=NOW)

    assert len(confirm_lists(totes, by=TESTER, now=NOW)) == 1
    assert floor.status_of(fine) == "picked" and floor.status_of(cut) == "released"

    run_due(now=NOW, raise_errors=True)
    assert len(confirm_lists(totes, by=TESTER, now=NOW)) == 1
    assert floor.status_of(cut) == "picked"
    assert_floor_balances(floor)


def test_a_second_call_changes_nothing(floor: Floor) -> None:
    (order,) = place(floor, 1)
    lists = floor.release()
    totes = totes_for(floor, lists)
    confirm_lists(totes, by=TESTER, now=NOW)
    assert confirm_lists(totes, by=TESTER, now=NOW) == []
    work = floor.fulfillment_order(order)
    assert len(pack_many([work], by=TESTER, now=NOW)) == 1
    assert pack_many([work], by=TESTER, now=NOW) == []
    assert_floor_balances(floor)


def test_the_statements_do_not_grow_with_the_orders(floor: Floor) -> None:
    counts: dict[int, list[int]] = {}
    for size in (2, 20):
        orders = place(floor, size)
        lists = floor.release()
        works = [floor.fulfillment_order(order) for order in orders]
        totes = totes_for(floor, lists)
        found: list[int] = []
        with CaptureQueriesContext(connection) as picked:
            confirm_lists(totes, by=TESTER, now=NOW)
        with CaptureQueriesContext(connection) as packed:
            facts = pack_many(works, by=TESTER, now=NOW)
        purchase_labels([fact.ref for fact in facts], by=TESTER, now=NOW)
        with CaptureQueriesContext(connection) as shipped:
            hand_over_parcels([fact.id for fact in facts], by=TESTER, now=NOW)
        found += [len(picked), len(packed), len(shipped)]
        counts[size] = found
    assert all(many <= few + 1 for few, many in zip(counts[2], counts[20], strict=True)), counts
