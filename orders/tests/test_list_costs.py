"""A list costs the same statements however many orders there are, and reads no history for a product."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Order
from orders.selectors.lists import (
    VIEWS,
    WORK_VIEWS,
    OrderFilter,
    counts_by_view,
    home_figures,
    matching,
    order_facts_page,
    orders_list,
)
from orders.services.holds import place_hold
from orders.services.requests import CustomerRequest
from orders.tests.shop import NOW, TESTER, Shop

TODAY = NOW.date()


def fill(shop: Shop, count: int) -> None:
    for number in range(count):
        order = shop.order(
            {"MUG": 1, "VASE": 1} if number % 2 else {"MUG": 1},
            customer=CustomerRequest(email="grace@example.com", name="Grace Hopper"),
            purchase_order_number="PO-7",
        )
        if number % 3 == 0:
            place_hold(order.ref, type="address", reason="?", by=TESTER, now=NOW)


def questions(shop: Shop) -> dict[str, Callable[[], object]]:
    ref = Order.objects.order_by("pk")[0].ref
    asked: dict[str, OrderFilter] = {
        view: OrderFilter(view=view, today=TODAY, warehouse_ids=(shop.warehouse_id,)) for view in (*VIEWS, *WORK_VIEWS)
    }
    for text in (ref, ref[:8], "grace@example.com", "Grace", "PO-7", "nobody"):
        asked[f"search {text}"] = OrderFilter(search=text)
    asked["product"] = OrderFilter(product_id=shop.products["MUG"])
    asked["status"] = OrderFilter(channel_id=shop.channel_id, status="confirmed", fulfillment_status="unfulfilled")
    found: dict[str, Callable[[], object]] = {
        name: lambda filters=filters: orders_list(filters)  # type: ignore[misc]
        for name, filters in asked.items()
    }
    found["API"] = lambda: order_facts_page(OrderFilter(), value=None, pk=0, backwards=False, limit=50)
    confirmed = OrderFilter(channel_id=shop.channel_id, status="confirmed")
    found["API status"] = lambda: order_facts_page(confirmed, value=None, pk=0, backwards=False, limit=50)
    found["tabs"] = lambda: counts_by_view(OrderFilter(today=TODAY))
    found["home"] = lambda: home_figures(today=TODAY)
    return found


def statements(shop: Shop) -> dict[str, int]:
    told = {}
    for name, ask in questions(shop).items():
        with CaptureQueriesContext(connection) as queries:
            ask()
        told[name] = len(queries)
    return told


def test_every_view_search_and_filter_costs_the_same_statements_at_any_size(shop: Shop) -> None:
    fill(shop, 3)
    few = statements(shop)
    fill(shop, 9)
    assert statements(shop) == few


def test_a_filter_by_product_can_go_by_the_product(shop: Shop) -> None:
    fill(shop, 3)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    rows = matching(OrderFilter(product_id=shop.products["MUG"])).order_by("-placed_at", "-pk")[:50]
    assert "order_line_of_product" in rows.explain()
