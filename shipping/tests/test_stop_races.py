"""A stop against the bench, at the same moment: whoever has the order's row first wins. Each race has its control."""

import threading
from inspect import unwrap

import pytest
from django.db import transaction

from inventory.tests.threads import together
from orders.errors import NotCancellable, WorkStopped
from orders.models import FulfillmentOrder, Order
from orders.services import fulfilment
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold
from shipping.models import IssuedNumber, LabelRequest, Parcel
from shipping.services import labels
from shipping.services.labels import begin_purchase, purchase_label, settle
from shipping.services.packing import pack_all
from shipping.tests.books import assert_floor_balances
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def floor() -> Floor:
    return build_floor({f"ART{number:02}": 40 for number in range(1, 6)})


def unlocked(ids: set[int]) -> list[FulfillmentOrder]:
    """What ``lock_for_work`` would read if it took no lock."""
    return list(FulfillmentOrder.objects.select_related("order").filter(pk__in=ids).order_by("order_id", "pk"))


def race_hold_and_label(floor: Floor) -> list[object]:
    """A hold is written but not committed when the bench asks for the label; it commits a moment later."""
    order = floor.order({"ART01": 1})
    floor.pick(order)
    parcel = pack_all(floor.fulfillment_order(order), by=floor.by, now=NOW)
    written = threading.Event()

    def act(who: str) -> str:
        if who == "supervisor":
            with transaction.atomic():
                unwrap(place_hold)(order.ref, type="fraud", reason="wait", by=TESTER, now=NOW)
                written.set()
                asked.wait(timeout=2)
            return who
        written.wait(timeout=10)
        begin_purchase(parcel.ref, by=floor.by, now=NOW)
        asked.set()
        return who

    asked = threading.Event()
    return together(act, ["supervisor", "packer"])


def test_a_label_waits_for_the_hold_that_is_being_placed_and_is_not_bought(floor: Floor) -> None:
    supervisor, packer = race_hold_and_label(floor)
    assert supervisor == "supervisor"
    assert isinstance(packer, WorkStopped)
    assert not LabelRequest.objects.exists() and not IssuedNumber.objects.exists()


def test_without_the_orders_lock_a_label_overtakes_the_hold(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the stop flag is read without the lock, so the intent is committed for an order on hold."""
    monkeypatch.setattr(fulfilment, "_locked", unlocked)
    assert race_hold_and_label(floor) == ["supervisor", "packer"]
    assert LabelRequest.objects.get().status == "claimed"
    assert Order.objects.get().open_holds == 1


def claimed_then_held(floor: Floor) -> labels.Purchase:
    order = floor.order({"ART01": 1})
    floor.pick(order)
    parcel = pack_all(floor.fulfillment_order(order), by=floor.by, now=NOW)
    purchase = begin_purchase(parcel.ref, by=floor.by, now=NOW)
    place_hold(order.ref, type="fraud", reason="wait", by=TESTER, now=NOW)
    return purchase


def test_an_intent_from_before_the_hold_buys_nothing(floor: Floor) -> None:
    purchase = claimed_then_held(floor)
    with pytest.raises(WorkStopped):
        settle(purchase, by=floor.by, now=NOW)
    assert not IssuedNumber.objects.exists()


def test_without_asking_again_an_intent_from_before_the_hold_is_paid_for(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: nobody asks before the carrier is called."""
    purchase = claimed_then_held(floor)
    monkeypatch.setattr(labels, "refuse_stopped", lambda *_args, **_more: None)
    settle(purchase, by=floor.by, now=NOW)
    assert IssuedNumber.objects.count() == 1 and Order.objects.get().open_holds == 1


@pytest.mark.parametrize("_round", range(5))
def test_holding_and_buying_at_once_sell_a_label_only_if_the_bench_was_first(floor: Floor, _round: int) -> None:
    order = floor.order({"ART01": 1})
    floor.pick(order)
    parcel = pack_all(floor.fulfillment_order(order), by=floor.by, now=NOW)

    def act(who: str) -> str:
        if who == "supervisor":
            place_hold(order.ref, type="fraud", reason="wait", by=TESTER, now=NOW)
        else:
            purchase_label(parcel.ref, by=floor.by, now=NOW)
        return who

    supervisor, packer = together(act, ["supervisor", "packer"])
    assert supervisor == "supervisor"
    sold = LabelRequest.objects.filter(status="purchased").count()
    assert sold == (0 if isinstance(packer, WorkStopped) else 1)
    assert IssuedNumber.objects.count() == sold


@pytest.mark.parametrize("_round", range(5))
def test_cancelling_against_packing_ends_in_one_of_the_two(floor: Floor, _round: int) -> None:
    order = floor.order({"ART01": 2})
    floor.pick(order)
    shipment = floor.fulfillment_order(order)

    def act(who: str) -> str:
        if who == "customer":
            cancel_order(order.ref, reason="", by=TESTER, now=NOW)
        else:
            pack_all(shipment, by=floor.by, now=NOW)
        return who

    customer, packer = together(act, ["customer", "packer"])
    assert customer == "customer" or isinstance(customer, NotCancellable)
    assert packer == "packer" or isinstance(packer, WorkStopped)
    assert Order.objects.get().status == "cancelled"
    for parcel in Parcel.objects.exclude(status="cancelled"):
        with pytest.raises(WorkStopped):
            purchase_label(parcel.ref, by=floor.by, now=NOW)
    assert_floor_balances(floor)


def test_without_the_orders_lock_a_box_is_packed_for_an_order_on_hold(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the bench reads the flag unlocked, the hold commits, the box is closed all the same."""
    order = floor.order({"ART01": 1})
    floor.pick(order)
    shipment = floor.fulfillment_order(order)
    asked, held = threading.Event(), threading.Event()

    def careless(ids: set[int]) -> list[FulfillmentOrder]:
        rows = unlocked(ids)
        asked.set()
        held.wait(timeout=10)
        return rows

    monkeypatch.setattr(fulfilment, "_locked", careless)

    def act(who: str) -> str:
        if who == "supervisor":
            asked.wait(timeout=10)
            place_hold(order.ref, type="fraud", reason="wait", by=TESTER, now=NOW)
            held.set()
        else:
            pack_all(shipment, by=floor.by, now=NOW)
        return who

    assert together(act, ["supervisor", "packer"]) == ["supervisor", "packer"]
    assert Parcel.objects.get().status == "packed"
    assert Order.objects.get().open_holds == 1
