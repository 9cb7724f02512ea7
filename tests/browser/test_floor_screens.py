"""Every floor screen, in the states people meet: fit for everybody, nothing cut off, big enough to hit."""

import pytest
from playwright.sync_api import Page, expect

from inventory.models import Supplier
from inventory.services.receiving import create_purchase_order
from returns.tests.goods import ask, received
from shipping.tests.floor import NOW, TESTER, Floor, build_floor
from tests.browser.conftest import OpenPage
from tests.browser.looks import violations
from tests.browser.scanner import Scanner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (320, 360, 800, 1280, 1920)
TOO_SMALL = """() => {
    const targets = "#job button, #job a.btn, .floor-foot button, .floor-top a, .floor-top button";
    return [...document.querySelectorAll(targets)].filter(element => element.offsetParent)
        .map(element => [element.textContent.trim().slice(0, 30), element.getBoundingClientRect()])
        .filter(([, box]) => box.height < 59.5 || box.width < 59.5)
        .map(([text, box]) => `${text} ${box.width}×${box.height}`);
}"""
TOO_WIDE = """() => [document.documentElement.scrollWidth - innerWidth, ...[...document.querySelectorAll("#job *")]
    .filter(element => element.offsetParent && !element.closest(".tabs, .table-wrap, .sr-only"))
    .map(element => element.getBoundingClientRect().right - innerWidth)].filter(over => over > 1)"""


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    return build_floor({"MUG": 20, "LAMP": 20, "VASE": 20})


def at_rest(page: Page) -> Page:
    """The page, its queue empty."""
    expect(page.locator("html")).to_have_attribute("data-queue", "0")
    return page


def check(page: Page) -> None:
    """Nothing for axe to say, nothing wider than the screen, nothing too small for a glove."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(TOO_WIDE) == [], (page.url, width)
        assert page.evaluate(TOO_SMALL) == [], (page.url, width)
    assert violations(page) == [], page.url


def scan(page: Page, *codes: str) -> None:
    """Scan, and wait for the server's word on each."""
    scanner = Scanner(page)
    for code in codes:
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            scanner.at_once(code)
        expect(page.locator("html")).to_have_attribute("data-queue", "0")
    page.wait_for_timeout(100)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_screen_without_work_is_fit_for_everybody(open_page: OpenPage, floor: Floor, theme: str) -> None:
    page = open_page("/", theme=theme)
    for path in ("/pick", "/pack", "/ship", "/receive", "/putaway", "/returns", "/inspect"):
        page.goto(path)
        check(at_rest(page))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_way_out_is_fit_for_everybody(open_page: OpenPage, floor: Floor, theme: str) -> None:
    order = floor.order({"MUG": 1, "LAMP": 5})
    floor.release()
    page = at_rest(open_page("/pick", theme=theme))
    check(page)
    scan(page, floor.totes[0].code)
    check(page)
    floor.order({"VASE": 2})
    floor.release()
    scan(page, floor.shelves["A-02-1"].code, "EAN-MUG", floor.shelves["A-03-1"].code, "EAN-LAMP")
    check(page)  # a number is asked for
    page.get_by_role("button", name="Problem").click()
    check(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="That many").click()
    expect(page.get_by_role("heading", name="The list is done")).to_be_visible()
    check(page)
    page = at_rest(open_page("/pack", theme=theme))
    check(page)
    scan(page, order.ref)
    check(page)
    scan(page, "EAN-MUG", *["EAN-LAMP"] * 5)
    check(page)  # the label is to be scanned
    scan(page, page.locator("dd.wrap-anywhere").inner_text())
    check(page)
    page = at_rest(open_page("/ship", theme=theme))
    check(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_way_in_is_fit_for_everybody(open_page: OpenPage, floor: Floor, theme: str) -> None:
    supplier = Supplier.objects.create(code="acme", name="Acme")
    lines = [(floor.shop.products["MUG"], 12), (floor.shop.products["LAMP"], 3)]
    ref = create_purchase_order(
        supplier_id=supplier.pk, warehouse_id=floor.warehouse_id, lines=lines, by=TESTER, now=NOW
    )
    page = at_rest(open_page("/receive", theme=theme))
    check(page)
    scan(page, ref, "EAN-MUG")
    check(page)
    scan(page, "NOBODY")
    check(page)
    page.get_by_role("button", name="Close delivery").click()
    check(page)
    page.get_by_role("button", name="The rest comes later").click()
    expect(page.get_by_role("heading", name="The delivery is closed")).to_be_visible()
    check(page)
    page = at_rest(open_page("/putaway", theme=theme))
    check(page)
    scan(page, "EAN-MUG")
    check(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_way_back_is_fit_for_everybody(open_page: OpenPage, floor: Floor, theme: str) -> None:
    first, second = floor.order({"MUG": 1, "LAMP": 1}), floor.order({"VASE": 2})
    floor.ship(first)
    floor.ship(second)
    ask(second, {"VASE": 2})
    rma = received(floor.shop, first, {"MUG": 1, "LAMP": 1})
    page = at_rest(open_page("/returns", theme=theme))
    check(page)
    page.get_by_role("button", name="Count the items").click()
    expect(page.get_by_role("button", name="Stop counting")).to_be_visible()
    scan(page, second.ref)
    check(page)
    page = at_rest(open_page("/inspect", theme=theme))
    check(page)
    scan(page, rma.ref)
    check(page)
    for _ in range(6):
        page.keyboard.press("n")
        page.wait_for_timeout(400)
    check(page)
    page.get_by_role("button", name="Decide otherwise").click()
    check(page)
