"""Whether an address looks like one a carrier can deliver to. Pure; what it says is a reason to ask, never a verdict.

Formats come from each country's own rules. The rest are patterns of mistakes people make: no house number, a code of
another country, two fields swapped, a form filled in to get past it. Where a country has addresses that break a
pattern by right, the pattern is not asked there.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from orders.planning.findings import Finding
from orders.planning.postal_rules import PostalRules, folded, plain, rules_of

# Every house has a number. Elsewhere (GB, IE, much of Asia, Africa and Latin America) many only have a name.
NUMBERED = frozenset(
    {"AT", "AU", "BE", "CA", "CH", "CZ", "DE", "DK", "ES", "FI", "FR", "HU", "IT", "LU", "NL", "NO", "PL", "PT", "SE"}
    | {"SK", "US"}
)
# A label without the area is not delivered; elsewhere the code tells it.
AREA_ON_LABEL = frozenset({"AU", "CA", "US"})
# Codes that look like no other country's.
TELLING = ("GB", "CA", "NL")
# Methods whose names say that the post carries them: those reach a box.
_BY_POST = re.compile(r"post|letter|mail", re.IGNORECASE)
_PO_BOX = re.compile(
    r"\bp\.?\s*o\.?\s*box\b|\bpost\s*office\s+box\b|\bpostfach\b|\bpostbus\b|\bpostbox\b|\bpostboks\b|^\s*box\s+\d+\s*$"
    r"|\bbo[iî]te\s+postale\b|\bb\.?p\.\s*\d+|\bapartado\s+(?:de\s+correos|postal|\d)|\bcasilla\s+(?:de\s+correo|\d)"
    r"|\bcaixa\s+postal\b|\bcasella\s+postale\b|私書箱|ตู้\s*ปณ|ตู้ไปรษณีย์",
    re.IGNORECASE,
)
_FILLERS = """
test|test test|tester|testing|test user|test name|test address|test order|test street|teststreet|teststr|john test
abc|abcd|asd|asdf|asdfg|asdfgh|asdf asdf|qwe|qwer|qwerty|xxx|xyz|aaa|na|n a|none|null|nil|undefined|unknown|dummy
foo|bar|foo bar|foobar|string|example|sample|address|street|city|town|name|first last|firstname lastname|your name
lorem ipsum|fake|fake street|123 fake street|123 test street|tbd|todo|no name|noname|okänd|unbekannt|keine
ไม่มี|ทดสอบ|テスト|なし
"""
_PLACEHOLDERS = frozenset(folded(word) for word in _FILLERS.strip().replace("\n", "|").split("|"))
_ONE_CHARACTER = re.compile(r"^(\w)\1{2,}$")
_FIELDS = ("line1", "line2", "city", "region", "postal_code", "country", "name", "company")


def look_at_address(address: Mapping[str, Any], *, method: str = "") -> list[Finding]:
    """What looks wrong with it, the gravest first; empty for a good one.

    ``address`` as ``orders.services.requests.Address``. ``method`` is the shipping method it is to go by.
    """
    given = {name: plain(str(address.get(name) or "")) for name in _FIELDS}
    rules = rules_of(given["country"].upper())
    findings = list(_placeholders(given))
    if rules is not None:
        code = rules.tidy_code(given["postal_code"]) if given["postal_code"] else ""
        findings += _postal_code(given, rules, code)
        if all(one.code != "address.country" for one in findings):
            findings += _area(given, rules, code)
        findings += _house_number(given)
    findings += _po_box(given, method)
    return findings


def _placeholders(given: Mapping[str, str]) -> Iterator[Finding]:
    for name in ("line1", "city", "name"):
        text = given[name]
        bare = folded(text)
        if text and (bare in _PLACEHOLDERS or _ONE_CHARACTER.match(bare) or not any(one.isalnum() for one in text)):
            yield Finding("address.placeholder", name, text)


def _postal_code(given: Mapping[str, str], rules: PostalRules, code: str) -> Iterator[Finding]:
    text = given["postal_code"]
    if not text:
        if "Z" in rules.required and rules.code is not None:
            yield Finding("address.no_postal_code", "postal_code", "", words={"example": rules.example})
        return
    if rules.code is None:
        return
    if code:
        if given["city"].replace(" ", "").isdecimal():
            yield Finding("address.city", "city", given["city"])
        return
    if swapped := rules.tidy_code(given["city"]):
        yield Finding("address.swapped", "postal_code", text, swapped, also={"city": text})
        return
    if mended := rules.mend_code(text):
        yield Finding("address.postal_code", "postal_code", text, mended, words={"example": rules.example})
        return
    for other in TELLING:
        elsewhere = rules_of(other)
        if other != rules.country and elsewhere is not None and (found := elsewhere.tidy_code(text)):
            also = {"postal_code": found}
            yield Finding("address.country", "country", rules.country, other, also=also, words={"postal_code": text})
            return
    yield Finding("address.postal_code", "postal_code", text, words={"example": rules.example})


def _area(given: Mapping[str, str], rules: PostalRules, code: str) -> Iterator[Finding]:
    if not rules.areas:
        return
    text = given["region"]
    of_code = rules.areas_of_code(code) if code else []
    suggested = of_code[0].key if len(of_code) == 1 else ""
    on_label = rules.country in AREA_ON_LABEL
    area = rules.area_named(text) if text else None
    if not text:
        if on_label and not rules.named_within(f"{given['city']} {given['line2']}"):
            yield Finding("address.no_region", "region", "", suggested)
    elif area is None:
        if on_label and not rules.named_within(text):
            yield Finding("address.region", "region", text, suggested)
    elif suggested and area not in of_code:
        yield Finding("address.region_and_code", "region", text, suggested, words={"postal_code": code})


def _house_number(given: Mapping[str, str]) -> Iterator[Finding]:
    if given["country"].upper() not in NUMBERED or given["line2"] or given["company"] or not given["line1"]:
        return
    if not any(one.isnumeric() for one in given["line1"]):
        yield Finding("address.house_number", "line1", given["line1"])


def _po_box(given: Mapping[str, str], method: str) -> Iterator[Finding]:
    if _BY_POST.search(method):
        return
    for name in ("line1", "line2"):
        if _PO_BOX.search(given[name]):
            yield Finding("address.po_box", name, given[name], words={"method": method})
            return
