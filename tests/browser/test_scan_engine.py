"""The scan engine: every scan is heard once and as printed, whatever has the focus; typing stays typing."""

import pytest
from playwright.sync_api import Locator, Page, expect

from core.accounts.models import User
from tests.browser.conftest import Login
from tests.browser.scanner import JAPANESE, MODIFIERS, SWEDISH, THAI, Key, Scanner, key_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The engine's pure half, called from outside.
CORE = "async value => { const core = await import('/static/js/scancore.js'); return (%s)(value); }"


@pytest.fixture
def playground(page: Page, login: Login) -> Page:
    """The styleguide, which lists every scan and every shortcut it hears."""
    login(page, User.objects.create_user("sam", roles=["supervisor"]))
    # On a machine too busy to deliver keys in time a key of a scan may count as single; it must not act as well.
    page.add_init_script(
        "localStorage.getItem('setting:shortcuts') ?? localStorage.setItem('setting:shortcuts', 'off')"
    )
    page.goto("/styleguide")
    expect(page.locator("#pg-heard")).to_have_attribute("data-ready", "")
    return page


@pytest.fixture
def scanner(playground: Page) -> Scanner:
    return Scanner(playground)


def heard(page: Page) -> list[str]:
    """The codes heard so far, in order."""
    return [
        str(code) for code in page.locator("#pg-heard [data-code]").evaluate_all("all => all.map(e => e.dataset.code)")
    ]


def shortcuts(page: Page) -> list[str]:
    """The single keys that counted as shortcuts."""
    page.wait_for_timeout(150)
    return [
        str(key)
        for key in page.locator("#pg-heard [data-shortcut]").evaluate_all("all => all.map(e => e.dataset.shortcut)")
    ]


def expect_heard(page: Page, *codes: str) -> None:
    expect(page.locator("#pg-heard [data-code]")).to_have_count(len(codes))
    assert heard(page) == list(codes)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.tagName"))


@pytest.mark.parametrize("layout", [None, THAI, JAPANESE, SWEDISH], ids=["us", "thai", "japanese", "swedish"])
def test_a_code_reads_the_same_under_every_keyboard_layout(
    playground: Page, scanner: Scanner, layout: dict[str, str] | None
) -> None:
    codes = ["LA03K2Q", "5901234123457", "ORD-7K3M9Q2X"]
    for code in codes:
        scanner.at_once(code, layout=layout)
    expect_heard(playground, *codes)


def test_keys_that_hide_behind_an_input_method_are_one_scan(playground: Page, scanner: Scanner) -> None:
    playground.locator("[data-scan-input]").focus()
    scanner.hidden("5901234123457")
    expect_heard(playground, "5901234123457")
    expect(playground.locator("[data-scan-input]")).to_have_value("")


def test_hidden_keys_without_a_suffix_are_a_scan_in_the_scan_bar(playground: Page, scanner: Scanner) -> None:
    playground.locator("[data-scan-input]").focus()
    scanner.hidden("5901234123457", suffix="")
    expect_heard(playground, "5901234123457")


def test_a_composing_input_method_does_not_split_a_scan(playground: Page, scanner: Scanner) -> None:
    playground.locator("#pg-text").focus()
    keys = [Key("Process", key_for(character).code, key_for(character).modifiers) for character in "LA03K2Q"]
    scanner.keys(keys)
    expect_heard(playground, "LA03K2Q")
    expect(playground.locator("#pg-text")).to_have_value("typed before")


def test_a_scan_while_a_field_has_focus_leaves_the_field_as_it_was(playground: Page, scanner: Scanner) -> None:
    fields = {"pg-text": "typed before", "pg-number": "7", "pg-select": "Alpha"}
    codes = ["LA03K2Q", "5901234123457", "LIMA0123"]
    for (field, value), code in zip(fields.items(), codes, strict=True):
        playground.locator(f"#{field}").focus()
        scanner.burst(code)
        expect(playground.locator("#pg-heard [data-code]").last).to_have_attribute("data-code", code)
        expect(playground.locator(f"#{field}")).to_have_value(value)
        assert focused(playground) == field
    expect_heard(playground, *codes)


def test_a_scan_never_presses_the_focused_button_nor_moves_the_focus(playground: Page, scanner: Scanner) -> None:
    playground.locator("#pg-void").focus()
    scanner.burst("LA03K2Q", suffix="Enter")
    scanner.burst("LA04K2Q", suffix="Tab")
    expect_heard(playground, "LA03K2Q", "LA04K2Q")
    expect(playground.locator("#pg-pressed")).to_have_text("Pressed 0 times")
    assert focused(playground) == "pg-void"


def test_enter_by_hand_still_presses_the_focused_button(playground: Page, scanner: Scanner) -> None:
    playground.locator("#pg-void").focus()
    playground.keyboard.press("Enter")
    expect(playground.locator("#pg-pressed")).to_have_text("Pressed 1 times")


def test_a_scan_that_begins_with_a_shortcut_fires_no_shortcut(playground: Page, scanner: Scanner) -> None:
    codes = [f"{first}A03K2Q" for first in "jx/?g1"]
    for code in codes:
        # In one go, as a scanner's keys come: the silence that makes a shortcut runs on the real clock.
        scanner.at_once(code)
    expect_heard(playground, *codes)
    assert shortcuts(playground) == []


def test_a_single_key_is_a_shortcut_after_silence(playground: Page, scanner: Scanner) -> None:
    scanner.type_by_hand("j")
    expect(playground.locator("#pg-heard [data-shortcut=j]")).to_have_count(1)


def test_a_shortcut_is_found_by_place_on_a_thai_keyboard(playground: Page, scanner: Scanner) -> None:
    scanner.keys([Key("่", "KeyJ", text="่")], suffix="")
    expect(playground.locator("#pg-heard [data-shortcut=j]")).to_have_count(1)


def test_single_key_shortcuts_can_be_switched_off(playground: Page, scanner: Scanner) -> None:
    playground.evaluate("localStorage.setItem('setting:shortcuts', 'on')")
    playground.reload()
    expect(playground.locator("#pg-heard")).to_have_attribute("data-ready", "")
    scanner.type_by_hand("?")
    expect(playground.locator("dialog[open]")).to_have_count(1)
    playground.keyboard.press("Escape")
    playground.locator("summary").first.click()
    playground.get_by_label("Single-key shortcuts").uncheck()
    playground.keyboard.press("Escape")
    for letter in "abcdefghijklmnopqrstuvwxyz":
        scanner.type_by_hand(letter, gap_ms=200)
        playground.wait_for_timeout(70)
    scanner.type_by_hand("?")
    playground.wait_for_timeout(150)
    expect(playground.locator("dialog[open]")).to_have_count(0)
    expect(playground).to_have_url(playground.url.split("#")[0])


def test_human_typing_is_never_a_scan(playground: Page, scanner: Scanner) -> None:
    field = playground.locator("#pg-text")
    field.fill("")
    field.focus()
    scanner.type_by_hand("LA03K2Q")
    scanner.press(Key("Enter", "Enter", text="\r"), 120)
    expect(field).to_have_value("LA03K2Q")
    assert heard(playground) == []


def test_control_characters_are_data(playground: Page, scanner: Scanner) -> None:
    start = [key_for(character) for character in "LA03"]
    nasty = [Key(letter, f"Key{letter.upper()}", MODIFIERS["ctrl"]) for letter in "pswtnjr"]
    named = [Key("Escape", "Escape"), Key("Backspace", "Backspace"), Key("F5", "F5")]
    playground.locator("#pg-void").focus()
    before = playground.url
    scanner.keys([*start, *nasty, *named, key_for("Q")])
    expect(playground.locator("#pg-heard [data-code]")).to_have_count(1)
    assert heard(playground) == ["LA03\x10\x13\x17\x14\x0e\n\x12\x1b\x08Q"]
    assert playground.url == before
    expect(playground.locator("#pg-pressed")).to_have_text("Pressed 0 times")


def test_the_line_feed_after_a_carriage_return_presses_nothing(playground: Page, scanner: Scanner) -> None:
    playground.locator("#pg-void").focus()
    scanner.burst("LA03K2Q")
    scanner.press(Key("Enter", "Enter", text="\r"), 5)
    expect_heard(playground, "LA03K2Q")
    expect(playground.locator("#pg-pressed")).to_have_text("Pressed 0 times")


def test_typing_into_the_scan_bar_is_taken_at_enter(playground: Page, scanner: Scanner) -> None:
    playground.get_by_role("button", name="Type a code").click()
    bar: Locator = playground.locator("[data-scan-input]")
    expect(bar).to_have_attribute("inputmode", "text")
    scanner.type_by_hand("A1")
    playground.keyboard.press("Enter")
    expect_heard(playground, "A1")
    expect(bar).to_have_value("")


def test_the_scan_bar_calls_no_soft_keyboard(playground: Page) -> None:
    expect(playground.locator("[data-scan-input]")).to_have_attribute("inputmode", "none")


def test_gs1_identifiers_are_read(playground: Page) -> None:
    readings: list[tuple[str, object]] = [
        (
            "]C10109501101530003" + "17270531" + "10ABC123\x1d3712",
            {"gtin": "09501101530003", "lot": "ABC123", "expiry": "2027-05-31", "count": 12},
        ),
        ("(01)09501101530003(10)L-1", {"gtin": "09501101530003", "lot": "L-1"}),
        ("0109501101530003" + "17280200", {"gtin": "09501101530003", "expiry": "2028-02-29"}),
        ("5901234123457", None),
        ("0112345678901234", None),
    ]
    read = (
        "async raws => { const core = await import('/static/js/scancore.js'); return raws.map(r => core.read(r).gs1); }"
    )
    assert playground.evaluate(read, [raw for raw, _ in readings]) == [found for _, found in readings]


def test_full_width_characters_fold_to_ascii(playground: Page) -> None:
    folded = playground.evaluate(
        "async raw => { const core = await import('/static/js/scancore.js'); return core.fold(raw); }",
        " ＯＲＤ－７Ｋ３Ｍ\t",
    )
    assert folded == "ORD-7K3M"
