"""An order typed in at the desk with the keyboard and the scanner, every press counted."""

import os
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import person
from inventory.services.products import update_product
from orders.models import Channel, Order
from orders.services.intake import place_order
from orders.tests.shop import request_for
from shipping.models import CarrierService
from shipping.tests.floor import NOW, TESTER, Floor, build_floor
from tests.browser.conftest import Login, Scan

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    floor = build_floor({"MUG": 10, "LAMP": 3})
    desk = Channel.objects.create(
        code="desk", name="Telephone", kind="manual", warehouse_id=floor.warehouse_id, currency="GBP", ref_prefix="MAN"
    )
    update_product("MUG", changes={"attributes": {"price": "4.50"}}, by=TESTER, now=NOW)
    CarrierService.objects.update_or_create(
        method="standard",
        defaults={"carrier": "own_delivery", "service": "standard", "name": "Van", "price": Decimal(3),
                  "max_weight_g": 30_000},
    )  # fmt: skip
    place_order(desk.pk, request_for({"LAMP": 1}, email="ada@example.com"), by=TESTER, now=NOW)
    return floor


def shot(page: Page, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_a_known_buyers_order_of_two_articles_is_two_scans_and_four_keys(
    page: Page, login: Login, scan: Scan, floor: Floor
) -> None:
    """Beside the e-mail address itself: scan, scan, Enter in the address, then Place the order."""
    login(page, person(Role.SUPPORT))
    page.goto("/orders/new")
    expect(page.locator("#id_code")).to_be_focused()
    scan(page, "EAN-MUG")
    expect(page.get_by_label("Quantity of MUG")).to_have_value("1")
    scan(page, "EAN-LAMP")
    expect(page.get_by_label("Quantity of LAMP")).to_have_value("1")
    expect(page.get_by_label("Price of one LAMP")).to_have_value("2.50")
    page.get_by_label("E-mail of the buyer").press_sequentially("ada@example.com", delay=120)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Street and number")).to_have_value("12 Mill Lane")
    shot(page, "desk_order_1280")
    page.get_by_role("button", name="Place the order").press("Enter")
    page.wait_for_url("**/orders/MAN-*")
    order = Order.objects.latest("pk")
    assert (order.goods_total, order.shipping_price) == (Decimal("7.00"), Decimal("3.00"))


def test_what_is_wrong_takes_the_focus_and_fits_a_phone(page: Page, login: Login, floor: Floor) -> None:
    login(page, person(Role.SUPPORT))
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/orders/new")
    shot(page, "desk_order_360")
    page.get_by_role("button", name="Place the order").press("Enter")
    summary = page.get_by_role("alert").filter(has_text="There is a problem")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Add an article first")
    shot(page, "desk_order_errors_360")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
