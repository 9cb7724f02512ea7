"""Every naughty string through every text field: refused by name, or kept as it is. Nothing in between, never a 5xx."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from orders.models import Order
from orders.tests.shop import ADDRESS, Shop
from returns.tests.goods import line_of, shipped_order
from tests.hostile.conftest import STRINGS, Call, human, prose, reference

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

Put = Callable[[dict[str, Any], str], None]
Keep = Callable[[str], str | None]
Read = Callable[[dict[str, Any]], Any]

# What may be said, where it is put, what of it is promised to be kept, where it is read.
FIELDS: dict[str, tuple[Put, Keep, Read]] = {
    "/note": (lambda o, s: o.update(note=s), lambda s: prose(s, 1000), lambda o: o["note"]),
    "/customer/name": (lambda o, s: o["customer"].update(name=s), human, lambda o: o["customer"]["name"]),
    "/shipping_address/name": (
        lambda o, s: o["shipping_address"].update(name=s),
        human,
        lambda o: o["shipping_address"]["name"],
    ),
    "/shipping_address/line1": (
        lambda o, s: o["shipping_address"].update(line1=s),
        lambda s: human(s) or None,
        lambda o: o["shipping_address"]["line1"],
    ),
    "/shipping_address/instructions": (
        lambda o, s: o["shipping_address"].update(instructions=s),
        prose,
        lambda o: o["shipping_address"]["instructions"],
    ),
    "/lines/0/note": (lambda o, s: o["lines"][0].update(note=s), prose, lambda o: o["lines"][0]["note"]),
    "/gift/message": (lambda o, s: o.update(gift={"message": s}), prose, lambda o: o["gift"]["message"]),
    "/tags/0": (lambda o, s: o.update(tags=[s]), lambda s: reference(s, 40), lambda o: o["tags"][0]),
    "/lines/0/external_id": (
        lambda o, s: o["lines"][0].update(external_id=s),
        lambda s: reference(s) if s.strip() else "",
        lambda o: o["lines"][0]["external_id"],
    ),
}


def plain_order(external_id: str, email: str = "ada@example.com") -> dict[str, Any]:
    return {
        "external_id": external_id,
        "currency": "GBP",
        "customer": {"name": "Ada Byron", "email": email},
        "shipping_address": dict(ADDRESS),
        "lines": [{"sku": "MUG", "quantity": 1, "unit_price": "2.50"}],
    }


def in_parts(rows: Sequence[Any], size: int = 100) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def bulk(call: Call, bodies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What became of each order."""
    fates: list[dict[str, Any]] = []
    for part in in_parts(bodies):
        answer = call("POST", "orders/bulk/", {"orders": list(part)})
        assert answer.status_code == 200, answer.content[:500]
        fates += answer.json()["results"]
    return fates


def all_orders(call: Call) -> dict[str, dict[str, Any]]:
    """Every order as it is read back, by its number."""
    found: dict[str, dict[str, Any]] = {}
    where = "orders/?limit=200"
    while where:
        page = call("GET", where).json()
        found |= {order["external_id"]: order for order in page["results"]}
        where = page["next"] and "orders/?" + page["next"].partition("?")[2]
    return found


def test_an_order_keeps_what_it_accepts_and_names_what_it_refuses(call: Call) -> None:
    """What a field is to take goes into one order with all others; what it is to refuse into an order of its own."""
    good: list[dict[str, Any]] = []
    kept: dict[str, dict[str, str]] = {}
    bad: list[tuple[str, str, dict[str, Any]]] = []
    for number, text in enumerate(STRINGS):
        # A customer each: the newest order of a customer gives the name for all of them.
        order = plain_order(f"GOOD-{number}", f"customer{number}@example.com")
        for pointer, (put, keep, _read) in FIELDS.items():
            value = keep(text)
            if value is None:
                wrong = plain_order(f"BAD-{number}-{pointer.replace('/', '-')}")
                put(wrong, text)
                bad.append((pointer, text, wrong))
            else:
                put(order, text)
                kept.setdefault(order["external_id"], {})[pointer] = value
        good.append(order)

    refused = [fate for fate in bulk(call, good) if fate["status"] != "created"]
    assert refused == []
    orders = all_orders(call)
    assert len(orders) == len(STRINGS)
    changed = {
        (number, pointer): (FIELDS[pointer][2](orders[number]), value)
        for number, fields in kept.items()
        for pointer, value in fields.items()
        if FIELDS[pointer][2](orders[number]) != value
    }
    assert changed == {}

    for (pointer, text, _order), fate in zip(bad, bulk(call, [order for *_, order in bad]), strict=True):
        assert fate["status"] == "rejected", (pointer, text)
        assert [error["pointer"] for error in fate["errors"]] == [pointer], (pointer, text, fate)
    assert Order.objects.count() == len(STRINGS)


def test_an_order_number_is_kept_refused_or_known_already(call: Call) -> None:
    numbers = [reference(text) for text in STRINGS]
    bodies = [plain_order(text) for text in STRINGS]
    seen: set[str] = set()
    for number, fate, text in zip(numbers, bulk(call, bodies), STRINGS, strict=True):
        expected = "rejected" if number is None else "duplicate" if number in seen else "created"
        assert fate["status"] == expected, (text, fate)
        seen |= {number} if number else set()
    assert set(all_orders(call)) == seen
    for number in sorted(seen):
        (found,) = call("GET", f"orders/?external_id={quote(number, safe='')}").json()["results"]
        assert found["external_id"] == number


def test_a_sku_nobody_has_is_refused_naming_the_line(call: Call) -> None:
    bodies = [plain_order(f"SKU-{number}") for number in range(len(STRINGS))]
    for text, body in zip(STRINGS, bodies, strict=True):
        body["lines"][0]["sku"] = text
    for text, fate in zip(STRINGS, bulk(call, bodies), strict=True):
        assert fate["status"] == "rejected", text
        assert fate["errors"][0]["pointer"] == "/lines/0/sku", (text, fate)


def test_a_product_keeps_its_name_and_its_sku(call: Call) -> None:
    """Every third string as a name, every fourth as a SKU."""
    assert call("POST", "products/", {"sku": "NAMED", "name": "first"}).status_code == 201
    for text in STRINGS[::3]:
        name = human(text) or None
        answer = call("PATCH", "products/NAMED/", {"name": text})
        assert answer.status_code == (400 if name is None else 200), (text, answer.content)
        if name is not None:
            assert answer.json()["name"] == name
    made: set[str] = {"mug", "named"}
    for text in STRINGS[::4]:
        sku = reference(text)
        answer = call("POST", "products/", {"sku": text, "name": "x"})
        expected = 400 if sku is None else 409 if sku.casefold() in made else 201
        assert answer.status_code in (expected, 400), (text, answer.content)
        if answer.status_code == 201:
            made.add(answer.json()["sku"].casefold())
            assert answer.json()["sku"] == sku
            read = call("GET", f"products/{quote(answer.json()['sku'], safe='')}/")
            assert (read.status_code, read.json()["sku"]) == (200, sku), text


def test_a_returns_comment_is_kept_or_refused(call: Call, shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": len(STRINGS)})
    line = line_of(order, "MUG")
    fine = [text for text in STRINGS if prose(text) is not None]
    for part in in_parts(fine, 200):
        items = [{"line": line, "quantity": 1, "reason": "other", "comment": text} for text in part]
        answer = call("POST", "returns/", {"order": order.ref, "items": items})
        assert answer.status_code == 201, answer.content[:500]
        assert [item["comment"] for item in answer.json()["items"]] == [prose(text) for text in part]
    wrong = [text for text in STRINGS if prose(text) is None]
    items = [{"line": line, "quantity": 1, "comment": text} for text in wrong]
    answer = call("POST", "returns/", {"order": order.ref, "items": items})
    assert answer.status_code == 400
    named = {error["pointer"] for error in answer.json()["errors"]}
    assert named == {f"/items/{number}/comment" for number in range(len(items))}


def filters(resolver: URLResolver, prefix: str = "/") -> Iterator[tuple[str, str]]:
    """(path, parameter) of every filter of every list of the API."""
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from filters(entry, route)
        elif isinstance(entry, URLPattern) and route.startswith("/api/v1/") and "<" not in route:
            view = getattr(entry.callback, "view_class", None)
            if known := getattr(view, "filters", None):
                for name in sorted(known.field_names()):
                    yield route.removeprefix("/api/v1/"), name


def test_no_filter_of_any_list_falls_over(call: Call) -> None:
    """Every filter meets its share of the strings, some forty of all kinds; cursors and limits too."""
    wanted = [*filters(get_resolver()), ("orders/", "cursor"), ("orders/", "limit"), ("products/", "cursor")]
    assert {("orders/", "external_id"), ("products/", "search"), ("stock/", "sku")} <= set(wanted)
    for number, text in enumerate(STRINGS):
        for where, name in wanted[number % len(wanted) :: len(wanted)]:
            answer = call("GET", f"{where}?{name}={quote(text, safe='')}")
            assert answer.status_code in (200, 400, 404, 414), (where, name, text, answer.content[:300])


def test_no_address_falls_over(call: Call) -> None:
    for text in STRINGS:
        piece = quote(text, safe="")
        for where in ("orders/%s/", "products/%s/", "orders/%s/cancel/")[len(text) % 3 :: 3]:
            answer = call("POST" if "cancel" in where else "GET", where % piece, {} if "cancel" in where else None)
            assert 400 <= answer.status_code < 500, (where, text, answer.content[:300])


def test_the_public_pages_know_nothing_of_any_of_them(db: None) -> None:
    browser = Client(raise_request_exception=False)
    for text in STRINGS:
        for where in ("/t/%s", "/r/%s"):
            answer = browser.get(where % quote(text, safe=""))
            assert answer.status_code in (400, 404, 301, 302, 405) or (
                answer.status_code == 200 and not text.strip()
            ), (
                where,
                text,
            )


@pytest.mark.parametrize("body", ["[]", "null", '"a"', "{", '{"a": "\\u0000"}', "[" * 50_000, "\x00", ""])
def test_a_carriers_door_without_a_signature_stays_shut(db: None, body: str) -> None:
    browser = Client(raise_request_exception=False)
    for carrier in ("own_delivery", "x", "%00", "%F0%9F%98%80"):
        answer = browser.generic("POST", f"/api/v1/carriers/{carrier}/tracking/", body, content_type="application/json")
        assert 400 <= answer.status_code < 500, (carrier, answer.content[:200])
