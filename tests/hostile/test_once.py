"""Every call that writes, sent twice, acts once, and a key is good for one request, whoever adds a route."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.hostile.writes import House, Write, books, build_house, routes, writes

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# Carriers sign instead: shipping/tests/test_api.py sends one notice twice.
SIGNED = {"POST carriers/<str:code>/tracking/"}
# Reads only, so it keeps no answer.
KEYLESS = {"POST stock/availability/"}


@pytest.fixture
def house(db: None) -> House:
    return build_house()


def differences(house: House, name: str, write: Write) -> list[str]:
    """What is wrong with sending the call twice, and with its key for something else; nothing of it stays."""
    start = transaction.savepoint()  # the test's own transaction: commands want to be the only ones in it
    found = [f"{name}: {one}" for one in _differences(house, name, write)]
    transaction.savepoint_rollback(start)
    return found


def _differences(house: House, name: str, write: Write) -> Iterator[str]:
    method, key = name.split(" ")[0], {"idempotency_key": "the-same-key"}
    bearer = house.partner if write.owner == "partner" else house.key
    before = books()
    first = house.call(method, write.path, write.body, bearer=bearer, **key)
    after = books()
    if not 200 <= first.status_code < 300:
        yield f"refused: {first.content!r}"
        return
    if (before == after) != write.asks:
        yield "a question writes" if write.asks else "nothing was written"
    if (place := first.get("Location")) and house.call("GET", place.removeprefix("/api/v1/")).status_code != 200:
        yield f"there is nothing at {place}"
    again = house.call(method, write.path, write.body, bearer=bearer, **key)
    if changed := [table for table, content in books().items() if after[table] != content]:
        yield f"the second writes {changed}"
    if name in KEYLESS:
        return
    headers = ("ETag", "Location", "Content-Type")
    if (again.status_code, again.content, [again.get(one) for one in headers]) != (
        first.status_code,
        first.content,
        [first.get(one) for one in headers],
    ):
        yield f"another answer: {again.status_code} {again.content!r}"
    if again.get("Idempotent-Replayed") != "true":
        yield "the second answer does not say that it is the first"
    where, body = (write.path, write.other) if write.other is not None else ("shipping/rates/", RATE)
    other = house.call(method if write.other is not None else "POST", where, body, bearer=bearer, **key)
    if other.status_code != 422 or other.json()["code"] != "idempotency_key_reused":
        yield f"the key is taken for something else: {other.status_code} {other.content!r}"
    if books() != after:
        yield "what was refused writes"


RATE = {"weight_g": 2, "destination": {"country": "SE"}}


def test_every_call_that_writes_has_an_entry(house: House) -> None:
    assert {f"{method} {route}" for method, route, _view in routes()} == set(writes(house)) | SIGNED


def test_every_call_sent_twice_acts_once(house: House) -> None:
    table = writes(house)
    assert [one for name, write in table.items() for one in differences(house, name, write)] == []


def test_every_call_that_knows_a_version_refuses_one_that_is_past(house: House) -> None:
    table = writes(house)
    versioned = {f"{method} {route}" for method, route, view in routes() if method in view.versioned}
    of_orders = {name for name in table if " orders/<str:ref>/" in name}
    of_returns = {"POST returns/<str:ref>/cancel/", "POST refunds/<int:refund_id>/outcome/"}
    of_customers = {"PATCH customers/<int:customer_id>/", "POST customers/<int:customer_id>/erase/"}
    of_partners = {name for name in table if " fulfillment-requests/" in name}
    others = {"PATCH products/<path:sku>/", "POST shipments/<str:ref>/lost/"}
    assert of_orders | of_returns | of_customers | of_partners | others == versioned
    before = books()
    for name in versioned:
        bearer = house.partner if table[name].owner == "partner" else house.key
        stale = house.call(name.split(" ")[0], table[name].path, table[name].body, bearer=bearer, if_match='"987654"')
        assert (name, stale.status_code, stale.json()["code"]) == (name, 412, "stale_version")
    assert books() == before


@pytest.mark.parametrize("body", [[], None, 0, "", False, "x", [{}]], ids=repr)
def test_no_call_takes_anything_but_an_object(house: House, body: Any) -> None:
    table = writes(house)
    before = books()
    for name, write in table.items():
        method = name.split(" ")[0]
        if method != "DELETE":
            bearer = house.partner if write.owner == "partner" else house.key
            answer = house.send(method, write.path, json.dumps(body).encode(), bearer=bearer)
            assert (name, answer.status_code) == (name, 400), answer.content
    assert books() == before


class Forgetful(House):
    """A client whose keys get lost on the way."""

    def call(self, method: str, where: str, body: object = None, *, bearer: str = "", **headers: str) -> object:
        return super().call(method, where, body, bearer=bearer)


def test_without_the_key_the_same_calls_are_found_out(house: House) -> None:
    table = writes(house)
    lost = Forgetful(house.shop, house.place, house.key, house.partner)
    assert {name for name, write in table.items() if differences(lost, name, write)} == set(table) - KEYLESS
