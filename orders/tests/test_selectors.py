"""What screens read, and what it costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.kernel.errors import NotFound
from core.kernel.tokens import public_token
from orders.models import FulfillmentOrder
from orders.selectors.backorders import backordered_units
from orders.selectors.lists import OrderFilter, counts_by_view, home_figures, orders_list
from orders.selectors.order_page import order_page
from orders.selectors.orders import access_order
from orders.selectors.public import order_by_public_token
from orders.selectors.timeline import SILENT, WORDS, sentence_of, story
from orders.selectors.work import recipient_of_fulfillment_order, releasable, work_of
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold
from orders.services.requests import CustomerRequest
from orders.states import FULFILLMENT_ORDER_TRANSITIONS, ORDER_TRANSITIONS
from orders.tests.shop import NOW, TESTER, Shop


def found(**filters: object) -> list[str]:
    return [row.ref for row in orders_list(OrderFilter(**filters))]  # type: ignore[arg-type]


def test_an_order_is_found_by_what_people_have_at_hand(shop: Shop) -> None:
    order = shop.order(
        {"MUG": 1}, external_id="536365", customer=CustomerRequest(email="Grace@example.com", name="Grace Hopper")
    )
    shop.order({"MUG": 1})

    body = order.ref.removeprefix("ORD-")
    for text in (order.ref, order.ref.lower(), body, body[:5], "536365", "grace@EXAMPLE.com", "grace", "Grace Hop"):
        assert found(search=text) == [order.ref], text
    assert found(search="nobody") == []
    assert found(search="%") == []


def test_views_hold_what_their_names_say(shop: Shop) -> None:
    today = NOW.date()
    late = shop.order({"MUG": 1}, now=NOW - timedelta(days=7), placed_at=NOW - timedelta(days=7))
    due = shop.order({"MUG": 1})
    short = shop.order({"VASE": 1}, now=NOW + timedelta(days=3))
    held = shop.order({"MUG": 1}, now=NOW + timedelta(days=3))
    place_hold(held.ref, type="address", reason="", by=TESTER, now=NOW)
    gone = shop.order({"MUG": 1})
    cancel_order(gone.ref, reason="", by=TESTER, now=NOW)

    assert found(view="late", today=today) == [late.ref]
    assert found(view="due", today=today) == [due.ref]
    assert found(view="short") == [short.ref]
    assert found(view="on_hold") == found(view="address") == [held.ref]
    assert gone.ref not in found(view="open")
    assert counts_by_view(OrderFilter(today=today)) == {
        "open": 4,
        "due": 1,
        "late": 1,
        "short": 1,
        "address": 1,
        "on_hold": 1,
    }
    figures = home_figures(today=today)
    assert (figures.late, figures.due_today, figures.short, figures.on_hold, figures.to_release) == (1, 1, 1, 1, 2)


def test_the_list_goes_on_where_it_stopped(shop: Shop) -> None:
    refs = [shop.order({"MUG": 1}, placed_at=NOW).ref for _ in range(5)]
    first = orders_list(OrderFilter(), limit=2)
    second = orders_list(OrderFilter(), before=(first[-1].placed_at, first[-1].id), limit=5)
    assert [row.ref for row in [*first, *second]] == refs[::-1]


@pytest.mark.parametrize("count", [1, 6])
def test_a_list_takes_one_statement_and_a_page_seven(shop: Shop, count: int) -> None:
    orders = [shop.order({"MUG": 1, "VASE": 1}, payment_status="pending") for _ in range(count)]

    with CaptureQueriesContext(connection) as queries:
        rows = orders_list(OrderFilter())
    assert (len(rows), len(queries)) == (count, 1)
    assert (rows[0].units, rows[0].backordered, rows[0].stages, rows[0].country) == (2, 1, ("allocated",), "GB")
    with CaptureQueriesContext(connection) as queries:
        page = order_page(orders[0].ref)
    assert len(queries) <= 7
    assert page.can_edit and page.can_cancel
    with CaptureQueriesContext(connection) as queries:
        releasable(shop.warehouse_id)
        work_of([shipment.id for shipment in page.shipments])
    assert len(queries) <= 3


def test_the_page_says_how_far_each_unit_has_come(shop: Shop) -> None:
    order = shop.order({"MUG": 3, "VASE": 2})
    shop.pick(FulfillmentOrder.objects.get().pk)

    page = order_page(order.ref)
    assert [(one.waiting, one.on_shelf, one.picked, one.packed, one.shipped) for one in page.lines] == [
        (0, 0, 3, 0, 0),
        (2, 0, 0, 0, 0),
    ]
    assert page.can_edit and page.can_cancel
    shop.pack(page.shipments[0].id)
    assert order_page(order.ref).lines[0].packed == 3


def test_what_orders_wait_for_is_known_by_product(shop: Shop) -> None:
    shop.order({"VASE": 2})
    shop.order({"VASE": 1, "LAMP": 4})

    units = backordered_units(list(shop.products.values()), [shop.warehouse_id])
    assert units == {
        (shop.products["VASE"], shop.warehouse_id): 3,
        (shop.products["LAMP"], shop.warehouse_id): 1,
    }


def test_the_address_of_a_fulfilment_order_is_the_one_of_today(shop: Shop) -> None:
    shop.order({"MUG": 1})
    recipient = recipient_of_fulfillment_order(FulfillmentOrder.objects.get().pk)

    assert recipient is not None
    assert (recipient.name, recipient.address["city"], recipient.may_email) == ("Ada Byron", "Leeds", True)
    assert recipient_of_fulfillment_order(0) is None


def test_another_channels_order_is_not_found(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    with pytest.raises(NotFound):
        access_order(order.ref, channel_id=shop.channel_id + 1)
    assert access_order(order.ref.lower(), channel_id=shop.channel_id).id == order.id


def test_a_customers_link_leads_to_the_order_and_no_other_text_does(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    token = public_token("tracking", order.ref)

    found = order_by_public_token(token)
    assert found is not None and found.ref == order.ref
    for wrong in (order.ref, f"{order.ref}.x", token[:-1], public_token("return", order.ref), ""):
        assert order_by_public_token(wrong) is None


def test_the_story_is_told_in_words(shop: Shop) -> None:
    order = shop.order({"MUG": 2, "VASE": 1})
    shop.fulfil(FulfillmentOrder.objects.get().pk)

    sentences = [entry.sentence for entry in story(order.ref)]
    assert sentences[:2] == ["Order placed: 2 units in stock, 1 to follow", "Waiting for stock: 1 unit"]
    assert "Picked" in sentences and "Packed" in sentences
    assert sentence_of("something.new_happened", {}) == "Something new happened"


def test_every_state_of_orders_has_words() -> None:
    told = WORDS.keys() | SILENT
    for subject, table in (("order", ORDER_TRANSITIONS), ("fulfillment_order", FULFILLMENT_ORDER_TRANSITIONS)):
        for state in {state for targets in table.values() for state in targets} - {"pending"}:
            assert f"{subject}.{state}" in told
