"""Three keys into the past and back; a difference explained; nothing axe complains about."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from fulfillment.dashboard.tests.desk import Day, build_day
from inventory.selectors.places import default_bins
from inventory.services.ledger import Move, move
from inventory.services.lots import NewLot, note_lots
from shipping.tests.floor import TESTER
from tests.browser.looks import shoot, sideways, violations

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


def test_past_and_lot_do_not_scroll_sideways_or_fail_axe(desk: Page, day: Day) -> None:
    at = (timezone.now() - timedelta(days=4)).strftime("%Y-%m-%dT%H:%M:%SZ")
    shelf = next(iter(day.floor.shelves.values())).code
    screens = {
        "product": "/products/VASE",
        "past": f"/products/VASE?at={at}",
        "place": f"/l/{shelf}?at={at}",
        "lot": "/lots/VASE/L-7",
        "lots": "/lots?number=zzz",
    }
    for width in (360, 1280):
        desk.set_viewport_size({"width": width, "height": 800})
        for name, url in screens.items():
            desk.goto(url)
            expect(desk.locator("html")).to_have_attribute("data-ready", "")
            shoot(desk, f"{name}-{width}")
            assert sideways(desk) == 0, (url, width)
            assert violations(desk) == [], (url, width)
