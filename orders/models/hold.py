"""What keeps an order from moving."""

from django.db import models
from django.db.models import Q

from orders.states import HoldType


class Hold(models.Model):
    """A reason not to work on an order. Several may be open at once; while one is, every scan refuses.

    ``code`` names the check or rule that placed it (``address.postal_code``, ``rule:12``), empty for a person;
    ``detail`` what it found, such as a suggestion ``{"field", "found", "suggested"}``. No personal data in ``code``.
    """

    order = models.ForeignKey("orders.Order", models.CASCADE, related_name="holds")
    type = models.CharField(max_length=12, choices=HoldType.choices)
    reason = models.CharField(max_length=300)
    placed_by = models.CharField(max_length=150)
    placed_at = models.DateTimeField()
    release_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=150, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    code = models.CharField(max_length=60, blank=True, default="", db_default="")
    detail = models.JSONField(default=dict, db_default={}, blank=True)

    class Meta:
        indexes = [
            models.Index("order", name="hold_open", condition=Q(released_at=None)),
            models.Index("release_at", name="hold_due", condition=Q(released_at=None) & ~Q(release_at=None)),
        ]
