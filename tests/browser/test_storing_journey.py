"""Put away in two scans, a pallet too, and move all in two scans; no hand touches the screen."""

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from core.accounts.models import User
from inventory.models import Bin, BinKind
from inventory.selectors.places import bin_by_id, default_bins
from inventory.services.ledger import Move, move
from inventory.services.places import NewBin, create_bins, create_pallets
from orders.tests.shop import assert_books_balance
from shipping.tests.floor import NOW, TESTER, Floor, build_floor
from tests.browser.floor import PASSWORD, Station

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    User.objects.create_user("receiver", password=PASSWORD, roles=["receiver"])
    return build_floor({"MUG": 4, "LAMP": 2})


def arrive(floor: Floor, sku: str, quantity: int, bin_id: int) -> None:
    """Units of an article come in."""
    supplier = default_bins(floor.warehouse_id)["supplier"]
    with transaction.atomic():
        move([Move(floor.shop.products[sku], quantity, supplier, bin_id, "receive")], by=TESTER, now=NOW)


def test_an_item_and_a_pallet_are_put_away_by_two_scans_each(page: Page, floor: Floor) -> None:
    (bulk,) = create_bins(floor.warehouse_id, [NewBin("B-01", kind=BinKind.BULK, pick_sequence=900)])
    (pallet,) = create_pallets(floor.warehouse_id, 1)
    arrive(floor, "MUG", 6, default_bins(floor.warehouse_id)["receiving"])
    arrive(floor, "LAMP", 9, pallet.id)
    Bin.objects.filter(name="A-02-1").update(capacity_units=50)
    station = Station(page)
    station.sign_in("receiver")
    station.open("/putaway")
    station.scan("EAN-MUG")
    expect(page.locator(".place").first).to_have_text("A-02-1")
    expect(page.locator("#job")).to_contain_text("Same product there, 46 more fit")
    station.scan(floor.shelves["A-02-1"].code)
    station.says("6 × Article MUG put away")
    assert (station.scans, station.clicks) == (2, 0)
    station.scan(pallet.code)
    expect(page.locator(".place").first).to_have_text("B-01")
    station.scan(bulk.code)
    station.says("PAL-001 stands in B-01")
    assert (station.scans, station.clicks) == (4, 0)
    expect(page.locator("#job")).to_contain_text("The dock is clear")
    assert bin_by_id(pallet.id).parent_id == bulk.id
    assert_books_balance(floor.shop)


def test_everything_in_a_bin_moves_by_two_scans(page: Page, floor: Floor) -> None:
    (bulk,) = create_bins(floor.warehouse_id, [NewBin("B-01", kind=BinKind.BULK)])
    station = Station(page)
    station.sign_in("receiver")
    station.open("/move")
    station.scan(floor.shelves["A-02-1"].code)
    expect(page.locator("#job")).to_contain_text("Everything in")
    station.scan(bulk.code)
    station.says("4 units from A-02-1 are in B-01")
    assert (station.scans, station.clicks) == (2, 0)
    assert_books_balance(floor.shop)
