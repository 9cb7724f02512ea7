"""Where orders come from, as facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from core.kernel.errors import NotFound
from core.kernel.prepared import Prepared
from orders.models import Order

Row = tuple[Any, ...]


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
_SELECT = "SELECT {} FROM orders_channel channel".format(  # noqa: S608  the names are ours
    ", ".join(_COMPUTED.get(name, f"channel.{name}") for name in ChannelFact.__dataclass_fields__)
)
# Every intake asks for it.
_BY_ID = Prepared("orders_channel_by_id", f"{_SELECT} WHERE channel.id = %(channel)s", channel="bigint")


def channel_by_id(channel_id: int) -> ChannelFact:
    """That channel. Raises NotFound."""
    return _only(_BY_ID.run(channel=channel_id))


def channel_by_code(code: str) -> ChannelFact:
    """That channel. Raises NotFound."""
    return _only(_read("WHERE channel.code = %s", code))


def channels() -> list[ChannelFact]:
    """All channels, by code."""
    return [_fact(row) for row in _read("ORDER BY channel.code")]


def _only(rows: Sequence[Row]) -> ChannelFact:
    if not rows:
        raise NotFound("There is no such channel.")
    return _fact(rows[0])


def _read(which: str, *values: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(f"{_SELECT} {which}", values)
        rows: list[Row] = cursor.fetchall()
        return rows


def _fact(row: Row) -> ChannelFact:
    found = dict(zip(ChannelFact.__dataclass_fields__, row, strict=True))
    found["checks"] = tuple(found["checks"])
    found["warehouse_ids"] = (found["warehouse_id"], *found["warehouse_ids"])
    return ChannelFact(**found)


def channel_of_order(ref: str) -> int | None:
    """The channel of the order with that reference; None when there is none."""
    return Order.objects.filter(ref=ref).values_list("channel_id", flat=True).first()
