"""Where orders come from, as facts."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from core.kernel.errors import NotFound
from orders.models import Order


@dataclass(frozen=True, slots=True)
class ChannelFact:
    """A channel and its policies. ``shortage_policy`` is ``backorder`` or ``reject``.

    ``orders.selectors.buffers`` says what ``stock_buffer`` and ``buffers_version`` mean for a product.
    """

    id: int
    code: str
    name: str
    kind: str
    shortage_policy: str
    warehouse_id: int
    currency: str
    default_locale: str
    sends_messages: bool
    return_window_days: int
    support_email: str
    active: bool
    stock_buffer: int = 0
    buffers_version: UUID | None = None
    ship_policy: str = "partial"
    fill_policy: str = "oldest"
    ref_prefix: str = "ORD"
    ships_within_days: int | None = None
    checks: tuple[str, ...] = ()
    requires_phone: bool = False
    usual_units: int = 0
    duplicate_hours: int = 24
    choice_days: int = 0
    choice_default: str = "wait"
    slip_name: str = ""
    warehouse_ids: tuple[int, ...] = ()
    """Where its orders may ship from: its own warehouse first, then its routes."""
    rulebook: UUID | None = None
    """Changes with any rule; None while there are none."""


_COMPUTED = {
    "warehouse_ids": """ARRAY(
        SELECT route.warehouse_id FROM orders_channelwarehouse route
        WHERE route.channel_id = channel.id AND route.warehouse_id <> channel.warehouse_id
        ORDER BY route.position, route.id)""",
    "rulebook": "(SELECT version FROM orders_rulebook ORDER BY id LIMIT 1)",
}
# Every intake asks for it, so it is spelt out once instead of compiled each time.
_SELECT = "SELECT {} FROM orders_channel channel".format(  # noqa: S608  the names are ours
    ", ".join(_COMPUTED.get(name, f"channel.{name}") for name in ChannelFact.__dataclass_fields__)
)


def channel_by_id(channel_id: int) -> ChannelFact:
    """That channel. Raises NotFound."""
    return _one("WHERE channel.id = %s", channel_id)


def channel_by_code(code: str) -> ChannelFact:
    """That channel. Raises NotFound."""
    return _one("WHERE channel.code = %s", code)


def channels() -> list[ChannelFact]:
    """All channels, by code."""
    return _read("ORDER BY channel.code")


def _one(which: str, value: int | str) -> ChannelFact:
    rows = _read(which, value)
    if not rows:
        raise NotFound("There is no such channel.")
    return rows[0]


def _read(which: str, *values: int | str) -> list[ChannelFact]:
    with connection.cursor() as cursor:
        cursor.execute(f"{_SELECT} {which}", values)
        rows = cursor.fetchall()
    return [_fact(dict(zip(ChannelFact.__dataclass_fields__, row, strict=True))) for row in rows]


def _fact(row: dict[str, Any]) -> ChannelFact:
    row["checks"] = tuple(row["checks"])
    row["warehouse_ids"] = (row["warehouse_id"], *row["warehouse_ids"])
    return ChannelFact(**row)


def channel_of_order(ref: str) -> int | None:
    """The channel of the order with that reference; None when there is none."""
    return Order.objects.filter(ref=ref).values_list("channel_id", flat=True).first()
