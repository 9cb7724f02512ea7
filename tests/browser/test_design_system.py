"""The design system on its styleguide: accessible, fitting every width, light enough."""

import gzip
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.looks import sideways, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STATIC = Path(__file__).parents[2] / "static"
PAGES = ["/styleguide", "/styleguide/floor"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(open_page: OpenPage, theme: str) -> None:
    page = open_page(PAGES[0], theme=theme)
    for path in PAGES:
        page.goto(path)
        assert violations(page) == [], path


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


def test_nothing_scrolls_sideways(open_page: OpenPage) -> None:
    for widths in ((320, 360, 800), (1280, 1920, 3840)):
        page = open_page(PAGES[0], width=widths[0])
        for path in PAGES:
            page.goto(path)
            for width in widths:
                page.set_viewport_size({"width": width, "height": 800})
                assert sideways(page) == 0, (path, width)


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
