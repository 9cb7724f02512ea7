"""Orders come in."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.kernel.errors import Invalid, NotFound
from core.outbox.models import Event
from orders.errors import DuplicateExternalId, OutOfStock
from orders.models import Allocation, Channel, Customer, FulfillmentOrder, Hold, Order, OrderCharge, Promise
from orders.selectors.orders import access_order
from orders.services.intake import place_order
from orders.services.requests import ChargeRequest, CustomerRequest
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, lines_of, request_for


def test_an_order_that_is_in_stock_is_allocated_whole(shop: Shop) -> None:
    order = shop.order({"MUG": 2, "LAMP": 3})

    assert order.status == "confirmed"
    assert [(line.sku, line.allocated, line.backordered) for line in order.lines] == [("MUG", 2, 0), ("LAMP", 3, 0)]
    assert (shop.available("MUG"), shop.available("LAMP")) == (8, 0)
    shipment = FulfillmentOrder.objects.get(order_id=order.id)
    assert shipment.status == "allocated"
    assert sorted(Allocation.objects.filter(fulfillment_order=shipment).values_list("quantity", flat=True)) == [2, 3]
    assert_books_balance(shop)


def test_what_is_short_is_backordered_line_by_line(shop: Shop) -> None:
    order = shop.order({"MUG": 12, "VASE": 1})

    assert [(line.allocated, line.backordered) for line in order.lines] == [(10, 2), (0, 1)]
    assert Event.objects.get(type="order.backordered").data == {
        "lines": [[order.lines[0].id, 2], [order.lines[1].id, 1]],
        "cause": "intake",
    }
    assert_books_balance(shop)


def test_an_order_of_which_nothing_is_there_has_no_fulfilment_order_yet(shop: Shop) -> None:
    order = shop.order({"VASE": 4})

    assert order.lines[0].backordered == 4
    assert not FulfillmentOrder.objects.exists()
    assert_books_balance(shop)


def test_the_same_product_on_two_lines_is_summed_before_it_is_shared(shop: Shop) -> None:
    order = shop.order([("LAMP", 2), ("LAMP", 2)])

    assert [(line.allocated, line.backordered) for line in order.lines] == [(2, 0), (1, 1)]
    assert shop.available("LAMP") == 0
    assert_books_balance(shop)


def test_a_channel_that_rejects_names_every_short_line_and_writes_nothing(strict_shop: Shop) -> None:
    with pytest.raises(OutOfStock) as refused:
        strict_shop.order([("MUG", 1), ("LAMP", 2), ("LAMP", 2), ("VASE", 1)])

    assert [(error["pointer"], error["sku"], error["available"]) for error in refused.value.errors] == [
        ("/lines/2/quantity", "LAMP", 3),
        ("/lines/3/quantity", "VASE", 0),
    ]
    assert not Order.objects.exists()
    assert not Customer.objects.exists()
    assert strict_shop.available("MUG") == 10


def test_a_second_order_with_the_same_external_id_is_refused_with_the_ref_of_the_first(shop: Shop) -> None:
    first = shop.order({"MUG": 1}, external_id="100")

    with pytest.raises(DuplicateExternalId) as refused:
        shop.order({"MUG": 2}, external_id="100")

    assert refused.value.extra == {"ref": first.ref}
    assert Order.objects.count() == 1
    assert shop.available("MUG") == 9


def test_two_channels_may_use_the_same_external_id(shop: Shop) -> None:
    other = Channel.objects.create(code="other", name="Other", warehouse_id=shop.warehouse_id)

    shop.order({"MUG": 1}, external_id="100")
    place_order(other.pk, request_for({"MUG": 1}, external_id="100"), by=TESTER, now=NOW)

    assert Order.objects.count() == 2


def test_an_unknown_sku_is_named_by_its_place(shop: Shop) -> None:
    with pytest.raises(Invalid) as refused:
        shop.order([("MUG", 1), ("NOPE", 1), ("NADA", 1)])

    assert [(error["pointer"], error["code"]) for error in refused.value.errors] == [
        ("/lines/1/sku", "unknown_sku"),
        ("/lines/2/sku", "unknown_sku"),
    ]
    assert not Order.objects.exists()


def test_a_sku_is_found_whatever_its_case(shop: Shop) -> None:
    assert shop.order({"mug": 1}).lines[0].sku == "MUG"


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_an_order_that_is_not_paid_is_allocated_but_held(shop: Shop, status: str) -> None:
    order = shop.order({"MUG": 1}, payment_status=status)

    assert order.lines[0].allocated == 1
    assert [hold.type for hold in order.holds] == ["payment"]
    assert Hold.objects.get().order_id == order.id
    assert Order.objects.get().open_holds == 1
    assert Event.objects.filter(type="order.held", timeline=order.ref).exists()


def test_a_returning_customer_is_one_customer_with_the_newest_details(shop: Shop) -> None:
    shop.order({"MUG": 1}, customer=CustomerRequest(email="ada@example.com", name="Ada"))
    shop.order({"MUG": 1}, customer=CustomerRequest(email="Ada@Example.com", name="Ada Byron", locale="sv"))

    customer = Customer.objects.get()
    assert (customer.name, customer.locale) == ("Ada Byron", "sv")
    assert customer.orders.count() == 2


def test_totals_are_goods_shipping_and_charges(shop: Shop) -> None:
    order = shop.order(
        {"MUG": 3},
        shipping_price=Decimal("4.00"),
        charges=(ChargeRequest("BANK", Decimal("1.20")), ChargeRequest("DISCOUNT", Decimal("-0.70"), "Loyal")),
    )

    assert (order.goods_total, order.charges_total, order.total) == (Decimal("7.50"), Decimal("0.50"), Decimal("12.00"))
    assert OrderCharge.objects.count() == 2


def test_the_promise_is_kept_with_its_order(shop: Shop) -> None:
    order = shop.order({"MUG": 1})

    promise = Promise.objects.get(order_id=order.id)
    assert (promise.version, promise.ship_by, promise.deliver_from, promise.deliver_to) == (
        1,
        date(2026, 11, 23),
        date(2026, 11, 25),
        date(2026, 11, 27),
    )
    assert order.promise is not None
    assert order.promise.ship_by == promise.ship_by


def test_an_inactive_channel_takes_no_orders(shop: Shop) -> None:
    Channel.objects.update(active=False)

    with pytest.raises(NotFound):
        shop.order({"MUG": 1})


@pytest.mark.parametrize("lines", [{"MUG": 1}, {"MUG": 1, "LAMP": 1, "VASE": 1}])
def test_intake_takes_five_statements_however_many_lines(shop: Shop, lines: dict[str, int]) -> None:
    shop.order({"MUG": 1})

    with CaptureQueriesContext(
        connection,
    ) as queries:
        shop.order(lines)

    assert len([q for q in queries.captured_queries if "SAVEPOINT" not in q["sql"]]) == 5


def test_text_of_any_script_survives(shop: Shop) -> None:
    name = "山田 花子 \"quote\" \\ 'x' สมหญิง 😀"
    order = shop.order({"MUG": 1}, note=name, customer=CustomerRequest(email="h@example.com", name=name))

    row = Order.objects.get(pk=order.id)
    assert (row.note, row.customer.name) == (name, name)
    assert lines_of(order.ref)["MUG"]["allocated"] == 1


def test_behind_a_pooler_orders_come_in_all_the_same(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    order = shop.order({"MUG": 2, "VASE": 1}, payment_status="pending")

    assert [(line.allocated, line.backordered) for line in order.lines] == [(2, 0), (0, 1)]
    assert_books_balance(shop)


def test_an_order_keeps_the_name_it_was_placed_under(shop: Shop) -> None:
    first = shop.order({"MUG": 1}, customer=CustomerRequest(email="home@example.com", name="Ada Byron", phone="1"))
    shop.order({"MUG": 1}, customer=CustomerRequest(email="home@example.com", name="Charles Babbage", phone="2"))

    order = access_order(first.ref)
    assert (order.customer_name, order.phone) == ("Ada Byron", "1")
