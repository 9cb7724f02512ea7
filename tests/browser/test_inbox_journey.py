"""The inbox by keys and the allocation page by taps, within their budgets."""

import pytest
from playwright.sync_api import Page, expect

from core.accounts.models import User
from core.attention.selectors import open_cases
from fulfillment.dashboard.tests.desk import build_day
from fulfillment.dashboard.tests.test_inbox import doubt
from orders.models import FulfillmentOrder, Order
from orders.tests.test_third_party import foreign
from tests.browser.conftest import Login
from tests.browser.waiting import until_ready

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Counted:
    """Keys and taps, counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys, self.taps = page, 0, 0

    def press(self, key: str) -> None:
        self.keys += 1
        # A key acts after a pause, so that a scan that begins with its letter does not.
        self.page.keyboard.press(key)
        self.page.wait_for_timeout(150)

    def tap(self, name: str) -> None:
        self.taps += 1
        self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name)).first.click()


def supervisor() -> User:
    return User.objects.create(username="sue", roles=["supervisor"])


def test_an_address_case_is_put_right_with_two_keys(page: Page, login: Login) -> None:
    day = build_day()
    doubt(day)
    login(page, supervisor())
    page.goto("/exceptions?group=address")
    until_ready(page)
    hands = Counted(page)
    hands.press("j")
    hands.press("1")
    expect(page.get_by_text("The address is corrected.")).to_be_visible()
    assert (hands.keys, hands.taps) == (2, 0)
    assert Order.objects.get(ref=day.fresh.ref).shipping_address["postal_code"] == "LS1 4AQ"


def test_a_case_is_put_off_with_a_key(page: Page, login: Login) -> None:
    build_day()
    login(page, supervisor())
    page.goto("/exceptions")
    until_ready(page)
    hands = Counted(page)
    hands.press("j")
    hands.press("z")
    expect(page.get_by_text("The case comes back")).to_be_visible()
    assert open_cases("short_pick")[0].snoozed_until is not None


def test_what_unblocks_an_order_is_two_taps_away(page: Page, login: Login) -> None:
    day = build_day()
    north = foreign(day.floor.shop, "NORTH", {"VASE": 9}, kind="own")
    login(page, supervisor())
    page.goto(f"/orders/{day.short.ref}")
    hands = Counted(page)
    hands.tap("Why?")
    hands.tap("Take it from NORTH")
    expect(page.get_by_text("Ready to pick").first).to_be_visible()
    assert (hands.keys, hands.taps) == (0, 2)
    assert FulfillmentOrder.objects.get(order_ref=day.short.ref).warehouse_id == north
