"""Acts on many orders at once."""

from datetime import timedelta

import pytest

from core.kernel.errors import Invalid
from orders.models import FulfillmentOrder
from orders.planning.decisions import PlannedHold
from orders.selectors.orders import access_order
from orders.selectors.work import releasable
from orders.services import bulk_acts
from orders.services.bulk_acts import hold_orders, prioritize_orders, tag_orders
from orders.services.cancellation import cancel_order
from orders.services.holds import release_due_holds
from orders.tests.shop import NOW, TESTER, Shop, build_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Shop:
    return build_shop({"MUG": 100})


def test_all_open_orders_are_held_and_let_go_at_their_time(shop: Shop) -> None:
    orders = [shop.order({"MUG": 1}) for _ in range(4)]
    cancel_order(orders[0].ref, reason="gone", by=TESTER, now=NOW)
    until = NOW + timedelta(hours=1)
    held = hold_orders(
        [order.ref for order in orders], PlannedHold("operator", "Recall", release_at=until), by=TESTER, now=NOW
    )
    assert sorted(held) == sorted(order.ref for order in orders[1:])
    assert [access_order(order.ref).open_holds for order in orders] == [0, 1, 1, 1]
    assert releasable(shop.warehouse_id) == []
    assert release_due_holds(by=TESTER, now=until) == 3
    assert len(releasable(shop.warehouse_id)) == 3


def test_holding_many_costs_no_more_statements_than_holding_one(shop: Shop, django_assert_num_queries: object) -> None:
    counts = []
    for size in (1, 20):
        refs = [shop.order({"MUG": 1}).ref for _ in range(size)]
        with django_assert_num_queries(6) as seen:  # type: ignore[operator]
            hold_orders(refs, PlannedHold("operator", "Wait"), by=TESTER, now=NOW)
        counts.append(len(seen.captured_queries))
    assert counts[0] == counts[1]


def test_tags_are_added_once_whatever_their_case_and_taken_off(shop: Shop) -> None:
    order = shop.order({"MUG": 1}, tags=("VIP",))
    other = shop.order({"MUG": 1})
    assert sorted(tag_orders([order.ref, other.ref], add=["vip", "fragile"], by=TESTER, now=NOW)) == sorted(
        [order.ref, other.ref]
    )
    assert access_order(order.ref).tags == ("VIP", "fragile")
    assert access_order(other.ref).tags == ("vip", "fragile")
    assert tag_orders([other.ref], add=["Fragile"], by=TESTER, now=NOW) == []
    assert tag_orders([order.ref, other.ref], remove=["Vip"], by=TESTER, now=NOW) == [order.ref, other.ref]
    assert access_order(order.ref).tags == ("fragile",)
    with pytest.raises(Invalid):
        tag_orders([order.ref], add=["x" * 41], by=TESTER, now=NOW)


def test_a_priority_reaches_the_work_that_is_still_open(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    assert prioritize_orders([order.ref], 5, by=TESTER, now=NOW) == [order.ref]
    assert access_order(order.ref).priority == 5
    assert set(FulfillmentOrder.objects.values_list("priority", flat=True)) == {5}
    assert prioritize_orders([order.ref], 5, by=TESTER, now=NOW) == []
    with pytest.raises(Invalid):
        prioritize_orders([order.ref], 99, by=TESTER, now=NOW)


def test_more_orders_than_one_act_can_bear_are_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_acts, "MOST", 1)
    with pytest.raises(Invalid):
        tag_orders([shop.order({"MUG": 1}).ref, shop.order({"MUG": 1}).ref], add=["a"], by=TESTER, now=NOW)
