"""Cases about orders: each opens with its cause and closes when the cause ends."""

from datetime import timedelta

from core.attention.selectors import cases_of, open_cases
from core.attention.services import open_case
from core.outbox.facts import EventFact
from core.outbox.selectors import timeline
from orders import handlers
from orders.models import FulfillmentOrder, Hold
from orders.selectors.facts import OrderFact
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold, release_hold
from orders.services.order_cases import close_no_longer_short, close_over
from orders.services.stuck import watch_stuck
from orders.tests.shop import NOW, TESTER, Shop


def tell(order: OrderFact, type: str) -> None:
    """Hand the order's newest event of that type to its handler, as the relay does."""
    entry = [entry for entry in timeline(order.ref) if entry.type == type][-1]
    event = EventFact(
        id=entry.id,
        type=entry.type,
        subject_type="order",
        subject_id=order.id,
        timeline=order.ref,
        data=entry.data,
        at=entry.at,
        actor_kind=entry.actor_kind,
        actor_name=entry.actor_name,
    )
    if type in ("order.held", "order.hold_released"):
        handlers.follow_holds(event, now=NOW)
    else:
        handlers.follow_end(event, now=NOW)


def test_an_address_hold_opens_a_case_that_ends_with_it(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    hold = place_hold(order.ref, type="address", reason="No such postal code", by=TESTER, now=NOW)
    tell(order, "order.held")
    tell(order, "order.held")
    (case,) = open_cases("address")
    assert (case.timeline, case.detail["hold_id"]) == (order.ref, hold.id)
    release_hold(order.ref, hold.id, by=TESTER, now=NOW)
    tell(order, "order.hold_released")
    assert open_cases("address") == []


def test_other_holds_open_none(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    place_hold(order.ref, type="fraud", reason="Look", by=TESTER, now=NOW)
    tell(order, "order.held")
    assert open_cases("address") == []


def test_a_hold_told_of_late_opens_no_case(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    hold = place_hold(order.ref, type="address", reason="?", by=TESTER, now=NOW)
    release_hold(order.ref, hold.id, by=TESTER, now=NOW)
    tell(order, "order.held")
    assert open_cases("address") == []


def test_a_cancelled_order_takes_its_cases_along(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    place_hold(order.ref, type="address", reason="?", by=TESTER, now=NOW)
    tell(order, "order.held")
    cancel_order(order.ref, reason="x", by=TESTER, now=NOW)
    tell(order, "order.cancelled")
    assert open_cases("address") == []


def test_cases_of_orders_that_are_over_are_swept(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    for kind in ("late", "will_be_late", "third_party", "allocation_given_up", "no_pickable_stock"):
        open_case(kind=kind, dedupe_key=f"{kind}:1", summary="x", subject_type="order", timeline=order.ref, now=NOW)
    assert close_over(by=TESTER, now=NOW) == 0
    shop.fulfil(FulfillmentOrder.objects.get(order_ref=order.ref).pk)
    close_over(by=TESTER, now=NOW)
    assert [case.kind for case in cases_of(order.ref) if case.closed_at is None] == []


def test_an_order_that_misses_nothing_any_more_is_not_short(shop: Shop) -> None:
    order, other = shop.order({"VASE": 2, "MUG": 1}), shop.order({"VASE": 2})
    for one in (order, other):
        for kind in ("third_party", "allocation_given_up"):
            key = f"{kind}:{one.ref}"
            open_case(kind=kind, dedupe_key=key, summary="x", subject_type="order", timeline=one.ref, now=NOW)
    assert close_no_longer_short(by=TESTER, now=NOW) == 0
    missing = next(line for line in order.lines if line.sku == "VASE")
    cancel_order(order.ref, reason="x", lines=[(missing.id, 2)], by=TESTER, now=NOW)
    assert close_no_longer_short(by=TESTER, now=NOW) == 2
    assert {case.timeline for case in open_cases()} == {other.ref}


def test_what_a_packer_set_aside_goes_on_when_the_last_hold_is_released(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    holds = [place_hold(order.ref, type="operator", reason="?", by=TESTER, now=NOW) for _ in range(2)]
    open_case(kind="pack_problem", dedupe_key="p", summary="x", subject_type="order", timeline=order.ref, now=NOW)
    for hold, left in zip(holds, (1, 0), strict=True):
        release_hold(order.ref, hold.id, by=TESTER, now=NOW)
        tell(order, "order.hold_released")
        assert len(open_cases("pack_problem")) == left


def test_what_lies_on_the_floor_for_hours_is_stuck_until_it_moves(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    row = FulfillmentOrder.objects.get(order_ref=order.ref)
    shop.pick(row.pk)
    assert watch_stuck(by=TESTER, now=NOW + timedelta(hours=1)) == (0, 0)
    later = NOW + timedelta(hours=3)
    assert watch_stuck(by=TESTER, now=later) == (1, 0)
    assert watch_stuck(by=TESTER, now=later) == (1, 0)
    (case,) = open_cases("stuck")
    assert (case.subject_id, case.detail["stage"]) == (row.pk, "picked")
    shop.pack(row.pk)
    assert watch_stuck(by=TESTER, now=later) == (0, 1)
    assert open_cases("stuck") == []


def test_nothing_is_stuck_on_a_sunday_or_while_on_hold(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    shop.pick(FulfillmentOrder.objects.get(order_ref=order.ref).pk)
    assert watch_stuck(by=TESTER, now=NOW + timedelta(days=6))[0] == 0
    place_hold(order.ref, type="fraud", reason="Look", by=TESTER, now=NOW)
    assert watch_stuck(by=TESTER, now=NOW + timedelta(days=1))[0] == 0
    assert Hold.objects.count() == 1
