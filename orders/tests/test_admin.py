"""The admin shows every row of this room and changes none that a service writes."""

import pytest
from django.test import Client

from core.accounts.models import User
from core.kernel.actors import SYSTEM
from orders.models import Channel, Customer, FulfillmentOrder, Hold, Order
from orders.services.holds import place_hold
from orders.tests.shop import NOW, Shop


@pytest.fixture
def admin(db: None) -> Client:
    user = User.objects.create_superuser("root", "root@example.com", "a-long-password")
    browser = Client()
    browser.force_login(user)
    return browser


def test_every_list_and_page_opens(shop: Shop, admin: Client) -> None:
    order = shop.order({"MUG": 1, "VASE": 1}, payment_status="pending")
    place_hold(order.ref, type="fraud", reason="odd", by=SYSTEM, now=NOW)

    for model in (Channel, Customer, Order, FulfillmentOrder, Hold):
        name = model._meta.model_name
        assert admin.get(f"/admin/orders/{name}/").status_code == 200
        row = model._default_manager.first()
        assert row is not None
        assert admin.get(f"/admin/orders/{name}/{row.pk}/change/").status_code == 200


@pytest.mark.parametrize("term", ["ada@example.com", "100", "ORD-"])
def test_orders_are_searched_by_what_is_indexed(shop: Shop, admin: Client, term: str) -> None:
    order = shop.order({"MUG": 1}, external_id="100")
    term = order.ref.lower() if term == "ORD-" else term

    page = admin.get("/admin/orders/order/", {"q": term})

    assert order.ref in page.content.decode()


def test_nobody_edits_an_order_by_hand(shop: Shop, admin: Client) -> None:
    order = shop.order({"MUG": 1})

    assert admin.post(f"/admin/orders/order/{order.id}/change/", {"status": "completed"}).status_code == 403
    assert admin.post(f"/admin/orders/order/{order.id}/delete/", {"post": "yes"}).status_code == 403
    assert admin.get("/admin/orders/order/add/").status_code == 403
