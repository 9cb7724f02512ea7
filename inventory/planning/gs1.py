"""What a GS1 code says: which article, which lot, until when, in which case. Pure: no Django, no clock, no I/O."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import biip
from biip import gs1_prefixes
from biip.gs1_element_strings import GS1ElementString
from biip.gs1_messages import GS1Message
from biip.gtin import Gtin

# Which company a number was issued to is asked by nobody here, and the table of it is 15 MB in every process.
vars(gs1_prefixes)["_GS1_COMPANY_PREFIX_TRIE"].clear()

LONGEST = 512
_MOST_UNITS = 100_000
_AIM = ("]C1", "]d2", "]Q3", "]e0", "]J1")


@dataclass(frozen=True, slots=True)
class Gs1:
    """What was on the label; empty text, None or one unit where it said nothing.

    ``gtin`` has fourteen digits, ``sscc`` eighteen. ``count`` is how many of the article the label stands for.
    """

    gtin: str = ""
    lot: str = ""
    serial: str = ""
    expires_on: date | None = None
    sscc: str = ""
    count: int = 1


NOTHING = Gs1()


def read_gs1(text: str) -> Gs1:
    """Read a scanned code: element string with or without AIM prefix, bracket form, GS1 web link or a bare number.

    Anything that is no GS1 code is ``NOTHING``. Of a label whose other parts cannot be read (a date that does not
    exist), the article number still counts, so that the rest is asked for. Never raises.
    """
    text = text.strip().lstrip("\x1d")
    if not text or len(text) > LONGEST or not text.isascii() or "\0" in text:
        return NOTHING
    try:
        message = GS1Message.parse_hri(text) if text.startswith("(") else None
        if message is None:
            result = biip.parse(text)
            if result.gs1_digital_link_uri is not None:
                return _of_elements(result.gs1_digital_link_uri.element_strings)
            message = result.gs1_message
            # A bare number parses as elements by accident; it is an element string only when it names an article.
            if message is None or not (text.startswith(_AIM) or _names_something(message)):
                if result.gtin is None and result.sscc is None:
                    return _first_gtin(text)
                sscc = result.sscc.value if result.sscc is not None else ""
                return Gs1(gtin=result.gtin.as_gtin_14() if result.gtin is not None else "", sscc=sscc)
        return _of_elements(message.element_strings)
    except (biip.BiipException, ValueError, ArithmeticError, IndexError):
        return _first_gtin(text)


def same_article(gtin: str) -> list[str]:
    """The ways one GTIN is written: with fourteen digits, and without the zeros in front (13, 12 or 8 digits)."""
    if not gtin:
        return []
    shorter = [gtin[14 - digits :] for digits in (13, 12, 8) if not gtin[: 14 - digits].strip("0")]
    return [gtin, *shorter]


def _names_something(message: GS1Message) -> bool:
    return message.element_strings[:1] != [] and message.element_strings[0].ai.ai in {"00", "01", "02"}


def _of_elements(elements: Iterable[GS1ElementString]) -> Gs1:
    found = NOTHING
    for one in elements:
        match one.ai.ai:
            case "00":
                found = replace(found, sscc=one.value)
            case "01" | "02":
                found = replace(found, gtin=one.value.rjust(14, "0"))
            case "10":
                found = replace(found, lot=one.value)
            case "21":
                found = replace(found, serial=one.value)
            case "17":
                found = replace(found, expires_on=one.date)
            case "15" if found.expires_on is None:
                found = replace(found, expires_on=one.date)
            case "30" | "37":
                found = replace(found, count=min(max(int(one.value), 1), _MOST_UNITS))
            case _:
                pass
    return found


def _first_gtin(text: str) -> Gs1:
    """The article number of an element string that begins with one."""
    body = text[3:] if text.startswith(_AIM) else text
    for start in ("(01)", "(02)", "01", "02"):
        if body.startswith(start):
            digits = body[len(start) :][:14]
            break
    else:
        return NOTHING
    if len(digits) < 14 or not digits.isdigit():
        return NOTHING
    try:
        return Gs1(gtin=Gtin.parse(digits).as_gtin_14())
    except (biip.BiipException, ValueError):
        return NOTHING
