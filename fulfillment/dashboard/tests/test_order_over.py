"""The page of an order that is over: cancelled, or of a customer whose data were erased."""

import pytest
from django.test import Client

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import signed_in
from orders.services.cancellation import cancel_order
from orders.services.forgetting import erase_customer
from orders.tests.shop import NOW, TESTER, Shop, build_shop

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(db: None) -> Shop:
    return build_shop({"MUG": 5})


@pytest.fixture
def desk(db: None) -> Client:
    return signed_in(Role.SUPERVISOR)


def test_a_cancelled_order_shows_no_way_it_would_go(desk: Client, shop: Shop) -> None:
    order = shop.order({"MUG": 2})
    assert 'class="stepper"' in desk.get(f"/orders/{order.ref}").content.decode()
    cancel_order(order.ref, reason="changed their mind", by=TESTER, now=NOW)
    page = desk.get(f"/orders/{order.ref}").content.decode()
    assert 'class="stepper"' not in page
    assert "Cancelled: changed their mind." in page
    assert "Leaves by" not in page


def test_an_erased_customer_is_said_to_be_erased(desk: Client, shop: Shop) -> None:
    order = shop.order({"MUG": 2})
    cancel_order(order.ref, reason="asked to be forgotten", by=TESTER, now=NOW)
    assert "Personal data erased" not in desk.get(f"/orders/{order.ref}").content.decode()
    erase_customer(order.customer_id, by=TESTER, now=NOW)
    page = desk.get(f"/orders/{order.ref}").content.decode()
    assert "Personal data erased" in page
    assert "erased.invalid" not in page
