"""What the content security policy and the eye demand of every page template."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines

ROOT = Path(settings.BASE_DIR) / "templates"
# Mails are no pages: their readers know neither stylesheets nor policies.
PAGES = sorted(path for path in ROOT.rglob("*.html") if "mail" not in path.relative_to(ROOT).parts)
INLINE = {
    "style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*="),
    "style element": re.compile(r"<style\b"),
    "event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+\s*="),
    "hx-on": re.compile(r"\bhx-on\b"),
    "script without src": re.compile(r"<script\b(?![^>]*\b(src=|type=\"application/json\"))"),
    "address of another host": re.compile(r"(src|href)=\"(https?:)?//"),
}


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("what", INLINE)
def test_no_page_holds_anything_the_policy_forbids(what: str) -> None:
    guilty = [path for path in PAGES if INLINE[what].search(path.read_text())]
    assert names(guilty) == []


def test_every_page_compiles() -> None:
    for name in names(PAGES):
        engines["django"].get_template(name)


def test_only_the_base_is_a_whole_page() -> None:
    whole = [path for path in PAGES if "<!doctype" in path.read_text().lower()]
    assert names(whole) == ["base.html"]
