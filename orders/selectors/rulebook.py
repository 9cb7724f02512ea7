"""The rules in force, ready to be asked: read once a version by each process."""

import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from core.kernel.errors import NotFound
from inventory.selectors import warehouses
from orders.models import Rule, Rulebook
from orders.planning.rule_text import RuleText, RuleUnclear, read
from orders.planning.rules import CompiledRule, compiled

logger = logging.getLogger(__name__)

REMEMBERED = 4
"""Versions a process keeps in mind: the newest, and those of transactions that began before it."""


@dataclass(frozen=True, slots=True)
class RuleFact:
    """A rule as people see it. ``document`` is what ``planning.rule_text.read`` reads; ``version`` grows with edits."""

    id: int
    position: int
    active: bool
    version: int
    changed_by: str
    changed_at: datetime
    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.document["name"])

    @property
    def event(self) -> str:
        return str(self.document["event"])


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """Active rules in the order they are asked: [(event, channel id or None, rule)]."""

    rules: Sequence[tuple[str, int | None, CompiledRule]] = ()

    def of(self, event: str, channel_id: int) -> list[CompiledRule]:
        """Those to ask about an order of that channel when that happens."""
        return [rule for when, only, rule in self.rules if when == event and only in (None, channel_id)]


NONE = RulesInForce()
_remembered: OrderedDict[UUID, RulesInForce] = OrderedDict()


def rules_in_force(version: UUID | None) -> RulesInForce:
    """The active rules of a rulebook's version just read. No query, unless this process did not meet it yet.

    Every change of a rule gives the rulebook a new version, which is read with each channel: what is remembered of a
    version can be newer than it, never older. A rule that this program cannot read is left out, and logged.
    """
    if version is None:
        return NONE
    found = _remembered.get(version)
    if found is None:
        found = _remembered[version] = _read()
        while len(_remembered) > REMEMBERED:
            _remembered.popitem(last=False)
    return found


def current_version() -> UUID | None:
    """The rulebook's version; None while there never was a rule. One statement."""
    return Rulebook.objects.order_by("pk").values_list("version", flat=True).first()


def _read() -> RulesInForce:
    codes = {warehouse.code: warehouse.id for warehouse in warehouses()}
    rules: list[tuple[str, int | None, CompiledRule]] = []
    for row in Rule.objects.filter(active=True).order_by("position", "pk"):
        try:
            text = text_of(row)
        except RuleUnclear as refusal:
            logger.error("rule %s cannot be read: %s", row.pk, refusal)
            continue
        rules.append((row.event, row.channel_id, compiled(row.pk, text, codes)))
    return RulesInForce(tuple(rules))


def text_of(row: Rule) -> RuleText:
    """A stored rule, read. Its channel is an id there, so the text names none. Raises RuleUnclear."""
    return read(
        {
            "name": row.name,
            "event": row.event,
            "match_any": row.match_any,
            "conditions": row.conditions,
            "actions": row.actions,
            "ends_here": row.ends_here,
        }
    )


def all_rules() -> list[RuleFact]:
    """Every rule in the order they are asked, inactive ones among them. One statement."""
    return [rule_fact(row) for row in Rule.objects.select_related("channel").order_by("position", "pk")]


def rules_of(channel_id: int | None, *, active: bool | None = None) -> "QuerySet[Rule]":
    """The rules that may be asked about a channel's orders, for ``rule_fact``; None: every channel's."""
    rows = Rule.objects.select_related("channel")
    if channel_id is not None:
        rows = rows.filter(Q(channel=None) | Q(channel_id=channel_id))
    return rows if active is None else rows.filter(active=active)


def rule_by_id(rule_id: int) -> RuleFact:
    """That rule. Raises NotFound."""
    row = Rule.objects.select_related("channel").filter(pk=rule_id).first()
    if row is None:
        raise NotFound("There is no such rule.")
    return rule_fact(row)


def rule_fact(row: Rule) -> RuleFact:
    """The fact of a rule read with its channel."""
    return RuleFact(
        id=row.pk,
        position=row.position,
        active=row.active,
        version=row.version,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        document={
            "name": row.name,
            "event": row.event,
            "channel": row.channel.code if row.channel else "",
            "match_any": row.match_any,
            "conditions": row.conditions,
            "actions": row.actions,
            "ends_here": row.ends_here,
        },
    )


def letter_of(rule_id: int) -> str:
    """What a rule writes to customers, as it says it now; empty when it is gone or writes nothing any more."""
    actions = Rule.objects.filter(pk=rule_id).values_list("actions", flat=True).first() or []
    return next((str(one.get("value", "")) for one in actions if one.get("do") == "write"), "")
