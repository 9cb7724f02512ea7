"""What waits, and by which rules orders are handled, over REST."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.services.products import create_product
from orders.models import Channel
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold
from orders.services.rules import create_rule
from orders.tests.shop import NOW, TESTER, Shop, build_shop
from orders.tests.test_api import Call, caller, statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(shop: Shop) -> Call:
    return caller(shop.channel_id)


def waiting(call: Call, query: str = "") -> list[dict[str, Any]]:
    answer = call("GET", f"backorders/{query}")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def test_what_orders_wait_for_is_listed_newest_first(shop: Shop, call: Call) -> None:
    first = shop.order({"LAMP": 5, "MUG": 1})
    later = shop.order({"VASE": 2}, now=NOW + timedelta(hours=1), placed_at=NOW + timedelta(hours=1))
    gone = shop.order({"VASE": 3})
    cancel_order(gone.ref, reason="", by=TESTER, now=NOW)
    place_hold(first.ref, type="operator", reason="Ask them", by=TESTER, now=NOW)

    found = waiting(call)
    assert [(one["order"], one["sku"], one["quantity"], one["backordered"], one["on_hold"]) for one in found] == [
        (later.ref, "VASE", 2, 2, False),
        (first.ref, "LAMP", 5, 2, True),
    ]
    lamp = next(line for line in first.lines if line.sku == "LAMP")
    assert (found[1]["line"], found[1]["external_id"]) == (lamp.id, first.external_id)
    assert [one["sku"] for one in waiting(call, "?sku=lamp")] == ["LAMP"]
    assert [one["sku"] for one in waiting(call, f"?order={later.ref.lower()}")] == ["VASE"]
    assert [one["sku"] for one in waiting(call, "?placed_after=2026-11-23T09:30:00Z")] == ["VASE"]
    assert waiting(call, "?placed_before=2026-11-23T09:00:00Z") == waiting(call, "?sku=NONE") == []
    assert call("GET", "backorders/?status=open").status_code == 400


def test_the_parts_of_a_kit_wait_under_its_line(shop: Shop, call: Call) -> None:
    create_product(sku="SET", name="Set", kit=[("LAMP", 2)], by=TESTER, now=NOW)
    order = shop.order({"SET": 2})
    (found,) = waiting(call)
    assert (found["sku"], found["backordered"], found["kit"]) == ("LAMP", 2, order.bought[0].id)


def test_pages_of_what_waits_take_as_many_statements_however_many(shop: Shop, call: Call) -> None:
    refs = [shop.order({"VASE": 1}).ref for _number in range(5)]
    costs, seen, where = [], [], "backorders/?limit=2"
    while where:
        with CaptureQueriesContext(connection) as queries:
            page = call("GET", where).json()
        costs.append(len(statements(queries)))
        seen += [one["order"] for one in page["results"]]
        where = (page["next"] or "").partition("/api/v1/")[2]
    assert seen == refs[::-1]
    assert len(set(costs)) == 1


def test_another_channel_waits_for_nothing_of_ours(shop: Shop) -> None:
    shop.order({"VASE": 1})
    stranger = caller(build_shop({}, code="OTHER").channel_id)
    assert waiting(stranger) == []
    assert len(waiting(caller(None))) == 1
    assert caller(shop.channel_id, ["stock:read"])("GET", "backorders/").status_code == 403


def test_rules_are_read_by_the_channels_they_count_for(shop: Shop, call: Call) -> None:
    other = build_shop({}, code="OTHER")
    for name, channel in (("all", ""), ("ours", shop.channel_id), ("theirs", other.channel_id)):
        code = Channel.objects.get(pk=channel).code if channel else ""
        document = {
            "name": name,
            "event": "order.placed",
            "channel": code,
            "conditions": [{"field": "value", "is": "at_least", "value": "20"}],
            "actions": [{"do": "tag", "value": "vip"}],
        }
        create_rule(document, active=name != "all", by=TESTER, now=NOW)

    rows = call("GET", "rules/").json()["results"]
    assert [(one["name"], one["position"], one["active"]) for one in rows] == [("ours", 2, True), ("all", 1, False)]
    assert rows[0]["conditions"] == [{"field": "value", "is": "at_least", "value": "20"}]
    assert (rows[0]["actions"], rows[0]["match_any"]) == ([{"do": "tag", "value": "vip"}], False)
    assert [one["name"] for one in call("GET", "rules/?active=true").json()["results"]] == ["ours"]
    assert len(caller(None)("GET", "rules/?limit=1").json()["results"]) == 1
    assert call("GET", "rules/?active=yes").status_code == 400
    assert call("POST", "rules/", {}).status_code == 405
