"""Counting what lies in the bins, without stopping the floor."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.states import COUNT_TRANSITIONS, Condition, CountCause, CountStatus


class CountPlan(models.Model):
    """How often each bin of a warehouse is counted, by the velocity of what lies there (0: never), and what alarms.

    A variance of up to ``tolerance_units`` and ``tolerance_value`` is approved by itself; more is counted again by
    somebody else and then approved by a supervisor.
    """

    warehouse = models.OneToOneField("inventory.Warehouse", models.CASCADE, related_name="count_plan")
    days_a = models.PositiveSmallIntegerField(default=30)
    days_b = models.PositiveSmallIntegerField(default=90)
    days_c = models.PositiveSmallIntegerField(default=180)
    bins_per_day = models.PositiveSmallIntegerField(default=50)
    count_zero = models.BooleanField(default=True, help_text=_("Count a bin when its stock reaches zero."))
    count_short = models.BooleanField(default=True, help_text=_("Count a bin after a short pick."))
    tolerance_units = models.PositiveIntegerField(default=1)
    tolerance_value = models.DecimalField(max_digits=12, decimal_places=2, default=10)
    active = models.BooleanField(default=True)


class CountTask(models.Model):
    """One bin to count (of one ``product``, or of everything). ``round`` 2 is the recount by another person."""

    SUBJECT: ClassVar[str] = "count"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = COUNT_TRANSITIONS

    ref = models.CharField(max_length=24, unique=True)
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    bin = models.ForeignKey("inventory.Bin", models.PROTECT, related_name="counts")
    product = models.ForeignKey("inventory.Product", models.PROTECT, null=True, blank=True, related_name="+")
    cause = models.CharField(max_length=10, choices=CountCause.choices)
    status = models.CharField(max_length=13, choices=CountStatus.choices, default=CountStatus.REQUESTED)
    round = models.PositiveSmallIntegerField(default=1)
    due_on = models.DateField()
    created_at = models.DateTimeField()
    counter_id = models.BigIntegerField(null=True, blank=True)
    counter_name = models.CharField(max_length=150, blank=True)
    first_counter_id = models.BigIntegerField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=150, blank=True)
    variance_units = models.PositiveIntegerField(default=0, help_text=_("Σ |counted − book| over its lines."))
    variance_value = models.DecimalField(max_digits=14, decimal_places=2, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bin"],
                condition=Q(status__in=["requested", "counting", "counted", "investigating"]),
                name="one_open_count_per_bin",
            )
        ]
        indexes = [
            models.Index(
                "warehouse",
                "due_on",
                name="count_open",
                condition=Q(status__in=["requested", "counting", "counted", "investigating"]),
            ),
            models.Index("warehouse", "counted_at", name="count_done"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def timeline(self) -> str:
        return self.ref


class CountLine(models.Model):
    """What was found of one product, lot and condition, against the ``book`` at the moment it was entered.

    Posted as the difference, so movements before and after it stay true. ``moved`` units passed through the bin while
    it was being counted, which is why a variance may be none.
    """

    task = models.ForeignKey(CountTask, models.CASCADE, related_name="lines")
    round = models.PositiveSmallIntegerField(default=1)
    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+")
    lot = models.CharField(max_length=40, blank=True)
    condition = models.CharField(max_length=16, choices=Condition.choices, default=Condition.SELLABLE)
    counted = models.PositiveIntegerField()
    book = models.PositiveIntegerField()
    moved = models.PositiveIntegerField(default=0)
    counted_by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task", "round", "product", "lot", "condition"], name="one_count_line_per_lot_and_round"
            )
        ]
