"""Orders are changed on a screen: edit, see what it does, save; nothing typed is ever lost."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.accounts.roles import Role
from core.outbox.services import run_due
from fulfillment.dashboard.tests.desk import action, signed_in
from orders.models import Hold, Order, OrderLine
from orders.selectors.facts import OrderFact
from orders.services.editing import OrderChanges, edit_order
from shipping.models import CarrierService, PickLine
from shipping.services.labels import purchase_label
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

pytestmark = pytest.mark.slow


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"MUG": 20, "LAMP": 20, "VASE": 0})


@pytest.fixture
def client(db: None) -> Client:
    return signed_in(Role.SUPPORT)


def filled(client: Client, order: OrderFact, **changes: Any) -> dict[str, Any]:
    """The form as it stands on the page, with changes."""
    form = client.get(reverse("dashboard:edit_order", args=[order.ref])).context["form"]
    values = {bound.name: bound.value() for bound in form if bound.value() is not None}
    return action(**{**values, **changes})


def where(order: OrderFact) -> str:
    return reverse("dashboard:edit_order", args=[order.ref])


def test_a_change_is_shown_before_it_is_saved(floor: Floor, client: Client) -> None:
    order = floor.order({"MUG": 2})
    line = f"line_{order.lines[0].id}"
    sent = filled(client, order, **{line: 3, "sku_1": "VASE", "quantity_1": 2, "price_1": "4.00", "city": "York"})

    shown = client.post(where(order), sent)
    assert shown.status_code == 200
    assert "What this does" in shown.content.decode()
    assert str(shown.context["preview"].total_after) == "15.50"
    assert Order.objects.get().version == 1

    saved = client.post(where(order), {**sent, "save": "1"})
    assert saved.status_code == 302
    assert Order.objects.get().shipping_address["city"] == "York"
    assert OrderLine.objects.get(sku="VASE").backordered == 2
    assert client.post(where(order), {**sent, "save": "1"}).status_code == 302
    assert client.post(where(order), {**sent, **action(), "save": "1"}).status_code == 412
    assert OrderLine.objects.filter(sku="VASE").count() == 1


def test_what_somebody_else_changed_is_told_and_nothing_typed_is_lost(floor: Floor, client: Client) -> None:
    CarrierService.objects.create(method="express", carrier="own_delivery", service="express", name="Express")
    order = floor.order({"MUG": 2})
    sent = filled(client, order, note="Ring twice")
    edit_order(order.ref, OrderChanges(shipping_method="express"), by=TESTER, now=NOW)

    stale = client.post(where(order), {**sent, "save": "1"})

    text = stale.content.decode()
    assert stale.status_code == 412
    assert "Somebody else changed this order" in text and "Order changed" in text
    assert "Ring twice" in text
    assert Order.objects.get().note == ""
    fresh = {**sent, "version": stale.context["form"]["version"].value(), "shipping_method": "express"}
    assert client.post(where(order), {**fresh, **action(), "save": "1"}).status_code == 302
    assert (Order.objects.get().note, Order.objects.get().shipping_method) == ("Ring twice", "express")


def test_a_change_of_work_on_the_floor_says_that_it_stops_and_then_lets_it_go_on(floor: Floor, client: Client) -> None:
    order = floor.order({"MUG": 3})
    floor.release()
    sent = filled(client, order, **{f"line_{order.lines[0].id}": 1})

    assert "stops at the next scan" in client.post(where(order), sent).content.decode()
    client.post(where(order), {**sent, "save": "1"})
    assert Hold.objects.get(released_at=None).code == "edit"
    run_due(now=NOW, raise_errors=True)

    assert not Hold.objects.filter(released_at=None).exists()
    assert OrderLine.objects.get().cancelled == 2
    walk = floor.claim()
    floor.walk(walk)
    assert list(PickLine.objects.filter(pick_list=walk).values_list("quantity", "picked")) == [(1, 1)]
    assert floor.status_of(order) == "picked"


def test_a_bought_label_refuses_another_address_in_a_sentence(floor: Floor, client: Client) -> None:
    order = floor.order({"MUG": 1})
    floor.pick(order)
    purchase_label(floor.pack(order).ref, by=TESTER, now=NOW)
    sent = filled(client, order, city="York")

    refused = client.post(where(order), sent)

    assert (refused.status_code, Order.objects.get().shipping_address["city"]) == (422, "Leeds")
    assert "label" in refused.content.decode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, "Nothing is changed yet."),
        ({"sku_1": "NOPE", "quantity_1": 1}, "There is no product NOPE."),
        ({"sku_1": "MUG"}, "Say how many."),
        ({"line1": ""}, "required"),
    ],
)
def test_what_cannot_be_is_said_at_the_form(
    floor: Floor, client: Client, change: dict[str, Any], sentence: str
) -> None:
    order = floor.order({"MUG": 1})

    answer = client.post(where(order), filled(client, order, **change))

    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_the_effect_of_a_cancellation_is_shown_first(floor: Floor, client: Client) -> None:
    order = floor.order({"MUG": 3})
    form = {"what": "lines", f"line_{order.lines[0].id}": 2, "reason": "Too many"}

    shown = client.post(reverse("dashboard:cancel_preview", args=[order.ref]), form)
    assert shown.context["preview"].lines[0].after == 1
    assert OrderLine.objects.get().cancelled == 0

    client.post(reverse("dashboard:cancel_order", args=[order.ref]), action(**form))
    assert OrderLine.objects.get().cancelled == 2


@pytest.mark.parametrize(
    ("what", "button"), [("all", "Cancel {ref}"), ("lines", "Cancel {ref}"), ("some", "these units")]
)
def test_a_cancellation_of_everything_names_the_order_and_no_day_of_arrival(
    floor: Floor, client: Client, what: str, button: str
) -> None:
    order = floor.order({"MUG": 3})
    units = 1 if what == "some" else 3
    form = {"what": "all" if what == "all" else "lines", f"line_{order.lines[0].id}": units, "reason": "Over"}
    shown = client.post(reverse("dashboard:cancel_preview", args=[order.ref]), form).content.decode()
    assert f"{button.format(ref=order.ref)}</button>" in shown
    assert ("<dt>Arrives</dt>" in shown) is (what == "some")


def test_the_form_of_a_long_order_costs_no_more_statements(
    floor: Floor, client: Client, django_assert_max_num_queries: Any
) -> None:
    order = floor.order([("MUG", 1)] * 12)
    client.get(where(order))
    with django_assert_max_num_queries(22):
        client.get(where(order))
