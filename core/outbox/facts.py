"""What leaves the outbox: frozen facts, never rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class EventFact:
    """An event as a handler gets it. ``data`` holds ids, quantities and before/after values."""

    id: int
    type: str
    subject_type: str
    subject_id: int
    timeline: str
    data: Mapping[str, Any]
    at: datetime
    actor_kind: str
    actor_name: str


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of the story of an order, a return or a purchase order; the oldest has the smallest id."""

    id: int
    type: str
    subject_type: str
    subject_id: int
    at: datetime
    actor_kind: str
    actor_name: str
    data: Mapping[str, Any] = field(default_factory=dict)


class Claim(NamedTuple):
    """A delivery taken by the relay. The token is good for one start."""

    delivery_id: int
    queue: str
    token: str


@dataclass(frozen=True, slots=True)
class Started:
    """A delivery whose attempt is counted and whose lease is held by ``token``. ``now`` is the database's clock."""

    delivery_id: int
    handler: str
    attempts: int
    token: str
    event: EventFact
    now: datetime


@dataclass(frozen=True, slots=True)
class Drained:
    """What a drain did: handlers that finished, attempts put back for later, deliveries given up."""

    done: int = 0
    retried: int = 0
    dead: int = 0

    @property
    def total(self) -> int:
        return self.done + self.retried + self.dead
