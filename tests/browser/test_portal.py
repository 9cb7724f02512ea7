"""A customer on a phone without JavaScript: follow an order, send something back in five taps, on pages axe accepts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Locator, Page
from pytest_django.live_server_helper import LiveServer

from core.kernel.actors import SYSTEM
from core.kernel.tokens import public_token
from orders.selectors.facts import OrderFact
from orders.services.requests import CustomerRequest
from returns.selectors import returns_of_order
from returns.services.requests import ItemRequest, request_return
from shipping.carriers.base import RawEvent
from shipping.services.tracking import record_tracking_events
from shipping.tests.floor import build_floor
from tests.browser.conftest import PHONE
from tests.browser.looks import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Handmade cream coat hanger with a row of seven wooden cupid hearts and twenty-three small porcelain hooks"


@pytest.fixture
def delivered() -> OrderFact:
    """An order of two articles that arrived yesterday."""
    floor = build_floor({"MUG": 10, "LAMP": 10})
    order = floor.shop.order({"MUG": 2, "LAMP": 1}, customer=CustomerRequest(email="ada@example.com", name="Ada"))
    parcel = floor.ship(order)
    now = timezone.now()
    reports = [
        RawEvent(f"{status}-{hours}", status, now - timedelta(hours=hours), "", LONG, "Leeds")
        for hours, status in ((30, "picked_up"), (29, "in_transit"), (28, "in_transit"), (24, "delivered"))
    ]
    record_tracking_events(parcel.pk, reports, by=SYSTEM, now=now)
    return order


class Thumb:
    """Taps, and counts them. Choosing from a list is two: open it, choose."""

    def __init__(self) -> None:
        self.taps = 0

    def tap(self, what: Locator) -> None:
        what.tap()
        self.taps += 1

    def choose(self, what: Locator, value: str) -> None:
        what.select_option(value)
        self.taps += 2


def test_one_item_goes_back_in_five_taps_without_javascript(phone: BrowserContext, delivered: OrderFact) -> None:
    page, thumb = phone.new_page(), Thumb()
    page.goto(f"/r/{public_token('return', delivered.ref)}")
    mug = next(line.id for line in delivered.lines if line.sku == "MUG")
    thumb.tap(page.get_by_label("Article MUG"))
    thumb.choose(page.locator(f"#reason-{mug}"), "damaged")
    thumb.tap(page.get_by_role("button", name="Continue"))
    page.get_by_text("You get back").wait_for()
    assert page.get_by_text("£2.50").last.is_visible()
    thumb.tap(page.get_by_role("button", name="Send request"))
    page.get_by_role("img", name="Code of your return").wait_for()
    (rma,) = returns_of_order(delivered.ref)
    assert page.url.endswith(f"/{rma.ref}")
    assert page.get_by_role("heading", level=1).inner_text().startswith("Return RMA-")
    assert thumb.taps <= 5


def test_the_answer_stands_on_the_first_screen_of_a_phone(phone: BrowserContext, delivered: OrderFact) -> None:
    page = phone.new_page()
    page.goto(f"/t/{public_token('tracking', delivered.ref)}")
    for found in (page.get_by_role("heading", level=1), page.get_by_text("Everything has arrived.")):
        box = found.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < PHONE["height"]
    assert page.get_by_text("Show what happened before").is_visible()


def visit(page: Page, order: OrderFact, return_ref: str) -> Iterator[str]:
    tracking, returning = public_token("tracking", order.ref), public_token("return", order.ref)
    for address in (f"/t/{tracking}", f"/r/{returning}", f"/r/{returning}/{return_ref}", "/r", "/t/unknown"):
        page.goto(address)
        yield address


def test_every_public_page_is_fit_for_everybody(
    browser: Browser, live_server: LiveServer, delivered: OrderFact
) -> None:
    mug = next(line.id for line in delivered.lines if line.sku == "MUG")
    rma = request_return(delivered.ref, items=[ItemRequest(mug, 1, reason="damaged")], by=SYSTEM, now=timezone.now())
    for language, scheme in (("en", "light"), ("en", "dark"), ("th", "light"), ("sv", "dark"), ("ja", "light")):
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": 320, "height": 640},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        page = context.new_page()
        page.goto(f"/r?lang={language}")
        for address in visit(page, delivered, rma.ref):
            assert page.evaluate("document.documentElement.lang") == language
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, (address, language)
            assert page.locator("script").count() == 0, address
            assert violations(page) == [], (address, language, scheme)
        context.close()
