"""An item comes back: asked for on a phone, taken in by one scan, inspected by two scans and a key, paid back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from core.accounts.models import User
from core.kernel.actors import SYSTEM
from core.kernel.tokens import public_token
from core.outbox.services import run_due
from inventory.selectors import availability
from orders.selectors.facts import OrderFact
from orders.tests.shop import assert_books_balance
from returns.selectors import return_by_ref, returns_of_order
from shipping.carriers.base import RawEvent
from shipping.services.tracking import record_tracking_events
from shipping.tests.floor import Floor, build_floor
from tests.browser.floor import PASSWORD, Station
from tests.browser.waiting import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = ViewportSize(width=360, height=640)


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    made = build_floor({"MUG": 10, "LAMP": 10})
    for name in ("receiver", "inspector"):
        User.objects.create_user(name, password=PASSWORD, roles=[name])
    return made


@pytest.fixture
def delivered(floor: Floor) -> OrderFact:
    """An order of two articles that arrived yesterday."""
    order = floor.order({"MUG": 1, "LAMP": 1})
    parcel = floor.ship(order)
    arrived = RawEvent("1", "delivered", timezone.now() - timedelta(days=1))
    record_tracking_events(parcel.pk, [arrived], by=SYSTEM, now=timezone.now())
    return order


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """The customer's: small, touched, without JavaScript."""
    made = browser.new_context(
        base_url=live_server.url, viewport=PHONE, has_touch=True, java_script_enabled=False, locale="en-GB"
    )
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


def drain() -> None:
    """Let the outbox run what is due, in this process."""
    run_due(now=timezone.now() + timedelta(days=3), raise_errors=True)


def available(floor: Floor, sku: str) -> int:
    key = (floor.shop.products[sku], floor.warehouse_id)
    return availability([key[0]])[key]


def ask_for_return(page: Page, order: OrderFact, sku: str) -> int:
    """The customer's way through the signed link; returns the taps it took. Choosing from a list is two."""
    page.goto(f"/r/{public_token('return', order.ref)}")
    line = next(line.id for line in order.lines if line.sku == sku)
    page.get_by_label(f"Article {sku}").tap()
    page.locator(f"#reason-{line}").select_option("no_longer_wanted")
    page.get_by_role("button", name="Continue").tap()
    page.get_by_role("button", name="Send request").tap()
    page.get_by_role("img", name="Code of your return").wait_for()
    return 5


def test_a_mug_comes_back_and_is_for_sale_again(
    page: Page, phone: BrowserContext, floor: Floor, delivered: OrderFact
) -> None:
    customer = phone.new_page()
    assert ask_for_return(customer, delivered, "MUG") <= 5
    (rma,) = returns_of_order(delivered.ref)
    assert rma.status == "approved"
    before = available(floor, "MUG")

    # One scan takes the parcel in; nothing is for sale by that.
    station = Station(page)
    station.sign_in("receiver")
    station.open("/returns")
    station.scan(rma.ref)
    station.says("1 unit of")
    assert (station.scans, station.clicks) == (1, 0)
    assert available(floor, "MUG") == before
    drain()  # the workflow queues the inspection

    # Two scans and one key settle what is as new.
    station.sign_in("inspector")
    station.open("/inspect")
    station.scan(rma.ref)
    expect(page.locator(".step-ask")).to_have_text("Scan the item")
    station.scan("EAN-MUG")
    station.says("It is the right item")
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="A: as new · Restock")).to_be_visible()
    assert (station.scans, station.clicks) == (2, 0)
    drain()

    assert available(floor, "MUG") == before + 1
    settled = return_by_ref(rma.ref)
    assert settled.refund is not None
    assert str(settled.refund.amount) == "2.50"
    assert_books_balance(floor.shop)

    customer.reload()
    expect(customer.locator("main")).to_contain_text("£2.50")
    expect(customer.locator("main")).not_to_contain_text("How to send it")


def test_a_damaged_one_goes_to_quarantine_by_keys_alone(
    page: Page, phone: BrowserContext, floor: Floor, delivered: OrderFact
) -> None:
    ask_for_return(phone.new_page(), delivered, "LAMP")
    (rma,) = returns_of_order(delivered.ref)
    before = available(floor, "LAMP")
    station = Station(page)
    station.sign_in("inspector")
    station.open("/returns")
    station.scan(rma.ref)
    station.says("1 unit of")
    drain()
    station.open("/inspect")
    station.scan("EAN-LAMP")
    questions = page.locator(".questions .is-answered")
    for number, key in enumerate(["y", "n", "y", "y", "y"], start=2):
        page.keyboard.press(key)
        expect(questions).to_have_count(number)
    expect(page.locator(".proposal")).to_contain_text("Because it is damaged.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="C: used or marked · Quarantine")).to_be_visible()
    assert station.clicks == 0
    assert available(floor, "LAMP") == before
    assert_books_balance(floor.shop)
