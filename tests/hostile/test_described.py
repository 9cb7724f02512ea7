"""What is really answered is what the OpenAPI document says: status, media type, every member of every object."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from jsonschema import Draft202012Validator  # type: ignore[import-untyped, unused-ignore]

from core.rest.documents import _document
from tests.hostile.writes import House, Write, build_house, routes, writes

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# Whose members a shop, a carrier or the matter itself names.
FREE = {"properties", "attributes", "detail", "data"}
# Answered as {what: how many} and as everything that is kept of a person.
LOOSE = {"POST customers/<int:customer_id>/erase/", "GET customers/<int:customer_id>/data/"}
# Reads the house has nothing for: goods that arrived.
NOT_THERE = {"receipts/<str:ref>/"}
QUERIES = {
    "customers/": "?email=ada@example.com",
    "lots/": "?number=L1",
    "stock/fits/": "?sku=MUG&warehouse=MAIN",
    "stock/promisable/": "?sku=MUG",
}
# What answers with a list that has no page: a table, a feed with a cursor of its own, days.
NO_PAGES = {"shipping/last-order-dates/", "stock/changes/", "stock/promisable/"}


@pytest.fixture
def house(db: None) -> House:
    return build_house()


@pytest.fixture
def document(db: None) -> Iterator[dict[str, Any]]:
    _document.cache_clear()
    yield Client().get("/api/v1/schema/").json()
    _document.cache_clear()


def real(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def undescribed(document: dict[str, Any], schema: dict[str, Any], value: Any, at: str = "") -> Iterator[str]:
    """The places of members that are answered and not described."""
    schema = real(document, schema)
    if value is None:
        return
    for choice in schema.get("oneOf", ()):
        whole = {**real(document, choice), "components": document["components"]}
        if Draft202012Validator(whole).is_valid(value):
            yield from undescribed(document, choice, value, at)
            return
    if isinstance(value, list):
        for item in value:
            yield from undescribed(document, schema.get("items", {}), item, f"{at}/-")
    elif isinstance(value, dict) and at.rpartition("/")[2] not in FREE:
        known = schema.get("properties", {})
        for name, inner in value.items():
            if name not in known and not (known and "additionalProperties" in schema):
                yield f"{at}/{name}"
            elif name in known:
                yield from undescribed(document, known[name], inner, f"{at}/{name}")


def differences(document: dict[str, Any], name: str, answer: Any) -> list[str]:
    """How an answer differs from what the document says of the call ``GET orders/<str:ref>/``."""
    method, _blank, route = name.partition(" ")
    path = "/api/v1/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)
    said = document["paths"][path][method.lower()]["responses"].get(str(answer.status_code))
    if said is None:
        return [f"{name}: {answer.status_code} {answer.content!r}"]
    if not answer.content:
        return [f"{name}: empty"] if said.get("content") else []
    media = said.get("content", {}).get(answer["Content-Type"].partition(";")[0])
    if media is None:
        return [f"{name}: {answer['Content-Type']}"]
    whole = {**media["schema"], "components": document["components"]}
    body = answer.json()
    wrong = [f"{name}: {error.json_path} {error.message}" for error in Draft202012Validator(whole).iter_errors(body)]
    if name not in LOOSE:
        wrong += [f"{name}: nothing is said of {place}" for place in undescribed(document, media["schema"], body)]
    return wrong


def test_every_write_is_answered_as_the_document_says(house: House, document: dict[str, Any]) -> None:
    wrong: list[str] = []
    for name, write in writes(house).items():
        bearer = house.partner if write.owner == "partner" else house.key
        start = transaction.savepoint()
        wrong += differences(document, name, house.call(name.split(" ")[0], write.path, write.body, bearer=bearer))
        transaction.savepoint_rollback(start)
    assert wrong == []


def paths(house: House, table: dict[str, Write]) -> dict[str, str]:
    """{route of a thing: the path of one that is there}."""
    for name in ("purchase-orders/", "ship-notices/", "counts/", "returns/"):
        house.made(name, table[f"POST {name}"].body)
    found = {name.partition(" ")[2]: write.path for name, write in table.items()}
    found |= {"products/<path:sku>/": "products/MUG/", "lots/<path:sku>/<path:number>/trace/": "lots/MILK/L1/trace/"}
    named = {"bins": "code", "counts": "ref", "purchase-orders": "ref", "ship-notices": "ref", "transfers": "ref",
             "work-orders": "ref", "returns": "ref", "shipments": "ref"}  # fmt: skip
    for name, field in named.items():
        newest = house.call("GET", f"{name}/").json()["results"][0]
        found[f"{name}/<str:{field}>/"] = f"{name}/{newest[field]}/"
    refund = house.call("GET", "refunds/").json()["results"][0]["id"]
    request = found["fulfillment-requests/<int:request_id>/accept/"].removesuffix("accept/")
    return found | {"refunds/<int:refund_id>/": f"refunds/{refund}/", "fulfillment-requests/<int:request_id>/": request}


def test_every_read_is_answered_as_the_document_says(house: House, document: dict[str, Any]) -> None:
    table = writes(house)
    there, wrong = paths(house, table), []
    order, customer = there["orders/<str:ref>/"], there["customers/<int:customer_id>/"]
    policy = {"returns/policy/": f"?order={order.split('/')[1]}"}
    for _method, route, view in routes(["get"]):
        path = route.replace("orders/<str:ref>/", order).replace("customers/<int:customer_id>/", customer)
        path = path.replace("webhooks/<int:endpoint_id>/", there["webhooks/<int:endpoint_id>/"])
        path = there.get(route, path) + {**QUERIES, **policy}.get(route, "")
        if route in NOT_THERE or not hasattr(view, "answers"):
            continue
        bearer = house.partner if route.startswith("fulfillment-requests/") else house.key
        answer = house.call("GET", path, bearer=bearer)
        wrong += [f"{route}: {answer.content!r}"] if answer.status_code != 200 else []
        wrong += differences(document, f"GET {route}", answer)
        body = answer.json()
        if "results" in body and route not in NO_PAGES and not {"next", "previous"} <= body.keys():
            wrong.append(f"{route}: a list that is no page")
        if "version" in body and answer["ETag"] != f'"{body["version"]}"':
            wrong.append(f"{route}: no ETag")
    assert wrong == []


def test_what_a_call_names_and_is_not_there_is_in_the_document(house: House, document: dict[str, Any]) -> None:
    asked: dict[str, tuple[str, Any]] = {
        "GET returns/policy/": ("returns/policy/?order=ORD-2345678X", None),
        "GET stock/fits/": ("stock/fits/?sku=NOTHING&warehouse=MAIN", None),
        "POST returns/": ("returns/", {"order": "ORD-2345678X", "items": [{"line": 1, "quantity": 1}]}),
    }
    for name, (path, body) in asked.items():
        answer = house.call(name.split(" ")[0], path, body)
        assert (name, answer.status_code) == (name, 404)
        assert differences(document, name, answer) == []


def test_the_name_of_what_is_not_there_or_of_another_kind_is_pointed_at(house: House) -> None:
    table = writes(house)
    move = table["POST orders/<str:ref>/fulfillment-orders/<int:part_id>/move/"]
    adjustment = table["POST stock/adjustments/"]
    asked = {
        "/warehouse": (404, move.path, {"warehouse": "MOON"}),
        "/sku": (400, "work-orders/", {"sku": "MUG", "warehouse": "MAIN", "quantity": 1}),
        "/bin": (400, adjustment.path, adjustment.body | {"bin": "Z-99-9"}),
    }
    for pointer, (status, path, body) in asked.items():
        answer = house.call("POST", path, body)
        assert (pointer, answer.status_code) == (pointer, status), answer.content
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
