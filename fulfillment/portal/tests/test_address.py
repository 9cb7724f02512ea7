"""The customer corrects the address: by a signed link, while it is doubted, and the order goes on."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from core.kernel.tokens import public_token
from core.messaging.models import Message
from core.outbox.facts import EventFact
from core.outbox.selectors import timeline
from orders import notifications
from orders.models import Hold, Order
from orders.selectors.facts import OrderFact
from orders.services.addresses import ask_for_address
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold
from orders.tests.shop import ADDRESS, NOW, TESTER, Shop, build_shop
from shipping.tests.floor import Floor

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return build_shop({"MUG": 10})


@pytest.fixture
def order(shop: Shop) -> OrderFact:
    found = shop.order({"MUG": 1})
    place_hold(found.ref, type="address", reason="No such postal code", by=TESTER, now=NOW)
    return found


def url(ref: str) -> str:
    return reverse("portal:address", args=[public_token("address", ref)])


def test_the_link_shows_the_address_and_takes_the_right_one(order: OrderFact) -> None:
    client = Client()
    assert "12 Mill Lane" in client.get(url(order.ref)).content.decode()
    answer = client.post(url(order.ref), {**ADDRESS, "postal_code": "LS1 4AQ"}, follow=True)
    assert "Thank you" in answer.content.decode()
    row = Order.objects.get(ref=order.ref)
    assert (row.shipping_address["postal_code"], row.open_holds) == ("LS1 4AQ", 0)


def test_once_it_is_corrected_the_address_is_shown_to_nobody(order: OrderFact) -> None:
    client = Client()
    client.post(url(order.ref), ADDRESS)
    assert "12 Mill Lane" not in client.get(url(order.ref)).content.decode()
    assert not Hold.objects.filter(released_at=None).exists()


def test_what_is_missing_is_said_at_the_field(order: OrderFact) -> None:
    answer = Client().post(url(order.ref), {**ADDRESS, "line1": ""})
    assert answer.status_code == 422
    assert Hold.objects.filter(released_at=None).count() == 1


def test_a_link_for_another_page_does_not_open_this_one(order: OrderFact) -> None:
    other = reverse("portal:address", args=[public_token("tracking", order.ref)])
    assert Client().get(other).status_code == 404


def test_the_customer_is_asked_by_mail_once(order: OrderFact) -> None:
    hold = Hold.objects.get()
    ask_for_address(order.ref, hold.pk, by=TESTER, now=NOW)
    entry = [one for one in timeline(order.ref) if one.type == "order.address_asked"][-1]
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
    for _twice in range(2):
        notifications.ask_for_address(event, now=NOW)
    assert Message.objects.filter(template="address_needed").count() == 1
    assert any("/a/" in str(one.body) for one in mail.outbox) or not mail.outbox


def test_an_order_that_was_cancelled_asks_for_no_address(order: OrderFact) -> None:
    cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    page = Client().get(url(order.ref)).content.decode()
    assert "This order was cancelled" in page and "12 Mill Lane" not in page and "<form method" not in page
    assert "This order was cancelled" in Client().post(url(order.ref), ADDRESS).content.decode()


def test_a_refusal_meant_for_the_desk_is_not_read_to_the_customer(floor: Floor) -> None:
    order = floor.order({"MUG": 1})
    floor.pick(order)
    floor.pack(order)
    place_hold(order.ref, type="address", reason="", by=TESTER, now=NOW)
    answer = Client().post(url(order.ref), {**ADDRESS, "postal_code": "LS1 4AQ"})
    assert answer.status_code == 409
    assert "Please write to us" in answer.content.decode() and "SHP-" not in answer.content.decode()
