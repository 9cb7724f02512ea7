"""The countries of ISO 3166-1 and what they are called in the reader's language (Unicode CLDR, through Babel)."""

from functools import cache

from babel import Locale
from django.utils.translation import get_language

# CLDR also names unions, islands without a code of their own, and what stands for "unknown".
NO_COUNTRIES = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"])


def is_country(code: str) -> bool:
    """Whether it is the two capital letters of a country."""
    return code in _names("en")


def country_name(code: str) -> str:
    """The country in the language of the moment; the code itself when it is none."""
    return _names(get_language() or "en").get(code, code)


def country_choices() -> list[tuple[str, str]]:
    """[(code, name)] of all countries, sorted by their names in the language of the moment."""
    return list(_sorted(get_language() or "en"))


@cache
def _names(language: str) -> dict[str, str]:
    territories = Locale.parse(language, sep="-").territories
    return {
        code: str(name)
        for code, name in territories.items()
        if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
    }


@cache
def _sorted(language: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(_names(language).items(), key=lambda one: one[1].casefold()))
