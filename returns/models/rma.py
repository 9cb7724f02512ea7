"""What a customer sends back, and what really arrived."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.kernel.transitions import Transitions
from returns.states import (
    RETURN_TRANSITIONS,
    AcceptanceStatus,
    Disposition,
    Grade,
    ReceptionOutcome,
    ReceptionStatus,
    Resolution,
    ReturnKind,
    ReturnReason,
    ReturnStatus,
)


class Return(models.Model):
    """Goods of one order on their way back (an RMA), or put back before they left."""

    SUBJECT: ClassVar[str] = "return"
    TRANSITIONS: ClassVar[Transitions] = RETURN_TRANSITIONS

    ref = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=20, choices=ReturnKind.choices, default=ReturnKind.CUSTOMER)
    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="+")
    order_ref = models.CharField(max_length=24)
    channel_id = models.BigIntegerField()
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    status = models.CharField(max_length=20, choices=ReturnStatus.choices, default=ReturnStatus.REQUESTED)
    resolution = models.CharField(max_length=16, choices=Resolution.choices, default=Resolution.REFUND)
    source_key = models.CharField(max_length=80, null=True, blank=True, unique=True)
    currency = models.CharField(max_length=3, default="")
    requested_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    reject_reason = models.CharField(max_length=300, blank=True)
    tracking_number = models.CharField(max_length=60, blank=True)
    parcel_id = models.BigIntegerField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("return")
        indexes = [
            models.Index("order", name="return_order"),
            models.Index(F("requested_at").desc(), F("id").desc(), name="return_newest"),
            models.Index("channel_id", F("requested_at").desc(), F("id").desc(), name="return_channel_newest"),
            models.Index(
                "warehouse",
                "status",
                "requested_at",
                name="return_open",
                condition=Q(
                    status__in=["requested", "approved", "in_transit", "partially_received", "received", "inspecting"]
                ),
            ),
            models.Index(
                "expires_at", name="return_expiring", condition=Q(status__in=["requested", "approved", "in_transit"])
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def timeline(self) -> str:
        return self.order_ref


class ReturnItem(models.Model):
    """Units of one order line that come back. Reception says what arrived, acceptance what we make of it.

    ``received`` units are in the house, ``decided`` of them were inspected, ``accepted`` of those are paid back.
    ``sku``, ``name`` and ``unit_price`` are the order line's. An item nobody announced has no order line.
    """

    rma = models.ForeignKey(Return, models.CASCADE, related_name="items")
    order_line = models.ForeignKey("orders.OrderLine", models.PROTECT, null=True, blank=True, related_name="+")
    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+")
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=200, blank=True)
    unit_price = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    quantity = models.PositiveIntegerField()
    received = models.PositiveIntegerField(default=0)
    decided = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=20, choices=ReturnReason.choices, default=ReturnReason.OTHER)
    comment = models.CharField(max_length=500, blank=True)
    reception_status = models.CharField(
        max_length=12, choices=ReceptionStatus.choices, default=ReceptionStatus.AWAITING
    )
    acceptance_status = models.CharField(
        max_length=16, choices=AcceptanceStatus.choices, default=AcceptanceStatus.PENDING
    )
    grade = models.CharField(max_length=1, choices=Grade.choices, blank=True)
    disposition = models.CharField(max_length=20, choices=Disposition.choices, blank=True)
    resolution = models.CharField(max_length=16, choices=Resolution.choices, blank=True)
    bin = models.ForeignKey("inventory.Bin", models.PROTECT, null=True, blank=True, related_name="+")
    refund_amount = models.DecimalField(max_digits=12, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("return item")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="return_item_returns_something"),
            models.CheckConstraint(condition=Q(received__lte=F("quantity")), name="return_item_not_over_received"),
            models.CheckConstraint(
                condition=Q(accepted__lte=F("decided")) & Q(decided__lte=F("received")),
                name="return_item_decides_what_arrived",
            ),
        ]
        indexes = [models.Index("order_line", name="return_item_order_line")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"


class SpokenFor(models.Model):
    """How many units of an order line its returns ask for: the row that guards against returning them twice.

    ``shipped`` is what had been shipped when a return was last requested. The CHECK keeps the promise whatever the
    code does; rejected, cancelled and expired returns give their units back.
    """

    order_line = models.OneToOneField("orders.OrderLine", models.PROTECT, primary_key=True, related_name="+")
    shipped = models.PositiveIntegerField()
    units = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("units spoken for")
        verbose_name_plural = _("units spoken for")
        constraints = [
            models.CheckConstraint(condition=Q(units__lte=F("shipped")), name="returns_ask_for_what_shipped"),
        ]

    def __str__(self) -> str:
        return f"{self.units} of {self.shipped}"


class Reception(models.Model):
    """A scan at the returns desk and what came of it. ``action_id`` makes the same scan sent twice one reception."""

    action_id = models.UUIDField(unique=True)
    rma = models.ForeignKey(Return, models.CASCADE, null=True, blank=True, related_name="receptions")
    code = models.CharField(max_length=80)
    outcome = models.CharField(max_length=12, choices=ReceptionOutcome.choices)
    units = models.PositiveIntegerField(default=0)
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, null=True, blank=True, related_name="+")
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(F("at").desc(), name="reception_newest")]

    def __str__(self) -> str:
        return self.code
