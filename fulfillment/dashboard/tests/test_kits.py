"""Kits as staff and customers see them: one line to the customer, components to the floor."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from core.accounts.roles import Role
from core.outbox.services import run_due
from fulfillment.dashboard.tests.desk import action, signed_in
from fulfillment.dashboard.tests.device import Device
from fulfillment.portal.tests.conftest import tracking_url
from inventory.services.products import create_product
from orders.selectors.facts import OrderFact
from orders.selectors.orders import access_order
from shipping.tests.floor import NOW, TESTER, Floor, build_floor


@pytest.fixture
def floor(db: None) -> Floor:
    """Twenty mugs and lamps; a set is two mugs and a lamp."""
    floor = build_floor({"MUG": 20, "LAMP": 20})
    create_product(sku="SET", name="Lamp set", kit=[("MUG", 2), ("LAMP", 1)], by=TESTER, now=NOW)
    return floor


@pytest.fixture
def order(floor: Floor) -> OrderFact:
    return floor.order({"SET": 2, "MUG": 1})


def test_the_order_page_shows_the_kit_and_cancels_whole_ones(floor: Floor, order: OrderFact) -> None:
    desk = signed_in(Role.SUPERVISOR)
    url = f"/orders/{order.ref}"
    page = desk.get(url).content.decode()
    assert "2 lines" in page
    assert "Kit of 2 products" in page
    kit = order.kits[0].id
    assert f'name="line_{kit}"' in page
    assert f'name="line_{order.kits[0].components[0].id}"' not in page

    posted = desk.post(f"{url}/cancel", {**action(), "what": "lines", "reason": "one too many", f"line_{kit}": "1"})

    assert posted.status_code == 302
    assert access_order(order.ref).kits[0].cancelled == 1


def test_the_packer_sees_which_units_belong_to_a_kit(floor: Floor, order: OrderFact) -> None:
    floor.pick(order)
    client = Client()
    client.force_login(floor.picker)
    device = Device(client, reverse("dashboard:pack"))
    packed = device.scan(floor.tote_of(order))
    assert packed.html.count("In kit: Lamp set") == 2


def test_the_customer_is_told_of_the_kit_and_what_is_in_it(floor: Floor, order: OrderFact) -> None:
    run_due(now=NOW, raise_errors=True)
    text = str(mail.outbox[0].body)
    assert "2 × Lamp set (SET) – 2 × Article MUG, 1 × Article LAMP" in text
    assert "1 × Article MUG (MUG)" in text
    assert "Article LAMP (LAMP)" not in text

    floor.ship(order)
    page = Client().get(tracking_url(order)).content.decode()
    assert "Lamp set" in page
    assert "2 × Article MUG, 1 × Article LAMP" in page
    run_due(now=NOW, raise_errors=True)
    assert "2 × Lamp set (SET)" in str(mail.outbox[-1].body)


def test_the_product_page_says_how_many_kits_there_are_parts_for(floor: Floor, order: OrderFact) -> None:
    page = signed_in(Role.SUPERVISOR).get("/products/SET").content.decode()
    assert "Made of" in page
    assert re.findall(r'tile-label">(.*?)</span>.*?<span>(\d+)</span>', page, re.DOTALL) == [("Available", "7")]
