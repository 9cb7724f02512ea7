"""What any screen is held to: axe finds nothing, nothing is wider than the window. And pictures, to be looked at."""

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# WCAG 2.2 AA and good practice. What passed is neither worked out in full nor sent over: that took most of the time.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}


def violations(page: Page) -> list[str]:
    """What axe finds, one line for each place."""
    return [
        f"{one['id']}: {node['target']} {node['html'][:120]} {node['failureSummary']}"
        for one in Axe().run(page, options=OPTIONS).response["violations"]
        for node in one["nodes"]
    ]


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("Math.max(0, document.documentElement.scrollWidth - innerWidth)"))


def shoot(page: Page, name: str) -> None:
    """Keep a picture where SHOTS names a folder."""
    folder = os.environ.get("SHOTS", "")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
