"""Say how many units a channel leaves to the others."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command, refuse_outside_transaction
from core.kernel.errors import Invalid
from core.kernel.locks import lock_one
from orders.models import Channel, ChannelBuffer

LARGEST = 1_000_000


@command
def set_stock_buffer(channel_id: int, units: int, *, by: Actor, now: datetime) -> None:
    """Leave the last ``units`` of every product to the other channels. Orders placed before keep what they have.

    Raises NotFound, and Invalid for a number below zero or above a million.
    """
    _refuse_odd(units)
    channel = lock_one(Channel.objects.all(), pk=channel_id)
    Channel.objects.filter(pk=channel.pk).update(stock_buffer=units)


@command
def set_product_buffers(channel_id: int, units: Mapping[int, int | None], *, by: Actor, now: datetime) -> None:
    """Give products of a channel a buffer of their own, {product_id: units}; None goes back to the channel's.

    Raises NotFound, and Invalid as ``set_stock_buffer`` does. Every process knows of it with its next order.
    """
    for one in units.values():
        if one is not None:
            _refuse_odd(one)
    channel = lock_one(Channel.objects.all(), pk=channel_id)
    gone = [product_id for product_id, one in units.items() if one is None]
    ChannelBuffer.objects.filter(channel=channel, product_id__in=gone).delete()
    ChannelBuffer.objects.bulk_create(
        [
            ChannelBuffer(channel=channel, product_id=product_id, units=one)
            for product_id, one in sorted(units.items())
            if one is not None
        ],
        update_conflicts=True,
        unique_fields=["channel", "product"],
        update_fields=["units"],
    )
    renew_buffers(channel_id)


def renew_buffers(channel_id: int) -> None:
    """Make every process read the exceptions of a channel anew: they were changed. Runs in the caller's transaction."""
    refuse_outside_transaction()
    any_left = ChannelBuffer.objects.filter(channel_id=channel_id).exists()
    Channel.objects.filter(pk=channel_id).update(buffers_version=uuid4() if any_left else None)


def _refuse_odd(units: int) -> None:
    if not 0 <= units <= LARGEST:
        raise Invalid(_("A buffer has 0 to 1,000,000 units."))
