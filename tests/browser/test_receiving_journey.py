"""A labelled case at the dock, its check at the quality desk, a photo, and the way back."""

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.accounts.models import User
from inventory.models import Product, ReceiptPhoto, SamplingRule, Supplier
from inventory.selectors import availability
from inventory.selectors.receiving import open_receipts, received_units
from inventory.services.ship_notices import NoticeLine, create_ship_notice
from orders.tests.shop import assert_books_balance
from shipping.tests.floor import NOW, TESTER, Floor, build_floor
from tests.browser.floor import PASSWORD, Station

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CASE = "350600000000000017"


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    User.objects.create_user("receiver", password=PASSWORD, roles=["receiver", "supervisor"])
    built = build_floor({"TEA": 0, "MUG": 0})
    Product.objects.filter(sku="TEA").update(tracking="lot")
    tea, mug = built.shop.products["TEA"], built.shop.products["MUG"]
    SamplingRule.objects.create(product_id=tea, every_nth=1, instructions="Open one tin.")
    create_ship_notice(
        supplier_id=Supplier.objects.create(code="acme", name="Acme").pk,
        warehouse_id=built.warehouse_id,
        number="D-77",
        lines=[NoticeLine(tea, 24, lot="A1", sscc=CASE), NoticeLine(mug, 6, sscc=CASE), NoticeLine(mug, 3)],
        by=TESTER,
        now=NOW,
    )
    return built


def test_a_case_is_one_scan_and_its_check_one_scan_and_a_key(page: Page, floor: Floor) -> None:
    tea, mug = floor.shop.products["TEA"], floor.shop.products["MUG"]
    station = Station(page)
    station.sign_in("receiver")
    station.open("/receive")
    station.scan(f"00{CASE}")
    station.says("30 units of 2 articles")
    (receipt,) = open_receipts([floor.warehouse_id])
    assert received_units(receipt) == {tea: 24, mug: 6}
    assert (station.scans, station.clicks) == (1, 0)

    station.open("/quality")
    station.scan("EAN-TEA")
    expect(page.locator("#job")).to_contain_text("Open one tin.")
    page.keyboard.press("2")
    expect(page.locator("[data-keypad]")).to_have_value("2")
    page.wait_for_timeout(400)
    page.keyboard.press("d")
    station.says("22 still to check")
    page.wait_for_timeout(400)
    page.keyboard.press("p")
    station.says("passed: they can be sold")
    assert (station.scans, station.clicks) == (1, 0)
    assert availability([tea])[tea, floor.warehouse_id] == 22

    page.goto(f"/receive/{receipt}/delivery")
    kept = io.BytesIO()
    Image.new("RGB", (2400, 1600), "brown").save(kept, format="JPEG")
    page.set_input_files("#photo", {"name": "dock.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()})
    page.get_by_role("button", name="Keep the photo").click()
    expect(page.locator(".photo-grid img")).to_have_js_property("naturalWidth", 1600)
    assert ReceiptPhoto.objects.get().width == 1600
    page.get_by_role("button", name="Void").click()
    page.fill("#void-reason", "wrong delivery")
    page.get_by_role("button", name="Void the delivery").click()
    expect(page.locator("main")).to_contain_text("Voided: wrong delivery")
    assert availability([tea, mug])[mug, floor.warehouse_id] == 0
    assert_books_balance(floor.shop)
