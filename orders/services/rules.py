"""Write the shop's rules: each change is a version of the rule, and of the rulebook every process reads it from."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid, NotFound, StaleVersion
from core.outbox.listeners import listen
from core.outbox.publish import NewEvent, publish
from inventory.selectors import products_by_sku, warehouses
from orders.errors import UnknownMethod, UnknownNames
from orders.events import ORDER_BACKORDERED, ORDER_EDITED, ORDER_HELD, ORDER_RULE_FIRED, RULE_CHANGED
from orders.models import Channel, Rule, Rulebook
from orders.planning.rule_text import Problem, RuleText, RuleUnclear, read
from orders.selectors.methods import is_unknown, known_methods
from orders.selectors.rulebook import RuleFact, rule_fact

MOST_RULES = 200
LISTENING = "rules"
ASKS = "orders.handlers.ask_rules"
TELLS = "orders.notifications.tell_by_rule"
_LATER = frozenset({ORDER_EDITED, ORDER_BACKORDERED, ORDER_HELD})


@command
def create_rule(document: Mapping[str, Any], *, active: bool = True, by: Actor, now: datetime) -> RuleFact:
    """Write a new rule; it is asked last. Raises Invalid naming everything that is wrong with it."""
    text = read_or_refuse(document)
    _lock()
    rows = list(Rule.objects.order_by("position", "pk"))
    if len(rows) >= MOST_RULES:
        raise Invalid(_("There are %(most)d rules at most. Delete one first.") % {"most": MOST_RULES})
    position = max((row.position for row in rows), default=0) + 1
    row = Rule.objects.create(
        position=position, active=active, changed_by=by.name, changed_at=now, **_columns(text, _channel_of(text))
    )
    _settle(row, "created", by=by, now=now)
    return rule_fact(row)


@command
def change_rule(
    rule_id: int, document: Mapping[str, Any], *, expected_version: int, by: Actor, now: datetime
) -> RuleFact:
    """Write the rule anew, where it stands. Raises Invalid, NotFound, StaleVersion when somebody else changed it."""
    text = read_or_refuse(document)
    row = _locked(rule_id, expected_version)
    for name, value in _columns(text, _channel_of(text)).items():
        setattr(row, name, value)
    _keep(row, by=by, now=now)
    _settle(row, "changed", by=by, now=now)
    return rule_fact(row)


@command
def switch_rule(rule_id: int, *, active: bool, by: Actor, now: datetime) -> RuleFact:
    """Have the rule asked, or not; doing it again changes nothing. Raises NotFound."""
    row = _locked(rule_id)
    if row.active != active:
        row.active = active
        _keep(row, by=by, now=now)
        _settle(row, "switched_on" if active else "switched_off", by=by, now=now)
    return rule_fact(row)


@command
def move_rule(rule_id: int, *, up: bool, by: Actor, now: datetime) -> None:
    """Ask the rule before the one above it, or after the one below; at the end nothing changes. Raises NotFound."""
    row = _locked(rule_id)
    rows = list(Rule.objects.select_for_update().order_by("position", "pk"))
    place = next(index for index, one in enumerate(rows) if one.pk == rule_id)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        return
    rows[place], rows[other] = rows[other], rows[place]
    for position, one in enumerate(rows, start=1):
        if one.position != position:
            Rule.objects.filter(pk=one.pk).update(position=position)
    _settle(row, "moved_up" if up else "moved_down", by=by, now=now)


@command
def delete_rule(rule_id: int, *, expected_version: int, by: Actor, now: datetime) -> None:
    """Forget the rule; what it did stays done. Raises NotFound, StaleVersion."""
    row = _locked(rule_id, expected_version)
    Rule.objects.filter(pk=rule_id).delete()
    _settle(row, "deleted", by=by, now=now)


def read_or_refuse(document: Mapping[str, Any]) -> RuleText:
    """The rule in a document.

    Raises Invalid with a pointer and a sentence for everything that is wrong with it, UnknownNames when it is well
    written and names what the shop does not have.
    """
    try:
        text = read(document)
    except RuleUnclear as refusal:
        raise Invalid(_("The rule cannot be asked like that."), errors=_told(refusal.problems)) from refusal
    problems = _unknown(text)
    if problems:
        raise UnknownNames(_("The rule cannot be asked like that."), errors=_told(problems))
    return text


def _unknown(text: RuleText) -> list[Problem]:
    """What the rule names that this shop does not have. One statement for each kind of thing that is named."""
    problems = []
    if text.channel and not Channel.objects.filter(code=text.channel).exists():
        problems.append(Problem("/channel", "unknown"))
    named = {act.do for act in text.actions}
    codes = {one.code.casefold() for one in warehouses()} if "warehouse" in named else set()
    inserts = products_by_sku(act.value for act in text.actions if act.do == "insert") if "insert" in named else {}
    for index, act in enumerate(text.actions):
        if act.do == "method" and is_unknown(act.value):
            problems.append(Problem(f"/actions/{index}/value", UnknownMethod.code))
        lost = act.do == "warehouse" and any(code.casefold() not in codes for code in act.values)
        if lost or (act.do == "insert" and act.value.casefold() not in inserts):
            problems.append(Problem(f"/actions/{index}/value", "unknown"))
    return problems


def _told(problems: Sequence[Problem]) -> list[dict[str, str]]:
    words = {
        "required": _("Say what is meant here."),
        "unknown": _("There is no such thing. Choose another."),
        "too_long": _("This is too long."),
        "too_many": _("These are too many."),
        "twice": _("A rule says this once only."),
        "not_a_number": _("Give a number here."),
        "not_known_then": _("This is not known when that happens."),
    }
    if any(one.code == UnknownMethod.code for one in problems):
        words[UnknownMethod.code] = UnknownMethod.way_out(known_methods())
    return [{"pointer": one.pointer, "code": one.code, "detail": words[one.code]} for one in problems]


def _channel_of(text: RuleText) -> Channel | None:
    return Channel.objects.get(code=text.channel) if text.channel else None


def _columns(text: RuleText, channel: Channel | None) -> dict[str, Any]:
    return {
        "name": text.name,
        "event": text.event,
        "channel": channel,
        "match_any": text.match_any,
        "conditions": [one.document() for one in text.conditions],
        "actions": [one.document() for one in text.actions],
        "ends_here": text.ends_here,
    }


def _lock() -> Rulebook:
    """The row whoever changes any rule holds, so that positions and listeners are settled by one at a time."""
    Rulebook.objects.get_or_create(pk=1, defaults={"version": uuid.uuid4()})
    return Rulebook.objects.select_for_update().get(pk=1)


def _locked(rule_id: int, expected_version: int | None = None) -> Rule:
    _lock()
    row = Rule.objects.select_for_update(of=("self",)).select_related("channel").filter(pk=rule_id).first()
    if row is None:
        raise NotFound(_("There is no such rule."))
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(
            _("%(name)s changed this rule in the meantime. Look at it, then decide.") % {"name": row.changed_by}
        )
    return row


def _keep(row: Rule, *, by: Actor, now: datetime) -> None:
    row.version += 1
    row.changed_by, row.changed_at = by.name, now
    row.save()


def _settle(row: Rule, what: str, *, by: Actor, now: datetime) -> None:
    """Have every process read the rules again, and events go where a rule waits for them."""
    Rulebook.objects.filter(pk=1).update(version=uuid.uuid4())
    active = list(Rule.objects.filter(active=True).values_list("event", "actions"))
    listen(ASKS, owner=LISTENING, patterns={event for event, _actions in active} & _LATER)
    writes = any(one.get("do") in ("message", "write") for _event, actions in active for one in actions)
    listen(TELLS, owner=LISTENING, patterns={ORDER_RULE_FIRED} if writes else ())
    data = {"what": what, "name": row.name, "version": row.version}
    publish(NewEvent(RULE_CHANGED, "rule", row.pk, "", data), by=by, now=now)
