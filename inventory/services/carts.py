"""Keep a cart's hold for longer."""

import uuid
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from inventory.errors import NotFound, ReservationClosed
from inventory.models import Reservation
from inventory.services.holding import ReservationFact


@command
def extend_reservation(
    reservation_id: uuid.UUID, *, expires_in: timedelta, channel_id: int | None = None, by: Actor, now: datetime
) -> ReservationFact:
    """Let a cart's hold end ``expires_in`` from now, sooner or later than it would have.

    A hold whose time is over but that was not ended yet is still held, and goes on. With ``channel_id`` only that
    channel's hold is found. Raises NotFound, ReservationClosed.
    """
    rows = Reservation.objects.filter(pk=reservation_id, document="")
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    # One UPDATE: the sweep that ends holds locks the rows it ends, so that one of the two comes first.
    if not rows.filter(closed_at=None).update(expires_at=now + expires_in):
        if not rows.exists():
            raise NotFound(_("There is no such reservation."))
        raise ReservationClosed(_("This reservation has ended already."))
    row = rows.get()
    lines = tuple(row.lines.order_by("pk").values_list("product_id", "quantity"))
    return ReservationFact(id=row.pk, warehouse_id=row.warehouse_id, expires_at=now + expires_in, lines=lines)
