"""The sentence builder: what was entered on the form as a rule, and a rule as the rows of the form."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django.core.signing import BadSignature, Signer
from django.http import QueryDict
from django.utils.translation import gettext as _

from fulfillment.dashboard.rule_words import ACTION_WORDS, FIELD_WORDS, GROUPS, operator_words, value_word
from inventory.selectors import warehouses
from orders.planning.rule_text import MOST_ACTIONS, MOST_CONDITIONS
from orders.planning.rule_vocabulary import (
    ACTIONS,
    CLOSED,
    FIELDS,
    LISTS,
    OPERATORS,
    WITHOUT_VALUE,
    fields_for,
)
from orders.selectors.channels import channels
from shipping.selectors.packagings import active_rules
from shipping.selectors.services import shipping_methods

Choices = list[tuple[str, str]]
EMPTY_CONDITION = {"field": "value", "is": "at_least", "value": ""}
EMPTY_ACTION = {"do": "tag", "value": ""}
_SIGNER = Signer(salt="rule tried out")


@dataclass(slots=True)
class Row:
    """One condition or action of the form: what can be chosen, and what was. ``errors`` stand beside it."""

    index: int
    name: str
    document: Mapping[str, Any]
    operators: Choices = field(default_factory=list)
    values: Choices = field(default_factory=list)
    chosen: tuple[str, ...] = ()
    kind: str = "text"
    has_value: bool = True
    several: bool = False
    has_reason: bool = False
    errors: list[str] = field(default_factory=list)

    @property
    def value(self) -> str:
        return ", ".join(self.chosen)


def empty() -> dict[str, Any]:
    """A rule nobody wrote yet."""
    return {
        "name": "",
        "event": "order.placed",
        "channel": "",
        "match_any": False,
        "conditions": [dict(EMPTY_CONDITION)],
        "actions": [dict(EMPTY_ACTION)],
        "ends_here": False,
    }


def entered(data: QueryDict) -> dict[str, Any]:
    """The rule on the form, with the row added or taken away that the button pressed asks for."""
    document = {
        "name": data.get("name", ""),
        "event": data.get("event", ""),
        "channel": data.get("channel", ""),
        "match_any": data.get("match") == "any",
        "conditions": [_condition(data, index) for index in _indexes(data, "c", "field", MOST_CONDITIONS)],
        "actions": [_action(data, index) for index in _indexes(data, "a", "do", MOST_ACTIONS)],
        "ends_here": "ends_here" in data,
    }
    _change_rows(document, data.get("step", ""))
    return document


def _indexes(data: QueryDict, kind: str, part: str, most: int) -> list[int]:
    return [index for index in range(most + 1) if f"{kind}{index}-{part}" in data]


def _condition(data: QueryDict, index: int) -> dict[str, Any]:
    name, operator = data.get(f"c{index}-field", ""), data.get(f"c{index}-is", "")
    known = FIELDS.get(name)
    if known is not None and operator not in OPERATORS[known.kind]:
        operator = OPERATORS[known.kind][0]
    return {"field": name, "is": operator, "value": _value(data, f"c{index}-value", several=operator in LISTS)}


def _action(data: QueryDict, index: int) -> dict[str, Any]:
    do = data.get(f"a{index}-do", "")
    found: dict[str, Any] = {"do": do, "value": _value(data, f"a{index}-value", several=do == "warehouse")}
    if do == "hold":
        found |= {"reason": data.get(f"a{index}-reason", ""), "days": data.get(f"a{index}-days", "")}
    return found


def _value(data: QueryDict, name: str, *, several: bool) -> str | list[str]:
    values = data.getlist(name)
    if not several:
        return values[0] if values else ""
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def _change_rows(document: dict[str, Any], step: str) -> None:
    act, _dash, number = step.partition("-")
    rows = {"condition": document["conditions"], "action": document["actions"]}
    if act == "add" and number in rows:
        rows[number].append(dict(EMPTY_CONDITION if number == "condition" else EMPTY_ACTION))
    elif act in ("dropcondition", "dropaction") and number.isdecimal():
        kept = rows[act.removeprefix("drop")]
        if int(number) < len(kept):
            del kept[int(number)]


def condition_rows(document: Mapping[str, Any], errors: Mapping[str, Sequence[str]]) -> list[Row]:
    """The conditions as rows; ``errors`` are sentences by pointer."""
    rows = []
    for index, one in enumerate(document["conditions"]):
        known = FIELDS.get(str(one.get("field", "")))
        kind = known.kind if known else "text"
        operator = str(one.get("is", ""))
        closed = CLOSED.get(known.options, ()) if known else ()
        row = Row(
            index,
            f"c{index}-value",
            one,
            operators=[(name, operator_words(name, kind)) for name in OPERATORS[kind]],
            values=[(value, value_word(known.options, value)) for value in closed] if known else [],
            chosen=_chosen(one.get("value")),
            kind=kind,
            has_value=operator not in WITHOUT_VALUE,
            several=operator in LISTS,
            errors=_errors(errors, f"/conditions/{index}"),
        )
        rows.append(row)
    return rows


def action_rows(document: Mapping[str, Any], errors: Mapping[str, Sequence[str]]) -> list[Row]:
    """The actions as rows."""
    offered: dict[str, Callable[[], Choices]] = {
        "method": shipping_methods,
        "warehouse": lambda: [(one.code, one.name) for one in warehouses()],
        "packaging": lambda: [(one.code, one.name) for one in active_rules()],
    }
    rows = []
    for index, one in enumerate(document["actions"]):
        action = ACTIONS.get(str(one.get("do", "")))
        options = action.options if action else ""
        values = [(value, value_word(options, value)) for value in CLOSED.get(options, ())]
        if options in offered:
            values = offered[options]()
        rows.append(
            Row(
                index,
                f"a{index}-value",
                one,
                values=values,
                chosen=_chosen(one.get("value")),
                kind=action.kind if action else "text",
                several=options == "warehouse",
                has_reason=bool(action and action.extra),
                errors=_errors(errors, f"/actions/{index}"),
            )
        )
    return rows


def _chosen(raw: Any) -> tuple[str, ...]:
    values = raw if isinstance(raw, list | tuple) else [raw]
    return tuple(str(value) for value in values if value not in (None, ""))


def _errors(errors: Mapping[str, Sequence[str]], pointer: str) -> list[str]:
    return [text for key, texts in errors.items() if key == pointer or key.startswith(f"{pointer}/") for text in texts]


def field_choices(event: str) -> list[tuple[str, Choices]]:
    """[(group, [(field, words)])] of what can be asked when that happens."""
    groups: dict[str, Choices] = {}
    for one in fields_for(event) or FIELDS.values():
        groups.setdefault(str(GROUPS[one.group]), []).append((one.name, str(FIELD_WORDS[one.name])))
    return list(groups.items())


def action_choices() -> Choices:
    """[(action, words)]."""
    return [(name, str(ACTION_WORDS[name])) for name in ACTIONS]


def channel_choices() -> Choices:
    """[(code, name)] of all channels, before them "any"."""
    return [("", _("any channel")), *((one.code, one.name) for one in channels())]


def shop_words() -> dict[str, str]:
    """The shop's own names of channels, services, warehouses and packaging rules, by code."""
    return {
        **{one.code: one.name for one in channels()},
        **dict(shipping_methods()),
        **{one.code: one.name for one in warehouses()},
        **{one.code: one.name for one in active_rules()},
    }


def mark(document: Mapping[str, Any]) -> str:
    """What the form carries to prove that this very rule was tried out before the eyes of whoever saves it."""
    return _SIGNER.sign(_digest(document))


def was_tried(document: Mapping[str, Any], text: str) -> bool:
    """Whether the mark is of this rule."""
    try:
        return _SIGNER.unsign(text) == _digest(document)
    except BadSignature:
        return False


def _digest(document: Mapping[str, Any]) -> str:
    plain = {name: value for name, value in document.items() if name != "name"}
    return sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()
