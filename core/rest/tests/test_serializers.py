from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError
from rest_framework.fields import ListField

from core.rest import serializers as s
from core.rest.problems import pointers


class LineIn(s.StrictSerializer):
    sku = s.Sku()
    quantity = s.Quantity()
    unit_price = s.Money(required=False)


class OrderIn(s.StrictSerializer):
    money_currency = "currency"
    currency = s.Currency()
    lines = s.list_of(LineIn(), max_length=3)
    gift = LineIn(required=False, allow_null=True)
    tags = ListField(child=s.RefText(), required=False, max_length=2)
    ref = s.RefText(read_only=True)
    renamed = s.Flag(required=False, source="other")
    note = s.HumanText(required=False, default="", allow_blank=True, multiline=True)


GOOD: dict[str, Any] = {"currency": "THB", "lines": [{"sku": "A", "quantity": 1, "unit_price": "1.50"}]}


def errors(data: Any, kind: type[s.StrictSerializer] = OrderIn, **how: bool) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        kind.parse(data, **how)
    return {error["pointer"]: error["code"] for error in pointers(caught.value.get_full_details())}


def test_a_good_order_is_read() -> None:
    assert OrderIn.parse(GOOD | {"renamed": True}) == {
        "currency": "THB",
        "lines": [{"sku": "A", "quantity": 1, "unit_price": Decimal("1.50")}],
        "other": True,
        "note": "",
    }


def test_every_error_has_a_pointer_at_any_depth() -> None:
    bad = {
        "lines": [{"sku": "A", "quantity": 1}, {"sku": " ", "quantity": 0, "pri~ce/": 1}],
        "gift": {"sku": "A"},
        "tags": ["a", 7],
        "ref": "ORD-1",
        "status": "shipped",
    }
    assert errors(bad) == {
        "/currency": "required",
        "/lines/1/sku": "blank",
        "/lines/1/quantity": "min_value",
        "/lines/1/pri~0ce~1": "unknown_field",
        "/gift/quantity": "required",
        "/tags/1": "invalid",
        "/ref": "unknown_field",
        "/status": "unknown_field",
    }


@pytest.mark.parametrize("data", [[], "a", None, 7, True])
def test_what_is_no_object_is_refused(data: Any) -> None:
    assert errors(data) in ({"": "invalid"}, {"": "null"})


def test_lists_are_bounded() -> None:
    assert errors(GOOD | {"lines": []}) == {"/lines": "empty"}
    assert errors(GOOD | {"lines": GOOD["lines"] * 4}) == {"/lines": "max_length"}
    assert errors(GOOD | {"lines": {"sku": "A"}}) == {"/lines": "not_a_list"}


def test_an_amount_finer_than_its_currency_is_refused_where_it_stands() -> None:
    assert errors(GOOD | {"currency": "JPY"}) == {"/lines/0/unit_price": "decimals"}
    lines = [{"sku": "A", "quantity": 1, "unit_price": "12.00"}]
    assert OrderIn.parse({"currency": "JPY", "lines": lines})["lines"][0]["unit_price"] == 12


def test_a_patch_may_leave_things_out_but_not_add_any() -> None:
    assert OrderIn.parse({"renamed": False}, partial=True) == {"other": False}
    assert errors({"nope": 1}, partial=True) == {"/nope": "unknown_field"}


def test_null_only_where_it_is_allowed() -> None:
    assert OrderIn.parse(GOOD | {"gift": None})["gift"] is None
    assert errors(GOOD | {"currency": None}) == {"/currency": "null"}


class Anything(s.StrictSerializer):
    ref = s.RefText(required=False)
    name = s.HumanText(required=False)
    note = s.HumanText(required=False, multiline=True)
    email = s.Email(required=False)
    phone = s.Phone(required=False)
    country = s.Country(required=False)
    currency = s.Currency(required=False)
    language = s.Language(required=False)
    address = s.WebAddress(required=False)
    at = s.Instant(required=False)
    day = s.Day(required=False)
    money = s.Money(required=False)
    any_money = s.Money(required=False, min_value=None)
    whole = s.Whole(required=False)
    quantity = s.Quantity(required=False)
    flag = s.Flag(required=False)
    choice = s.Choice(choices=["a", "b"], required=False)
    properties = s.Properties(required=False, max_items=2)


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("ref", "  A-1 ", "A-1"),
        ("ref", "e\u0301", "é"),
        ("ref", "สินค้า-1", "สินค้า-1"),
        ("name", "👩‍👩‍👧 שלום", "👩‍👩‍👧 שלום"),
        ("note", "a\r\nb\tc", "a\nb\tc"),
        ("email", "Ann.Lee+x@example.com", "Ann.Lee+x@example.com"),
        ("phone", "+66 (0)81-234 5678", "+66 (0)81-234 5678"),
        ("country", "TH", "TH"),
        ("currency", "JPY", "JPY"),
        ("language", "zh-Hant-TW", "zh-Hant-TW"),
        ("address", "https://example.com/a.png?b=1", "https://example.com/a.png?b=1"),
        ("at", "2026-11-21T19:00:00+07:00", NOON),
        ("at", "2026-11-21t12:00:00z", NOON),
        ("at", "2026-11-21T12:00:00.250Z", NOON.replace(microsecond=250000)),
        ("day", "2026-02-28", date(2026, 2, 28)),
        ("money", "12.50", Decimal("12.50")),
        ("money", "12", Decimal("12.00")),
        ("money", 12.1, Decimal("12.10")),
        ("money", 12, Decimal("12.00")),
        ("any_money", "-3.10", Decimal("-3.10")),
        ("whole", 0, 0),
        ("quantity", 100_000, 100_000),
        ("flag", False, False),
        ("choice", "b", "b"),
        ("properties", {"engraving": "For Bo", "wrap": True}, {"engraving": "For Bo", "wrap": True}),
    ],
)
def test_a_good_value_is_kept(field: str, sent: Any, kept: Any) -> None:
    assert Anything.parse({field: sent}) == {field: kept}


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("ref", "a\nb"),
        ("ref", "a\u202eb"),
        ("ref", "a\u200bb"),
        ("ref", "a" * 65),
        ("ref", 12),
        ("name", "a\nb"),
        ("name", "a\x07b"),
        ("name", "a\u2028b"),
        ("note", "a\x1bb"),
        ("email", "a@example.com, b@example.com"),
        ("email", "a@example.com\nBcc: b@example.com"),
        ("email", "Ann <a@example.com>"),
        ("email", "a@b@example.com"),
        ("email", "nobody"),
        ("phone", "call me"),
        ("phone", "+66\n123456"),
        ("country", "th"),
        ("country", "XX"),
        ("currency", "BTC"),
        ("language", "klingon please"),
        ("address", "javascript:alert(1)"),
        ("address", "https://user@example.com/"),
        ("at", "2026-11-21T12:00:00"),
        ("at", "2026-11-21"),
        ("at", "2026-13-21T12:00:00Z"),
        ("at", "9999-12-31T23:59:59-12:00"),
        ("at", "0001-01-01T00:00:00+12:00"),
        ("at", 1763726400),
        ("day", "2026-02-29"),
        ("day", "20260228"),
        ("money", "12.505"),
        ("money", 0.1 + 0.2),
        ("money", "-1.00"),
        ("money", "1e5"),
        ("money", "NaN"),
        ("money", "٣.٥٠"),
        ("money", "99999999999.00"),
        ("money", True),
        ("money", [1]),
        ("whole", -1),
        ("whole", 2**31),
        ("whole", 1.0),
        ("whole", "1"),
        ("whole", True),
        ("quantity", 0),
        ("quantity", 100_001),
        ("flag", 1),
        ("flag", "true"),
        ("choice", "c"),
        ("choice", ["a"]),
        ("choice", {}),
        ("properties", []),
        ("properties", {"a": 1, "b": 2, "c": 3}),
        ("properties", {"CVV": "123"}),
        ("properties", {"a": {"b": 1}}),
        ("properties", {"a\u202e": 1}),
    ],
)
def test_a_bad_value_is_refused_at_its_place(field: str, sent: Any) -> None:
    assert list(errors({field: sent}, Anything)) == [f"/{field}"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*Anything().fields, "other"]), JSON))
def test_any_json_is_read_or_refused_and_nothing_else(data: Any) -> None:
    try:
        found = Anything.parse(data)
    except ValidationError as error:
        assert pointers(error.get_full_details())
    else:
        assert set(found) == set(data)
