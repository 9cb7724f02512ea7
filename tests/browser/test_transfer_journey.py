"""A transfer is loaded by scan and received by scan; a file is taken in at the desk."""

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from core.accounts.models import User
from core.outbox.services import run_due
from inventory.selectors.products import products_by_sku
from inventory.selectors.stock import bins_with
from inventory.selectors.transfers import transfer_by_ref
from inventory.services.transfers import create_transfer
from inventory.tests.places import another_warehouse
from orders.tests.shop import assert_books_balance
from shipping.tests.floor import NOW, TESTER, Floor, build_floor
from tests.browser.floor import PASSWORD, Station

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    floor = build_floor({"MUG": 20, "LAMP": 3})
    User.objects.create_user("supervisor", password=PASSWORD, roles=["supervisor"], warehouse_ids=[floor.warehouse_id])
    return floor


def shoot(page: Page, name: str) -> None:
    """Keep a picture where SHOTS says; the eye is part of the test, but not of every run."""
    if folder := os.environ.get("SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for width, scheme in ((360, "light"), (1280, "light"), (1280, "dark")):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 800})
        page.emulate_media(color_scheme="light")


def test_two_articles_are_loaded_with_two_scans_each_and_a_number(page: Page, floor: Floor) -> None:
    far = another_warehouse("YORK")
    lines = [(floor.shop.products["MUG"], 12), (floor.shop.products["LAMP"], 1)]
    ref = create_transfer(source_id=floor.warehouse_id, target_id=far, lines=lines, by=TESTER, now=NOW)
    station = Station(page)
    station.sign_in("supervisor")
    station.open("/transfers")
    shoot(page, "transfers")
    station.open(f"/transfers/{ref}")
    shoot(page, "transfer")
    station.open(f"/transfers/{ref}/load")
    bins = _bins(floor)
    shoot(page, "load-start")
    station.scan(bins["MUG"])
    station.says("Scan the item")
    station.scan("EAN-MUG")
    station.says("11 to go")
    shoot(page, "load-item")
    page.keyboard.press("a")
    station.says("that is all")
    station.scan(bins["LAMP"])
    station.scan("EAN-LAMP")
    expect(page.locator(".step-ask")).to_have_text("Everything is loaded. Send it.")
    page.keyboard.press("s")
    expect(page).to_have_url(f"{page.url.split('/transfers')[0]}/transfers/{ref}")
    assert (station.scans, station.clicks) == (4, 0)
    sent = transfer_by_ref(ref)
    assert (sent.status, sent.in_transit, sent.shipped_at is not None) == ("in_transit", 13, True)
    shoot(page, "transfer-sent")
    assert_books_balance(floor.shop)


def test_a_file_is_checked_imported_and_taken_back(page: Page, floor: Floor, tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text("SKU,Title,Weight\nNEW-1,New one,100\nNEW-2,,heavy\nNEW-3,New three,5\n")
    station = Station(page)
    station.sign_in("supervisor")
    station.open("/imports")
    shoot(page, "imports")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("#progress")).to_be_visible()
    run_due(now=timezone.now(), raise_errors=True)
    expect(page.get_by_role("button", name="Import the 2 good rows")).to_be_visible()
    shoot(page, "import-preview")
    page.get_by_role("button", name="Import the 2 good rows").click()
    expect(page.locator("#progress")).to_be_visible()
    run_due(now=timezone.now(), raise_errors=True)
    expect(page.get_by_role("button", name="Undo the import")).to_be_visible()
    assert set(products_by_sku(["NEW-1", "NEW-2", "NEW-3"])) == {"new-1", "new-3"}
    shoot(page, "import-done")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the faulty rows").click()
    assert "is no whole number" in Path(download.value.path()).read_text()


def _bins(floor: Floor) -> dict[str, str]:
    return {
        sku: bins_with(floor.shop.products[sku], warehouse_id=floor.warehouse_id)[0].bin_code for sku in ("MUG", "LAMP")
    }
