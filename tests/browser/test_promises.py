"""The promises page and the public page of last moments, as people see them."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import build_day, person
from inventory.models import Warehouse
from orders.models import Channel, Season
from orders.selectors.calendars import forget_book
from tests.browser.conftest import Login
from tests.browser.looks import shoot, sideways


@pytest.mark.django_db(transaction=True)
def test_a_supervisor_asks_sets_a_season_and_the_public_page_knows(page: Page, login: Login) -> None:
    day = build_day()
    today = timezone.now().date()
    Warehouse.objects.filter(pk=day.floor.warehouse_id).update(daily_capacity=3)
    Season.objects.create(name="Sale", since=today, until=today + timedelta(days=20), more_transit_days=1)
    forget_book()
    login(page, person(Role.SUPERVISOR))
    page.goto("/promises")
    page.get_by_label("Country").first.fill("gb")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("It leaves by")).to_be_visible()
    shoot(page, "promises-1280")
    page.get_by_role("button", name="New season").click()
    dialog = page.get_by_role("dialog", name="New season")
    dialog.get_by_label("Name").fill("Strike")
    dialog.get_by_label("From").fill(today.isoformat())
    dialog.get_by_label("Until").fill((today - timedelta(days=2)).isoformat())
    dialog.get_by_label("Days more on the road").fill("1")
    dialog.get_by_role("button", name="Save").click()
    # Sent back, it lies over the page again, with its heading and its button in sight and the problem in focus.
    expect(dialog.get_by_role("alert")).to_be_focused()
    assert dialog.evaluate("dialog => dialog.matches(':modal')")
    dialog.get_by_label("Until").fill((today + timedelta(days=2)).isoformat())
    dialog.get_by_label("Days more on the road").fill("1")
    shoot(page, "promises-dialog")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("rowheader", name="Strike")).to_be_visible()
    page.goto("/promises?close=&day=&capacity=1&cut_off=#what-if-h")
    expect(page.get_by_text("open shipments")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    assert sideways(page) == 0
    shoot(page, "promises-360")
    page.goto(f"/last-orders/{Channel.objects.get(pk=day.floor.shop.channel_id).code}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Order in time for")
    assert sideways(page) == 0
    shoot(page, "last-orders-360")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 1280, "height": 800})
    shoot(page, "last-orders-dark")
    if os.environ.get("SHOTS"):
        page.goto("/promises")
        shoot(page, "promises-dark")
        page.emulate_media(color_scheme="light")
        page.goto(f"/orders/{day.fresh.ref}")
        page.get_by_text("Why these days?").click()
        shoot(page, "order-1280")
        page.goto("/")
        shoot(page, "home-1280")
