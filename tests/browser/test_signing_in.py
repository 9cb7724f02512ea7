"""The door of the dashboard."""

import pytest
from playwright.sync_api import Page, expect

from core.accounts.models import User
from tests.browser.conftest import Login

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_picker_signs_in_through_the_form(page: Page) -> None:
    User.objects.create_user("pim", password="a long enough one", roles=["picker"])
    page.goto("/")
    page.get_by_label("Username").fill("pim")
    page.get_by_label("Password").fill("a long enough one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("main")).to_be_visible()
    expect(page.get_by_label("Password")).to_have_count(0)


def test_a_wrong_password_stays_at_the_door_and_says_so(page: Page) -> None:
    User.objects.create_user("pim", password="a long enough one", roles=["picker"])
    page.goto("/")
    page.get_by_label("Username").fill("pim")
    page.get_by_label("Password").fill("another one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Password")).to_be_visible()


def test_someone_signed_in_is_not_asked_again(page: Page, login: Login) -> None:
    login(page, User.objects.create_user("sam", password="a long enough one", roles=["supervisor"]))
    answer = page.goto("/")
    assert answer
    assert answer.ok
    expect(page.get_by_role("main")).to_be_visible()
    expect(page.get_by_label("Password")).to_have_count(0)
