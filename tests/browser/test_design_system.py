"""The design system on its styleguide: accessible, fitting every width, light enough."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from core.accounts.models import User
from tests.browser.conftest import Login

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STATIC = Path(__file__).parents[2] / "static"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OpenPage = Callable[..., Page]
PAGES = ["/styleguide", "/styleguide/floor"]


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, login: Login) -> Iterator[OpenPage]:
    """`open_page(path, width, theme)`: a signed-in page where axe may inject itself (the CSP forbids it elsewhere)."""
    user = User.objects.create_user("sam", roles=["supervisor"])
    contexts = []

    def opened(path: str, width: int = 1280, theme: str = "light") -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            bypass_csp=True,
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": 800},
            has_touch=width < 900,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        login(page, user)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


def violations(page: Page) -> list[str]:
    """What axe finds, one line for each thing."""
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    return [
        f"{found['id']}: {node['target']} {node['failureSummary']}"
        for found in results.response["violations"]
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(open_page: OpenPage, path: str, theme: str) -> None:
    assert violations(open_page(path, theme=theme)) == []


def test_axe_finds_nothing_with_things_open(open_page: OpenPage) -> None:
    page = open_page("/styleguide")
    page.locator("summary").first.click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Open a dialog").click()
    assert violations(page) == []
    page.get_by_role("button", name="Keep the label").click()
    page.locator("#sg-block").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    assert violations(page) == []


def test_axe_finds_nothing_on_a_phone_menu(open_page: OpenPage) -> None:
    page = open_page("/styleguide", width=360)
    page.get_by_role("button", name="Menu").click()
    expect(page.locator("#nav-dialog")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("width", [320, 360, 800, 1280, 1920, 3840])
def test_nothing_scrolls_sideways(open_page: OpenPage, width: int) -> None:
    page = open_page(PAGES[0], width=width)
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_floor_targets_are_large_enough_for_gloves(open_page: OpenPage) -> None:
    page = open_page("/styleguide/floor", width=360)
    small = """least => [...document.querySelectorAll("button, a, summary, input:not([type=hidden])")]
        .filter(e => e.offsetParent && !e.closest(".skip, dialog, details"))
        .map(e => [e.getAttribute("aria-label") || e.textContent.trim(), e.getBoundingClientRect()])
        .filter(([name, box]) => box.height < least && box.width > 1).map(([name, box]) => `${name} ${box.height}`)
        .filter(text => !text.startsWith("Skip"))"""
    assert page.evaluate(small, 60) == []
    page.get_by_role("button", name="Device settings").click()
    page.get_by_label("Glove mode").check()
    page.get_by_role("button", name="Close").click()
    assert page.evaluate(small, 92) == []


def test_the_theme_is_remembered_by_the_device(open_page: OpenPage) -> None:
    page = open_page("/styleguide")
    page.locator("summary").first.click()
    page.get_by_role("button", name="Dark").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(238, 241, 245)"


def test_scripts_and_styles_are_light() -> None:
    def weight(files: list[Path]) -> int:
        return sum(len(gzip.compress(file.read_bytes())) for file in files)

    scripts = [file for file in (STATIC / "js").glob("*.js") if file.name != "styleguide.js"]
    assert weight(list((STATIC / "css").glob("*.css"))) <= 20_000
    # htmx brings 17 kB; together at most 60 kB.
    assert weight(scripts) <= 43_000
