"""Rules without code: read a rule as it was written, and decide about an order by all of them. Pure.

A pass asks each rule once, in the order given, and never goes back: whatever rules decide, it ends. A later rule sees
what earlier ones decided (tags, priority, method, holds), and decides over them where there can be one only; tags,
holds, inserts and messages add up. A rule that ``ends_here`` and matches is the last one asked.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from orders.planning.decisions import Decisions, Firing, PlannedHold
from orders.planning.rule_text import Act, Condition, RuleText
from orders.planning.rule_vocabulary import FIELDS

Values = Mapping[str, Any]
Test = Callable[[Values, Sequence[Values]], bool]


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What rules can ask of an order: a value for every field of ``rule_vocabulary.FIELDS`` that is known.

    Texts may have any case. ``number`` is an int, ``money`` a Decimal, ``set`` an iterable of texts, ``flag`` a bool.
    A field that is absent or None is not known: no condition on it holds. ``own_currency`` (no field; True unless it is
    there) says whether the order is in its channel's currency.
    """

    values: Values
    lines: Sequence[Values] = ()


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready to be asked. ``warehouse_ids`` are those its codes name."""

    id: int
    name: str
    tests: tuple[Test, ...]
    actions: tuple[Act, ...]
    match_any: bool = False
    ends_here: bool = False
    asks_past: bool = False
    warehouse_ids: tuple[int, ...] = ()
    told: tuple[Mapping[str, Any], ...] = field(default=())

    def matches(self, values: Values, lines: Sequence[Values]) -> bool:
        """Whether its conditions hold: all, or with ``match_any`` one. Without conditions it counts for every order."""
        if not self.tests:
            return True
        if self.match_any:
            return any(test(values, lines) for test in self.tests)
        return all(test(values, lines) for test in self.tests)


def compiled(rule_id: int, text: RuleText, warehouses: Mapping[str, int] | None = None) -> CompiledRule:
    """The rule ready to be asked. Warehouse codes that ``warehouses`` does not know are left out.

    Amounts are in the currency a condition names, else in that of the order's channel: no amount of a rule is compared
    with one of another currency.
    """
    known = {code.casefold(): key for code, key in (warehouses or {}).items()}
    codes = [code for act in text.actions if act.do == "warehouse" for code in act.values]
    names_currency = not text.match_any and any(one.field == "currency" for one in text.conditions)
    return CompiledRule(
        id=rule_id,
        name=text.name,
        tests=tuple(
            _test(one) if names_currency or FIELDS[one.field].kind != "money" else _in_own_currency(_test(one))
            for one in text.conditions
        ),
        actions=text.actions,
        match_any=text.match_any,
        ends_here=text.ends_here,
        asks_past=any(FIELDS[condition.field].past for condition in text.conditions),
        warehouse_ids=tuple(known[code.casefold()] for code in codes if code.casefold() in known),
        told=tuple(act.told() for act in text.actions),
    )


def decide(rules: Iterable[CompiledRule], facts: OrderFacts, *, now: datetime) -> Decisions:
    """What the rules decide about an order: one pass, each asked at most once, in the order given.

    ``Decisions`` hold what the fired actions come to, and nothing else: tags the order has already are left out.
    """
    decided = Decisions()
    values = folded(facts.values)
    lines = [folded(line) for line in facts.lines]
    for rule in rules:
        if not rule.matches(values, lines):
            continue
        for act in rule.actions:
            _do(act, rule, values, decided, now)
        decided.fired.append(Firing(rule.id, rule.name, rule.told))
        if rule.ends_here:
            break
    return decided


def folded(values: Values) -> dict[str, Any]:
    """The values with all texts in one case, as conditions compare them."""
    return {name: _fold(value) for name, value in values.items() if value is not None}


def _fold(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip().casefold()
    if isinstance(value, frozenset | set | list | tuple):
        return frozenset(str(one).strip().casefold() for one in value)
    return value


def _do(act: Act, rule: CompiledRule, values: dict[str, Any], decided: Decisions, now: datetime) -> None:
    match act.do:
        case "hold":
            release_at = now + timedelta(days=act.days) if act.days else None
            code = f"rule:{rule.id}"
            decided.holds.append(PlannedHold(act.value, act.reason or rule.name, code, {"rule": rule.id}, release_at))
            values["holds"] = values.get("holds", frozenset()) | {act.value}
        case "tag":
            if act.value.casefold() not in values.get("tags", frozenset()):
                decided.tags.append(act.value)
                values["tags"] = values.get("tags", frozenset()) | {act.value.casefold()}
        case "priority":
            decided.priority = values["priority"] = act.number
        case "method":
            decided.shipping_method = act.value
            values["method"] = act.value.casefold()
        case "warehouse":
            decided.warehouse_ids = rule.warehouse_ids or decided.warehouse_ids
        case "packaging":
            decided.packaging = act.value
        case "insert":
            if act.value.casefold() not in (one.casefold() for one in decided.inserts):
                decided.inserts.append(act.value)
        case "message" | "write":
            key = act.value if act.do == "message" else f"rule:{rule.id}"
            if key not in decided.messages:
                decided.messages.append(key)


def _test(condition: Condition) -> Test:
    known = FIELDS[condition.field]
    asks = _asks(condition)
    name = condition.field
    if known.group == "any_line":
        inner = name.partition(".")[2]
        return lambda values, lines: any(inner in line and asks(line[inner]) for line in lines)
    if known.group == "every_line":
        inner = name.partition(".")[2]
        return lambda values, lines: bool(lines) and all(inner in line and asks(line[inner]) for line in lines)
    return lambda values, lines: name in values and asks(values[name])


def _in_own_currency(test: Test) -> Test:
    return lambda values, lines: values.get("own_currency", True) and test(values, lines)


def _asks(condition: Condition) -> Callable[[Any], bool]:
    kind = FIELDS[condition.field].kind
    wanted = tuple(_fold(one) for one in condition.values)
    first = wanted[0] if wanted else ""
    if kind in ("number", "money"):
        number = condition.number
        match condition.operator:
            case "is":
                return lambda value: bool(value == number)
            case "is_not":
                return lambda value: bool(value != number)
            case "at_least":
                return lambda value: bool(value >= number)
            case "more_than":
                return lambda value: bool(value > number)
            case "at_most":
                return lambda value: bool(value <= number)
        return lambda value: bool(value < number)
    if kind == "set":
        among = frozenset(wanted)
        if condition.operator == "lacks":
            return lambda value: first not in value
        return lambda value: not among.isdisjoint(value)
    among = frozenset(wanted)
    match condition.operator:
        case "yes":
            return bool
        case "no":
            return lambda value: not value
        case "given":
            return lambda value: value != ""
        case "missing":
            return lambda value: value == ""
        case "is_not":
            return lambda value: value != first
        case "contains":
            return lambda value: first in value
        case "lacks":
            return lambda value: first not in value
        case "begins_with":
            return lambda value: value.startswith(first)
        case "ends_with":
            return lambda value: value.endswith(first)
        case "none_of":
            return lambda value: value not in among
    return lambda value: value in among
