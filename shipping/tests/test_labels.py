"""Labels are bought once, whatever dies in between."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.attention.selectors import open_cases
from inventory.selectors import warehouse_by_id
from shipping.carriers import registry
from shipping.carriers.base import BoughtLabel, LabelOrder, Refused, Unreachable
from shipping.carriers.own_delivery import OwnDelivery
from shipping.errors import LabelBeingBought, LabelRefused
from shipping.models import IssuedNumber, LabelRequest, Parcel
from shipping.selectors.parcels import label_document, label_state
from shipping.services.labels import (
    begin_purchase,
    count_print,
    finish_purchase,
    label_order,
    purchase_label,
    settle_open_requests,
    void_label,
)
from shipping.services.packing import pack_all
from shipping.tests.floor import NOW, TESTER, Floor

LATER = NOW + timedelta(minutes=10)


class Moody(OwnDelivery):
    """Our own delivery on a bad day: it may refuse, or sell the label and lose the line."""

    mood = ""

    def buy(self, order: LabelOrder) -> BoughtLabel:
        if self.mood == "refuses":
            raise Refused("no such street")
        if self.mood == "silent":
            raise Unreachable("timed out before we were heard")
        bought = super().buy(order)
        if self.mood == "lost":
            raise Unreachable("timed out after the sale")
        return bought

    def find(self, order: LabelOrder) -> BoughtLabel | None:
        if self.mood == "mute":
            raise Refused("not on a Sunday")
        return super().find(order)


@pytest.fixture
def carrier() -> Iterator[Moody]:
    """The adapter of own delivery, moody."""
    moody, usual = Moody(), registry._ADAPTERS["own_delivery"]
    registry._ADAPTERS["own_delivery"] = moody
    yield moody
    registry._ADAPTERS["own_delivery"] = usual


@pytest.fixture
def packed(floor: Floor) -> Parcel:
    order = floor.order({"ART01": 1})
    floor.pick(order)
    return Parcel.objects.get(pk=pack_all(floor.fulfillment_order(order), by=TESTER, now=NOW).id)


def live_labels(parcel: Parcel) -> int:
    return LabelRequest.objects.filter(parcel=parcel, status__in=["claimed", "purchased", "unknown"]).count()


def test_a_carrier_that_does_not_say_what_it_sold_is_an_exception_after_an_hour(packed: Parcel, carrier: Moody) -> None:
    begin_purchase(packed.ref, by=TESTER, now=NOW)
    carrier.mood = "mute"
    settle_open_requests(by=TESTER, now=LATER)
    assert open_cases("label_failed") == []
    for minutes in (60, 90):
        settle_open_requests(by=TESTER, now=NOW + timedelta(minutes=minutes))
    assert [case.timeline for case in open_cases("label_failed")] == [packed.order_ref]
    carrier.mood = ""
    settle_open_requests(by=TESTER, now=NOW + timedelta(minutes=120))
    assert label_state(packed.ref)["status"] == "failed"


@pytest.mark.parametrize(("zone", "day"), [("Asia/Tokyo", 24), ("UTC", 23), ("America/Los_Angeles", 23)])
def test_the_day_on_a_label_is_the_warehouses_own(packed: Parcel, zone: str, day: int) -> None:
    request = LabelRequest(parcel=packed, requested_at=NOW.replace(hour=20))
    place = replace(warehouse_by_id(packed.warehouse_id), time_zone=zone)
    assert label_order(request, packed, "Standard", warehouse=place).ship_on == date(2026, 11, day)


def test_a_label_is_bought_once_and_given_again(packed: Parcel) -> None:
    first = purchase_label(packed.ref, by=TESTER, now=NOW)
    assert purchase_label(packed.ref, by=TESTER, now=NOW) == first
    assert IssuedNumber.objects.count() == 1
    packed.refresh_from_db()
    assert (packed.status, packed.carrier, packed.tracking_number) == (
        "label_purchased",
        "own_delivery",
        first.tracking_number,
    )
    assert label_document(packed.ref, "pdf").startswith(b"%PDF-")
    assert label_document(packed.ref, "zpl").startswith(b"^XA")
    assert count_print(packed.ref, by=TESTER, now=NOW) == 1


def test_a_process_that_dies_between_sale_and_note_leaves_one_live_label(packed: Parcel) -> None:
    purchase = begin_purchase(packed.ref, by=TESTER, now=NOW)
    assert purchase.order is not None
    sold = OwnDelivery().buy(purchase.order)
    # Here the process is killed: the sale is made, nobody wrote it down.
    with pytest.raises(LabelBeingBought):
        purchase_label(packed.ref, by=TESTER, now=NOW)
    assert settle_open_requests(by=TESTER, now=NOW) == 0  # it may still be at it
    assert settle_open_requests(by=TESTER, now=LATER) == 1
    assert purchase_label(packed.ref, by=TESTER, now=LATER).tracking_number == sold.tracking_number
    assert live_labels(packed) == 1
    assert IssuedNumber.objects.filter(voided_at=None).count() == 1


def test_a_process_that_dies_before_the_sale_leaves_none_and_the_label_is_bought_anew(packed: Parcel) -> None:
    begin_purchase(packed.ref, by=TESTER, now=NOW)
    assert settle_open_requests(by=TESTER, now=LATER) == 1
    assert label_state(packed.ref)["status"] == "failed"
    purchase_label(packed.ref, by=TESTER, now=LATER)
    assert live_labels(packed) == 1
    assert IssuedNumber.objects.count() == 1


def test_a_sale_that_was_not_heard_is_looked_up_and_never_repeated(packed: Parcel, carrier: Moody) -> None:
    carrier.mood = "lost"
    with pytest.raises(LabelBeingBought):
        purchase_label(packed.ref, by=TESTER, now=NOW)
    assert label_state(packed.ref)["status"] == "unknown"
    with pytest.raises(LabelBeingBought):
        purchase_label(packed.ref, by=TESTER, now=NOW)
    assert settle_open_requests(by=TESTER, now=LATER) == 1
    assert label_state(packed.ref)["status"] == "purchased"
    assert IssuedNumber.objects.count() == 1


def test_a_refusal_is_told_and_another_try_is_allowed(packed: Parcel, carrier: Moody) -> None:
    carrier.mood = "refuses"
    with pytest.raises(LabelRefused, match="no such street"):
        purchase_label(packed.ref, by=TESTER, now=NOW)
    (case,) = open_cases("label_failed")
    assert case.timeline == packed.order_ref
    carrier.mood = ""
    purchase_label(packed.ref, by=TESTER, now=NOW)
    assert open_cases("label_failed") == []


def test_finishing_twice_keeps_one_label(packed: Parcel) -> None:
    purchase = begin_purchase(packed.ref, by=TESTER, now=NOW)
    assert purchase.order is not None
    sold = OwnDelivery().buy(purchase.order)
    finish_purchase(purchase.request_id, sold, by=TESTER, now=NOW)
    finish_purchase(purchase.request_id, sold, by=TESTER, now=NOW)
    assert live_labels(packed) == 1


def test_a_voided_label_frees_the_parcel_for_another(packed: Parcel) -> None:
    first = purchase_label(packed.ref, by=TESTER, now=NOW)
    assert void_label(first.request_id, by=TESTER, now=NOW)
    assert void_label(first.request_id, by=TESTER, now=NOW)
    packed.refresh_from_db()
    assert (packed.status, packed.tracking_number) == ("packed", "")
    second = purchase_label(packed.ref, by=TESTER, now=NOW)
    assert second.tracking_number != first.tracking_number
    assert live_labels(packed) == 1


def test_the_same_key_is_the_same_number(packed: Parcel) -> None:
    purchase = begin_purchase(packed.ref, by=TESTER, now=NOW)
    assert purchase.order is not None
    numbers = {OwnDelivery().buy(purchase.order).tracking_number for _time in range(3)}
    found = OwnDelivery().find(purchase.order)
    assert found is not None and numbers == {found.tracking_number}
    assert isinstance(purchase.order.idempotency_key, uuid.UUID)
