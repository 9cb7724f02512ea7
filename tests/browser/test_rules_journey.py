"""A rule is made at the desk: said as a sentence, tried out before the eyes, saved, and met by the next order."""

import pytest
from playwright.sync_api import Page, expect

from fulfillment.dashboard.tests.desk import Day
from orders.models import Order, Rule
from tests.browser.looks import sideways, violations
from tests.browser.waiting import until_ready

pytestmark = pytest.mark.browser


def test_a_rule_is_made_in_nine_acts_and_fires_on_the_next_order(desk: Page, day: Day) -> None:
    acts = 0
    desk.goto("/rules")
    desk.get_by_role("link", name="New rule").first.click()
    acts += 1
    until_ready(desk)
    desk.locator("#id_name").fill("Dear orders")
    acts += 1
    desk.locator("#c0-value").fill("5")
    acts += 1
    desk.locator("#a0-do").select_option("hold")
    acts += 1
    expect(desk.locator("#a0-reason")).to_be_visible()
    desk.locator("#a0-value").select_option("fraud")
    acts += 1
    expect(desk.locator("#trial")).to_contain_text("Tested against the last")
    desk.locator("#a0-reason").press_sequentially("Ask the bank", delay=60)
    acts += 1
    desk.keyboard.press("Tab")
    expect(desk.locator("#trial")).to_contain_text("Ask the bank")
    expect(desk.locator("#trial")).to_contain_text("hold it: Fraud")
    desk.get_by_role("button", name="Save the rule").click()
    acts += 1
    expect(desk.get_by_text("“Dear orders” is saved.")).to_be_visible()
    assert acts <= 9
    assert Rule.objects.get().conditions == [{"field": "value", "is": "at_least", "value": "5"}]

    order = day.floor.order({"MUG": 4})
    assert Order.objects.get(ref=order.ref).open_holds == 1
    desk.goto(f"/orders/{order.ref}")
    expect(desk.locator("#timeline")).to_contain_text("Rule “Dear orders”: hold it: Fraud")


def test_the_rules_screens_fit_and_pass_axe(desk: Page) -> None:
    for width in (360, 1280):
        desk.set_viewport_size({"width": width, "height": 800})
        for path in ("/rules", "/rules/new", "/holds"):
            desk.goto(path)
            assert sideways(desk) == 0, (path, width)
            assert violations(desk) == [], (path, width)
