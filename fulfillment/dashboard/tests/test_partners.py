"""Third parties without a program are answered for by hand."""

import pytest
from django.urls import reverse

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import action, signed_in
from orders.models import FulfillmentOrder, Order, OrderLine
from orders.tests.shop import Shop, build_shop
from orders.tests.test_third_party import ask, foreign
from shipping.models import Parcel

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return build_shop({"MUG": 10, "VASE": 0})


@pytest.fixture
def row(shop: Shop) -> FulfillmentOrder:
    foreign(shop, "PARTNER", {"VASE": 5})
    return ask(shop, 2)


def test_a_request_is_listed_accepted_and_shipped_by_hand(row: FulfillmentOrder) -> None:
    client = signed_in()
    assert row.order_ref in client.get(reverse("dashboard:partners")).content.decode()
    client.post(reverse("dashboard:accept_request", args=[row.pk]), action())
    row.refresh_from_db()
    assert row.status == "released"
    form = action(carrier="post", tracking_number="T1")
    answer = client.post(reverse("dashboard:ship_request", args=[row.pk]), form, follow=True)
    assert "on its way" in answer.content.decode()
    assert Parcel.objects.get().status == "shipped"


def test_whoever_answers_for_them_sees_what_the_buyer_wants(row: FulfillmentOrder) -> None:
    OrderLine.objects.filter(order=row.order_id).update(properties={"engraving": "Ada"}, note="Deep letters")
    gift = {"is_gift": True, "message": "Happy birthday", "hide_prices": True}
    Order.objects.filter(pk=row.order_id).update(note="Ring twice", gift=gift)
    page = signed_in().get(reverse("dashboard:partners")).content.decode()
    for words in ("Engraving: Ada", "Deep letters", "Ring twice", "Happy birthday", "without prices"):
        assert words in page


def test_a_refusal_needs_its_reason(row: FulfillmentOrder) -> None:
    client, url = signed_in(), reverse("dashboard:reject_request", args=[row.pk])
    assert client.post(url, action()).status_code == 422
    client.post(url, action(reason="Sold out"))
    row.refresh_from_db()
    assert (row.request_status, row.request_note) == ("rejected", "Sold out")


def test_a_parcel_of_what_was_not_accepted_is_refused_in_words(row: FulfillmentOrder) -> None:
    form = action(carrier="post", tracking_number="T1")
    answer = signed_in().post(reverse("dashboard:ship_request", args=[row.pk]), form)
    assert answer.status_code == 422
    assert "Accept the request first" in answer.content.decode()


def test_people_of_another_warehouse_see_none_of_it(shop: Shop, row: FulfillmentOrder) -> None:
    client = signed_in(Role.SUPERVISOR, warehouse_ids=[shop.warehouse_id])
    assert row.order_ref not in client.get(reverse("dashboard:partners")).content.decode()
    assert client.post(reverse("dashboard:accept_request", args=[row.pk]), action()).status_code == 404


def test_without_third_parties_the_page_says_what_it_is_for(shop: Shop) -> None:
    assert "There is no third party" in signed_in().get(reverse("dashboard:partners")).content.decode()
