"""What a customer reads is there in Thai, Swedish and Japanese, and what is compiled is what is written."""

import gettext
import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.utils import translation
from django.utils.translation.template import templatize

from fulfillment.dashboard.statuses import LOOKS, LOOKS_BY_KIND
from returns.selectors.offers import reason_choices, resolution_choices

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("th", "sv", "ja")
TEMPLATES = ("templates/mail", "templates/portal")
PYTHON = (
    "fulfillment/portal",
    "fulfillment/dashboard/slips.py",
    "orders/services/choices.py",
    "orders/notifications.py",
    "shipping/notifications.py",
    "returns/notifications.py",
    "returns/selectors/offers.py",
)
SHELL = ("templates/base.html", "templates/components/stepper.html", "templates/components/error_summary.html")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
CONTEXT = "\x04"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|<[^>]+>")


def extracted(source: str) -> Iterator[str]:
    """The keys of the messages in Python source, as a compiled catalogue has them."""
    found = extract_python(io.BytesIO(source.encode()), KEYWORDS, (), {"encoding": "utf-8"})
    for _line, function, message, _comments in found:
        words = [str(word) for word in message] if isinstance(message, tuple) else [str(message)]
        if str(function).startswith(("pgettext", "npgettext")):
            yield f"{words[0]}{CONTEXT}{words[1]}"
        elif words[0]:
            yield words[0]


@cache
def read_by_customers() -> frozenset[str]:
    """The key of everything a customer may read."""
    keys: set[str] = set()
    pages = [ROOT / page for page in SHELL]
    pages += [page for folder in TEMPLATES for page in sorted((ROOT / folder).rglob("*")) if page.is_file()]
    for page in pages:
        keys.update(extracted(templatize(page.read_text(encoding="utf-8"), origin=str(page))))
    for place in PYTHON:
        where = ROOT / place
        for module in [where] if where.is_file() else sorted(where.rglob("*.py")):
            if "tests" not in module.parts:
                keys.update(extracted(module.read_text(encoding="utf-8")))
    with translation.override("en"):
        for name, look in [*LOOKS.items(), *LOOKS_BY_KIND.items()]:
            keys.add(f"status{CONTEXT}{look.word}" if name == "none" else str(look.word))
        keys.update(words for _code, words in [*reason_choices(), *resolution_choices()])
    return frozenset(keys)


def compiled(language: str) -> dict[str, str]:
    """The compiled catalogue; of a plural message its first form, under its singular."""
    with (ROOT / f"locale/{language}/LC_MESSAGES/django.mo").open("rb") as stream:
        catalogue: dict[str | tuple[str, int], str] = gettext.GNUTranslations(stream)._catalog  # type: ignore[attr-defined]
    return {
        key if isinstance(key, str) else key[0]: text
        for key, text in catalogue.items()
        if isinstance(key, str) or key[1] == 0
    }


def test_there_is_something_to_translate() -> None:
    assert len(read_by_customers()) > 300
    assert "Your parcel is on its way to you." in read_by_customers()


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_a_customer_reads_is_translated(language: str) -> None:
    known = compiled(language)
    missing = sorted(key for key in read_by_customers() if not known.get(key))
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_loses_or_invents_a_name_or_a_tag(language: str) -> None:
    wrong = {
        key: text
        for key, text in compiled(language).items()
        if key and sorted(PLACEHOLDER.findall(key)) != sorted(PLACEHOLDER.findall(text))
    }
    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    with (ROOT / f"locale/{language}/LC_MESSAGES/django.po").open("rb") as stream:
        written = read_po(stream, locale=language)
    texts = {}
    for message in written:
        key = message.id[0] if isinstance(message.id, tuple | list) else message.id
        text = message.string[0] if isinstance(message.string, tuple | list) else message.string
        if key and text and not message.fuzzy:
            texts[f"{message.context}{CONTEXT}{key}" if message.context else key] = text
    known = compiled(language)
    known.pop("", None)
    assert known == texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_itself_is_what_comes_out(language: str) -> None:
    with translation.override(language):
        assert translation.gettext("Your parcel is on its way to you.") != "Your parcel is on its way to you."
