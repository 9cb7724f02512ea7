"""Stock held for a cart, for a while."""

import uuid

from django.db import models
from django.db.models import Q


class Reservation(models.Model):
    """A soft hold for a cart, a transfer or a work order. Counted in ``StockLevel.reserved`` until it ends.

    A cart's ends by being released, consumed by an order, or at ``expires_at``; one without that time waits for its
    ``document`` (the reference of what it is held for) to be carried out.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel_id = models.BigIntegerField(null=True, blank=True)
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    document = models.CharField(max_length=24, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index("expires_at", name="reservation_open", condition=Q(closed_at=None)),
            models.Index("document", name="reservation_document", condition=Q(closed_at=None) & ~Q(document="")),
        ]


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
