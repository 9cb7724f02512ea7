"""Every mail there is: complete, and written the way mail programs can show."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from core.messaging.rendering import render

FOLDER = Path(settings.BASE_DIR) / "templates" / "mail"
NAMES = sorted(path.name.removesuffix(".html") for path in FOLDER.glob("*.html") if path.name != "base.html")


def source(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def test_no_text_is_without_its_mail() -> None:
    files = {path.name for path in FOLDER.iterdir() if path.is_file()} - {"base.html", "base.txt"}
    assert files == {f"{name}{end}" for name in NAMES for end in (".html", ".txt", ".subject.txt")}


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_can_be_compiled_and_stands_in_the_frame(name: str) -> None:
    for end in (".html", ".txt", ".subject.txt"):
        get_template(f"mail/{name}{end}")
    assert '{% extends "mail/base.html" %}' in source(f"{name}.html")
    assert '{% extends "mail/base.txt" %}' in source(f"{name}.txt")


@pytest.mark.parametrize("name", ["base", *NAMES])
def test_a_mail_has_no_script_no_outside_style_and_no_picture_without_alt_text(name: str) -> None:
    html = source(f"{name}.html")
    assert not re.search(r"<script|<link|<iframe|<form|@import|javascript:", html, re.I)
    for picture in re.findall(r"<img[^>]*>", html):
        assert "alt=" in picture


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_can_be_translated(name: str) -> None:
    """Words of a language stand inside translation tags only."""
    for end in (".html", ".txt", ".subject.txt"):
        text = source(f"{name}{end}")
        text = re.sub(r"{% comment.*?endcomment %}|{#.*?#}", "", text, flags=re.S)
        text = re.sub(r"{% blocktrans(?:late)?\b.*?{% endblocktrans(?:late)? %}", "", text, flags=re.S)
        text = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>|&\w+;", "", text, flags=re.S)
        assert not re.search(r"[A-Za-z]{3,}", text), text.strip()


@pytest.mark.parametrize("name", ["order_confirmation", "order_backordered", "order_cancelled", "parcel_shipped"])
@pytest.mark.parametrize("locale", ["en", "th"])
def test_no_mail_is_cut_off_by_mail_programs_however_long_the_order(name: str, locale: str) -> None:
    """Where a mail is cut at 102 kB, the button and the footer are gone."""
    items = [{"name": "ก" * 200, "sku": f"SKU-{number:060}", "quantity": number} for number in range(200)]
    mail = render(name, locale=locale, context={"items": items, "ships": True, "url": "https://shop.example/t/x"})
    assert len(mail.html.encode()) < 102_000
    for item in items:
        assert str(item["sku"]) in mail.html and str(item["sku"]) in mail.text
