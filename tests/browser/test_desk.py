"""The desk in Chromium: found by typing, chosen by keys, opened by a scan, and no complaint from axe."""

import pytest
from playwright.sync_api import Page, expect

from fulfillment.dashboard.tests.desk import Day
from tests.browser.conftest import Scan
from tests.browser.looks import sideways, violations
from tests.browser.waiting import until_ready

pytestmark = pytest.mark.browser


def test_typing_narrows_the_orders_without_a_click_and_says_the_count(desk: Page, day: Day) -> None:
    desk.goto("/orders")
    desk.locator("#id_q").press_sequentially(day.fresh.ref, delay=60)
    expect(desk.locator("table[data-rows] tbody tr")).to_have_count(1)
    expect(desk.locator("#live")).to_have_text("1 order")
    expect(desk.locator("#id_q")).to_be_focused()
    assert day.fresh.ref in desk.url


def test_keys_choose_an_order_and_hold_it(desk: Page, day: Day) -> None:
    desk.goto("/orders?view=releasable")
    until_ready(desk)
    for key in "jx":
        desk.keyboard.press(key)
        desk.wait_for_timeout(150)
    expect(desk.locator("[data-bulk-count]")).to_have_text("1 selected")
    desk.keyboard.press("h")
    expect(desk.locator("#hold-dialog")).to_be_visible()
    expect(desk.locator("#hold-dialog #id_reason")).to_be_focused()
    desk.keyboard.type("Ask the customer", delay=60)
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("1 order is on hold.")).to_be_visible()


def test_a_card_on_a_phone_has_the_few_things_that_matter(desk: Page, day: Day) -> None:
    desk.set_viewport_size({"width": 360, "height": 740})
    desk.goto("/orders?view=short")
    card = desk.locator("table[data-rows] tbody tr")
    expect(card).to_have_count(1)
    for label in ("Customer", "Where it is", "Time left", "Units"):
        expect(card.locator(f'td[data-label="{label}"]')).to_be_visible()
    expect(card.locator('td[data-label="Units"]')).to_contain_text("5 short")
    for label in ("Channel", "Carrier", "Total", "Placed"):
        expect(card.locator(f'td[data-label="{label}"]')).to_be_hidden()
    assert sideways(desk) == 0


def test_a_filtered_list_becomes_a_tab_by_two_presses_and_a_name(desk: Page, day: Day) -> None:
    desk.goto("/orders?view=short")
    desk.get_by_role("button", name="Keep this view").click()
    desk.keyboard.type("Waiting for stock", delay=60)
    desk.get_by_role("button", name="Keep it").click()
    kept = desk.get_by_role("navigation", name="Views").get_by_role("link", name="Waiting for stock")
    expect(kept).to_have_attribute("aria-current", "page")
    desk.goto("/orders")
    kept.click()
    expect(desk.locator("table[data-rows] tbody tr")).to_have_count(1)


def test_a_scan_on_any_page_opens_what_was_scanned(desk: Page, day: Day, scan: Scan) -> None:
    desk.goto("/stock")
    until_ready(desk)
    scan(desk, "EAN-MUG")
    expect(desk).to_have_url("/products/MUG")
    scan(desk, day.floor.shelves["A-02-1"].code)
    expect(desk).to_have_url(f"/l/{day.floor.shelves['A-02-1'].code}")


def test_the_timeline_changes_its_kind_in_place(desk: Page, day: Day) -> None:
    desk.goto(f"/orders/{day.shipped.ref}")
    desk.locator("#timeline nav a", has_text="Parcels").click()
    expect(desk.locator("#timeline nav a[aria-current]")).to_contain_text("Parcels")
    expect(desk.locator("#timeline")).not_to_contain_text("Order placed")


def test_no_desk_screen_scrolls_sideways_or_fails_axe(desk: Page, day: Day) -> None:
    screens = (
        "/",
        "/orders",
        f"/orders/{day.shipped.ref}",
        f"/orders/{day.fresh.ref}",
        "/customers",
        f"/customers/{day.fresh.customer_id}",
        "/exceptions",
        "/waves",
        "/waves/new",
        f"/waves/{day.wave_ref}",
        "/stock",
        "/products/MUG",
        f"/l/{day.floor.shelves['A-02-1'].code}",
    )
    for width in (360, 1280):
        desk.set_viewport_size({"width": width, "height": 800})
        for url in screens:
            desk.goto(url)
            assert sideways(desk) == 0, (url, width)
            assert violations(desk) == [], (url, width)
