"""Kits are assembled: a number key, a bin, and one scan for a batch."""

import pytest
from playwright.sync_api import Page, expect

from core.accounts.models import User
from inventory.selectors.availability import availability
from inventory.services.assembling import create_work_order
from inventory.services.products import add_barcode, create_product
from orders.tests.shop import assert_books_balance
from shipping.tests.floor import NOW, TESTER, Floor, build_floor
from tests.browser.floor import PASSWORD, Station

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    User.objects.create_user("packer", password=PASSWORD, roles=["packer"])
    return build_floor({"MUG": 20, "LAMP": 20})


def test_five_kits_are_two_scans_and_a_key(page: Page, floor: Floor) -> None:
    kit = create_product(
        sku="BOX", name="Gift box", kit=[("MUG", 2), ("LAMP", 1)], kit_kind="assembled", by=TESTER, now=NOW
    ).product.id
    add_barcode(kit, code="EAN-BOX", by=TESTER, now=NOW)
    ref = create_work_order(product_id=kit, warehouse_id=floor.warehouse_id, quantity=6, by=TESTER, now=NOW)
    station = Station(page)
    station.sign_in("packer")
    page.goto("/work-orders")
    expect(page.get_by_role("link", name=ref)).to_be_visible()
    station.open(f"/work-orders/{ref}")
    expect(page.locator("#job")).to_contain_text("Article MUG")
    station.scan(floor.shelves["A-02-1"].code)
    station.says("What is done goes to A-02-1.")
    page.keyboard.press("5")
    page.wait_for_timeout(400)  # from the key to the trigger
    station.scan("EAN-BOX")
    station.says("5 done, 1 left.")
    assert (station.scans, station.clicks) == (2, 0)
    station.scan("EAN-BOX")
    station.says("All of it is done.")
    assert availability([kit], [floor.warehouse_id]) == {(kit, floor.warehouse_id): 6}
    assert_books_balance(floor.shop)
