"""A delivery comes in: a note, its articles, a number key for each, and then to its shelf."""

import pytest
from playwright.sync_api import Page, expect

from core.accounts.models import User
from inventory.models import Supplier
from inventory.selectors.receiving import open_receipts, purchase_orders, received_units
from inventory.services.receiving import create_purchase_order
from orders.tests.shop import assert_books_balance
from shipping.tests.floor import NOW, TESTER, Floor, build_floor
from tests.browser.floor import PASSWORD, Station

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ARTICLES = ("MUG", "LAMP", "VASE", "CLOCK", "BOWL")


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    User.objects.create_user("receiver", password=PASSWORD, roles=["receiver"])
    return build_floor(dict.fromkeys(ARTICLES, 2))


def test_five_articles_are_six_scans_and_a_key_each(page: Page, floor: Floor) -> None:
    supplier = Supplier.objects.create(code="acme", name="Acme")
    lines = [(floor.shop.products[sku], count) for count, sku in enumerate(ARTICLES, start=3)]
    ref = create_purchase_order(
        supplier_id=supplier.pk, warehouse_id=floor.warehouse_id, lines=lines, by=TESTER, now=NOW
    )
    station = Station(page)
    station.sign_in("receiver")
    station.open("/receive")
    station.scan(ref)
    expect(page.locator("#job")).to_contain_text("Scan the first item")
    for count, sku in enumerate(ARTICLES, start=3):
        station.scan(f"EAN-{sku}")
        expect(page.locator("#this-item ~ .card")).to_contain_text(f"Article {sku}")
        expect(page.locator("#this-item ~ .card")).to_contain_text("Then to")
        # No Enter: the next scan, or closing, sends the number.
        page.keyboard.press(str(count))
        expect(page.locator("[data-keypad]")).to_have_value(str(count))
        page.wait_for_timeout(400)  # from the key to the trigger
    page.keyboard.press("Enter")
    expect(page.locator("#the-lines")).to_have_text("Still open: 0 of 5 lines")
    (receipt,) = open_receipts([floor.warehouse_id])
    names = {product_id: sku for sku, product_id in floor.shop.products.items()}
    units = {names[product_id]: count for product_id, count in received_units(receipt).items()}
    assert units == {sku: count for count, sku in enumerate(ARTICLES, start=3)}
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="The delivery is closed")).to_be_visible()
    assert (station.scans, station.clicks) == (6, 0)
    assert purchase_orders(warehouse_ids=[floor.warehouse_id]) == []

    station.open("/putaway")
    station.scan("EAN-MUG")
    expect(page.locator(".place")).to_have_text("A-02-1")
    station.scan(floor.shelves["A-02-1"].code)
    station.says("3 × Article MUG put away")
    assert (station.scans, station.clicks) == (2, 0)
    assert_books_balance(floor.shop)
