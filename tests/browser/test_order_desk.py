"""An order changed at the desk, its effect seen first; and a customer on a phone who chooses what happens."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.accounts.roles import Role
from core.kernel.tokens import public_token
from core.outbox.services import run_due
from fulfillment.dashboard.tests.desk import person
from inventory.models import Product, Substitute
from orders.models import Channel, Order, OrderLine, ShortageChoice
from orders.selectors.facts import OrderFact
from shipping.tests.floor import NOW, Floor, build_floor
from tests.browser.conftest import Login
from tests.browser.looks import shoot, sideways, violations
from tests.browser.waiting import until_ready

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def accepted(page: Page) -> None:
    """Axe finds nothing, and nothing scrolls sideways."""
    assert violations(page) == [], page.url
    assert sideways(page) <= 1, page.url


@pytest.fixture
def floor() -> Floor:
    """Mugs and lamps; vases are lacking, lamps stand in for them; buyers are asked."""
    floor = build_floor({"MUG": 20, "LAMP": 20, "VASE": 0})
    Channel.objects.update(choice_days=3)
    vase, lamp = (Product.objects.get(sku=sku) for sku in ("VASE", "LAMP"))
    Substitute.objects.create(product=vase, substitute=lamp)
    return floor


@pytest.fixture
def short(floor: Floor) -> OrderFact:
    order = floor.order({"MUG": 2, "VASE": 2})
    run_due(now=NOW, raise_errors=True)
    return order


def test_an_order_is_changed_in_three_steps_and_its_effect_seen_first(
    page: Page, short: OrderFact, login: Login
) -> None:
    login(page, person(Role.SUPERVISOR))
    page.goto(f"/orders/{short.ref}")
    until_ready(page)
    shoot(page, "order-1280")
    accepted(page)
    page.keyboard.press("e")
    page.wait_for_url("**/edit")
    page.locator(f"#id_line_{short.lines[0].id}").fill("4")
    page.get_by_role("button", name="Show what it does").click()
    expect(page.get_by_role("heading", name="What this does")).to_be_visible()
    expect(page.locator("#effects")).to_contain_text("2 → 4")
    assert OrderLine.objects.get(sku="MUG").quantity == 2
    shoot(page, "edit-1280")
    accepted(page)
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("is changed.")).to_be_visible()
    assert OrderLine.objects.get(sku="MUG").quantity == 4
    page.set_viewport_size({"width": 360, "height": 740})
    shoot(page, "order-360")
    assert sideways(page) <= 1
    page.goto(f"/orders/{short.ref}/edit")
    shoot(page, "edit-360")
    assert sideways(page) <= 1


def test_backorders_are_compared_and_filled_by_hand(page: Page, floor: Floor, short: OrderFact, login: Login) -> None:
    other = floor.order({"VASE": 3})
    floor.shop.receive("VASE", 3)
    login(page, person(Role.SUPERVISOR))
    page.goto("/backorders")
    shoot(page, "backorders-1280")
    accepted(page)
    page.get_by_role("link", name="VASE").click()
    shoot(page, "backorder-1280")
    accepted(page)
    page.get_by_label(f"Choose {other.ref}").check()
    page.get_by_role("button", name="Fill the chosen orders").click()
    expect(page.get_by_text("3 units were given.")).to_be_visible()
    assert not OrderLine.objects.get(order__ref=other.ref).backordered
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 360, "height": 740})
    shoot(page, "backorder-360-dark")
    assert sideways(page) <= 1


def test_a_customer_chooses_in_two_taps_without_javascript(phone: BrowserContext, short: OrderFact) -> None:
    page = phone.new_page()
    page.goto(f"/c/{public_token('choice', short.ref)}")
    shoot(page, "choice-360")
    page.get_by_label("Take something else instead").check()
    page.get_by_role("button", name="Do it this way").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("We send something else instead")
    shoot(page, "choice-done-360")
    assert ShortageChoice.objects.get().choice == "substitute"
    assert OrderLine.objects.get(sku="LAMP").allocated == 2
    assert Order.objects.get().status == "confirmed"


def test_the_page_of_the_choice_is_accepted_by_axe(page: Page, short: OrderFact) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for language in ("en", "th", "sv", "ja"):
        page.goto(f"/c/{public_token('choice', short.ref)}?lang={language}")
        accepted(page)
