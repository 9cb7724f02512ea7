"""What goes out of the door."""

from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from shipping.states import PARCEL_TRANSITIONS, ParcelStatus


class Parcel(models.Model):
    """One box on its way to one customer. Weight in grams, as measured at the bench."""

    SUBJECT: ClassVar[str] = "parcel"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = PARCEL_TRANSITIONS

    ref = models.CharField(max_length=24, unique=True)
    order_ref = models.CharField(max_length=24)
    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="+")
    fulfillment_order = models.ForeignKey("orders.FulfillmentOrder", models.PROTECT, related_name="+")
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    channel_id = models.BigIntegerField()
    status = models.CharField(max_length=24, choices=ParcelStatus.choices, default=ParcelStatus.OPEN)
    carton = models.ForeignKey("shipping.Carton", models.PROTECT, null=True, blank=True, related_name="+")
    weight_g = models.PositiveIntegerField(null=True, blank=True)
    expected_weight_g = models.PositiveIntegerField(default=0)
    tote = models.ForeignKey("inventory.Bin", models.SET_NULL, null=True, blank=True, related_name="+")
    packer = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    carrier = models.CharField(max_length=40, blank=True)
    service = models.CharField(max_length=60, blank=True)
    tracking_number = models.CharField(max_length=60, blank=True)
    tracking_url = models.CharField(max_length=300, blank=True)
    last_event_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    packed_at = models.DateTimeField(null=True, blank=True)
    label_confirmed_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "tracking_number"],
                condition=~Q(tracking_number=""),
                name="tracking_number_unique_per_carrier",
            ),
        ]
        indexes = [
            models.Index("order", name="parcel_order"),
            models.Index(
                "warehouse",
                "status",
                name="parcel_in_house",
                condition=Q(status__in=["open", "packed", "label_purchased", "ready_for_pickup"]),
            ),
            models.Index("channel_id", F("created_at").desc(), F("id").desc(), name="parcel_channel_newest"),
            models.Index("tracking_number", name="parcel_tracking_number", condition=~Q(tracking_number="")),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def timeline(self) -> str:
        return self.order_ref


class ParcelItem(models.Model):
    """Units of one allocation in one parcel; ``scanned`` of them are proved by a scan."""

    parcel = models.ForeignKey(Parcel, models.CASCADE, related_name="items")
    allocation = models.ForeignKey("orders.Allocation", models.PROTECT, related_name="+")
    order_line = models.ForeignKey("orders.OrderLine", models.PROTECT, related_name="+")
    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    scanned = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["parcel", "allocation"], name="one_item_per_parcel_and_allocation"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="parcel_item_holds_something"),
            models.CheckConstraint(condition=Q(scanned__lte=F("quantity")), name="parcel_item_not_overscanned"),
        ]
        indexes = [models.Index("order_line", name="parcel_item_order_line")]
