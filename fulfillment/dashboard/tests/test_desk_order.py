"""An order typed in at the desk."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import signed_in
from inventory.services.products import update_product
from orders.models import Channel, Hold, Order, OrderLine
from orders.services.intake import place_order
from orders.tests.shop import ADDRESS, request_for
from shipping.models import CarrierService
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

pytestmark = pytest.mark.slow

URL = "/orders/new"


@pytest.fixture
def floor(db: None) -> Floor:
    floor = build_floor({"MUG": 10, "LAMP": 3})
    Channel.objects.create(
        code="desk", name="Telephone", kind="manual", warehouse_id=floor.warehouse_id, currency="GBP", ref_prefix="MAN"
    )
    update_product("MUG", changes={"attributes": {"price": "4.50"}}, by=TESTER, now=NOW)
    CarrierService.objects.update_or_create(
        method="standard",
        defaults={"carrier": "own_delivery", "service": "standard", "name": "Van", "price": Decimal("3.20"),
                  "max_weight_g": 30_000},
    )  # fmt: skip
    return floor


@pytest.fixture
def desk(floor: Floor) -> Client:
    return signed_in(Role.SUPPORT)


def filled(**more: Any) -> dict[str, Any]:
    return {
        "action_id": str(uuid.uuid4()),
        "channel": "desk",
        "email": "new@example.com",
        "name": "Ada Byron",
        "line1": "12 Mill Lane",
        "postal_code": "LS1 4AP",
        "city": "Leeds",
        "country": "GB",
        "shipping_method": "standard",
        "payment_status": "paid",
        "sku": ["MUG", "LAMP"],
        "quantity": ["2", "1"],
        "price": ["4.50", "19"],
        "line_note": ["blue", ""],
        **more,
    }


def test_a_code_adds_a_line_with_its_price_and_what_there_is(desk: Client, floor: Floor) -> None:
    page = desk.post(URL, {"channel": "desk", "code": "EAN-MUG", "add": "1"})
    assert page.status_code == 200
    (line,) = page.context["lines"]
    assert (line.sku, line.quantity, line.price, line.there) == ("MUG", "1", "4.50", 10)
    again = desk.post(URL, {"sku": ["MUG"], "quantity": ["1"], "price": ["4.50"], "line_note": [""], "code": "3*mug"})
    assert [(one.sku, one.quantity) for one in again.context["lines"]] == [("MUG", "4")]
    gone = desk.post(URL, {"sku": ["MUG"], "quantity": ["1"], "price": ["4.50"], "line_note": [""], "remove": "0"})
    assert gone.context["lines"] == []


def test_an_unknown_code_says_so_at_the_field_and_keeps_the_rest(desk: Client, floor: Floor) -> None:
    page = desk.post(URL, filled(code="NOPE"))
    assert page.status_code == 422
    html = page.content.decode()
    assert "No product has the code NOPE." in html
    assert 'value="new@example.com"' in html
    assert len(page.context["lines"]) == 2


def test_an_article_without_a_list_price_costs_what_it_usually_does(desk: Client, floor: Floor) -> None:
    channel = Channel.objects.get(code="desk").pk
    place_order(channel, request_for({"LAMP": 1}), by=TESTER, now=NOW)
    page = desk.post(URL, {"channel": "desk", "code": "LAMP"})
    assert page.context["lines"][0].price == "2.50"


def test_a_known_buyer_fills_in_name_address_and_language(desk: Client, floor: Floor) -> None:
    channel = Channel.objects.get(code="desk").pk
    place_order(channel, request_for({"MUG": 1}, email="ada@example.com"), by=TESTER, now=NOW)
    page = desk.post(URL, {"channel": "desk", "email": "ADA@example.com", "look": "1"})
    assert page.context["buyer"].orders == 1
    html = page.content.decode()
    for value in (ADDRESS["line1"], ADDRESS["postal_code"], "Ada Byron"):
        assert f'value="{value}"' in html, value
    kept = desk.post(URL, {"channel": "desk", "email": "ada@example.com", "line1": "14 Other Street", "look": "1"})
    assert 'value="14 Other Street"' in kept.content.decode()


def test_the_order_is_placed_once_however_often_it_is_pressed(desk: Client, floor: Floor) -> None:
    form = filled(place="1", note="Ring twice", is_gift="on", gift_message="For you")
    first, second = desk.post(URL, form), desk.post(URL, form)
    order = Order.objects.get()
    assert first["Location"] == second["Location"] == f"/orders/{order.ref}"
    assert order.ref.startswith("MAN-")
    assert (order.shipping_price, order.goods_total, order.note) == (Decimal("3.20"), Decimal("28.00"), "Ring twice")
    assert order.gift == {"is_gift": True, "message": "For you", "hide_prices": False}
    assert list(OrderLine.objects.values_list("sku", "quantity", "note")) == [("MUG", 2, "blue"), ("LAMP", 1, "")]


def test_business_terms_and_a_postage_of_ones_own_are_kept(desk: Client, floor: Floor) -> None:
    desk.post(URL, filled(place="1", shipping_price="0", purchase_order_number="PO 1", ship_complete="on", pallet="on"))
    order = Order.objects.get()
    assert (order.shipping_price, order.purchase_order_number) == (Decimal(0), "PO 1")
    assert (order.ship_policy, order.on_pallet) == ("complete", True)


def test_what_is_wrong_is_said_at_its_field_and_in_the_summary(desk: Client, floor: Floor) -> None:
    wrong = filled(place="1", email="", line1="", quantity=["0", "1"], price=["4.50", "much"])
    page = desk.post(URL, wrong)
    assert page.status_code == 422
    html = page.content.decode()
    for words in ("Type the buyer&#x27;s e-mail address.", "Type how many MUG", "Type what one LAMP costs"):
        assert html.count(words) == 2, words
    assert not Order.objects.exists()
    assert "Add an article first" in desk.post(URL, filled(place="1", sku=[], quantity=[], price=[])).content.decode()


def test_a_channel_that_rejects_says_which_line_is_short(desk: Client, floor: Floor) -> None:
    Channel.objects.filter(code="desk").update(shortage_policy="reject")
    page = desk.post(URL, filled(place="1", quantity=["2", "9"]))
    assert page.status_code == 422
    assert [line.error for line in page.context["lines"]] == ["", "3 available"]
    assert not Order.objects.exists()


def test_an_order_that_looks_wrong_is_taken_and_held(desk: Client, floor: Floor) -> None:
    Channel.objects.filter(code="desk").update(checks=["address"])
    page = desk.post(URL, filled(place="1", postal_code="LS1"), follow=True)
    assert Hold.objects.get().code == "address.postal_code"
    assert "The postal code is none of this country." in page.content.decode()


def test_without_a_channel_of_that_kind_it_says_what_to_do(desk: Client, floor: Floor) -> None:
    Channel.objects.filter(code="desk").update(active=False)
    assert "No channel takes orders by hand" in desk.get(URL).content.decode()


@pytest.mark.parametrize("role", [Role.PICKER, Role.PACKER, Role.RECEIVER])
def test_the_floor_types_no_orders_in(floor: Floor, role: str) -> None:
    assert signed_in(role).get(URL).status_code == 403


def test_odd_input_is_harmless(desk: Client, floor: Floor) -> None:
    for value in ("\0", "9" * 400, "<script>alert(1)</script>", "*", "0*MUG", "１２*MUG", "-1", "NaN", "1e9"):
        odd = dict.fromkeys(("code", "channel", "email", "remove", "country", "postal_code", "action_id"), value)
        answer = desk.post(URL, {**odd, "sku": [value], "quantity": [value], "price": [value], "line_note": [value]})
        assert answer.status_code in (200, 422), value
        assert "<script>alert" not in answer.content.decode()
        assert desk.post(URL, filled(place="1", **odd)).status_code == 422
    assert desk.post(URL, filled(place="1", deliver_not_after="9999-12-31")).status_code == 422
    assert not Order.objects.exists()


def test_more_lines_cost_no_more_statements(
    desk: Client, floor: Floor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(25):
        desk.post(URL, filled(sku=["MUG"] * 100, quantity=["1"] * 100, price=["1"] * 100, line_note=[""] * 100))
