"""Three keys into the past and back; a difference explained; nothing axe complains about."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import Day, build_day, person
from inventory.selectors.places import default_bins
from inventory.services.ledger import Move, move
from inventory.services.lots import NewLot, note_lots
from shipping.tests.floor import TESTER
from tests.browser.conftest import Login
from tests.browser.test_desk import RULES

pytestmark = pytest.mark.browser


@pytest.fixture
def day(transactional_db: None) -> Day:
    """The VASE came in by lot, went out, broke: an event on each of the last nine days."""
    day = build_day()
    product, bins = day.floor.shop.products["VASE"], default_bins(day.floor.warehouse_id)
    shelf, now = next(iter(day.floor.shelves.values())).id, timezone.now()
    with transaction.atomic():
        note_lots([NewLot(product, "L-7", (now + timedelta(days=400)).date())], now=now)
    for number, units in enumerate((7, -3, 5, -2, -1, 4, -6, 3, -2)):
        out = Move(product, -units, shelf, bins["customer"], "ship", lot="L-7", document=day.shipped.ref)
        into = Move(product, units, bins["supplier"], shelf, "receive", lot="L-7", document="REC-7K3M9Q2X")
        with transaction.atomic():
            move([out if units < 0 else into], by=TESTER, now=now - timedelta(days=9 - number, minutes=5))
    return day


@pytest.fixture
def desk(page: Page, day: Day, login: Login) -> Page:
    login(page, person(Role.SUPERVISOR))
    return page


def shoot(page: Page, name: str) -> None:
    """Keep a picture where SHOTS says, for a person to look at."""
    folder = os.environ.get("SHOTS", "")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_keys_lead_into_the_past_and_back_and_a_difference_is_explained(desk: Page, day: Day) -> None:
    desk.goto("/products/VASE")
    expect(desk.locator("html")).to_have_attribute("data-ready", "")
    shoot(desk, "product-now")
    for _key in range(3):
        desk.keyboard.press("b")
        desk.wait_for_timeout(150)
        expect(desk.locator("html")).to_have_attribute("data-ready", "")
    expect(desk.get_by_text("This is what lay here then.")).to_be_visible()
    shoot(desk, "product-past")
    desk.get_by_role("link", name="Show now").click()
    expect(desk.get_by_text("This is what lay here then.")).to_have_count(0)
    desk.get_by_role("button", name="Explain the difference").click()
    expect(desk.get_by_role("heading", name="Why 7 → 5")).to_be_visible()
    shoot(desk, "product-why")
    desk.locator(".chart a").nth(2).click()
    expect(desk.get_by_text("This is what lay here then.")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_past_and_lot_do_not_scroll_sideways_or_fail_axe(desk: Page, day: Day, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 800})
    at = (timezone.now() - timedelta(days=4)).strftime("%Y-%m-%dT%H:%M:%SZ")
    shelf = next(iter(day.floor.shelves.values())).code
    for name, url in {
        "product": "/products/VASE",
        "past": f"/products/VASE?at={at}",
        "place": f"/l/{shelf}?at={at}",
        "lot": "/lots/VASE/L-7",
        "lots": "/lots?number=zzz",
    }.items():
        desk.goto(url)
        expect(desk.locator("html")).to_have_attribute("data-ready", "")
        shoot(desk, f"{name}-{width}")
        wide = desk.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (url, wide)
        found = Axe().run(desk, options={"runOnly": {"type": "tag", "values": RULES}})
        assert found.violations_count == 0, found.generate_report()
