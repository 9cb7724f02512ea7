"""Look up what a cart holds."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from inventory.models import Reservation


@dataclass(frozen=True, slots=True)
class HeldCart:
    """A cart's hold; ``items`` are (SKU, units). It is open until it is released, used by an order, or expires."""

    id: uuid.UUID
    warehouse: str
    expires_at: datetime
    open: bool
    items: tuple[tuple[str, int], ...]


def held_cart(reservation_id: uuid.UUID, *, channel_id: int | None = None) -> HeldCart:
    """That hold; with ``channel_id`` only that channel's. Two queries. Raises NotFound."""
    rows = Reservation.objects.filter(pk=reservation_id, document="", expires_at__isnull=False)
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    found = rows.values_list("pk", "warehouse__code", "expires_at", "closed_at").first()
    if found is None or found[2] is None:
        raise NotFound(_("There is no such reservation."))
    lines = Reservation.objects.filter(pk=reservation_id).order_by("lines__pk")
    items = tuple((sku, units) for sku, units in lines.values_list("lines__product__sku", "lines__quantity") if sku)
    return HeldCart(found[0], found[1], found[2], found[3] is None, items)
