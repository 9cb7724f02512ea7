"""Addresses are looked at by their country's rules: good ones pass, wrong ones come with what may be meant."""

import json
from pathlib import Path

import pytest

from orders.planning.addresses import look_at_address
from orders.planning.phones import look_at_phone

# Of the OpenCage address-formatting cases (MIT, licence beside the data): what people map, not what they order with.
MAPPED = json.loads((Path(__file__).parent / "data" / "addresses.json").read_text(encoding="utf-8"))["addresses"]

# Public buildings, as they write their own addresses.
GOOD = [
    {"line1": "75 Rama VI Road", "city": "Bangkok", "region": "กรุงเทพมหานคร", "postal_code": "10400", "country": "TH"},
    {"line1": "99 ถนนพหลโยธิน", "city": "ปทุมธานี", "region": "ปทุมธานี", "postal_code": "12120", "country": "TH"},
    {"line1": "239 ถนนห้วยแก้ว ตำบลสุเทพ", "city": "เชียงใหม่", "postal_code": "50200", "country": "TH"},
    {"line1": "Slottsbacken 1", "city": "Stockholm", "postal_code": "111 30", "country": "SE"},
    {"line1": "Storgatan 33", "city": "Göteborg", "postal_code": "SE-41138", "country": "SE"},
    {"line1": "Kyrkogatan 4", "city": "Lund", "postal_code": "22222", "country": "SE"},
    {"line1": "丸の内1丁目9-1", "city": "千代田区", "region": "東京都", "postal_code": "100-0005", "country": "JP"},
    {"line1": "西新宿二丁目八番一号", "city": "新宿区", "region": "東京", "postal_code": "1638001", "country": "JP"},
    {"line1": "1-1-2 Hirose-machi", "city": "Osaka", "region": "Osaka", "postal_code": "〒540-0008", "country": "JP"},
    {"line1": "北3条西6丁目", "city": "札幌市", "region": "北海道", "postal_code": "０６０－８５８８", "country": "JP"},
    {"line1": "1600 Pennsylvania Ave", "city": "Washington", "region": "DC", "postal_code": "20500", "country": "US"},
    {"line1": "1 Dr Carlton B Goodlett Pl", "city": "San Francisco", "region": "California", "country": "US",
     "postal_code": "94102-4689"},
    {"line1": "301 Hamilton Avenue", "city": "Palo Alto", "region": "ca", "postal_code": "94301", "country": "US"},
    {"line1": "10 Downing Street", "city": "London", "postal_code": "sw1a2aa", "country": "GB"},
    {"line1": "Willoughby House", "line2": "Moor Lane", "city": "London", "postal_code": "EC2Y 9DP", "country": "GB"},
    {"line1": "Rose Cottage", "city": "Test Valley", "postal_code": "SO51 8GL", "country": "GB"},
    {"line1": "Gontardstraße 7", "city": "Berlin", "region": "Berlin", "postal_code": "10178", "country": "DE"},
    {"line1": "Marienplatz 8", "city": "München", "postal_code": "D-80331", "country": "DE"},
    {"line1": "Turkuer Straße 30", "city": "Rostock", "postal_code": "18107", "country": "DE"},
]  # fmt: skip

WRONG = [
    ({"city": "Leeds", "line1": "12 Mill Lane", "postal_code": "LS1", "country": "GB"}, "address.postal_code", ""),
    ({"city": "Leeds", "line1": "12 Mill Lane", "country": "GB"}, "address.no_postal_code", ""),
    ({"city": "Leeds", "line1": "12 Mill Lane", "postal_code": "LS1 4AP", "country": "US"}, "address.country", "GB"),
    ({"city": "Berlin", "line1": "Gontardstr. 7", "postal_code": "1O178", "country": "DE"}, "address.postal_code",
     "10178"),
    ({"city": "Dresden", "line1": "Postplatz 1", "postal_code": "1067", "country": "DE"}, "address.postal_code",
     "01067"),
    ({"city": "Berlin", "line1": "Gontardstraße", "postal_code": "10178", "country": "DE"}, "address.house_number", ""),
    ({"city": "11130", "line1": "Slottsbacken 1", "postal_code": "Stockholm", "country": "SE"}, "address.swapped",
     "111 30"),
    ({"city": "New York", "line1": "350 5th Ave", "region": "NY", "postal_code": "94103", "country": "US"},
     "address.region_and_code", "CA"),
    ({"city": "San Francisco", "line1": "1 Market St", "postal_code": "94103", "country": "US"}, "address.no_region",
     "CA"),
    ({"city": "Springfield", "line1": "742 Evergreen Tce", "region": "Quebec", "postal_code": "97475", "country": "US"},
     "address.region", "OR"),
    ({"city": "Osaka", "line1": "1-1", "region": "京都府", "postal_code": "540-0008", "country": "JP"},
     "address.region_and_code", "大阪府"),
    ({"city": "Bangkok", "line1": "9 Rama IX", "postal_code": "1040", "country": "TH"}, "address.postal_code", ""),
    ({"city": "Leeds", "line1": "asdf", "postal_code": "LS1 4AP", "country": "GB"}, "address.placeholder", ""),
    ({"city": "xxxx", "line1": "1 Mill Lane", "postal_code": "LS1 4AP", "country": "GB"}, "address.placeholder", ""),
    ({"city": "Leeds", "line1": "P.O. Box 12", "postal_code": "LS1 4AP", "country": "GB"}, "address.po_box", ""),
    ({"city": "Bonn", "line1": "Postfach 10 01 22", "postal_code": "53111", "country": "DE"}, "address.po_box", ""),
    ({"city": "東京", "line1": "私書箱 12号", "postal_code": "100-8799", "country": "JP"}, "address.po_box", ""),
]  # fmt: skip


@pytest.mark.parametrize("address", GOOD, ids=lambda one: f"{one['country']} {one['line1']}")
def test_a_good_address_raises_no_alarm(address: dict[str, str]) -> None:
    assert look_at_address({"name": "Ada Byron", **address}, method="standard") == []


@pytest.mark.parametrize(("address", "code", "suggested"), WRONG)
def test_a_wrong_address_is_told_with_what_may_be_meant(address: dict[str, str], code: str, suggested: str) -> None:
    first = look_at_address({"name": "Ada Byron", **address}, method="express")[0]
    assert (first.code, first.suggested) == (code, suggested)


def test_few_real_addresses_of_150_countries_raise_an_alarm_though_complete() -> None:
    """Those that lack a house number or a code are left out: there the alarm is right."""
    lacking = {"address.house_number", "address.no_postal_code"}
    found = [[one.code for one in look_at_address(address)] for address in MAPPED]
    complete = [codes for codes in found if not lacking.intersection(codes)]
    alarms = [codes for codes in complete if codes]
    assert (len(found), len(complete)) == (189, 177)
    assert len(alarms) <= 11, alarms


def test_the_post_takes_a_parcel_to_a_box() -> None:
    box = {"name": "Ada Byron", "line1": "PO Box 12", "city": "Leeds", "postal_code": "LS1 4AP", "country": "GB"}
    assert look_at_address(box, method="royal_mail_48") == []
    assert look_at_address(box, method="letter") == []
    assert [one.code for one in look_at_address(box, method="express")] == ["address.po_box"]


def test_a_country_nobody_knows_the_rules_of_is_left_alone() -> None:
    assert look_at_address({"line1": "1", "city": "Pristina", "country": "XK"}) == []
    assert look_at_address({}) == []


@pytest.mark.parametrize(
    ("number", "country", "codes", "suggested"),
    [
        ("020 7946 0000", "GB", [], ""),
        ("+46 8 508 29 000", "GB", [], ""),
        ("02-123-4567", "TH", [], ""),
        ("03-5321-1111", "JP", [], ""),
        ("", "GB", [], ""),
        ("12", "GB", ["phone.wrong"], ""),
        ("46850829000", "GB", ["phone.wrong"], "+46 8 508 290 00"),
        ("0000000000", "US", ["phone.wrong"], ""),
        ("no phone", "US", ["phone.wrong"], ""),
    ],
)
def test_a_phone_number_is_one_that_can_be_dialled(number: str, country: str, codes: list[str], suggested: str) -> None:
    found = look_at_phone(number, country, required=False)
    assert [one.code for one in found] == codes
    assert [one.suggested for one in found] == [suggested] * len(codes)


def test_a_phone_number_is_missed_only_where_one_is_asked_for() -> None:
    assert [one.code for one in look_at_phone(" ", "GB", required=True)] == ["phone.missing"]
