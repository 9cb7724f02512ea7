"""An order leaves the house by scanner alone, and its customer hears of it."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import Message as Mail
from urllib.parse import urlsplit

import pypdfium2
import pytest
import zxingcpp
from django.utils import timezone
from playwright.sync_api import Page, Route, expect
from pytest_django.fixtures import Settings

from core.accounts.models import User
from core.messaging.tests.sink import Sink, smtp_sink
from core.outbox.services import run_due
from orders.tests.shop import assert_books_balance
from shipping.models import Parcel
from shipping.tests.floor import Floor, build_floor
from tests.browser.floor import PASSWORD, Station

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ARTICLES = [f"ART{number:02}" for number in range(1, 11)]


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    made = build_floor(dict.fromkeys(ARTICLES, 20))
    for name in ("picker", "packer"):
        User.objects.create_user(name, password=PASSWORD, roles=[name])
    return made


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    """A mail server that takes everything."""
    with smtp_sink() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


def body(mail: Mail, kind: str) -> str:
    """The text or HTML part of a mail."""
    for part in mail.walk():
        if part.get_content_type() == kind:
            return bytes(part.get_payload(decode=True)).decode()
    raise AssertionError(f"no {kind} in the mail")


def codes_on(pdf: bytes) -> set[str]:
    """What a scanner reads on the first page, at the resolution of a label printer."""
    page = pypdfium2.PdfDocument(io.BytesIO(pdf))[0]
    return {code.text for code in zxingcpp.read_barcodes(page.render(scale=203 / 72).to_pil())}


def drain() -> None:
    """Let the outbox run what is due, in this process."""
    run_due(now=timezone.now() + timedelta(days=7), raise_errors=True)


def test_ten_lines_leave_the_house_and_the_customer_follows_them(page: Page, floor: Floor, sink: Sink) -> None:
    order = floor.order(dict.fromkeys(ARTICLES, 1))
    floor.release()
    tote = floor.totes[0]
    station = Station(page)

    # Pick: 21 scans, no click.
    station.sign_in("picker")
    station.open("/pick")
    expect(page.locator("#job")).to_contain_text("Scan a free tote to start")
    station.scan(tote.code)
    expect(page.locator(".place")).to_have_text("A-02-1")
    for number, sku in enumerate(ARTICLES, start=2):
        station.scan(floor.shelves[f"A-{number:02}-1"].code)
        station.scan(f"EAN-{sku}")
    expect(page.get_by_role("heading", name="The list is done")).to_be_visible()
    assert (station.scans, len(station.posts), station.clicks) == (21, 21, 0)
    assert floor.status_of(order) == "picked"

    # Pack: the tote, every unit, the label. The label prints by itself.
    station.sign_in("packer")
    station.open("/pack")
    expect(page.locator("#job")).to_contain_text(order.ref)
    station.scan(tote.code)
    for sku in ARTICLES:
        station.scan(f"EAN-{sku}")
    station.says("Put the label on the box and scan it")
    parcel = Parcel.objects.get()
    (printed,) = station.printed
    label = page.request.get(printed)
    assert label.headers["content-type"] == "application/pdf"
    assert parcel.tracking_number in codes_on(label.body())
    station.scan(parcel.tracking_number)
    expect(page.get_by_role("heading", name=re.compile("is ready for pickup"))).to_be_visible()
    assert (station.scans, station.clicks) == (12, 0)

    # Hand over.
    station.open("/ship")
    expect(page.locator("#job")).to_contain_text(parcel.tracking_number)
    station.scan(parcel.tracking_number)
    station.says("That was the last one")
    assert (floor.status_of(order), station.scans, station.clicks) == ("closed", 1, 0)
    assert_books_balance(floor.shop)

    # The mail, and where its link leads.
    drain()
    mails = [mail for mail in sink.mails if parcel.tracking_number in body(mail, "text/plain")]
    (told,) = mails
    assert told["To"] == "ada@example.com"
    assert all(f"Article {sku}" in body(told, "text/plain") for sku in ARTICLES)
    link = re.search(r"https?://\S+/t/\S+", body(told, "text/plain"))
    assert link is not None
    page.context.clear_cookies()
    page.goto(urlsplit(link.group()).path)
    expect(page.locator("main")).to_contain_text(parcel.tracking_number)
    expect(page.get_by_text("Article ART10")).to_be_visible()
    expect(page.locator("main")).to_contain_text(re.compile("on its way|shipped|left", re.IGNORECASE))


def test_three_units_are_packed_with_five_scans(page: Page, floor: Floor) -> None:
    order = floor.order({"ART01": 2, "ART02": 1})
    floor.pick(order)
    station = Station(page)
    station.sign_in("packer")
    station.open("/pack")
    for code in (floor.tote_of(order), "EAN-ART01", "EAN-ART01", "EAN-ART02"):
        station.scan(code)
    station.says("Put the label on the box and scan it")
    station.scan(Parcel.objects.get().tracking_number)
    expect(page.locator("#job")).to_contain_text("Scan the next tote")
    assert (station.scans, station.clicks) == (5, 0)


def test_units_scanned_before_the_tote_was_answered_go_into_its_box(page: Page, floor: Floor) -> None:
    order = floor.order({"ART01": 2, "ART02": 1})
    floor.pick(order)
    station = Station(page)
    station.sign_in("packer")
    station.open("/pack")

    def answer_late(route: Route) -> None:
        page.wait_for_timeout(700)
        route.continue_()

    page.route("**/pack/scan", answer_late)
    for code in (floor.tote_of(order), "EAN-ART01", "EAN-ART01", "EAN-ART02"):
        station.scanner.at_once(code)
    station.says("Put the label on the box and scan it")
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    assert [urlsplit(post).path.count("/") for post in station.posts] == [2, 3, 3, 3]  # the start, then the box
    assert (page.evaluate("document.documentElement.dataset.queue"), station.clicks) == ("0", 0)


def test_a_wrong_item_blocks_until_the_right_one(page: Page, floor: Floor) -> None:
    floor.order({"ART01": 1, "ART02": 1})
    floor.release()
    station = Station(page)
    station.sign_in("picker")
    station.open("/pick")
    station.scan(floor.totes[0].code)
    station.scan(floor.shelves["A-02-1"].code)
    station.scan("EAN-ART02")
    expect(page.get_by_role("alertdialog")).to_contain_text("you need Article ART01 from A-02-1")
    station.scan("EAN-ART01")
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    expect(page.locator(".place")).to_have_text("A-03-1")


def test_wrong_unknown_and_surplus_sound_and_read_differently(page: Page, floor: Floor) -> None:
    floor.order({"ART01": 1, "ART02": 1})
    floor.release()
    station = Station(page)
    page.add_init_script("window.cues = []; document.addEventListener('cue', e => window.cues.push(e.detail));")
    station.sign_in("picker")
    station.open("/pick")
    for code in (floor.totes[0].code, floor.shelves["A-02-1"].code):
        station.scan(code)
    expect(page.locator("#job")).to_contain_text("Scan the item")
    seen: list[tuple[str, str]] = []
    for code, right in (("EAN-ART02", ""), ("NEVERSEEN1", ""), ("EAN-ART01", "EAN-ART01")):
        if right:
            station.scan(right)
            expect(page.locator(".place")).to_have_text("A-03-1")
        page.evaluate("cues.length = 0")
        station.scan(code)
        expect(page.locator("[data-count=refused]")).to_contain_text(str(len(seen) + 1))
        cue = next(cue for cue in reversed(page.evaluate("cues")) if cue != "saved")
        seen.append((cue, page.locator("#blocker-title").inner_text()))
        page.get_by_role("button", name="I have read this").click()
    assert seen == [("wrong", "Wrong item"), ("unknown", "Unknown code"), ("too_many", "One too many")]


def test_a_number_key_says_how_many_were_taken(page: Page, floor: Floor) -> None:
    floor.order({"ART01": 12})
    floor.release()
    station = Station(page)
    station.sign_in("picker")
    station.open("/pick")
    for code in (floor.totes[0].code, floor.shelves["A-02-1"].code, "EAN-ART01"):
        station.scan(code)
    expect(page.locator("[data-keypad]")).to_have_value("12")
    page.wait_for_timeout(200)  # a hand; an Enter at a scanner's pace would still belong to the scan
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The list is done")).to_be_visible()
    assert station.clicks == 0


def test_a_whole_list_is_picked_without_a_network(page: Page, floor: Floor, complaints: list[str]) -> None:
    floor.order(dict.fromkeys(ARTICLES[:4], 1))
    floor.release()
    station = Station(page)
    station.sign_in("picker")
    station.open("/pick")
    station.scan(floor.totes[0].code)
    page.context.set_offline(True)
    for number, sku in enumerate(ARTICLES[:4], start=2):
        for code in (floor.shelves[f"A-{number:02}-1"].code, f"EAN-{sku}"):
            station.scanner.at_once(code)
            page.wait_for_timeout(50)
    expect(page.locator("html")).to_have_attribute("data-queue", "8")
    expect(page.get_by_role("heading", name="The list is done")).to_have_count(0)
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="The list is done")).to_be_visible(timeout=30_000)
    complaints.clear()
    assert_books_balance(floor.shop)
