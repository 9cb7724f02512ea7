"""Where orders come from, as facts."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from core.kernel.errors import NotFound
from orders.models import Channel, Order


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


_FIELDS = tuple(ChannelFact.__dataclass_fields__)
# Every intake asks for it, so it is spelt out once instead of compiled each time.
_BY_ID = f"SELECT {', '.join(_FIELDS)} FROM orders_channel WHERE id = %s"  # noqa: S608  the names are ours


def channel_by_id(channel_id: int) -> ChannelFact:
    """That channel. Raises NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_ID, [channel_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such channel.")
    return ChannelFact(*row)


def channel_by_code(code: str) -> ChannelFact:
    """That channel. Raises NotFound."""
    row = Channel.objects.filter(code=code).values_list(*_FIELDS).first()
    if row is None:
        raise NotFound("There is no such channel.")
    return ChannelFact(*row)


def channels() -> list[ChannelFact]:
    """All channels, by code."""
    return [ChannelFact(*row) for row in Channel.objects.order_by("code").values_list(*_FIELDS)]


def channel_of_order(ref: str) -> int | None:
    """The channel of the order with that reference; None when there is none."""
    return Order.objects.filter(ref=ref).values_list("channel_id", flat=True).first()
