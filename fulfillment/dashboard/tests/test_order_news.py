"""The orders list while orders come in, and who carries each of them."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import Day, signed_in
from orders.models import Order
from orders.selectors.news import newest_order
from orders.tests.shop import NOW
from shipping.models import CarrierService, Parcel

pytestmark = pytest.mark.slow


@pytest.fixture
def desk(day: Day) -> Client:
    return signed_in(Role.SUPERVISOR)


def html(client: Client, url: str, **headers: str) -> str:
    return client.get(url, headers=headers).content.decode()


def poll(page: str) -> str:
    """The address the list asks again and again."""
    return page.partition('id="order-news"')[2].partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")


def test_a_list_tells_how_many_orders_of_its_view_came_since(desk: Client, day: Day) -> None:
    everything, short = (poll(html(desk, f"/orders?view={view}")) for view in ("all", "short"))
    assert desk.get(everything).status_code == 204
    day.floor.order({"MUG": 1})
    day.floor.order({"VASE": 1})
    said = html(desk, everything)
    assert "2 new – show" in said
    assert 'href="/orders?view=all"' in said
    assert "1 new – show" in html(desk, short)
    assert poll(html(desk, "/orders?view=all")) != everything


def test_what_the_page_says_already_is_not_said_again(desk: Client, day: Day) -> None:
    asked = poll(html(desk, "/orders"))
    day.floor.order({"MUG": 1})
    assert desk.get(asked + "&told=1").status_code == 204
    assert "2 new" not in html(desk, asked)
    day.floor.order({"MUG": 1})
    assert "2 new" in html(desk, asked + "&told=1")


def test_news_that_went_are_taken_off_the_page(desk: Client, day: Day) -> None:
    asked = poll(html(desk, "/orders?view=short"))
    order = day.floor.order({"VASE": 1})
    assert "1 new" in html(desk, asked)
    Order.objects.filter(pk=order.id).update(status="cancelled")
    answer = desk.get(asked + "&told=1")
    assert (answer.status_code, answer.content.strip()) == (200, b"")


def test_many_are_counted_as_far_as_it_takes_to_say_more(
    desk: Client, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fulfillment.dashboard.views.order_news.CAP", 2)
    asked = poll(html(desk, "/orders"))
    for _number in range(4):
        day.floor.order({"MUG": 1})
    assert "2+ new – show" in html(desk, asked)
    assert desk.get(asked + "&told=3").status_code == 204


def test_a_page_left_open_for_a_week_reads_the_newest_alone(
    desk: Client, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.selectors.news.LOOKED_AT", 1)
    asked = poll(html(desk, "/orders"))
    for _number in range(4):
        day.floor.order({"MUG": 1})
    assert "1 new – show" in html(desk, asked)


def test_another_warehouse_s_orders_are_no_news(day: Day) -> None:
    client = signed_in(Role.SUPERVISOR)
    asked = poll(html(client, "/orders?channel=nowhere&status=cancelled"))
    day.floor.order({"MUG": 1})
    assert client.get(asked).status_code == 204


def test_asking_costs_little_and_least_when_nothing_came(
    desk: Client, day: Day, django_assert_max_num_queries: Any
) -> None:
    asked = poll(html(desk, "/orders?view=late"))
    # Who asks, from where, and the end of the index.
    with django_assert_max_num_queries(4):
        assert desk.get(asked).status_code == 204
    day.floor.order({"MUG": 1})
    with django_assert_max_num_queries(8):
        desk.get(asked)


def test_a_search_and_an_older_page_wait_for_nothing(desk: Client, day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 'id="order-news"' not in html(desk, "/orders?q=ada")
    monkeypatch.setattr("fulfillment.dashboard.views.orders.PAGE", 2)
    link = html(desk, "/orders").partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    assert 'id="order-news"' not in html(desk, "/orders" + link.replace("&amp;", "&"))


@pytest.mark.parametrize("seen", ["", "x", "-1", "²", "9" * 18, "1e9"])
def test_an_odd_place_is_no_news(desk: Client, seen: str) -> None:
    assert desk.get("/orders/news", {"seen": seen}).status_code == 204


def test_after_the_news_are_shown_the_hand_is_on_the_first_of_them(desk: Client, day: Day) -> None:
    order = day.floor.order({"MUG": 1})
    shown = html(desk, "/orders", **{"HX-Request": "true", "HX-Trigger": "order-news-show"})
    assert f'href="/orders/{order.ref}" data-focus' in shown
    assert "data-focus" not in html(desk, "/orders", **{"HX-Request": "true"})
    assert newest_order() == order.id


def carriers(client: Client, ref: str) -> str:
    row = html(client, "/orders").partition(f'href="/orders/{ref}"')[2].partition("</tr>")[0]
    return row.partition('data-label="Carrier"')[2].partition("</td>")[0]


def test_the_carrier_is_what_the_parcels_were_bought_with_else_that_of_the_service(desk: Client, day: Day) -> None:
    desk.cookies["orders_columns"] = "customer.carrier"
    CarrierService.objects.update_or_create(
        method="standard", defaults={"carrier": "post_nord", "service": "std", "name": "Standard"}
    )
    assert "Post nord" in carriers(desk, day.fresh.ref)
    assert "Planned" in carriers(desk, day.fresh.ref)
    parcel = Parcel.objects.get(ref=day.parcel_ref)
    Parcel.objects.create(
        ref="PKG-SECOND", order_ref=parcel.order_ref, order=parcel.order, fulfillment_order=parcel.fulfillment_order,
        warehouse=parcel.warehouse, channel_id=parcel.channel_id, carrier="own_delivery", created_at=NOW,
    )  # fmt: skip
    Parcel.objects.filter(pk=parcel.pk).update(carrier="dhl_express")
    told = carriers(desk, day.shipped.ref)
    assert told.index("Dhl express") < told.index("Own delivery")
    assert "Planned" not in told
    Parcel.objects.filter(ref="PKG-SECOND").update(status="cancelled")
    assert "Own delivery" not in carriers(desk, day.shipped.ref)
    Order.objects.filter(pk=day.fresh.id).update(shipping_method="gone")
    assert "–" in carriers(desk, day.fresh.ref)


def test_the_column_costs_one_statement_however_many_orders(
    desk: Client, day: Day, django_assert_max_num_queries: Any
) -> None:
    def statements(columns: str) -> int:
        desk.cookies["orders_columns"] = columns
        with CaptureQueriesContext(connection) as queries:
            desk.get("/orders")
        return len(queries)

    without, few = statements("customer"), statements("customer.carrier")
    assert few == without + 1
    for _number in range(5):
        day.floor.order({"MUG": 1})
    assert statements("customer.carrier") == few
    with django_assert_max_num_queries(15):
        desk.get("/orders")
