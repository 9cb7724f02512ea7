"""What buyers want of a line, and of the whole order, is seen where it is picked, packed and looked up."""

import json
import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import action, signed_in
from fulfillment.dashboard.tests.device import Device
from orders.models import Channel
from orders.selectors.facts import OrderFact
from orders.selectors.orders import access_order
from orders.services.intake import place_order
from orders.services.requests import LineRequest
from orders.tests.shop import ADDRESS, request_for
from shipping.tests.floor import NOW, TESTER, Floor, build_floor


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"SHIRT": 20, "MUG": 20})


@pytest.fixture
def client(floor: Floor) -> Client:
    signed = Client()
    signed.force_login(floor.picker)
    return signed


def wanted(floor: Floor) -> OrderFact:
    lines = (
        LineRequest("SHIRT", 1, Decimal(9), properties={"colour": "blue", "size": "M"}, note="no label, please"),
        LineRequest("SHIRT", 2, Decimal(9), properties={"colour": "red", "engraving": "<b>ADA</b>"}),
        LineRequest("MUG", 1, Decimal(9)),
    )
    request = request_for({}, note="Leave it with the neighbour", purchase_order_number="PO-77", pallet=True)
    fields = {name: getattr(request, name) for name in request.__dataclass_fields__} | {"lines": lines}
    return place_order(floor.shop.channel_id, type(request)(**fields), by=TESTER, now=NOW)


def test_the_picker_sees_colour_size_and_notes_at_the_shelf(floor: Floor, client: Client) -> None:
    wanted(floor)
    floor.release()
    device = Device(client, reverse("dashboard:pick"))
    html = device.scan(floor.totes[0].code).html
    assert "Size: M · Colour: blue · “no label, please”" in html
    assert "Leave it with the neighbour" in html
    assert "<b>ADA</b>" not in html
    data = re.search(r'id="job-data"[^>]*>(.*?)</script>', html, re.DOTALL)
    assert data
    steps = json.loads(data[1])["steps"]
    assert {step["show"]["wishes"] for step in steps if step["step"] == "item"} == {
        "Size: M · Colour: blue · “no label, please”",
        "Colour: red · Engraving: <b>ADA</b>",
        "",
    }


def test_the_packer_sees_which_units_are_which(floor: Floor, client: Client) -> None:
    order = wanted(floor)
    floor.pick(order)
    html = Device(client, reverse("dashboard:pack")).scan(floor.tote_of(order)).html
    for words in (
        "1 of them: Size: M · Colour: blue · “no label, please”",
        "2 of them: Colour: red · Engraving: &lt;b&gt;ADA&lt;/b&gt;",
        "Leave it with the neighbour",
        "It goes on a pallet.",
        "Purchase order PO-77",
    ):
        assert words in html.replace("</b> ", "").replace("\n", " "), words


def test_the_desk_sees_them_on_the_order_page(floor: Floor) -> None:
    order = wanted(floor)
    html = signed_in(Role.SUPPORT).get(f"/orders/{order.ref}").content.decode()
    for words in ("Size: M · Colour: blue", "Engraving: &lt;b&gt;ADA", "PO-77", "On a pallet"):
        assert words in html, words


def test_a_suggestion_is_taken_with_one_press(floor: Floor) -> None:
    Channel.objects.update(checks=["address"])
    wrong = {**ADDRESS, "country": "DE", "city": "Berlin", "line1": "Gontardstr. 7", "postal_code": "1O178"}
    order = place_order(floor.shop.channel_id, request_for({"MUG": 1}, shipping_address=wrong), by=TESTER, now=NOW)
    support = signed_in(Role.SUPPORT)
    page = support.get(f"/orders/{order.ref}").content.decode()
    assert "The postal code is none of this country." in page
    assert "10178" in page
    url = reverse("dashboard:take_suggestion", args=[order.ref, order.holds[0].id])
    assert support.post(url, action()).status_code == 302
    now = access_order(order.ref)
    assert (now.shipping_address["postal_code"], now.open_holds) == ("10178", 0)
    again = support.post(url, action(), follow=True).content.decode()
    assert "This hold was released before." in again


def test_a_hold_without_a_suggestion_offers_none(floor: Floor) -> None:
    Channel.objects.update(checks=["address", "price"])
    wrong = {**ADDRESS, "postal_code": "nowhere"}
    order = place_order(floor.shop.channel_id, request_for({"MUG": 1}, shipping_address=wrong), by=TESTER, now=NOW)
    support = signed_in(Role.SUPPORT)
    assert "Use the suggestion" not in support.get(f"/orders/{order.ref}").content.decode()
    url = reverse("dashboard:take_suggestion", args=[order.ref, order.holds[0].id])
    assert "Nothing is suggested here." in support.post(url, action(), follow=True).content.decode()
