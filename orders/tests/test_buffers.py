"""A channel leaves its buffer to the others, whatever way it asks for stock."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.kernel.errors import Invalid
from orders.errors import OutOfStock
from orders.models import Channel
from orders.selectors.buffers import buffers_of, units_kept
from orders.selectors.channels import channel_by_id
from orders.selectors.orders import order_by_id
from orders.services.allocation import allocate_backorders, fill_overlooked
from orders.services.buffers import set_product_buffers, set_stock_buffer
from orders.services.bulk import place_orders
from orders.services.editing import OrderChanges, edit_order
from orders.services.line_changes import LineChange
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, build_shop, lines_of, request_for
from orders.tests.test_api import caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    """Ten mugs, of which the shop leaves three to others, and ten lamps, of which it leaves five."""
    shop = build_shop({"MUG": 10, "LAMP": 10})
    set_stock_buffer(shop.channel_id, 3, by=TESTER, now=NOW)
    set_product_buffers(shop.channel_id, {shop.products["LAMP"]: 5}, by=TESTER, now=NOW)
    return shop


def market_of(shop: Shop) -> Shop:
    """Another channel, without a buffer, that sells the same stock."""
    channel = Channel.objects.create(code="market", name="Market", warehouse_id=shop.warehouse_id, currency="GBP")
    return replace(shop, channel_id=channel.pk)


def rejecting(shop: Shop) -> Shop:
    Channel.objects.filter(pk=shop.channel_id).update(shortage_policy="reject")
    return shop


def test_an_order_gets_what_is_available_without_the_buffer(shop: Shop) -> None:
    order = shop.order({"MUG": 9, "LAMP": 9})
    found = lines_of(order.ref)
    assert (found["MUG"]["allocated"], found["MUG"]["backordered"]) == (7, 2)
    assert (found["LAMP"]["allocated"], found["LAMP"]["backordered"]) == (5, 4)
    assert (shop.available("MUG"), shop.available("LAMP")) == (3, 5)
    assert_books_balance(shop)


def test_what_one_channel_leaves_another_without_a_buffer_sells(shop: Shop) -> None:
    shop.order({"MUG": 9})
    order = market_of(shop).order({"MUG": 3})
    assert lines_of(order.ref)["MUG"]["allocated"] == 3
    assert shop.available("MUG") == 0


def test_a_channel_that_rejects_says_what_it_could_have_sold(shop: Shop) -> None:
    with pytest.raises(OutOfStock) as refusal:
        rejecting(shop).order({"MUG": 8})
    assert refusal.value.errors[0]["available"] == 7
    assert shop.available("MUG") == 10


def test_bulk_intake_leaves_the_buffer(shop: Shop) -> None:
    fates = place_orders(rejecting(shop).channel_id, [request_for({"MUG": 4}) for _ in range(3)], by=TESTER, now=NOW)
    assert [fate.status for fate in fates] == ["created", "rejected", "rejected"]
    assert shop.available("MUG") == 6


def test_an_edit_leaves_the_buffer(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    (line,) = order.lines
    edit_order(order.ref, OrderChanges(lines=[LineChange(id=line.id, quantity=9)]), by=TESTER, now=NOW)
    assert lines_of(order.ref)["MUG"]["allocated"] == 7
    assert shop.available("MUG") == 3
    with pytest.raises(OutOfStock):
        edit_order(
            rejecting(shop).order({"LAMP": 1}).ref,
            OrderChanges(lines=[LineChange(sku="MUG", quantity=1)]),
            by=TESTER,
            now=NOW,
        )


def test_backorders_are_not_filled_from_the_buffer(shop: Shop) -> None:
    order = shop.order({"MUG": 9})
    assert fill_overlooked(by=TESTER, now=NOW) == 0
    shop.receive("MUG", 1)
    assert allocate_backorders(shop.products["MUG"], shop.warehouse_id, by=TESTER, now=NOW) == 1
    assert lines_of(order.ref)["MUG"]["backordered"] == 1
    assert shop.available("MUG") == 3


def test_the_backorder_of_a_channel_without_a_buffer_passes_those_that_must_leave_it(shop: Shop) -> None:
    waiting = [shop.order({"MUG": 9}), shop.order({"MUG": 1})]
    set_stock_buffer(shop.channel_id, 20, by=TESTER, now=NOW)
    other = market_of(shop).order({"MUG": 4})
    shop.receive("MUG", 1)
    assert allocate_backorders(shop.products["MUG"], shop.warehouse_id, by=TESTER, now=NOW) == 1
    assert lines_of(other.ref)["MUG"]["backordered"] == 0
    assert [lines_of(one.ref)["MUG"]["backordered"] for one in waiting] == [2, 1]


def test_an_exception_by_product_is_known_with_the_next_order_and_taken_back(shop: Shop) -> None:
    lamp = shop.products["LAMP"]
    assert buffers_of(channel_by_id(shop.channel_id)).of(lamp) == 5
    set_product_buffers(shop.channel_id, {lamp: 0}, by=TESTER, now=NOW)
    assert lines_of(shop.order({"LAMP": 10}).ref)["LAMP"]["allocated"] == 10
    set_product_buffers(shop.channel_id, {lamp: None}, by=TESTER, now=NOW)
    assert buffers_of(channel_by_id(shop.channel_id)).of(lamp) == 3
    assert Channel.objects.get(pk=shop.channel_id).buffers_version is None
    assert units_kept(shop.channel_id, [lamp, shop.products["MUG"]]) == {lamp: 3, shop.products["MUG"]: 3}


def test_a_buffer_costs_intake_no_statement(shop: Shop) -> None:
    shop.order({"MUG": 1})
    with CaptureQueriesContext(connection) as queries:
        shop.order({"MUG": 1, "LAMP": 1})
    assert len([q for q in queries.captured_queries if "SAVEPOINT" not in q["sql"]]) == 5


def test_a_raised_buffer_takes_nothing_from_orders_placed_before(shop: Shop) -> None:
    order = shop.order({"MUG": 7})
    set_stock_buffer(shop.channel_id, 1000, by=TESTER, now=NOW)
    assert order_by_id(order.id).lines[0].allocated == 7
    assert lines_of(shop.order({"MUG": 1}).ref)["MUG"]["allocated"] == 0


def test_a_shop_reads_and_changes_its_own_buffers(shop: Shop) -> None:
    call = caller(shop.channel_id, ["stock:read", "stock:write"])
    assert call("GET", "stock/buffers/").json() == {"units": 3, "products": [{"sku": "LAMP", "units": 5}]}
    body = {"units": 1, "products": [{"sku": "lamp", "units": None}, {"sku": "MUG", "units": 9}]}
    assert call("PATCH", "stock/buffers/", body).json() == {"units": 1, "products": [{"sku": "MUG", "units": 9}]}
    assert lines_of(shop.order({"MUG": 2}).ref)["MUG"]["allocated"] == 1
    assert call("GET", "stock/?sku=LAMP").json()["results"][0]["available"] == 9
    refused = call("PATCH", "stock/buffers/", {"units": 4, "products": [{"sku": "NONE", "units": 2}]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/products/0/sku")
    assert call("GET", "stock/buffers/").json()["units"] == 1
    assert caller(None, ["stock:read"])("GET", "stock/buffers/").status_code == 403


def test_a_buffer_changed_in_the_admin_holds_with_the_next_order(shop: Shop, admin_client: Client) -> None:
    mug = shop.products["MUG"]
    assert lines_of(shop.order({"MUG": 1}).ref)["MUG"]["allocated"] == 1
    channel = Channel.objects.get(pk=shop.channel_id)
    page = admin_client.get(f"/admin/orders/channel/{channel.pk}/change/")
    assert b'name="stock_buffer"' in page.content
    shown = page.context["adminform"].form.initial
    form = {
        **{name: value for name, value in shown.items() if value is not None and value is not False},
        "routes-TOTAL_FORMS": 0,
        "routes-INITIAL_FORMS": 0,
        "stock_buffer": 0,
        "buffers-TOTAL_FORMS": 2,
        "buffers-INITIAL_FORMS": 1,
        "buffers-0-id": channel.buffers.get().pk,
        "buffers-0-channel": channel.pk,
        "buffers-0-product": shop.products["LAMP"],
        "buffers-0-units": 5,
        "buffers-1-channel": channel.pk,
        "buffers-1-product": mug,
        "buffers-1-units": 8,
    }
    answer = admin_client.post(f"/admin/orders/channel/{channel.pk}/change/", form)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    assert lines_of(shop.order({"MUG": 9}).ref)["MUG"]["allocated"] == 1


@pytest.mark.parametrize("units", [-1, 1_000_001])
def test_an_odd_buffer_is_refused(shop: Shop, units: int) -> None:
    with pytest.raises(Invalid):
        set_stock_buffer(shop.channel_id, units, by=TESTER, now=NOW)
    with pytest.raises(Invalid):
        set_product_buffers(shop.channel_id, {shop.products["MUG"]: units}, by=TESTER, now=NOW)
