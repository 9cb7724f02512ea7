"""Stock held for a cart, for a while."""

import uuid

from django.db import models
from django.db.models import Q


class Reservation(models.Model):
    """A cart's soft hold. Counted in ``StockLevel.reserved`` until it is released, consumed by an order, or expires."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel_id = models.BigIntegerField(null=True, blank=True)
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("expires_at", name="reservation_open", condition=Q(closed_at=None))]


class ReservationLine(models.Model):
    """Units of one product in a cart's hold."""

    reservation = models.ForeignKey(Reservation, models.CASCADE, related_name="lines")
    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reservation", "product"], name="one_reservation_line_per_product"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_holds_something"),
        ]
