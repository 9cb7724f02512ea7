"""What decides when an order leaves and arrives, beside the warehouse's own calendar."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ServiceCutOff(models.Model):
    """The cut-off of one shipping method in a warehouse, instead of the warehouse's own (its local time)."""

    warehouse = models.ForeignKey("inventory.Warehouse", models.CASCADE, related_name="+")
    method = models.CharField(max_length=40)
    cut_off = models.TimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["warehouse", "method"], name="one_cut_off_per_service")]

    def __str__(self) -> str:
        return f"{self.method} until {self.cut_off}"


class TransitTime(models.Model):
    """Days a method is on the road to a country, in the carrier's working days after the day of shipping.

    An empty ``destination`` is every country without a row of its own; an empty ``origin`` every origin. The most
    particular row counts. ``closed_days`` are days on which this carrier neither carries nor delivers.
    """

    method = models.CharField(max_length=40)
    origin = models.CharField(max_length=2, blank=True, default="")
    destination = models.CharField(max_length=2, blank=True, default="")
    fewest = models.PositiveSmallIntegerField()
    most = models.PositiveSmallIntegerField()
    working_weekdays = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        blank=True,
        help_text=_("Monday is 0. Empty: Monday to Friday."),
    )
    closed_days = ArrayField(models.DateField(), default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["method", "origin", "destination"], name="one_transit_time_per_way"),
            models.CheckConstraint(condition=Q(fewest__lte=F("most")), name="transit_time_fewest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.origin or '*'}-{self.destination or '*'}"


class Season(models.Model):
    """Days on which a method takes longer, or leaves earlier: Christmas, sales, strikes.

    Counts for shipments that leave from ``since`` to ``until``; empty ``method``, ``destination`` or ``warehouse``
    mean all. ``cut_off`` replaces the cut-off on those days when it is earlier.
    """

    name = models.CharField(max_length=80)
    method = models.CharField(max_length=40, blank=True, default="")
    destination = models.CharField(max_length=2, blank=True, default="")
    warehouse = models.ForeignKey("inventory.Warehouse", models.CASCADE, null=True, blank=True, related_name="+")
    since = models.DateField()
    until = models.DateField()
    more_handling_days = models.PositiveSmallIntegerField(default=0)
    more_transit_days = models.PositiveSmallIntegerField(default=0)
    cut_off = models.TimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(since__lte=F("until")), name="season_begins_first")]
        indexes = [models.Index("until", name="season_until")]

    def __str__(self) -> str:
        return self.name


class CapacityDay(models.Model):
    """How many shipments a warehouse can send on one day, instead of its daily capacity: more staff, or fewer."""

    warehouse = models.ForeignKey("inventory.Warehouse", models.CASCADE, related_name="+")
    day = models.DateField()
    shipments = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["warehouse", "day"], name="one_capacity_per_day")]

    def __str__(self) -> str:
        return f"{self.shipments} on {self.day}"
