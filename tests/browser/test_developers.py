"""The page for programmers, under its own content security policy."""

import pytest
from playwright.sync_api import Page, expect

from core.accounts.models import User
from tests.browser.conftest import Login

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_api_can_be_read_and_tried_under_the_content_policy(page: Page) -> None:
    page.goto("/developers/")
    expect(page.locator(".opblock").first).to_be_visible()
    expect(page.get_by_role("button", name="Authorize").first).to_be_visible()


def test_the_admin_of_api_clients_works_under_the_content_policy(page: Page, login: Login) -> None:
    login(page, User.objects.create_superuser("root"))
    page.goto("/admin/accounts/apiclient/add/")
    page.get_by_label("Name").fill("Main shop")
    page.get_by_label("Read orders").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#api-key")).to_contain_text("ffk_")
