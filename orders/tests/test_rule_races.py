"""Two people at the rules, and two workers with one event. Each race has its control."""

import threading

import pytest

from core.kernel.errors import StaleVersion
from core.outbox.facts import EventFact
from inventory.tests.threads import together
from orders.models import Hold, Rule
from orders.services import rule_effects
from orders.services.editing import OrderChanges, edit_order
from orders.services.rule_effects import apply_rules
from orders.services.rules import change_rule, create_rule, move_rule
from orders.tests.shop import NOW, TESTER, build_shop
from orders.tests.test_rules import TAG, last_event, rule

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_of_ten_changes_of_one_rule_one_is_kept() -> None:
    fact = create_rule(rule(TAG), by=TESTER, now=NOW)

    def act(number: int) -> str:
        return change_rule(fact.id, rule(TAG, name=f"N{number}"), expected_version=1, by=TESTER, now=NOW).name

    ended = together(act, range(10))
    assert sum(isinstance(one, StaleVersion) for one in ended) == 9
    assert Rule.objects.get().name in ended and Rule.objects.get().version == 2


def test_rules_written_and_moved_at_once_each_keep_a_place_of_their_own() -> None:
    first = create_rule(rule(TAG), by=TESTER, now=NOW).id

    def act(number: int) -> None:
        if number % 2:
            move_rule(first, up=False, by=TESTER, now=NOW)
        else:
            create_rule(rule(TAG, name=str(number)), by=TESTER, now=NOW)

    assert together(act, range(10)) == [None] * 10
    places = sorted(Rule.objects.values_list("position", flat=True))
    assert places == list(range(1, len(places) + 1)) == list(range(1, 7))


def shared_event() -> EventFact:
    shop = build_shop({"MUG": 5})
    create_rule(rule({"do": "hold", "value": "fraud"}, when="order.edited"), by=TESTER, now=NOW)
    order = shop.order({"MUG": 1})
    edit_order(order.ref, OrderChanges(note="x"), by=TESTER, now=NOW)
    return last_event("order.edited")


def test_an_event_delivered_to_four_workers_fires_a_rule_once() -> None:
    event = shared_event()
    ended = together(lambda _n: apply_rules(event, now=NOW), range(4))
    assert sorted(str(one) for one in ended) == ["0", "0", "0", "1"]
    assert Hold.objects.count() == 1


def test_without_looking_at_what_was_done_it_fires_for_each_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: nobody looks whether the event was asked about before."""
    monkeypatch.setattr(rule_effects, "_asked_before", lambda _order, _event: False)
    event = shared_event()
    ready = threading.Barrier(2)

    def act(_number: int) -> int:
        ready.wait(timeout=10)
        return apply_rules(event, now=NOW)

    assert together(act, range(2)) == [1, 1]
