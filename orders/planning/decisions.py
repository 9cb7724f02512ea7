"""What is decided about an order beside its stock: by the checks of its channel, and by the shop's rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class PlannedHold:
    """A hold to be placed. ``code`` names the check or rule, ``reason`` is for people, ``detail`` may suggest."""

    type: str
    reason: str
    code: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    release_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that matched, for the timeline: which, and what it did, as ``{"do", "value"}``."""

    rule_id: int
    name: str
    actions: tuple[Mapping[str, Any], ...]


@dataclass(slots=True)
class Decisions:
    """Everything decided about one order before stock is looked at; empty members decide nothing.

    ``warehouse_ids`` narrows where it may ship from; ``messages`` are keys of mails to send the customer.
    """

    holds: list[PlannedHold] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    priority: int = 0
    shipping_method: str = ""
    warehouse_ids: tuple[int, ...] = ()
    packaging: str = ""
    inserts: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    fired: list[Firing] = field(default_factory=list)
