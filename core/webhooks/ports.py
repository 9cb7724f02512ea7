"""What core cannot know: which events are public, who may read them, and what is told outside. The roof connects it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.outbox.facts import EventFact

FAN_OUT = "core.webhooks.handlers.fan_out"
SEND = "core.webhooks.handlers.send_due"
WEBHOOK_DUE = "webhook.due"


@dataclass(frozen=True, slots=True)
class Notice:
    """What an event tells outside: ids and references, never personal data.

    ``channel_id`` is the channel it belongs to. None belongs to no channel one could name, so that only endpoints
    without a channel hear it; ``shared`` is everybody's, such as stock. Third parties hear what happens in their
    ``warehouse_id`` and nothing else.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    channel_id: int | None = None
    shared: bool = False
    warehouse_id: int | None = None


def _nothing(event: EventFact) -> Notice | None:
    return None


public_types: dict[str, str] = {}
"""{type in the outbox: its name outside}, mostly the same."""

scopes: dict[str, str] = {}
"""{first word of a public type: the scope a key needs to subscribe to it}."""

partner_scopes: dict[str, str] = {}
"""The same for the key of a third party's warehouse; of other subjects it hears nothing."""

notice_of: Callable[[EventFact], Notice | None] = _nothing
"""What the event tells outside; None when its subject is gone."""
