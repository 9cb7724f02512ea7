"""A rule as it is written down: read from a document, with everything that is wrong with it, and back. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from orders.planning.rule_vocabulary import (
    ACTIONS,
    CLOSED,
    EVENTS,
    FIELDS,
    LISTS,
    OPERATORS,
    WITHOUT_VALUE,
    Action,
    Field,
)

MOST_CONDITIONS = 20
MOST_ACTIONS = 10
LONGEST_NAME = 120
LONGEST_VALUE = 200
LONGEST_TAG = 40
LONGEST_LETTER = 1000
MOST_VALUES = 50
LARGEST = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a rule, and where: ``pointer`` is the path in the document, ``code`` one of a closed set."""

    pointer: str
    code: str


class RuleUnclear(Exception):
    """A rule that cannot be asked; ``problems`` names everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(f"{one.pointer} {one.code}" for one in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Condition:
    """``field`` ``operator`` ``values``: one value, several for ``one_of``, none for ``yes``."""

    field: str
    operator: str
    values: tuple[str, ...] = ()

    @property
    def number(self) -> Decimal:
        """The value as a figure; conditions that were read have one where they need it."""
        return Decimal(self.values[0])

    def document(self) -> dict[str, Any]:
        """As it is stored: ``{"field", "is", "value"}``."""
        value: Any = list(self.values) if self.operator in LISTS else (self.values[0] if self.values else "")
        return {"field": self.field, "is": self.operator, "value": value}


@dataclass(frozen=True, slots=True)
class Act:
    """Do something, with a value; a hold has a reason and days after which it ends (0: never by itself)."""

    do: str
    values: tuple[str, ...] = ()
    reason: str = ""
    days: int = 0

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""

    @property
    def number(self) -> int:
        return int(self.value)

    def document(self) -> dict[str, Any]:
        """As it is stored: ``{"do", "value"}``, with ``reason`` and ``days`` where they are given."""
        value: Any = list(self.values) if self.do == "warehouse" else self.value
        found: dict[str, Any] = {"do": self.do, "value": value}
        if self.reason:
            found["reason"] = self.reason
        if self.days:
            found["days"] = self.days
        return found

    def told(self) -> dict[str, Any]:
        """As the timeline keeps it; words written to a customer stay with the rule."""
        return {"do": self.do, "value": "" if self.do == "write" else ", ".join(self.values)}


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule that can be asked. ``channel`` is a code, empty for all."""

    name: str
    event: str
    conditions: tuple[Condition, ...]
    actions: tuple[Act, ...]
    match_any: bool = False
    ends_here: bool = False
    channel: str = ""

    def document(self) -> dict[str, Any]:
        """The document it can be read from again."""
        return {
            "name": self.name,
            "event": self.event,
            "channel": self.channel,
            "match_any": self.match_any,
            "conditions": [one.document() for one in self.conditions],
            "actions": [one.document() for one in self.actions],
            "ends_here": self.ends_here,
        }


def read(document: Mapping[str, Any]) -> RuleText:
    """The rule in a document. Raises RuleUnclear naming everything that is wrong."""
    problems: list[Problem] = []
    name = _text(document.get("name"))
    if not name or len(name) > LONGEST_NAME:
        problems.append(Problem("/name", "required" if not name else "too_long"))
    event = _text(document.get("event"))
    if event not in EVENTS:
        problems.append(Problem("/event", "unknown"))
    conditions = [
        _condition(one, f"/conditions/{index}", event, problems)
        for index, one in enumerate(_listed(document.get("conditions")))
    ]
    if len(conditions) > MOST_CONDITIONS:
        problems.append(Problem("/conditions", "too_many"))
    acts = [_act(one, f"/actions/{index}", problems) for index, one in enumerate(_listed(document.get("actions")))]
    if not acts:
        problems.append(Problem("/actions", "required"))
    if len(acts) > MOST_ACTIONS:
        problems.append(Problem("/actions", "too_many"))
    seen: set[str] = set()
    for index, act in enumerate(acts):
        if act is None:
            continue
        once = ACTIONS[act.do].once
        key = act.do if once else f"{act.do} {act.value.casefold()}"
        if key in seen:
            problems.append(Problem(f"/actions/{index}/do", "twice"))
        seen.add(key)
    if problems:
        raise RuleUnclear(problems)
    return RuleText(
        name=name,
        event=event,
        conditions=tuple(one for one in conditions if one),
        actions=tuple(act for act in acts if act),
        match_any=bool(document.get("match_any")),
        ends_here=bool(document.get("ends_here")),
        channel=_text(document.get("channel")),
    )


def _condition(raw: Any, pointer: str, event: str, problems: list[Problem]) -> Condition | None:
    if not isinstance(raw, Mapping):
        problems.append(Problem(pointer, "unknown"))
        return None
    field = FIELDS.get(_text(raw.get("field")))
    if field is None:
        problems.append(Problem(f"{pointer}/field", "unknown"))
        return None
    if event in EVENTS and event not in field.events:
        problems.append(Problem(f"{pointer}/field", "not_known_then"))
    operator = _text(raw.get("is"))
    if operator not in OPERATORS[field.kind]:
        problems.append(Problem(f"{pointer}/is", "unknown"))
        return None
    if operator in WITHOUT_VALUE:
        return Condition(field.name, operator)
    values = _values(raw.get("value"), several=operator in LISTS)
    code = _wrong_values(field, values)
    if code:
        problems.append(Problem(f"{pointer}/value", code))
        return None
    return Condition(field.name, operator, values)


def _wrong_values(field: Field, values: tuple[str, ...]) -> str:
    if not values:
        return "required"
    if len(values) > MOST_VALUES:
        return "too_many"
    if any(len(one) > LONGEST_VALUE for one in values):
        return "too_long"
    if field.kind in ("number", "money") and _figure(values[0], whole=field.kind == "number") is None:
        return "not_a_number"
    if field.options in CLOSED and any(one not in CLOSED[field.options] for one in values):
        return "unknown"
    return ""


def _act(raw: Any, pointer: str, problems: list[Problem]) -> Act | None:
    if not isinstance(raw, Mapping):
        problems.append(Problem(pointer, "unknown"))
        return None
    action = ACTIONS.get(_text(raw.get("do")))
    if action is None:
        problems.append(Problem(f"{pointer}/do", "unknown"))
        return None
    values = _values(raw.get("value"), several=action.name == "warehouse", long=action.kind == "long_text")
    code = _wrong_act(action, values)
    if code:
        problems.append(Problem(f"{pointer}/value", code))
        return None
    reason = _text(raw.get("reason")) if "reason" in action.extra else ""
    if len(reason) > LONGEST_VALUE:
        problems.append(Problem(f"{pointer}/reason", "too_long"))
    days = _figure(_text(raw.get("days")) or "0", whole=True) if "days" in action.extra else Decimal(0)
    if days is None or not 0 <= days <= 365:
        problems.append(Problem(f"{pointer}/days", "not_a_number"))
        return None
    return Act(action.name, values, reason, int(days))


def _wrong_act(action: Action, values: tuple[str, ...]) -> str:
    if not values:
        return "required"
    longest = {"tag": LONGEST_TAG, "packaging": 40, "method": 40, "insert": 64, "write": LONGEST_LETTER}
    if any(len(one) > longest.get(action.name, LONGEST_VALUE) for one in values):
        return "too_long"
    if action.kind == "number":
        figure = _figure(values[0], whole=True)
        if figure is None or not -9 <= figure <= 9:
            return "not_a_number"
    if action.options in CLOSED and any(one not in CLOSED[action.options] for one in values):
        return "unknown"
    return ""


def _values(raw: Any, *, several: bool, long: bool = False) -> tuple[str, ...]:
    if several:
        parts = raw if isinstance(raw, list | tuple) else str(raw if raw is not None else "").split(",")
        found = dict.fromkeys(_text(one) for one in parts)
        return tuple(one for one in found if one)
    text = str(raw).replace("\0", "").strip() if long and raw is not None else _text(raw)
    return (text,) if text else ()


def _listed(raw: Any) -> Sequence[Any]:
    return raw if isinstance(raw, list | tuple) else ()


def _text(raw: Any) -> str:
    if raw is None or isinstance(raw, list | tuple | Mapping | bool):
        return ""
    return " ".join(str(raw).replace("\0", "").split())


def _figure(text: str, *, whole: bool) -> Decimal | None:
    try:
        figure = Decimal(text)
    except InvalidOperation:
        return None
    if not figure.is_finite() or abs(figure) > LARGEST or (whole and figure != figure.to_integral_value()):
        return None
    return figure
