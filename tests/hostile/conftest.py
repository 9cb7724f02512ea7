"""The list, what the documentation says of each string, and a shop to send it to."""

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.accounts.scopes import ALL_SCOPES
from core.accounts.services import issue_api_key
from orders.tests.shop import Shop, build_shop

NAUGHTY: list[str] = json.loads((Path(__file__).parent / "data" / "blns.json").read_text(encoding="utf-8"))
# Beyond the list: what PostgreSQL, printers, mail and spreadsheets choke on.
OURS = [
    "a\x1bb",
    "\u202etxt.exe",
    "a\u2028b",
    "a\r\nBcc: x@example.com",
    "^XZ^XA^FO20,20^FDlabel^FS",
    "=HYPERLINK(1)",
    "\ufeffbom",
    "%s%n%d",
    "{{ 7*7 }}",
    "{% load x %}",
    "é" * 200,
    "e\u0301" * 200,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467" * 30,
    " both ends ",
    "\u00a0\u3000wide blanks\u3000",
    "x" * 1001,
]
STRINGS = [*NAUGHTY, *OURS]
HUMAN, REFERENCE = frozenset({"Cc", "Cs", "Zl", "Zp"}), frozenset({"Cc", "Cf", "Cs"})

Call = Callable[..., Any]


def tidied(text: str, *, limit: int, refused: frozenset[str], kept: str = "") -> str | None:
    """What the field documentation promises to keep of a text: NFC, trimmed; None when it promises to refuse it."""
    text = unicodedata.normalize("NFC", text.strip())
    if kept:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > limit or any(unicodedata.category(one) in refused and one not in kept for one in text):
        return None
    return text


def human(text: str, limit: int = 200) -> str | None:
    """A name or an address line."""
    return tidied(text, limit=limit, refused=HUMAN)


def prose(text: str, limit: int = 500) -> str | None:
    """A note of several lines."""
    return tidied(text, limit=limit, refused=HUMAN, kept="\n\t")


def reference(text: str, limit: int = 64) -> str | None:
    """A SKU, an order number, a tag: never blank."""
    return tidied(text, limit=limit, refused=REFERENCE) or None


@pytest.fixture
def shop(db: None) -> Shop:
    return build_shop({"MUG": 5000})


@pytest.fixture
def call(shop: Shop) -> Call:
    """``call("POST", "orders/", {...})`` -> the answer; an exception inside becomes the 500 it would be."""
    _client, key = issue_api_key(
        name="shop", scopes=ALL_SCOPES, channel_id=shop.channel_id, requests_per_minute=None, now=timezone.now()
    )
    browser = Client(raise_request_exception=False, headers={"authorization": f"Bearer {key}"})

    def send(method: str, where: str, body: Any = None) -> Any:
        content = b"" if body is None else json.dumps(body).encode()
        return browser.generic(method, f"/api/v1/{where}", content, content_type="application/json")

    return send
