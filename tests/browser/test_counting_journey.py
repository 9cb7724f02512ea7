"""A bin of three articles is counted by one scan and a number for each; the next bin's label ends it."""

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from core.accounts.models import User
from inventory.models import BinStock, CountTask
from inventory.services.ledger import Move, move
from orders.tests.shop import assert_books_balance
from shipping.tests.floor import NOW, TESTER, Floor, build_floor
from tests.browser.floor import PASSWORD, Station

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FOUND = {"BOWL": 3, "LAMP": 4, "MUG": 5}


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    User.objects.create_user("picker", password=PASSWORD, roles=["picker"])
    made = build_floor(FOUND)
    home = made.shelves["A-02-1"].id
    with transaction.atomic():
        rows = BinStock.objects.filter(quantity__gt=0).exclude(bin_id=home)
        move([Move(row.product_id, row.quantity, row.bin_id, home, "move") for row in rows], by=TESTER, now=NOW)
    return made


def test_three_articles_are_a_scan_and_a_number_each(page: Page, floor: Floor) -> None:
    station = Station(page)
    station.sign_in("picker")
    station.open("/count")
    station.scan(floor.shelves["A-02-1"].code)
    for sku, units in FOUND.items():
        expect(page.locator("#this-item ~ .card")).to_contain_text(f"Article {sku}")
        expect(page.locator("#this-item ~ .card")).not_to_contain_text(f"of {units}")
        page.wait_for_timeout(400)  # from the trigger to the key
        page.keyboard.press(str(units))
        expect(page.locator("[data-keypad]")).to_have_value(str(units))
        page.keyboard.press("Enter")
        station.says(f"Article {sku}: {units}.")
    expect(page.locator("#job")).to_contain_text("3 of 3 counted")
    assert (station.scans, station.clicks, len(station.posts)) == (1, 0, 4)
    station.scan(floor.shelves["A-03-1"].code)  # the first of the next bin
    expect(page.locator("#job")).to_contain_text("Bin empty?")
    first = CountTask.objects.get(bin_id=floor.shelves["A-02-1"].id)
    assert (first.status, first.variance_units) == ("approved", 0)
    page.wait_for_timeout(400)
    page.keyboard.press("Enter")
    station.says("A-03-1 is done.")
    assert (station.scans, station.clicks) == (2, 0)
    assert_books_balance(floor.shop)
