"""How long a page is waited for, and until it listens to the keyboard."""

from playwright.sync_api import Page, expect

# Milliseconds for any step. A busy machine is no fault of the screen; a screen that never comes is found all the same.
PATIENCE = 30_000


def until_ready(page: Page) -> None:
    """Wait until the page's script has run to its end.

    Asked by a locator: a script of our own runs into a document without its first element while a page changes.
    """
    expect(page.locator("html[data-ready]")).to_be_attached()
