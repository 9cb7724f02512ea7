"""How many units of a product a channel leaves to the others."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from orders.models import Channel, ChannelBuffer
from orders.selectors.channels import ChannelFact

REMEMBERED = 64
"""Channels whose exceptions a process keeps in mind."""


@dataclass(frozen=True, slots=True)
class Buffers:
    """The units a channel leaves to the others: ``units`` of every product but the ``exceptions`` {product_id: units}.

    A buffer is judged by what is available: of 7 available units a channel with a buffer of 5 can sell 2.
    """

    units: int = 0
    exceptions: Mapping[int, int] = field(default_factory=dict)

    def of(self, product_id: int) -> int:
        """The units of that product left to others."""
        return self.exceptions.get(product_id, self.units)

    def net(self, available: Mapping[int, int]) -> dict[int, int]:
        """{product_id: units the channel can sell} of {product_id: units available}; never below zero."""
        if not self.units and not self.exceptions:
            return dict(available)
        return {product_id: max(units - self.of(product_id), 0) for product_id, units in available.items()}


NONE = Buffers()
_remembered: OrderedDict[UUID, Mapping[int, int]] = OrderedDict()


def buffers_of(channel: ChannelFact) -> Buffers:
    """The buffers of a channel just read. No query, unless its exceptions changed since this process read them.

    Each change of the exceptions gives the channel a new version, which is read with the channel itself: what is
    remembered of a version can be newer than the channel row, never older.
    """
    if channel.buffers_version is None:
        return Buffers(channel.stock_buffer)
    exceptions = _remembered.get(channel.buffers_version)
    if exceptions is None:
        rows = ChannelBuffer.objects.filter(channel_id=channel.id).values_list("product_id", "units")
        exceptions = _remembered[channel.buffers_version] = dict(rows)
        while len(_remembered) > REMEMBERED:
            _remembered.popitem(last=False)
    return Buffers(channel.stock_buffer, exceptions)


def buffer_mark(channel_id: int) -> str:
    """Text that changes with the channel's buffers, at most 16 hexadecimal digits; empty without any. One query."""
    row = Channel.objects.filter(pk=channel_id).values_list("stock_buffer", "buffers_version").first()
    if row is None or row == (0, None):
        return ""
    return sha256(f"{row[0]} {row[1]}".encode()).hexdigest()[:16]


def units_kept(channel_id: int, product_ids: Iterable[int]) -> dict[int, int]:
    """{product_id: units} the channel leaves to others, of those products where it leaves any. Two queries at most."""
    row = Channel.objects.filter(pk=channel_id).values_list("stock_buffer", flat=True).first()
    if row is None:
        return {}
    wanted = sorted(set(product_ids))
    exceptions = dict(
        ChannelBuffer.objects.filter(channel_id=channel_id, product_id__in=wanted).values_list("product_id", "units")
    )
    kept = {product_id: exceptions.get(product_id, row) for product_id in wanted}
    return {product_id: units for product_id, units in kept.items() if units}
