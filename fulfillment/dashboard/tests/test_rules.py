"""The rules screen: in order, tried out before they are saved, and never written over."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from core.outbox.models import Event
from fulfillment.dashboard.rule_words import (
    ACTION_WORDS,
    FIELD_WORDS,
    OPERATOR_WORDS,
    action_words,
    condition_words,
    fired_words,
    sentence,
    value_word,
)
from fulfillment.dashboard.tests.desk import Day, signed_in
from orders.models import Rule
from orders.planning.rule_vocabulary import ACTIONS, CLOSED, EVENTS, FIELDS, OPERATORS
from orders.services.rules import change_rule, create_rule
from orders.tests.shop import NOW, TESTER

ENTERED = {
    "action_id": "6a8f2a8e-5c2b-4a1a-9a3e-0d1f6f0a7c11",
    "name": "Dear orders",
    "event": "order.placed",
    "channel": "",
    "c0-field": "value",
    "c0-is": "at_least",
    "c0-value": "1",
    "a0-do": "tag",
    "a0-value": "vip",
}
DOCUMENT: dict[str, Any] = {
    "name": "First",
    "event": "order.placed",
    "conditions": [],
    "actions": [{"do": "tag", "value": "x"}],
}


@pytest.fixture
def boss(day: Day) -> Client:
    return signed_in("supervisor")


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def test_a_rule_is_tried_out_then_saved(boss: Client, day: Day) -> None:
    url = reverse("dashboard:new_rule")
    assert boss.get(url).status_code == 200
    tried = boss.post(url, {**ENTERED, "step": "test"})
    text = tried.content.decode()
    assert re.search(r"Tested against the last \d+ orders: \d+ match", text)
    assert day.fresh.ref in text and not Rule.objects.exists()

    saved = boss.post(url, {**ENTERED, "step": "save", "tried": hidden(text, "tried")})
    assert saved.status_code == 302
    row = Rule.objects.get()
    assert (row.name, row.actions) == ("Dear orders", [{"do": "tag", "value": "vip"}])
    listed = boss.get(reverse("dashboard:rules")).content.decode()
    assert "When an order comes in, if the value of its goods is at least 1, then tag it: vip." in listed


def test_what_was_not_tried_out_is_not_saved(boss: Client) -> None:
    url = reverse("dashboard:new_rule")
    assert boss.post(url, {**ENTERED, "step": "save"}).status_code == 422
    mark = hidden(boss.post(url, {**ENTERED, "step": "test"}).content.decode(), "tried")
    other = boss.post(url, {**ENTERED, "c0-value": "2", "step": "save", "tried": mark})
    assert other.status_code == 422 and "See what the rule would have done" in other.content.decode()
    assert not Rule.objects.exists()
    renamed = boss.post(url, {**ENTERED, "name": "Another name", "step": "save", "tried": mark})
    assert renamed.status_code == 302
    boss.post(url, {**ENTERED, "name": "Another name", "step": "save", "tried": mark})
    assert Rule.objects.count() == 1


def test_rows_are_added_and_taken_away_without_a_script(boss: Client) -> None:
    url = reverse("dashboard:new_rule")
    more = boss.post(url, {**ENTERED, "step": "add-condition"}).content.decode()
    assert 'name="c1-field"' in more and 'name="match"' in more
    two = {**ENTERED, "c1-field": "country", "c1-is": "one_of", "c1-value": "TH, DE", "match": "any"}
    fewer = boss.post(url, {**two, "step": "dropcondition-0"}).content.decode()
    assert 'name="c1-field"' not in fewer and "TH, DE" in fewer
    assert 'name="a1-do"' in boss.post(url, {**ENTERED, "step": "add-action"}).content.decode()


def test_what_is_wrong_stands_beside_it(boss: Client) -> None:
    url = reverse("dashboard:new_rule")
    page = boss.post(url, {**ENTERED, "c0-value": "many", "step": "test"}).content.decode()
    assert "Give a number here." in page and "Save the rule" not in page
    nameless = {**ENTERED, "name": ""}
    mark = hidden(boss.post(url, {**nameless, "step": "test"}).content.decode(), "tried")
    refused = boss.post(url, {**nameless, "step": "save", "tried": mark})
    assert refused.status_code == 422 and "Give the rule a name." in refused.content.decode()


def test_somebody_elses_change_is_shown_before_it_is_replaced(boss: Client) -> None:
    fact = create_rule(DOCUMENT, by=TESTER, now=NOW)
    url = reverse("dashboard:rule", args=[fact.id])
    assert boss.get(url).status_code == 200
    mine = {**ENTERED, "version": "1"}
    mark = hidden(boss.post(url, {**mine, "step": "test"}).content.decode(), "tried")
    change_rule(fact.id, {**DOCUMENT, "name": "Theirs"}, expected_version=1, by=TESTER, now=NOW)

    clash = boss.post(url, {**mine, "step": "save", "tried": mark})
    text = clash.content.decode()
    assert clash.status_code == 409
    assert "Somebody else was faster" in text and "tag it: x" in text
    again = boss.post(url, {**mine, "version": hidden(text, "version"), "step": "save", "tried": hidden(text, "tried")})
    assert again.status_code == 302 and Rule.objects.get().name == "Dear orders"


def test_rules_are_moved_switched_and_deleted(boss: Client) -> None:
    first, second = (create_rule({**DOCUMENT, "name": name}, by=TESTER, now=NOW) for name in ("One", "Two"))
    boss.post(reverse("dashboard:move_rule", args=[second.id]), {"way": "up"})
    assert list(Rule.objects.order_by("position").values_list("pk", flat=True)) == [second.id, first.id]
    boss.post(reverse("dashboard:switch_rule", args=[first.id]), {"active": "off"})
    assert not Rule.objects.get(pk=first.id).active
    stale = boss.post(reverse("dashboard:delete_rule", args=[first.id]), {"version": "1"})
    assert stale.status_code == 409
    boss.post(reverse("dashboard:delete_rule", args=[first.id]), {"version": "2"})
    assert list(Rule.objects.values_list("pk", flat=True)) == [second.id]


def test_the_list_says_how_often_each_fired_in_constant_statements(
    boss: Client, day: Day, django_assert_max_num_queries: Any
) -> None:
    fact = create_rule(DOCUMENT, by=TESTER, now=NOW)
    order = day.floor.order({"MUG": 1})
    Event.objects.count()
    for name in range(5):
        create_rule({**DOCUMENT, "name": str(name)}, by=TESTER, now=NOW)
    with django_assert_max_num_queries(14):
        page = boss.get(reverse("dashboard:rules")).content.decode()
    assert page.count("tag it: x") == 6
    fired = boss.get(reverse("dashboard:rule_fired", args=[fact.id]))
    assert fired.status_code == 200
    told = boss.get(reverse("dashboard:order", args=[order.ref])).content.decode()
    assert escape("Rule “First”: tag it: x") in told


def test_every_part_of_the_vocabulary_has_words() -> None:
    assert FIELD_WORDS.keys() == FIELDS.keys()
    assert ACTION_WORDS.keys() == ACTIONS.keys()
    assert OPERATOR_WORDS.keys() == {name for names in OPERATORS.values() for name in names}
    for options, values in CLOSED.items():
        for value in values:
            assert value_word(options, value)
    for event in EVENTS:
        assert "order." not in sentence({**DOCUMENT, "event": event})


def test_a_tag_stays_as_it_was_typed_where_a_channel_has_it_as_its_code() -> None:
    names = {"wholesale": "Wholesale", "express": "Express delivery"}
    assert action_words({"do": "tag", "value": "wholesale"}, names) == "tag it: wholesale"
    assert action_words({"do": "method", "value": "express"}, names) == "ship it by Express delivery"


def test_a_firing_is_told_in_words() -> None:
    actions = [{"do": "tag", "value": "vip"}, {"do": "method", "value": "express", "done": False}]
    assert fired_words({"name": "Gifts over 200", "actions": actions}) == (
        "Rule “Gifts over 200”: tag it: vip and ship it by express (too late for that)"
    )


def test_a_list_contains_what_a_text_is() -> None:
    assert condition_words({"field": "tags", "is": "one_of", "value": ["a", "b"]}).startswith(
        "the list of its tags contains one of"
    )
    assert condition_words({"field": "country", "is": "one_of", "value": ["SE"]}).startswith("the country code is one")
