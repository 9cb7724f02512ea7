"""Returns nobody asks for."""

from core.messaging.models import Message
from orders.selectors.orders import access_order
from orders.selectors.work import fulfillment_orders_of
from orders.services.cancellation import cancel_order
from orders.tests.shop import NOW, TESTER, Shop
from returns.models import Inspection, Return
from returns.policy import SHORT_CHECKLIST
from returns.selectors.reads import returns_of_order
from returns.services.putback import open_return_to_sender
from returns.tests.goods import LATER, in_bin, inspect, level, work_through


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
