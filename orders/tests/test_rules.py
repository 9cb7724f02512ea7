"""Rules are written, tried out, asked about orders, and do what they say: once."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.kernel.errors import Invalid, NotFound, StaleVersion
from core.messaging.models import Message
from core.outbox.facts import EventFact
from core.outbox.models import Delivery, Event
from core.outbox.services import run_due
from orders.models import Channel, FulfillmentOrder, Hold, Order, Rule, Rulebook
from orders.selectors.rulebook import all_rules, current_version, rules_in_force
from orders.services.customers import CustomerChanges, change_customer, merge_customers
from orders.services.editing import OrderChanges, edit_order
from orders.services.holds import place_hold
from orders.services.intake import place_order
from orders.services.requests import CustomerRequest, LineRequest
from orders.services.rule_effects import apply_rules
from orders.services.rule_trials import try_out
from orders.services.rules import change_rule, create_rule, delete_rule, move_rule, switch_rule
from orders.tests.shop import NOW, TESTER, Shop, request_for
from orders.tests.test_third_party import foreign

pytestmark = pytest.mark.slow


def rule(
    *actions: dict[str, Any],
    when: str = "order.placed",
    conditions: tuple[dict[str, Any], ...] = (),
    name: str = "A rule",
    **more: Any,
) -> dict[str, Any]:
    return {"name": name, "event": when, "conditions": list(conditions), "actions": list(actions), **more}


def dear(amount: str = "20") -> dict[str, Any]:
    return {"field": "value", "is": "at_least", "value": amount}


TAG = {"do": "tag", "value": "vip"}
EXPRESS = {"do": "method", "value": "express"}


def write(*documents: dict[str, Any]) -> list[int]:
    return [create_rule(one, by=TESTER, now=NOW).id for one in documents]


def fired(ref: str) -> list[dict[str, Any]]:
    return [one.data for one in Event.objects.filter(timeline=ref, type="order.rule_fired").order_by("pk")]


def test_a_rule_decides_about_an_order_that_comes_in(shop: Shop) -> None:
    (rule_id,) = write(rule(TAG, EXPRESS, {"do": "priority", "value": "3"}, conditions=(dear(),), name="Dear"))

    order = shop.order({"MUG": 8})
    cheap = shop.order({"MUG": 1})

    row = Order.objects.get(ref=order.ref)
    assert (row.tags, row.shipping_method, row.priority) == (["vip"], "express", 3)
    assert FulfillmentOrder.objects.get(order=row).priority == 3
    (told,) = fired(order.ref)
    assert (told["rule_id"], told["name"], told["event"]) == (rule_id, "Dear", "order.placed")
    assert [one["do"] for one in told["actions"]] == ["tag", "method", "priority"]
    other = Order.objects.get(ref=cheap.ref)
    assert (other.tags, other.shipping_method, fired(cheap.ref)) == ([], "standard", [])


def test_a_hold_of_a_rule_stops_the_order_and_ends_by_itself(shop: Shop) -> None:
    (rule_id,) = write(rule({"do": "hold", "value": "fraud", "reason": "Ask the bank", "days": 2}))
    order = shop.order({"MUG": 1})

    hold = Hold.objects.get(order__ref=order.ref)
    assert (hold.type, hold.reason, hold.code) == ("fraud", "Ask the bank", f"rule:{rule_id}")
    assert hold.release_at == NOW + timedelta(days=2)
    assert Order.objects.get(ref=order.ref).open_holds == 1


def statements(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as found:
        work()
    return len(found)


def test_the_customers_past_is_read_only_when_a_rule_asks_for_it(shop: Shop) -> None:
    shop.order({"MUG": 1})
    shop.order({"MUG": 1})
    bare = statements(lambda: shop.order({"MUG": 1}))
    write(rule(TAG, conditions=(dear("1000"),)))
    shop.order({"MUG": 1})
    assert statements(lambda: shop.order({"MUG": 1})) == bare

    often = {"field": "customer_orders", "is": "at_least", "value": "5"}
    write(rule({"do": "tag", "value": "regular"}, conditions=(often,)))
    regular = shop.order({"MUG": 1})
    stranger = shop.order({"MUG": 1}, customer=CustomerRequest(email="new@example.com"))
    assert Order.objects.get(ref=regular.ref).tags == ["regular"]
    assert Order.objects.get(ref=stranger.ref).tags == []
    assert statements(lambda: shop.order({"MUG": 1})) == bare + 1


def test_the_past_of_a_customer_who_was_merged_is_the_kept_ones_as_in_a_trial(shop: Shop) -> None:
    old, kept = (
        shop.order({"MUG": 1}, customer=CustomerRequest(email=f"{one}@example.com")) for one in ("old", "kept")
    )
    merge_customers(kept.customer_id, old.customer_id, by=TESTER, now=NOW)
    change_customer(kept.customer_id, CustomerChanges(tags=["friend"]), by=TESTER, now=NOW)
    document = rule(
        TAG,
        conditions=(
            {"field": "customer_orders", "is": "is", "value": "2"},
            {"field": "customer_tags", "is": "contains", "value": "friend"},
        ),
    )
    write(document)
    again = shop.order({"MUG": 1}, customer=CustomerRequest(email="old@example.com"))
    assert Order.objects.get(ref=again.ref).tags == [TAG["value"]]
    assert [one.ref for one in try_out(document, now=NOW).matches] == [again.ref]


def test_rules_of_another_channel_are_not_asked(shop: Shop) -> None:
    first = Channel.objects.get(pk=shop.channel_id)
    Channel.objects.create(code="other", name="Other", warehouse_id=first.warehouse_id)
    write(rule(TAG, channel="other"))
    assert fired(shop.order({"MUG": 1}).ref) == []
    write(rule(TAG, channel=first.code))
    assert len(fired(shop.order({"MUG": 1}).ref)) == 1


def test_rules_are_asked_in_their_order_and_can_be_moved(shop: Shop) -> None:
    needs = {"field": "tags", "is": "contains", "value": "vip"}
    first, second = write(rule(EXPRESS, conditions=(needs,)), rule(TAG))
    assert [one["rule_id"] for one in fired(shop.order({"MUG": 1}).ref)] == [second]

    move_rule(second, up=True, by=TESTER, now=NOW)
    move_rule(second, up=True, by=TESTER, now=NOW)
    assert [one.id for one in all_rules()] == [second, first]
    assert [one["rule_id"] for one in fired(shop.order({"MUG": 1}).ref)] == [second, first]
    move_rule(second, up=False, by=TESTER, now=NOW)
    assert [(one.id, one.position) for one in all_rules()] == [(first, 1), (second, 2)]


def test_every_change_of_a_rule_is_a_new_version_of_the_rulebook(shop: Shop) -> None:
    assert current_version() is None
    versions = set()

    def seen() -> None:
        version = current_version()
        assert version not in versions
        versions.add(version)

    (one, two) = write(rule(TAG), rule(EXPRESS))
    seen()
    changed = change_rule(one, rule(TAG, name="New name"), expected_version=1, by=TESTER, now=NOW)
    seen()
    assert (changed.name, changed.version) == ("New name", 2)
    move_rule(two, up=True, by=TESTER, now=NOW)
    seen()
    switch_rule(one, active=False, by=TESTER, now=NOW)
    seen()
    delete_rule(two, expected_version=1, by=TESTER, now=NOW)
    seen()
    assert fired(shop.order({"MUG": 1}).ref) == []
    assert Rulebook.objects.count() == 1
    whats = [one.data["what"] for one in Event.objects.filter(type="rule.changed").order_by("pk")]
    assert whats == ["created", "created", "changed", "moved_up", "switched_off", "deleted"]


def test_two_people_do_not_write_over_each_other(shop: Shop) -> None:
    (one,) = write(rule(TAG))
    change_rule(one, rule(TAG, name="Mine"), expected_version=1, by=TESTER, now=NOW)
    with pytest.raises(StaleVersion):
        change_rule(one, rule(TAG, name="Yours"), expected_version=1, by=TESTER, now=NOW)
    with pytest.raises(StaleVersion):
        delete_rule(one, expected_version=1, by=TESTER, now=NOW)
    assert Rule.objects.get().name == "Mine"
    with pytest.raises(NotFound):
        switch_rule(one + 1, active=False, by=TESTER, now=NOW)


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        (rule({"do": "insert", "value": "NOTHING"}), "/actions/0/value"),
        (rule({"do": "warehouse", "value": ["MOON"]}), "/actions/0/value"),
        (rule(TAG, channel="moon"), "/channel"),
        (rule(), "/actions"),
    ],
)
def test_a_rule_that_names_what_is_not_there_is_refused(shop: Shop, document: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create_rule(document, by=TESTER, now=NOW)
    assert [one["pointer"] for one in refusal.value.errors] == [pointer]
    assert refusal.value.errors[0]["detail"]
    assert not Rule.objects.exists() and not Event.objects.filter(type="rule.changed").exists()


def test_a_rule_the_program_cannot_read_keeps_no_order_out(shop: Shop) -> None:
    write(rule(TAG))
    Rule.objects.update(actions=[{"do": "fly", "value": "away"}])
    Rulebook.objects.update(version=uuid.uuid4())
    order = shop.order({"MUG": 1})
    assert fired(order.ref) == []


def test_rules_are_read_once_a_version(shop: Shop) -> None:
    write(rule(TAG))
    version = current_version()
    rules_in_force(version)
    assert statements(lambda: rules_in_force(version)) == 0


def test_trying_a_rule_out_writes_nothing_and_takes_the_same_statements_for_any_number(shop: Shop) -> None:
    refs = [shop.order({"MUG": 1}, placed_at=NOW + timedelta(minutes=n)).ref for n in range(3)]
    big = shop.order({"LAMP": 3, "MUG": 5}, placed_at=NOW + timedelta(hours=1)).ref
    events = Event.objects.count()
    often = {"field": "customer_orders", "is": "at_least", "value": "1"}

    found = try_out(rule(TAG, conditions=(dear(),)), now=NOW)
    assert (found.tried, [one.ref for one in found.matches]) == (4, [big])
    assert [one.ref for one in try_out(rule(TAG), last=2, now=NOW).matches] == [big, refs[2]]
    assert len(try_out(rule(TAG, conditions=(often,)), now=NOW).matches) == 3
    few = statements(lambda: try_out(rule(TAG, conditions=(often,)), last=2, now=NOW))
    assert statements(lambda: try_out(rule(TAG, conditions=(often,)), now=NOW)) == few
    assert Event.objects.count() == events and not Rule.objects.exists()
    with pytest.raises(Invalid):
        try_out(rule(), now=NOW)


def test_a_trial_agrees_with_what_happens_at_intake(shop: Shop) -> None:
    documents = [
        rule(TAG, conditions=(dear(),)),
        rule(TAG, conditions=({"field": "any_line.quantity", "is": "at_least", "value": "3"},)),
        rule(TAG, conditions=({"field": "customer_first", "is": "yes", "value": ""},)),
        rule(TAG, conditions=({"field": "any_line.properties", "is": "contains", "value": "engraving"},)),
        rule(TAG, conditions=({"field": "gift", "is": "yes", "value": ""},)),
        rule(TAG, conditions=({"field": "postal_code", "is": "begins_with", "value": "ls1"},)),
        rule(TAG, conditions=({"field": "units", "is": "is", "value": "4"},)),
        rule(TAG, conditions=({"field": "total", "is": "more_than", "value": "10"},)),
        rule(TAG, conditions=({"field": "holds", "is": "contains", "value": "payment"},)),
        rule(TAG, conditions=({"field": "channel_kind", "is": "is", "value": "shop"},)),
    ]
    ids = write(*documents)
    line = LineRequest("MUG", 1, Decimal("2.50"), properties={"engraving": "Ana"})
    orders = [
        shop.order({"MUG": 8}),
        shop.order({"MUG": 1, "LAMP": 3}, gift={"is_gift": True}, payment_status="pending"),
        place_order(
            shop.channel_id,
            replace(request_for({"MUG": 1}), lines=(line,), shipping_price=Decimal("20.00")),
            by=TESTER,
            now=NOW,
        ),
        shop.order({"VASE": 3}, customer=CustomerRequest(email="b@example.com")),
    ]
    for rule_id, document in zip(ids, documents, strict=True):
        really = {order.ref for order in orders if rule_id in [one["rule_id"] for one in fired(order.ref)]}
        assert {one.ref for one in try_out(document, now=NOW).matches} == really, document


def test_events_go_to_the_rules_only_while_a_rule_waits_for_them(shop: Shop) -> None:
    order = shop.order({"MUG": 1})

    def deliveries() -> int:
        return Delivery.objects.filter(handler="orders.handlers.ask_rules").count()

    place_hold(order.ref, type="operator", reason="", by=TESTER, now=NOW)
    assert deliveries() == 0
    (one,) = write(rule(TAG, when="order.held"))
    place_hold(order.ref, type="operator", reason="", by=TESTER, now=NOW)
    edit_order(order.ref, OrderChanges(note="x"), by=TESTER, now=NOW)
    assert deliveries() == 1
    switch_rule(one, active=False, by=TESTER, now=NOW)
    place_hold(order.ref, type="operator", reason="", by=TESTER, now=NOW)
    assert deliveries() == 1


def test_a_rule_acts_on_an_order_that_is_held_and_says_so(shop: Shop) -> None:
    (rule_id,) = write(
        rule(
            TAG,
            EXPRESS,
            {"do": "priority", "value": "2"},
            {"do": "insert", "value": "MUG"},
            {"do": "packaging", "value": "gift-box"},
            {"do": "hold", "value": "custom", "reason": "Call first"},
            when="order.held",
            conditions=({"field": "holds", "is": "contains", "value": "fraud"},),
        )
    )
    order = shop.order({"MUG": 1})
    place_hold(order.ref, type="operator", reason="", by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)
    assert fired(order.ref) == []

    place_hold(order.ref, type="fraud", reason="", by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)
    row = Order.objects.get(ref=order.ref)
    assert (row.tags, row.shipping_method, row.priority) == (["vip"], "express", 2)
    assert (row.inserts, row.packaging, row.open_holds) == (["MUG"], "gift-box", 3)
    assert FulfillmentOrder.objects.get(order=row).priority == 2
    (told,) = fired(order.ref)
    assert (told["rule_id"], told["event"]) == (rule_id, "order.held")
    edited = Event.objects.filter(type="order.edited", actor_name="rules").order_by("-pk")[0]
    assert edited.data["fields"] == ["tags", "packaging", "inserts", "priority"]


def test_what_a_rule_does_sets_no_rule_off(shop: Shop) -> None:
    write(
        rule({"do": "hold", "value": "custom"}, when="order.placed"),
        rule({"do": "hold", "value": "fraud"}, EXPRESS, when="order.held"),
        rule({"do": "hold", "value": "address"}, {"do": "method", "value": "economy"}, when="order.edited"),
    )
    order = shop.order({"MUG": 1})
    run_due(now=NOW, raise_errors=True)
    assert [one["event"] for one in fired(order.ref)] == ["order.placed"]

    edit_order(order.ref, OrderChanges(note="Ring twice"), by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)
    assert [one["event"] for one in fired(order.ref)] == ["order.placed", "order.edited"]
    assert sorted(Hold.objects.values_list("type", flat=True)) == ["address", "custom"]
    assert Order.objects.get(ref=order.ref).shipping_method == "economy"


def last_event(type: str) -> EventFact:
    row = Event.objects.filter(type=type).order_by("-pk")[0]
    return EventFact(
        row.pk,
        row.type,
        row.subject_type,
        row.subject_id,
        row.timeline,
        row.data,
        row.at,
        row.actor_kind,
        row.actor_name,
    )


def test_an_event_that_comes_twice_is_asked_about_once(shop: Shop) -> None:
    write(rule({"do": "hold", "value": "fraud"}, when="order.edited"))
    order = shop.order({"MUG": 1})
    edit_order(order.ref, OrderChanges(note="x"), by=TESTER, now=NOW)
    event = last_event("order.edited")

    assert apply_rules(event, now=NOW) == 1
    Hold.objects.update(released_at=NOW)
    assert apply_rules(event, now=NOW) == 0
    assert (Hold.objects.count(), len(fired(order.ref))) == (1, 1)
    assert apply_rules(replace(event, id=event.id + 10_000), now=NOW) == 1


def test_a_part_that_nobody_began_is_shipped_from_the_warehouse_a_rule_names(shop: Shop) -> None:
    other = foreign(shop, "OTHER", {"MUG": 5})
    write(rule({"do": "warehouse", "value": ["OTHER"]}, when="order.held"))
    order = shop.order({"MUG": 2})
    place_hold(order.ref, type="operator", reason="", by=TESTER, now=NOW)
    assert apply_rules(last_event("order.held"), now=NOW) == 1

    places = FulfillmentOrder.objects.filter(order__ref=order.ref).exclude(status="cancelled")
    (told,) = fired(order.ref)
    moved = list(places.values_list("warehouse_id", flat=True)) == [other]
    assert moved is told["actions"][0].get("done", True)
    assert moved


def test_a_rule_writes_to_the_customer_once_and_only_if_it_may(shop: Shop) -> None:
    letter = {"do": "write", "value": "Dear all,\n\nthe kiln is cold."}
    write(rule({"do": "message", "value": "takes_longer"}, letter, conditions=(dear(),)))
    order = shop.order({"MUG": 8})
    quiet = shop.order({"LAMP": 9}, customer=CustomerRequest(email="q@example.com", notify_by=()))
    run_due(now=NOW, raise_errors=True)
    run_due(now=NOW, raise_errors=True)

    notes = Message.objects.filter(template="order_note").order_by("pk")
    assert [(one.timeline, one.status) for one in notes] == [(order.ref, "sent"), (quiet.ref, "suppressed")]
    (note,) = [str(one.body) for one in mail.outbox if "About your order" in one.subject]
    assert "takes a little longer" in note and "the kiln is cold." in note
    (told,) = fired(order.ref)
    assert "kiln" not in str(told)


def test_the_event_of_a_hold_says_no_word_of_what_people_wrote(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    place_hold(order.ref, type="fraud", reason="Ada Byron of 12 Mill Lane", by=TESTER, now=NOW)
    event = last_event("order.held")
    assert set(event.data) == {"hold_id", "type", "code"}
    assert "Ada" not in str(event.data)
