"""The scan queue and the floor frame: in order, once, never lost, never shown as done too early."""

import json

import pytest
from playwright.sync_api import Error, Page, Request, Route, expect

from core.accounts.models import User
from fulfillment.dashboard.views.styleguide import LINES, OTHER_THING
from tests.browser.conftest import Login
from tests.browser.scanner import Scanner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WHOLE_JOB = [code for line in LINES for code in (line.bin_code, line.barcode)]
FLOOR = "/styleguide/floor"
POSTS = "**/styleguide/scan"


@pytest.fixture
def floor(page: Page, login: Login) -> Page:
    """The sample job of ten lines, twenty scans; it remembers its cues."""
    login(page, User.objects.create_user("pim", roles=["picker"]))
    page.add_init_script("window.cues = []; document.addEventListener('cue', e => window.cues.push(e.detail));")
    open_floor(page)
    return page


@pytest.fixture
def scanner(floor: Page) -> Scanner:
    return Scanner(floor)


def open_floor(page: Page) -> None:
    page.goto(FLOOR)
    expect(page.locator("html")).to_have_attribute("data-queue", "0")


def server_log(page: Page) -> list[str]:
    """What the server counted, as a fresh page shows it: one that had nothing to send any more."""
    for _ in range(2):
        open_floor(page)
    page.goto(FLOOR)
    return [text.strip() for text in page.locator("[data-server-log] li").all_text_contents()]


def sent(request: Request) -> dict[str, str]:
    """The body of a scan on its way."""
    body: dict[str, str] = json.loads(request.post_data or "{}")
    return body


def test_ten_scans_in_two_seconds_are_counted_in_order_once(floor: Page, scanner: Scanner) -> None:
    for code in WHOLE_JOB[:10]:
        scanner.at_once(code)
        floor.wait_for_timeout(120)
    expect(floor.locator("[data-count=confirmed]")).to_contain_text("10")
    expect(floor.locator("html")).to_have_attribute("data-queue", "0")
    assert server_log(floor) == WHOLE_JOB[:10]


def test_a_whole_job_takes_twenty_scans_and_no_click(floor: Page, scanner: Scanner) -> None:
    for code in WHOLE_JOB:
        scanner.burst(code)
    expect(floor.get_by_role("heading", name="All ten lines are done")).to_be_visible(timeout=15_000)
    assert floor.evaluate("cues.at(-1)") == "done"
    assert server_log(floor) == WHOLE_JOB


def test_the_device_judges_within_fifty_milliseconds(floor: Page, scanner: Scanner) -> None:
    floor.evaluate(
        """() => { window.waits = []; let scanned = 0;
        document.addEventListener("scan", () => { scanned = performance.now(); }, true);
        document.addEventListener("cue", () => {
            if (scanned) waits.push(performance.now() - scanned);
            scanned = 0;
        }); }"""
    )
    for number, code in enumerate(WHOLE_JOB[:6], start=1):
        scanner.at_once(code)
        floor.wait_for_function("number => waits.length >= number", arg=number)
    waits = sorted(floor.evaluate("waits"))
    assert waits[len(waits) // 2] <= 50


def test_scans_made_offline_survive_a_reload_and_arrive_once(
    floor: Page, scanner: Scanner, complaints: list[str]
) -> None:
    for code in WHOLE_JOB[:6]:
        scanner.at_once(code)
    expect(floor.locator("[data-count=confirmed]")).to_contain_text("6")
    floor.context.set_offline(True)
    for code in WHOLE_JOB[6:]:
        scanner.at_once(code)
    expect(floor.locator("html")).to_have_attribute("data-queue", "14")
    expect(floor.locator(".scanbar")).to_have_attribute("data-state", "offline")
    expect(floor.get_by_role("heading", name="All ten lines are done")).to_have_count(0)
    assert "done" not in floor.evaluate("cues")
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        floor.reload()
    floor.context.set_offline(False)
    complaints.clear()
    assert server_log(floor) == WHOLE_JOB
    expect(floor.get_by_role("heading", name="All ten lines are done")).to_be_visible()


def test_a_scan_made_while_the_device_counts_what_is_left_is_not_forgotten(floor: Page, scanner: Scanner) -> None:
    floor.evaluate(
        """() => { window.reading = 0; const real = IDBObjectStore.prototype.getAll;
        IDBObjectStore.prototype.getAll = function () {
            const request = real.call(this), late = {};
            reading += 1;
            const tell = () => { late.result = request.result; late.onsuccess(); reading = 0; };
            request.onsuccess = () => setTimeout(tell, 1500);
            return late;
        }; }"""
    )
    scanner.at_once(WHOLE_JOB[0])
    floor.wait_for_function("() => reading > 0")
    held: list[Route] = []
    floor.route(POSTS, lambda route: held.append(route))
    scanner.at_once(WHOLE_JOB[1])
    floor.wait_for_function("() => reading === 0")
    expect(floor.locator("html")).to_have_attribute("data-queue", "1")
    for route in held:
        route.continue_()
    floor.unroute(POSTS)
    scanner.at_once(WHOLE_JOB[2])
    expect(floor.locator("[data-count=confirmed]")).to_contain_text("3")
    assert "wrong" not in floor.evaluate("cues")


def test_an_answer_lost_on_the_way_is_asked_for_again_with_the_same_id(
    floor: Page, scanner: Scanner, complaints: list[str]
) -> None:
    bodies: list[str] = []

    def lose_the_first_answer(route: Route, request: Request) -> None:
        bodies.append(str(sent(request)["id"]))
        if len(bodies) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    floor.route(POSTS, lose_the_first_answer)
    scanner.at_once(WHOLE_JOB[0])
    scanner.at_once(WHOLE_JOB[1])
    expect(floor.locator("[data-count=confirmed]")).to_contain_text("2")
    complaints.clear()
    assert bodies[0] == bodies[1] != bodies[2]
    assert server_log(floor) == WHOLE_JOB[:2]


def test_a_sick_server_only_makes_the_queue_wait(floor: Page, scanner: Scanner, complaints: list[str]) -> None:
    answers = iter([503, 500, 429])

    def sick(route: Route) -> None:
        status = next(answers, None)
        if status is None:
            route.continue_()
        else:
            route.fulfill(status=status, body="<h1>busy</h1>", content_type="text/html")

    floor.route(POSTS, sick)
    scanner.at_once(WHOLE_JOB[0])
    expect(floor.locator("[data-count=confirmed]")).to_contain_text("1")
    complaints.clear()
    assert server_log(floor) == WHOLE_JOB[:1]


def test_wrong_unknown_and_surplus_differ_in_words_and_in_sound(floor: Page, scanner: Scanner) -> None:
    panel = floor.locator("#blocker")
    seen: list[tuple[str, str]] = []
    scanner.at_once(WHOLE_JOB[0])
    expect(floor.locator("[data-count=confirmed]")).to_contain_text("1")
    for number, code in enumerate([OTHER_THING, "NEVERSEEN1", WHOLE_JOB[0]], start=1):
        floor.evaluate("cues.length = 0")
        scanner.at_once(code)
        expect(floor.locator("[data-count=refused]")).to_contain_text(str(number))
        expect(panel).to_be_visible()
        cue = next(cue for cue in reversed(floor.evaluate("cues")) if cue != "saved")
        seen.append((floor.locator("#blocker-message").inner_text(), cue))
        floor.get_by_role("button", name="I have read this").click()
        expect(panel).to_be_hidden()
    assert len({text for text, _ in seen}) == 3
    assert [cue for _, cue in seen] == ["wrong", "unknown", "too_many"]


def test_a_refusal_stays_until_the_right_scan(floor: Page, scanner: Scanner) -> None:
    panel = floor.get_by_role("alertdialog")
    scanner.at_once(OTHER_THING)
    expect(panel).to_be_visible()
    floor.keyboard.press("Escape")
    floor.keyboard.press("Escape")
    floor.keyboard.press("Enter")
    floor.wait_for_timeout(2500)
    expect(panel).to_be_visible()
    scanner.at_once(WHOLE_JOB[0])
    expect(panel).to_be_hidden()
    expect(floor.locator("[data-count=confirmed]")).to_contain_text("1")


def test_a_refusal_that_comes_late_still_blocks(floor: Page, scanner: Scanner) -> None:
    def refuse_the_first(route: Route, request: Request) -> None:
        if sent(request)["code"] == WHOLE_JOB[0]:
            body = '{"verdict": "stop", "title": "On hold", "message": "The order was held. Put it back."}'
            floor.wait_for_timeout(400)
            route.fulfill(status=409, body=body, content_type="application/json")
        else:
            route.continue_()

    floor.route(POSTS, refuse_the_first)
    for code in WHOLE_JOB[:3]:
        scanner.at_once(code)
    expect(floor.get_by_role("alertdialog")).to_be_visible()
    expect(floor.locator("[data-count=refused]")).to_contain_text("3")
    expect(floor.get_by_role("alertdialog")).to_be_visible()
    assert server_log(floor) == []


def test_a_button_is_an_act_like_a_scan_and_a_double_click_is_one(floor: Page) -> None:
    floor.get_by_role("button", name="Problem").click()
    floor.get_by_role("button", name="Damaged").dblclick()
    expect(floor.locator("#short-dialog")).to_be_hidden()
    expect(floor.locator("[data-verdict-text]")).to_have_text("Noted: short.")
    assert server_log(floor) == ["short"]


def test_focus_never_falls_on_the_body_after_the_job_was_replaced(floor: Page, scanner: Scanner) -> None:
    scanner.at_once(WHOLE_JOB[0])
    expect(floor.locator("[data-show=ask]")).to_have_text("Scan the item")
    assert floor.evaluate("document.activeElement !== document.body")
