"""Chromium against a live server: one browser for the run, a fresh context for each test."""

import os
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright
from pytest_django.live_server_helper import LiveServer

from core.accounts.models import User
from fulfillment.devtools import chromium
from tests.browser.scanner import Scanner

Login = Callable[[Page, User], None]
Scan = Callable[[Page, str], None]


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
    made.set_default_timeout(15_000)
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
