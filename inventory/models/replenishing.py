"""What to order, when, and what to bring to the pick faces."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.states import PROPOSAL_TRANSITIONS, TASK_TRANSITIONS, ForecastMethod, ProposalStatus, TaskStatus


class StockPolicy(models.Model):
    """How a product is kept in stock in a warehouse. Empty values are computed from the forecast.

    ``service_level`` is the share of replenishment cycles that should not run out (0.95); it sets the safety stock.
    """

    product = models.ForeignKey("inventory.Product", models.CASCADE, related_name="policies")
    warehouse = models.ForeignKey("inventory.Warehouse", models.CASCADE, related_name="+")
    reorder_point = models.PositiveIntegerField(null=True, blank=True)
    maximum = models.PositiveIntegerField(null=True, blank=True)
    service_level = models.DecimalField(max_digits=4, decimal_places=3, default="0.950")
    review_days = models.PositiveSmallIntegerField(default=7)

    class Meta:
        verbose_name_plural = _("stock policies")
        constraints = [
            models.UniqueConstraint(fields=["product", "warehouse"], name="one_policy_per_product_and_warehouse"),
            models.CheckConstraint(
                condition=Q(service_level__gt=0) & Q(service_level__lt=1), name="policy_service_level_is_a_share"
            ),
        ]


class DemandForecast(models.Model):
    """What a product will sell in a warehouse, a day, by the method that did best in the back-test."""

    product = models.ForeignKey("inventory.Product", models.CASCADE, related_name="forecasts")
    warehouse = models.ForeignKey("inventory.Warehouse", models.CASCADE, related_name="+")
    method = models.CharField(max_length=16, choices=ForecastMethod.choices)
    daily_mean = models.FloatField()
    daily_deviation = models.FloatField()
    wape = models.FloatField(null=True, help_text=_("Sum of absolute errors over sum of demand, in the back-test."))
    baseline_wape = models.FloatField(null=True, help_text=_("The same of the plain 28-day mean."))
    days = models.PositiveIntegerField(help_text=_("Days of history behind it."))
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "warehouse"], name="one_forecast_per_product_and_warehouse")
        ]


class PurchaseProposal(models.Model):
    """Units the system proposes to order, and why; a person makes a purchase order of it, or dismisses it."""

    SUBJECT: ClassVar[str] = "purchase_proposal"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = PROPOSAL_TRANSITIONS

    product = models.ForeignKey("inventory.Product", models.CASCADE, related_name="+")
    warehouse = models.ForeignKey("inventory.Warehouse", models.CASCADE, related_name="+")
    supplier = models.ForeignKey("inventory.Supplier", models.CASCADE, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=10, choices=ProposalStatus.choices, default=ProposalStatus.PROPOSED)
    quantity = models.PositiveIntegerField()
    reason = models.JSONField(default=dict)
    order_by = models.DateField(null=True, blank=True)
    purchase_order = models.ForeignKey(
        "inventory.PurchaseOrder", models.SET_NULL, null=True, blank=True, related_name="proposals"
    )
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "warehouse"], condition=Q(status="proposed"), name="one_open_proposal"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="proposal_orders_something"),
        ]

    @property
    def timeline(self) -> str:
        return ""


class FaceRule(models.Model):
    """A pick face is filled up to ``maximum`` units of a product when fewer than ``minimum`` are left in it."""

    product = models.ForeignKey("inventory.Product", models.CASCADE, related_name="faces")
    bin = models.ForeignKey("inventory.Bin", models.CASCADE, related_name="face_rules")
    minimum = models.PositiveIntegerField()
    maximum = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "bin"], name="one_face_rule_per_product_and_bin"),
            models.CheckConstraint(condition=Q(maximum__gt=F("minimum")), name="face_maximum_above_minimum"),
        ]


class ReplenishmentTask(models.Model):
    """Units to bring from a bulk bin to a pick face. ``needed_by`` is when the face runs dry at today's pace."""

    SUBJECT: ClassVar[str] = "replenishment"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = TASK_TRANSITIONS

    ref = models.CharField(max_length=24, unique=True)
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+")
    lot = models.CharField(max_length=40, blank=True)
    from_bin = models.ForeignKey("inventory.Bin", models.PROTECT, related_name="+")
    to_bin = models.ForeignKey("inventory.Bin", models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=TaskStatus.choices, default=TaskStatus.OPEN)
    cause = models.CharField(max_length=20)
    orders_blocked = models.PositiveIntegerField(default=0)
    needed_by = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "to_bin"], condition=Q(status="open"), name="one_open_task_per_face"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="replenishment_brings_something"),
        ]
        indexes = [
            models.Index("warehouse", "needed_by", name="replenishment_open", condition=Q(status="open")),
        ]

    @property
    def timeline(self) -> str:
        return self.ref


class PeakPlan(models.Model):
    """A season to prepare for: demand between two days is ``uplift`` times what it would be."""

    warehouse = models.ForeignKey("inventory.Warehouse", models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    starts_on = models.DateField()
    ends_on = models.DateField()
    uplift = models.DecimalField(max_digits=5, decimal_places=2, default="2.00")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="peak_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(uplift__gt=0), name="peak_uplift_above_zero"),
        ]
