"""A real order's life as two shops' programs hear it: all of one's own, nothing of the other's, no names."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.accounts.services import issue_api_key
from core.kernel.actors import SYSTEM
from core.outbox.models import Delivery
from core.outbox.services import run_due
from core.webhooks.models import WebhookEndpoint
from core.webhooks.subscribing import create_endpoint
from core.webhooks.tests.receiver import Receiver, receiving
from fulfillment.public_events import PUBLIC_TYPES, SCOPES
from inventory.services.alerting import watch_stock
from orders.services.bulk_acts import prioritize_orders, tag_orders
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold
from orders.services.rules import create_rule
from orders.tests.shop import ADDRESS, build_shop
from orders.tests.test_rules import rule
from returns.tests.goods import LATER, ask, inspect, inspection_of, received, shipped_order
from shipping.tests.floor import TESTER, build_floor

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    with receiving() as found:
        yield found


def subscribed(channel_id: int, url: str, *event_types: str) -> WebhookEndpoint:
    scopes = sorted(set(SCOPES.values()))
    client, _key = issue_api_key(name=f"shop {channel_id}", scopes=scopes, channel_id=channel_id, now=timezone.now())
    return create_endpoint(client, url=url, event_types=event_types, by=SYSTEM, now=timezone.now())


def heard_by(receiver: Receiver, endpoint: WebhookEndpoint) -> list[dict[str, Any]]:
    mine = [body for headers, body in receiver.got if headers["webhook-id"].endswith(f"_{endpoint.pk}")]
    return [json.loads(body) for body in mine]


def test_each_shop_hears_the_whole_life_of_its_own_orders_and_nothing_of_the_others(receiver: Receiver) -> None:
    floor, other = build_floor({"ART01": 20}), build_shop({"ART02": 5}, code="OTHER")
    everything = sorted({f"{name.partition('.')[0]}.*" for name in PUBLIC_TYPES})
    mine = subscribed(floor.shop.channel_id, receiver.url, *everything)
    theirs = subscribed(other.channel_id, receiver.url, *everything)
    order = floor.order({"ART01": 2})
    parcel = floor.ship(order)
    cancelled = other.order({"ART02": 1})
    cancel_order(cancelled.ref, reason="customer", by=TESTER, now=LATER)
    returned = shipped_order(floor.shop, {"ART01": 1})
    rma = received(floor.shop, returned, {"ART01": 1})
    inspect(inspection_of(rma))
    ask(order, {"ART01": 1})
    run_due(now=LATER + timedelta(minutes=1))

    told = heard_by(receiver, mine)
    types = Counter(one["type"] for one in told)
    for type_ in ("order.placed", "fulfillment_order.closed", "parcel.shipped", "order.completed"):
        assert types[type_] >= 1, (type_, types)
    for type_ in ("return.requested", "return.approved", "return.received", "return.resolved", "refund.requested"):
        assert types[type_] >= 1, (type_, types)
    assert types["stock.replenished"] == heard_count(receiver, theirs, "stock.replenished") >= 1
    shipped = next(one for one in told if one["type"] == "parcel.shipped")
    assert shipped["data"] == {"shipment": parcel.ref, "order": order.ref}
    requested = next(one for one in told if one["type"] == "return.requested")
    assert requested["data"] == {"return": rma.ref, "order": returned.ref}

    own = {order.ref, returned.ref}
    assert {one["data"]["order"] for one in told if "order" in one["data"]} == own
    foreign = heard_by(receiver, theirs)
    assert {one["data"]["order"] for one in foreign if "order" in one["data"]} == {cancelled.ref}
    assert "order.cancelled" in {one["type"] for one in foreign}
    assert not {ref for ref in own if ref in json.dumps(foreign)}

    # Exactly the public events, each once to each endpoint that may hear it.
    ids = [headers["webhook-id"] for headers, _body in receiver.got]
    assert len(ids) == len(set(ids))
    every_body = b"".join(body for _headers, body in receiver.got).decode()
    for name in (*ADDRESS.values(), "@"):
        assert name == "GB" or name not in every_body
    assert max(len(body) for _headers, body in receiver.got) < 500


def test_tags_and_priority_are_heard_as_edits_whoever_sets_them(receiver: Receiver) -> None:
    floor = build_floor({"ART01": 20})
    mine = subscribed(floor.shop.channel_id, receiver.url, "order.edited")
    order = floor.order({"ART01": 1})
    tag_orders([order.ref], add=["vip"], by=TESTER, now=LATER)
    prioritize_orders([order.ref], 3, by=TESTER, now=LATER)
    run_due(now=LATER)
    assert [one["data"] for one in heard_by(receiver, mine)] == [{"order": order.ref}] * 2

    create_rule(rule({"do": "tag", "value": "look"}, when="order.held"), by=TESTER, now=LATER)
    place_hold(order.ref, type="operator", reason="", by=TESTER, now=LATER)
    run_due(now=LATER)
    assert [one["data"] for one in heard_by(receiver, mine)] == [{"order": order.ref}] * 3


def heard_count(receiver: Receiver, endpoint: WebhookEndpoint, type_: str) -> int:
    return sum(one["type"] == type_ for one in heard_by(receiver, endpoint))


def test_an_order_costs_no_more_while_nobody_listens(receiver: Receiver) -> None:
    floor = build_floor({"ART01": 20})
    floor.order({"ART01": 1})
    assert not Delivery.objects.filter(queue="webhook").exists()
    subscribed(floor.shop.channel_id, receiver.url, "order.placed")
    floor.order({"ART01": 1})
    assert Delivery.objects.filter(queue="webhook").count() == 1


def test_every_public_type_is_one_that_is_published_or_a_state_that_can_be_reached() -> None:
    """Names outside differ from those inside for one type only, and every subject has its scope."""
    assert {inside: outside for inside, outside in PUBLIC_TYPES.items() if inside != outside} == {
        "order.hold_released": "order.released"
    }
    assert {outside.partition(".")[0] for outside in PUBLIC_TYPES.values()} == set(SCOPES)
    assert all(len(type_) <= 60 for type_ in PUBLIC_TYPES)


@pytest.mark.alone  # the change feed waits for the oldest transaction of the whole server
@pytest.mark.django_db(transaction=True)
def test_storefronts_hear_how_many_there_are_and_when_there_are_none(receiver: Receiver) -> None:
    floor = build_floor({"ART01": 2})
    heard = subscribed(floor.shop.channel_id, receiver.url, "stock.changed", "stock.out", "stock.back_in_stock")
    watch_stock(by=SYSTEM, now=LATER)
    floor.order({"ART01": 2})
    watch_stock(by=SYSTEM, now=LATER)
    floor.shop.receive("ART01", 3)
    watch_stock(by=SYSTEM, now=LATER)
    run_due(now=LATER + timedelta(minutes=1))

    told = [one for one in heard_by(receiver, heard) if one["data"]["sku"] == "ART01"]
    assert sorted((one["type"], one["data"]["available"]) for one in told) == [
        ("stock.back_in_stock", 3),
        ("stock.changed", 0),
        ("stock.changed", 2),
        ("stock.changed", 3),
        ("stock.out", 0),
    ]
    assert all(set(one["data"]) == {"sku", "warehouse", "available"} for one in told)
