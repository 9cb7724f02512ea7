"""The synthetic scanner of these tests reaches the page as a real one would."""

import pytest
from playwright.sync_api import Page, expect

from core.accounts.models import User
from tests.browser.conftest import Login, Scan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_scan_arrives_as_it_was_printed(page: Page, login: Login, scan: Scan) -> None:
    login(page, User.objects.create_user("sam", roles=["supervisor"]))
    page.goto("/styleguide/floor")
    heard = page.evaluate_handle(
        "() => { const codes = []; addEventListener('scan', e => codes.push(e.detail.code), true); return codes; }"
    )
    codes = ["LA01K2Q", "5901234123401", "85123A", "DCGS0076", "POST_1-2.3"]
    for code in codes:
        scan(page, code)
    expect(page.locator("#job")).to_be_visible()
    assert heard.json_value() == codes
