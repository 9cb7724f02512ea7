"""The part of an order one warehouse ships, and the stock promised to it."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from orders.states import (
    FULFILLMENT_ORDER_TRANSITIONS,
    OPEN_FULFILLMENT_ORDER,
    AllocationStatus,
    FulfillmentOrderStatus,
    RequestStatus,
)


class FulfillmentOrder(models.Model):
    """The part of an order that one warehouse ships together; its content are its allocations.

    An order has one at intake, with what was in stock, and one more each time a backorder is filled after that one was
    released to the floor.

    ``allocated`` may be released. ``open`` waits for the rest of an order that ships complete, or for a third party's
    answer; ``scheduled`` waits for ``release_on``, a day of its warehouse. ``request_status`` is for third parties.
    """

    SUBJECT: ClassVar[str] = "fulfillment_order"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = FULFILLMENT_ORDER_TRANSITIONS

    order = models.ForeignKey("orders.Order", models.CASCADE, related_name="fulfillment_orders")
    order_ref = models.CharField(max_length=24)
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(
        max_length=12, choices=FulfillmentOrderStatus.choices, default=FulfillmentOrderStatus.OPEN
    )
    ship_by = models.DateField()
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    picked_at = models.DateTimeField(null=True, blank=True)
    packed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    priority = models.SmallIntegerField(default=0, db_default=0)
    release_on = models.DateField(null=True, blank=True)
    request_status = models.CharField(
        max_length=10, choices=RequestStatus.choices, blank=True, default="", db_default=""
    )
    request_note = models.CharField(max_length=300, blank=True, default="", db_default="")
    external_ref = models.CharField(max_length=64, blank=True, default="", db_default="")
    requested_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                "warehouse", "ship_by", "id", name="fulfillment_order_releasable", condition=Q(status="allocated")
            ),
            models.Index(
                "warehouse",
                "status",
                "ship_by",
                name="fulfillment_order_open",
                condition=Q(status__in=sorted(OPEN_FULFILLMENT_ORDER)),
            ),
            models.Index("release_on", "id", name="fulfillment_order_scheduled", condition=Q(status="scheduled")),
            models.Index(
                "warehouse", "requested_at", name="fulfillment_order_requested", condition=Q(request_status="requested")
            ),
            models.Index(F("closed_at").desc(), name="fulfillment_order_closed", condition=Q(status="closed")),
        ]

    def __str__(self) -> str:
        return f"{self.order_ref}/{self.pk}"

    @property
    def timeline(self) -> str:
        return self.order_ref


class Allocation(models.Model):
    """Units of stock promised to an order line. ``bin`` says where they are once picked: a tote, then staging.

    Never changed in quantity without the counters: part of it picked, shipped or given up becomes a row of its own.
    ``product`` and ``warehouse`` repeat the line's and the fulfilment order's, which the database checks already.
    """

    fulfillment_order = models.ForeignKey(FulfillmentOrder, models.CASCADE, related_name="allocations")
    order_line = models.ForeignKey("orders.OrderLine", models.CASCADE, related_name="allocations")
    product = models.ForeignKey(
        "inventory.Product", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    warehouse = models.ForeignKey(
        "inventory.Warehouse", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    quantity = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=AllocationStatus.choices, default=AllocationStatus.ALLOCATED)
    bin = models.ForeignKey("inventory.Bin", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    lot = models.CharField(max_length=40, blank=True)
    packed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="allocation_holds_something")]
        indexes = [
            models.Index(
                "product", "warehouse", name="allocation_open", condition=Q(status__in=["allocated", "picked"])
            ),
        ]
