"""Every floor screen, in the states people meet: fit for everybody, nothing cut off, big enough to hit."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from core.accounts.models import User
from inventory.models import Supplier
from inventory.services.receiving import create_purchase_order
from returns.tests.goods import ask, received
from shipping.tests.floor import NOW, TESTER, Floor, build_floor
from tests.browser.conftest import Login
from tests.browser.scanner import Scanner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OpenPage = Callable[..., Page]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
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


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, login: Login) -> Iterator[OpenPage]:
    """`open_page(path, theme)`: a supervisor's page where axe may inject itself."""
    user = User.objects.create_user("sam", roles=["supervisor"])
    contexts = []

    def opened(path: str, theme: str) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            bypass_csp=True,
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
            locale="en-GB",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.add_init_script("window.print = () => {};")
        login(page, user)
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("data-queue", "0")
        return page

    yield opened
    for context in contexts:
        context.close()


def check(page: Page) -> None:
    """Nothing for axe to say, nothing wider than the screen, nothing too small for a glove."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(TOO_WIDE) == [], (page.url, width)
        assert page.evaluate(TOO_SMALL) == [], (page.url, width)
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    found = [
        f"{one['id']}: {node['html'][:120]} {node['failureSummary']}"
        for one in results.response["violations"]
        for node in one["nodes"]
    ]
    assert found == [], page.url


def scan(page: Page, *codes: str) -> None:
    """Scan, and wait for the server's word on each."""
    scanner = Scanner(page)
    for code in codes:
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            scanner.at_once(code)
        expect(page.locator("html")).to_have_attribute("data-queue", "0")
    page.wait_for_timeout(100)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/pick", "/pack", "/ship", "/receive", "/putaway", "/returns", "/inspect"])
def test_a_screen_without_work_is_fit_for_everybody(open_page: OpenPage, floor: Floor, path: str, theme: str) -> None:
    check(open_page(path, theme))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_way_out_is_fit_for_everybody(open_page: OpenPage, floor: Floor, theme: str) -> None:
    order = floor.order({"MUG": 1, "LAMP": 5})
    floor.release()
    page = open_page("/pick", theme)
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
    page = open_page("/pack", theme)
    check(page)
    scan(page, order.ref)
    check(page)
    scan(page, "EAN-MUG", *["EAN-LAMP"] * 5)
    check(page)  # the label is to be scanned
    scan(page, page.locator("dd.wrap-anywhere").inner_text())
    check(page)
    page = open_page("/ship", theme)
    check(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_way_in_is_fit_for_everybody(open_page: OpenPage, floor: Floor, theme: str) -> None:
    supplier = Supplier.objects.create(code="acme", name="Acme")
    lines = [(floor.shop.products["MUG"], 12), (floor.shop.products["LAMP"], 3)]
    ref = create_purchase_order(
        supplier_id=supplier.pk, warehouse_id=floor.warehouse_id, lines=lines, by=TESTER, now=NOW
    )
    page = open_page("/receive", theme)
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
    page = open_page("/putaway", theme)
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
    page = open_page("/returns", theme)
    check(page)
    page.get_by_role("button", name="Count the items").click()
    expect(page.get_by_role("button", name="Stop counting")).to_be_visible()
    scan(page, second.ref)
    check(page)
    page = open_page("/inspect", theme)
    check(page)
    scan(page, rma.ref)
    check(page)
    for _ in range(6):
        page.keyboard.press("n")
        page.wait_for_timeout(400)
    check(page)
    page.get_by_role("button", name="Decide otherwise").click()
    check(page)
