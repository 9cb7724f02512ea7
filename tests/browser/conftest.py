"""Chromium against a live server: one browser for the run, a fresh context for each test."""

import os
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    ViewportSize,
    expect,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from core.accounts.models import User
from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import Day, build_day, person
from fulfillment.devtools import chromium
from tests.browser.scanner import Scanner
from tests.browser.waiting import PATIENCE

Login = Callable[[Page, User], None]
Scan = Callable[[Page, str], None]
OpenPage = Callable[..., Page]
PHONE: ViewportSize = {"width": 360, "height": 640}
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser that CHROMIUM names or the system has; there is no test run without one."""
    path = chromium.find()
    if path is None:
        pytest.fail(chromium.HOW_TO)
    # Playwright's synchronous API keeps an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=chromium.launch_arguments())
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """A browser profile of its own, with the live server as base URL."""
    made = browser.new_context(
        base_url=live_server.url, locale="en-GB", timezone_id="Europe/London", viewport={"width": 1280, "height": 800}
    )
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about so far; a test that provokes a complaint empties the list."""
    return []


@pytest.fixture
def page(context: BrowserContext, complaints: list[str]) -> Iterator[Page]:
    """A page; the test fails at its end when the browser complained (script error, CSP, missing static file)."""
    made = context.new_page()

    def on_console(message: ConsoleMessage) -> None:
        # An answer such as 409 is a refusal the page handles; static files are looked at below. A request that a
        # newer one replaces (hx-sync) is given up on purpose, and htmx says so as an error.
        meant = ("Failed to load resource", "htmx:sendAbort", "htmx:afterRequest")
        if message.type == "error" and not message.text.startswith(meant):
            complaints.append(f"console: {message.text}")

    def on_response(response: Response) -> None:
        if response.status >= 500 or (response.status >= 400 and "/static/" in response.url):
            complaints.append(f"{response.status} {response.url}")

    made.on("console", on_console)
    made.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    made.on("response", on_response)
    yield made
    assert not complaints, complaints


@pytest.fixture
def login(live_server: LiveServer) -> Login:
    """`login(page, user)`: sign the user in without the form, which has a test of its own."""

    def sign_in(page: Page, user: User) -> None:
        client = Client()
        client.force_login(user)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])

    return sign_in


@pytest.fixture
def scan() -> Scan:
    """`scan(page, code)`: a whole scan and its Enter, as fast as a scanner's however busy the machine is."""

    def wedge(page: Page, code: str) -> None:
        Scanner(page).at_once(code)

    return wedge


@pytest.fixture
def day(transactional_db: None) -> Day:
    """A shop with an order at each stage of its life."""
    return build_day()


@pytest.fixture
def desk(page: Page, day: Day, login: Login) -> Page:
    """The page of a supervisor of that shop."""
    login(page, person(Role.SUPERVISOR))
    return page


@pytest.fixture
def open_page(transactional_db: None, browser: Browser, live_server: LiveServer, login: Login) -> Iterator[OpenPage]:
    """`open_page(path, width=, theme=)`: a supervisor's page, at rest, that prints nothing; more than one at a time."""
    user = person(Role.SUPERVISOR)
    contexts = []

    def opened(path: str, *, width: int = 1280, theme: str = "light") -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            bypass_csp=True,
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": 800},
            has_touch=width < 900,
            reduced_motion="reduce",
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.add_init_script("window.print = () => {};")
        login(page, user)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """A customer's phone: a small screen without JavaScript."""
    made = browser.new_context(
        base_url=live_server.url, viewport=PHONE, has_touch=True, java_script_enabled=False, locale="en-GB"
    )
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()
