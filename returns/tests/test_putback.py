"""Returns nobody asks for."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail

from core.attention.selectors import open_cases
from core.messaging.models import Message
from orders.selectors.orders import access_order
from orders.selectors.work import fulfillment_orders_of
from orders.services.cancellation import cancel_order
from orders.tests.shop import NOW, TESTER, Shop
from returns.models import Inspection, Return
from returns.policy import SHORT_CHECKLIST
from returns.selectors.offers import return_offer
from returns.selectors.reads import returns_of_order
from returns.services.putback import open_return_to_sender
from returns.tests.goods import LATER, arrive, ask, in_bin, inspect, inspection_of, level, work_through
from shipping.carriers.base import RawEvent
from shipping.services.tracking import record_tracking_events
from shipping.tests.floor import Floor, build_floor

pytestmark = pytest.mark.slow


def cancelled_after_picking(shop: Shop) -> str:
    order = shop.order({"MUG": 3})
    shop.pick(fulfillment_orders_of(order.ref)[0].id)
    cancel_order(order.ref, reason="Changed my mind", by=TESTER, now=NOW)
    work_through()
    return order.ref


def test_what_was_picked_for_a_cancelled_order_is_put_back_by_inspection(shop: Shop) -> None:
    ref = cancelled_after_picking(shop)
    (rma,) = returns_of_order(ref)
    assert (rma.kind, rma.status, rma.received_units, rma.resolution) == ("put_back", "inspecting", 3, "none")
    inspection = Inspection.objects.get()
    assert tuple(inspection.checklist) == SHORT_CHECKLIST
    before = level(shop, "MUG")
    assert (before["quality_control"], before["available"]) == (3, 27)
    inspect(inspection.pk)
    assert level(shop, "MUG")["available"] == 30
    assert in_bin(shop, "MUG", "pick_face") == {"sellable": 30}


def test_a_put_back_pays_nothing_tells_nobody_and_returns_nothing_of_the_order(shop: Shop) -> None:
    ref = cancelled_after_picking(shop)
    inspect(Inspection.objects.get().pk)
    work_through()
    (rma,) = returns_of_order(ref)
    assert (rma.status, rma.refund) == ("closed", None)
    assert access_order(ref).lines[0].returned == 0
    assert not Message.objects.filter(subject_type="return").exists()


def test_the_same_cancellation_told_twice_is_put_back_once(shop: Shop) -> None:
    cancelled_after_picking(shop)
    work_through()
    assert Return.objects.count() == 1


def test_a_cancellation_before_picking_puts_nothing_back(shop: Shop) -> None:
    order = shop.order({"MUG": 3})
    cancel_order(order.ref, reason="Changed my mind", by=TESTER, now=NOW)
    work_through()
    assert Return.objects.count() == 0


def test_a_parcel_nobody_has_comes_back_for_nothing(db: None) -> None:
    assert open_return_to_sender(1, by=TESTER, now=LATER) is None


@pytest.fixture
def floor(db: None) -> Floor:
    """A floor that can ship parcels."""
    return build_floor({"MUG": 10, "LAMP": 10})


def report(parcel_id: int, status: str, *, at: datetime = LATER) -> None:
    event = RawEvent(f"{status}-{at}", status, at)
    record_tracking_events(parcel_id, [event], by=TESTER, now=at)
    work_through()


def test_a_parcel_the_carrier_brings_back_is_expected_and_received_by_its_own_number(floor: Floor) -> None:
    order = floor.order({"MUG": 2, "LAMP": 1})
    parcel = floor.ship(order)
    before = level(floor.shop, "MUG")
    report(parcel.pk, "return_to_sender")
    (rma,) = returns_of_order(order.ref)
    assert (rma.kind, rma.status, rma.units) == ("return_to_sender", "in_transit", 3)
    assert level(floor.shop, "MUG") == before, "what is still on the road is not counted"
    fact = arrive(floor.shop, parcel.tracking_number.lower())
    assert (fact.outcome, fact.return_ref, fact.units) == ("received", rma.ref, 3)
    work_through()
    assert {tuple(row.checklist) for row in Inspection.objects.all()} == {SHORT_CHECKLIST}
    for item in returns_of_order(order.ref)[0].items:
        inspect(inspection_of(rma, item.sku))
    done = returns_of_order(order.ref)[0]
    assert done.refund is not None
    assert done.refund.amount == Decimal("7.50")
    assert access_order(order.ref).return_status == "returned"


def test_when_it_is_back_the_buyer_is_told_once_as_the_tracking_page_promised(floor: Floor) -> None:
    parcel = floor.ship(floor.order({"MUG": 1}))
    report(parcel.pk, "return_to_sender")
    mail.outbox.clear()
    arrive(floor.shop, parcel.ref)
    work_through()
    work_through()
    (told,) = mail.outbox
    assert "came back to us: the carrier could not deliver it" in str(told.body)
    assert "/t/" in str(told.body) and "/r/" not in str(told.body)


def test_the_same_report_twice_expects_one_return(floor: Floor) -> None:
    order = floor.order({"MUG": 1})
    parcel = floor.ship(order)
    first = open_return_to_sender(parcel.pk, by=TESTER, now=LATER)
    assert open_return_to_sender(parcel.pk, by=TESTER, now=LATER) == first
    assert Return.objects.count() == 1


def test_a_parcel_whose_units_are_in_a_return_already_is_left_to_a_person(floor: Floor) -> None:
    order = floor.order({"MUG": 1})
    parcel = floor.ship(order)
    ask(access_order(order.ref), {"MUG": 1})
    assert open_return_to_sender(parcel.pk, by=TESTER, now=LATER) is None
    assert [case.kind for case in open_cases()] == ["parcel_coming_back"]


def test_a_parcel_without_a_return_opens_a_case_when_its_number_is_scanned(floor: Floor) -> None:
    parcel = floor.ship(floor.order({"MUG": 1}))
    fact = arrive(floor.shop, parcel.ref)
    assert (fact.outcome, fact.order_ref) == ("without_rma", parcel.order_ref)


def test_the_window_runs_from_the_delivery_of_the_last_parcel(floor: Floor) -> None:
    order = floor.order({"MUG": 1})
    parcel = floor.ship(order)
    offer = return_offer(order.ref, now=LATER)
    assert parcel.shipped_at is not None
    assert offer.lines[0].until == parcel.shipped_at.date() + timedelta(days=37), "a silent carrier costs nothing"
    report(parcel.pk, "delivered")
    offer = return_offer(order.ref, now=LATER)
    assert offer.lines[0].until == LATER.date() + timedelta(days=30)
