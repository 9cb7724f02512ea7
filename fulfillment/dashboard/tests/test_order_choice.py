"""On the order's page: what the customer was asked, choosing for the customer, and notes for colleagues."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from core.accounts.roles import Role
from core.outbox.services import run_due
from fulfillment.dashboard.tests.desk import action, signed_in
from inventory.models import Product
from orders.models import Channel, CustomerNote, FulfillmentOrder, OrderLine, ShortageChoice
from orders.selectors.facts import OrderFact
from shipping.tests.floor import NOW, Floor, build_floor


@pytest.fixture
def floor(db: None) -> Floor:
    made = build_floor({"MUG": 20, "VASE": 0})
    Channel.objects.update(choice_days=3)
    return made


@pytest.fixture
def short(floor: Floor) -> OrderFact:
    order = floor.order({"MUG": 2, "VASE": 2})
    run_due(now=NOW, raise_errors=True)
    return order


@pytest.fixture
def desk(db: None) -> Client:
    return signed_in(Role.SUPPORT)


def page(desk: Client, order: OrderFact) -> str:
    return desk.get(reverse("dashboard:order", args=[order.ref])).content.decode()


def test_the_question_stands_on_the_page_and_is_answered_for_the_customer(desk: Client, short: OrderFact) -> None:
    where = reverse("dashboard:choose_for_customer", args=[short.ref])
    text = page(desk, short)
    assert "The customer was asked" in text and f"/c/{short.ref}." in text

    assert desk.post(where, action(choice="burn")).status_code == 302
    assert ShortageChoice.objects.get().status == "asked"
    desk.post(where, action(choice="cancel", version=999))
    assert ShortageChoice.objects.get().status == "asked"
    desk.post(where, action(choice="cancel"))

    choice = ShortageChoice.objects.get()
    assert (choice.status, choice.choice) == ("chosen", "cancel")
    assert choice.answered_by.startswith("support")
    assert OrderLine.objects.get(sku="VASE").cancelled == 2
    assert "Cancel what is missing" in page(desk, short)


def test_a_note_is_kept_with_the_customer_and_names_the_order(desk: Client, short: OrderFact) -> None:
    where = reverse("dashboard:note_order", args=[short.ref])
    desk.post(where, action(text="  "))
    assert not CustomerNote.objects.exists()
    desk.post(where, action(text="Calls after five"))

    assert CustomerNote.objects.get().text == f"{short.ref}: Calls after five"
    assert "Calls after five" in page(desk, short)


def test_history_shows_when_the_product_is_sold_no_more(desk: Client, floor: Floor, short: OrderFact) -> None:
    floor.ship(short)
    Product.objects.update(active=False, release_on=date(2030, 1, 1))
    FulfillmentOrder.objects.update(release_on=datetime(2030, 1, 1, tzinfo=UTC).date())

    text = page(desk, short)
    assert "Article MUG" in text and "Article VASE" in text


def test_the_timeline_shows_what_programs_did_alone(desk: Client, short: OrderFact) -> None:
    answer = desk.get(reverse("dashboard:order", args=[short.ref]), {"show": "api"})
    assert answer.status_code == 200
