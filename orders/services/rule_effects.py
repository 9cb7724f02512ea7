"""Ask the rules about an order already written, and do what they decide."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from core.kernel.actors import system
from core.kernel.commands import command
from core.kernel.errors import DomainError
from core.outbox.facts import EventFact
from core.outbox.publish import NewEvent, publish
from core.outbox.selectors import followed_by
from orders.events import ORDER_EDITED, ORDER_HELD, ORDER_RULE_FIRED
from orders.models import FulfillmentOrder, Hold, Order
from orders.planning.decisions import Decisions, Firing
from orders.planning.rules import OrderFacts, decide
from orders.planning.tags import with_tags
from orders.selectors.channels import channel_by_id
from orders.selectors.rule_facts import facts_of
from orders.selectors.rulebook import current_version, rules_in_force
from orders.services.bulk_acts import prioritize_parts
from orders.services.editing import EDIT_HOLD, OrderChanges, edit_order
from orders.services.holds import hold_order
from orders.services.locking import CLOSED, lock_order
from orders.services.readiness import BEFORE_THE_FLOOR
from orders.services.routing import narrowed
from orders.services.splitting import reroute

RULES = system("rules")


@command
def apply_rules(event: EventFact, *, now: datetime) -> int:
    """Ask the rules about what happened to an order and do what they decide; returns how many fired.

    What rules did themselves is not asked about again, so they cannot set each other off for ever. Doing it again for
    one event changes nothing. A method or warehouse is left as it is once picking began; the timeline says so.
    """
    if by_rules(event):
        return 0
    order = lock_order(event.timeline)
    rules = rules_in_force(current_version()).of(event.type, order.channel_id)
    if order.status in CLOSED or not rules or _asked_before(order, event):
        return 0
    (asked,) = facts_of([order.pk], past=any(rule.asks_past for rule in rules))
    known = {**asked.facts.values, **({"changed": event.data["fields"]} if "fields" in event.data else {})}
    decided = decide(rules, OrderFacts(known, asked.facts.lines), now=now)
    if not decided.fired:
        return 0
    left = _ship_otherwise(order, decided, now=now)
    # The method and the warehouse have services of their own, which change the order's row under this lock.
    order.refresh_from_db()
    _mark(order, decided, now=now)
    _hold(order, decided, now=now)
    publish(*(_told(order, one, event, left) for one in decided.fired), by=RULES, now=now)
    return len(decided.fired)


def by_rules(event: EventFact) -> bool:
    """Whether a rule brought the event about: by acting itself, or by the hold it placed at intake.

    The moment in which the floor follows an edit is no hold either that anybody has to hear of.
    """
    code = str(event.data.get("code", "")) if event.type == ORDER_HELD else ""
    return (
        (event.actor_kind, event.actor_name) == (RULES.kind, RULES.name)
        or code.startswith("rule:")
        or (code == EDIT_HOLD)
    )


def _asked_before(order: Order, event: EventFact) -> bool:
    return followed_by(event.id, ORDER_RULE_FIRED, subject_type="order", subject_id=order.pk, event_id=event.id)


def _ship_otherwise(order: Order, decided: Decisions, *, now: datetime) -> set[str]:
    """Change method and warehouse as decided; returns the actions that came too late."""
    left: set[str] = set()
    if decided.shipping_method and decided.shipping_method != order.shipping_method:
        changes = OrderChanges(shipping_method=decided.shipping_method)
        if not _tried(lambda: edit_order(order.ref, changes, by=RULES, now=now)):
            left.add("method")
    if decided.warehouse_ids:
        target = decided.warehouse_ids[0]
        rows = FulfillmentOrder.objects.filter(order=order, status__in=BEFORE_THE_FLOOR)
        for pk in list(rows.exclude(warehouse__in=decided.warehouse_ids).order_by("pk").values_list("pk", flat=True)):
            if not _tried(partial(reroute, pk, target, by=RULES, now=now)):
                left.add("warehouse")
    return left


def _tried(act: Callable[[], object]) -> bool:
    """Do it, or leave everything as it was when it is refused."""
    try:
        with transaction.atomic():
            act()
    except DomainError:
        return False
    return True


def _mark(order: Order, decided: Decisions, *, now: datetime) -> None:
    """Write tags, priority, packaging, inserts and warehouses to the order, told as any change of it is."""
    columns: dict[str, Any] = {}
    tags = with_tags(order.tags, decided.tags)
    if tags != order.tags:
        columns["tags"] = tags
    if decided.packaging and decided.packaging != order.packaging:
        columns["packaging"] = decided.packaging
    more = [sku for sku in decided.inserts if sku not in order.inserts]
    if more:
        columns["inserts"] = [*order.inserts, *more]
    places = narrowed(channel_by_id(order.channel_id), decided.warehouse_ids) if decided.warehouse_ids else []
    if places and places != order.ship_from:
        columns["ship_from"] = places
    urgent = any(act["do"] == "priority" for one in decided.fired for act in one.actions)
    if urgent and decided.priority != order.priority:
        columns["priority"] = decided.priority
        prioritize_parts([order.pk], decided.priority)
    if not columns:
        return
    order.version += 1
    Order.objects.filter(pk=order.pk).update(**columns, version=order.version)
    data = {"fields": list(columns), "version": order.version}
    publish(NewEvent(ORDER_EDITED, "order", order.pk, order.ref, data), by=RULES, now=now)


def _hold(order: Order, decided: Decisions, *, now: datetime) -> None:
    """A rule's hold that is still open is not placed again."""
    placed = set(Hold.objects.filter(order=order, released_at=None).values_list("code", "type"))
    for planned in decided.holds:
        if (planned.code, planned.type) not in placed:
            hold_order(order, planned, by=RULES, now=now)


def _told(order: Order, fired: Firing, event: EventFact, left: set[str]) -> NewEvent:
    data: dict[str, Any] = {
        "rule_id": fired.rule_id,
        "name": fired.name,
        "actions": [{**act, **({"done": False} if act["do"] in left else {})} for act in fired.actions],
        "event": event.type,
        "event_id": event.id,
    }
    return NewEvent(ORDER_RULE_FIRED, "order", order.pk, order.ref, data)
