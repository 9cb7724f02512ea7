"""Laws of the rule engine: whatever the rules, deciding ends, repeats itself, and is what its firings come to."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.planning.decisions import Decisions
from orders.planning.rule_text import Act, RuleText, RuleUnclear, read
from orders.planning.rule_vocabulary import ACTIONS, CLOSED, EVENTS, FIELDS, LISTS, OPERATORS, WITHOUT_VALUE
from orders.planning.rules import CompiledRule, OrderFacts, compiled, decide

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
WAREHOUSES = {"TH": 1, "EU": 2, "US": 3}
AT_ANY_EVENT = sorted(name for name, one in FIELDS.items() if len(one.events) == len(EVENTS))
KEYS = ["field", "is", "value", "do", "name", "event", "conditions", "actions", "days", "reason"]
WORDS = st.sampled_from(["vip", "VIP", "gift", "TH", "th", "DE", "express", "standard", "MUG-1", "mug", "", "red mug"])
SMALL = st.integers(0, 300)


def _value(kind: str) -> st.SearchStrategy[Any]:
    return {
        "number": SMALL,
        "money": SMALL.map(Decimal),
        "set": st.lists(WORDS.filter(bool), max_size=3),
        "flag": st.booleans(),
    }.get(kind, WORDS)


@st.composite
def facts(draw: st.DrawFn) -> OrderFacts:
    plain = [one for one in FIELDS.values() if "." not in one.name]
    values = {one.name: draw(_value(one.kind)) for one in plain if draw(st.integers(0, 9))}
    inner = [one for one in FIELDS.values() if one.group == "any_line"]
    lines = [
        {one.name.partition(".")[2]: draw(_value(one.kind)) for one in inner} for _n in range(draw(st.integers(0, 3)))
    ]
    return OrderFacts(values, lines)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    field = FIELDS[
        draw(st.sampled_from(sorted(name for name, one in FIELDS.items() if len(one.events) == len(EVENTS))))
    ]
    operator = draw(st.sampled_from(OPERATORS[field.kind]))
    closed = CLOSED.get(field.options)
    one = st.sampled_from(closed) if closed else (SMALL.map(str) if field.kind in ("number", "money") else WORDS)
    value: Any = draw(one.filter(bool))
    if operator in LISTS:
        value = draw(st.lists(one.filter(bool), min_size=1, max_size=3))
    return {"field": field.name, "is": operator, "value": "" if operator in WITHOUT_VALUE else value}


@st.composite
def actions(draw: st.DrawFn) -> dict[str, Any]:
    act = ACTIONS[draw(st.sampled_from(sorted(ACTIONS)))]
    closed = CLOSED.get(act.options) or (tuple(WAREHOUSES) if act.name == "warehouse" else None)
    value: Any = draw(st.sampled_from(closed) if closed else WORDS.filter(bool))
    if act.kind == "number":
        value = str(draw(st.integers(-9, 9)))
    if act.name == "warehouse":
        value = [value]
    return {"do": act.name, "value": value}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    found = draw(st.lists(actions(), min_size=1, max_size=4))
    unique = {one["do"] if ACTIONS[one["do"]].once else (one["do"], str(one["value"]).casefold()): one for one in found}
    return {
        "name": draw(st.sampled_from(["Gifts", "Far away", "Dear"])),
        "event": "order.placed",
        "match_any": draw(st.booleans()),
        "conditions": draw(st.lists(conditions(), max_size=3)),
        "actions": list(unique.values()),
        "ends_here": draw(st.sampled_from([False, False, False, True])),
    }


@st.composite
def rulebooks(draw: st.DrawFn) -> list[CompiledRule]:
    found = draw(st.lists(documents(), max_size=6))
    return [compiled(number, read(one), WAREHOUSES) for number, one in enumerate(found, start=1)]


def _never(rule_id: int) -> CompiledRule:
    return compiled(rule_id, RuleText("Never", "order.placed", (), (Act("tag", ("never",)),), match_any=True))


@given(rulebooks(), facts())
def test_the_same_rules_decide_the_same_about_the_same_order(rules: list[CompiledRule], order: OrderFacts) -> None:
    assert decide(rules, order, now=NOW) == decide(rules, order, now=NOW)


@given(rulebooks(), facts())
def test_each_rule_is_asked_once_at_most_and_in_order(rules: list[CompiledRule], order: OrderFacts) -> None:
    asked: list[int] = []

    def watched(rule: CompiledRule) -> CompiledRule:
        def note(_values: Any, _lines: Any) -> bool:
            asked.append(rule.id)
            return rule.matches(_values, _lines)

        return replace(rule, tests=(note,), match_any=False)

    decided = decide([watched(rule) for rule in rules], order, now=NOW)
    assert asked == [rule.id for rule in rules][: len(asked)]
    fired = [one.rule_id for one in decided.fired]
    assert fired == sorted(set(fired)) and set(fired) <= set(asked)
    assert decided == decide(rules, order, now=NOW)


@given(rulebooks(), facts(), st.integers(0, 6))
def test_a_rule_that_does_not_match_changes_nothing(rules: list[CompiledRule], order: OrderFacts, place: int) -> None:
    more = [*rules[:place], _impossible(99), *rules[place:]]
    assert decide(more, order, now=NOW) == decide(rules, order, now=NOW)


def _impossible(rule_id: int) -> CompiledRule:
    return replace(_never(rule_id), tests=(lambda _values, _lines: False,), ends_here=True)


@given(rulebooks(), facts())
def test_what_is_decided_is_what_the_firings_come_to(rules: list[CompiledRule], order: OrderFacts) -> None:
    decided = decide(rules, order, now=NOW)
    by_id = {rule.id: rule for rule in rules}
    had = {str(one).casefold() for one in order.values.get("tags", ())}
    expected = Decisions(fired=decided.fired)
    for one in decided.fired:
        rule = by_id[one.rule_id]
        assert one.actions == rule.told
        for act in rule.actions:
            _expect(act, rule, expected, had)
    told = [(hold.type, hold.code, hold.reason) for hold in decided.holds]
    assert told == [(hold.type, hold.code, hold.reason) for hold in expected.holds]
    for name in ("tags", "priority", "shipping_method", "warehouse_ids", "packaging", "inserts", "messages"):
        assert getattr(decided, name) == getattr(expected, name), name


def _expect(act: Act, rule: CompiledRule, expected: Decisions, had: set[str]) -> None:
    """The meaning of each action, said once more in the plainest way."""
    if act.do == "hold":
        expected.holds.append(_hold(act, rule))
    elif act.do == "tag" and act.value.casefold() not in had:
        had.add(act.value.casefold())
        expected.tags.append(act.value)
    elif act.do == "priority":
        expected.priority = int(act.value)
    elif act.do == "method":
        expected.shipping_method = act.value
    elif act.do == "warehouse":
        expected.warehouse_ids = rule.warehouse_ids
    elif act.do == "packaging":
        expected.packaging = act.value
    elif act.do == "insert" and act.value.casefold() not in {one.casefold() for one in expected.inserts}:
        expected.inserts.append(act.value)
    elif act.do == "message" and act.value not in expected.messages:
        expected.messages.append(act.value)
    elif act.do == "write":
        expected.messages.append(f"rule:{rule.id}")


def _hold(act: Act, rule: CompiledRule) -> Any:
    alone = decide([replace(rule, tests=(), actions=(act,))], OrderFacts({}), now=NOW)
    return alone.holds[0]


@given(rulebooks(), facts())
def test_a_rule_that_ends_here_and_matches_is_the_last_one_asked(rules: list[CompiledRule], order: OrderFacts) -> None:
    decided = decide(rules, order, now=NOW)
    ends = [one.rule_id for one in decided.fired if next(rule for rule in rules if rule.id == one.rule_id).ends_here]
    assert len(ends) <= 1
    if ends:
        assert decided.fired[-1].rule_id == ends[0]
        assert decided == decide(rules[: ends[0]], order, now=NOW)


@given(rulebooks(), facts())
def test_what_the_first_rules_decide_does_not_depend_on_later_ones(
    rules: list[CompiledRule], order: OrderFacts
) -> None:
    for count in range(len(rules)):
        fewer = decide(rules[:count], order, now=NOW)
        whole = decide(rules, order, now=NOW)
        assert whole.fired[: len(fewer.fired)] == fewer.fired
        assert whole.holds[: len(fewer.holds)] == fewer.holds
        assert whole.tags[: len(fewer.tags)] == fewer.tags


@given(documents())
def test_a_rule_reads_the_same_from_what_it_was_stored_as(document: dict[str, Any]) -> None:
    text = read(document)
    assert read(text.document()) == text


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=True),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
        max_leaves=12,
    )
)
def test_any_document_is_read_or_refused_with_reasons(document: Any) -> None:
    whole = document if isinstance(document, dict) else {"conditions": [document], "actions": [document]}
    try:
        text = read(whole)
    except RuleUnclear as refusal:
        assert refusal.problems
    else:
        compiled(1, text)


def _rule(rule_id: int, conditions: list[dict[str, Any]], *acts: dict[str, Any], **more: Any) -> CompiledRule:
    document = {"name": f"R{rule_id}", "event": "order.placed", "conditions": conditions, "actions": list(acts), **more}
    return compiled(rule_id, read(document), WAREHOUSES)


def test_a_later_rule_sees_what_an_earlier_one_decided_and_decides_over_it() -> None:
    rules = [
        _rule(1, [{"field": "value", "is": "at_least", "value": "200"}], {"do": "tag", "value": "VIP"}),
        _rule(
            2,
            [{"field": "tags", "is": "contains", "value": "vip"}],
            {"do": "method", "value": "express"},
            {"do": "priority", "value": "3"},
        ),
        _rule(3, [{"field": "method", "is": "is", "value": "Express"}], {"do": "priority", "value": "5"}),
    ]
    decided = decide(rules, OrderFacts({"value": Decimal(250), "method": "standard", "tags": []}), now=NOW)
    assert (decided.tags, decided.shipping_method, decided.priority) == (["VIP"], "express", 5)
    assert [one.rule_id for one in decided.fired] == [1, 2, 3]
    assert decide(rules[::-1], OrderFacts({"value": Decimal(250), "method": "standard", "tags": []}), now=NOW).fired[
        -1
    ].rule_id == (1)


LINES = [
    {"sku": "MUG-1", "quantity": 2, "unit_price": Decimal("9.90"), "properties": "", "note": ""},
    {"sku": "RING-7", "quantity": 1, "unit_price": Decimal("120.00"), "properties": "engraving: Ana", "note": "Gift"},
]


@pytest.mark.parametrize(
    ("field", "operator", "value", "holds"),
    [
        ("any_line.sku", "begins_with", "mug", True),
        ("every_line.sku", "begins_with", "mug", False),
        ("every_line.unit_price", "more_than", "9", True),
        ("any_line.properties", "contains", "Engraving", True),
        ("every_line.properties", "missing", "", False),
        ("any_line.note", "given", "", True),
        ("any_line.quantity", "at_least", "3", False),
        ("country", "one_of", ["de", "AT"], True),
        ("country", "none_of", ["de"], None),
        ("country", "is_not", "TH", True),
        ("tags", "lacks", "vip", False),
        ("tags", "one_of", ["gold", "vip"], True),
        ("value", "less_than", "139.80", False),
        ("value", "at_most", "139.80", True),
        ("customer_first", "yes", "", False),
        ("street", "contains", "ROAD 1", True),
    ],
)
def test_what_each_operator_asks(field: str, operator: str, value: Any, holds: bool | None) -> None:
    order = OrderFacts(
        {"country": "DE", "tags": ["Vip"], "value": Decimal("139.80"), "street": "Long Road 12"}, lines=LINES
    )
    document = {
        "name": "R",
        "event": "order.placed",
        "conditions": [{"field": field, "is": operator, "value": value}],
        "actions": [{"do": "tag", "value": "t"}],
    }
    if holds is None:
        with pytest.raises(RuleUnclear):
            read(document)
        return
    assert bool(decide([compiled(1, read(document))], order, now=NOW).fired) is holds


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"name": " "}, "/name", "required"),
        ({"event": "order.eaten"}, "/event", "unknown"),
        ({"actions": []}, "/actions", "required"),
        ({"conditions": [{"field": "moon", "is": "is", "value": "x"}]}, "/conditions/0/field", "unknown"),
        (
            {"conditions": [{"field": "changed", "is": "contains", "value": "note"}]},
            "/conditions/0/field",
            "not_known_then",
        ),
        ({"conditions": [{"field": "value", "is": "begins_with", "value": "1"}]}, "/conditions/0/is", "unknown"),
        ({"conditions": [{"field": "value", "is": "at_least", "value": "NaN"}]}, "/conditions/0/value", "not_a_number"),
        ({"conditions": [{"field": "units", "is": "is", "value": "1.5"}]}, "/conditions/0/value", "not_a_number"),
        ({"conditions": [{"field": "country", "is": "is", "value": ""}]}, "/conditions/0/value", "required"),
        ({"conditions": [{"field": "payment", "is": "is", "value": "soon"}]}, "/conditions/0/value", "unknown"),
        ({"actions": [{"do": "explode", "value": "x"}]}, "/actions/0/do", "unknown"),
        ({"actions": [{"do": "hold", "value": "payment"}]}, "/actions/0/value", "unknown"),
        ({"actions": [{"do": "priority", "value": "10"}]}, "/actions/0/value", "not_a_number"),
        ({"actions": [{"do": "tag", "value": "x" * 41}]}, "/actions/0/value", "too_long"),
        (
            {"actions": [{"do": "method", "value": "express"}, {"do": "method", "value": "own"}]},
            "/actions/1/do",
            "twice",
        ),
        ({"actions": [{"do": "hold", "value": "fraud", "days": "-1"}]}, "/actions/0/days", "not_a_number"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_where_it_is(change: dict[str, Any], pointer: str, code: str) -> None:
    good = {"name": "R", "event": "order.placed", "conditions": [], "actions": [{"do": "tag", "value": "t"}]}
    assert read(good).conditions == ()
    with pytest.raises(RuleUnclear) as refusal:
        read({**good, **change})
    assert [(one.pointer, one.code) for one in refusal.value.problems] == [(pointer, code)]


def test_a_hold_of_a_rule_says_which_rule_and_ends_by_itself_where_it_has_days() -> None:
    rule = _rule(7, [], {"do": "hold", "value": "fraud", "reason": "Ask the bank", "days": 3})
    (hold,) = decide([rule], OrderFacts({}), now=NOW).holds
    assert (hold.type, hold.reason, hold.code) == ("fraud", "Ask the bank", "rule:7")
    assert hold.release_at is not None and (hold.release_at - NOW).days == 3
