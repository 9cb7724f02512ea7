"""What the customer was told about when."""

from django.db import models


class Promise(models.Model):
    """One version of an order's promise. A change never rewrites one: it makes the next, with its reason.

    Dates are the warehouse's. ``inputs`` keeps what the dates were computed from, to explain them later.
    """

    order = models.ForeignKey("orders.Order", models.CASCADE, related_name="promises", db_index=False)
    version = models.PositiveIntegerField()
    ship_by = models.DateField()
    deliver_from = models.DateField()
    deliver_to = models.DateField()
    reason = models.CharField(max_length=200, blank=True)
    inputs = models.JSONField(default=dict)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "version"], name="one_promise_per_version")]
