"""What keeps an order from moving."""

from django.db import models
from django.db.models import Q

from orders.states import HoldType


class Hold(models.Model):
    """A reason not to work on an order. Several may be open at once; while one is, every scan refuses."""

    order = models.ForeignKey("orders.Order", models.CASCADE, related_name="holds")
    type = models.CharField(max_length=12, choices=HoldType.choices)
    reason = models.CharField(max_length=300)
    placed_by = models.CharField(max_length=150)
    placed_at = models.DateTimeField()
    release_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=150, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index("order", name="hold_open", condition=Q(released_at=None)),
            models.Index("release_at", name="hold_due", condition=Q(released_at=None) & ~Q(release_at=None)),
        ]
