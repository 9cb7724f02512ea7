"""The list of orders while orders come in: told quietly, shown when asked for, by the hand that is on the keys."""

import pytest
from playwright.sync_api import Page, expect

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import person
from shipping.tests.floor import Floor, build_floor
from tests.browser.conftest import Login
from tests.browser.looks import shoot, sideways, violations
from tests.browser.waiting import until_ready

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
POLL = "00:21"


@pytest.fixture
def floor() -> Floor:
    return build_floor({"MUG": 20})


@pytest.fixture
def listed(page: Page, floor: Floor, login: Login) -> Page:
    """The list with one order, and a clock that the test moves."""
    floor.order({"MUG": 1})
    login(page, person(Role.SUPERVISOR))
    page.clock.install()
    page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => window.away === true });")
    page.goto("/orders")
    until_ready(page)
    return page


def test_a_key_shows_what_came_and_the_hand_is_on_it(listed: Page, floor: Floor) -> None:
    news = listed.locator("#order-news")
    assert news.get_attribute("role") == "status"
    order = floor.order({"MUG": 1})
    listed.clock.fast_forward(POLL)
    expect(news.get_by_role("link", name="1 new – show")).to_be_visible()
    assert listed.locator(f'a[href="/orders/{order.ref}"]').count() == 0
    for theme in ("light", "dark"):
        listed.emulate_media(color_scheme=theme)
        assert violations(listed) == []
        shoot(listed, f"order-news-{theme}")
    assert sideways(listed) <= 1
    newest = floor.order({"MUG": 1})
    listed.clock.fast_forward(POLL)
    expect(news.get_by_role("link", name="2 new – show")).to_be_visible()
    with listed.expect_response(lambda answer: "told=2" in answer.url) as again:
        listed.clock.fast_forward(POLL)
    assert again.value.status == 204
    listed.clock.resume()
    listed.keyboard.press("n")
    expect(listed.locator(f'a[href="/orders/{newest.ref}"]')).to_be_focused()
    expect(listed.locator(f'a[href="/orders/{order.ref}"]')).to_be_visible()
    expect(news).to_be_empty()


def test_nobody_is_asked_while_nobody_looks(listed: Page, floor: Floor) -> None:
    asked: list[str] = []
    listed.on("request", lambda request: asked.append(request.url) if "/orders/news" in request.url else None)
    floor.order({"MUG": 1})
    listed.evaluate("window.away = true")
    listed.clock.fast_forward(POLL)
    listed.evaluate("window.away = false; document.getElementById('columns-dialog').showModal()")
    listed.clock.fast_forward(POLL)
    assert asked == []
    listed.evaluate("document.getElementById('columns-dialog').close()")
    listed.clock.fast_forward(POLL)
    expect(listed.get_by_role("link", name="1 new – show")).to_be_visible()
    assert len(asked) == 1
