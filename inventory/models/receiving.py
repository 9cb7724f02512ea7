"""Goods on their way in, and what really arrived."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.states import (
    PURCHASE_ORDER_TRANSITIONS,
    QUALITY_CHECK_TRANSITIONS,
    SHIP_NOTICE_TRANSITIONS,
    Condition,
    PurchaseOrderStatus,
    QualityCheckStatus,
    ReceiptDiscrepancy,
    ShipNoticeStatus,
)


class PurchaseOrder(models.Model):
    """Goods ordered from a supplier for one warehouse."""

    SUBJECT: ClassVar[str] = "purchase_order"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = PURCHASE_ORDER_TRANSITIONS

    ref = models.CharField(max_length=24, unique=True)
    supplier = models.ForeignKey("inventory.Supplier", models.PROTECT, related_name="purchase_orders")
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="purchase_orders")
    status = models.CharField(max_length=20, choices=PurchaseOrderStatus.choices, default=PurchaseOrderStatus.DRAFT)
    expected_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    ordered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("purchase order")
        indexes = [
            models.Index(
                "warehouse",
                "expected_on",
                name="purchase_order_open",
                condition=Q(status__in=["ordered", "partially_received"]),
            )
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def timeline(self) -> str:
        return self.ref


class PurchaseOrderLine(models.Model):
    """One product of a purchase order, in eaches."""

    purchase_order = models.ForeignKey(PurchaseOrder, models.CASCADE, related_name="lines")
    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    received = models.PositiveIntegerField(default=0)
    unit_cost = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purchase_order", "product"], name="one_purchase_line_per_product"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="purchase_line_orders_something"),
        ]
        indexes = [models.Index("product", name="purchase_line_open", condition=Q(received__lt=F("quantity")))]


class Receipt(models.Model):
    """One delivery at the dock: against a purchase order, a ship notice or a transfer, or blind (none of them)."""

    ref = models.CharField(max_length=24, unique=True)
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    purchase_order = models.ForeignKey(PurchaseOrder, models.PROTECT, null=True, blank=True, related_name="receipts")
    ship_notice = models.ForeignKey(
        "inventory.ShipNotice", models.PROTECT, null=True, blank=True, related_name="receipts"
    )
    transfer = models.ForeignKey("inventory.Transfer", models.PROTECT, null=True, blank=True, related_name="receipts")
    supplier = models.ForeignKey("inventory.Supplier", models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.CharField(max_length=150)
    note = models.CharField(max_length=200, blank=True, help_text=_("Why it came without an order."))
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.ref


class ReceiptLine(models.Model):
    """Units of one product that came in, or failed to, and how that differs from what was ordered.

    A ``short`` line brought no units and an ``unknown`` article no stock: neither has a bin. ``action_id`` is made by
    the scanner's screen, so that the same scan sent twice is received once.
    """

    receipt = models.ForeignKey(Receipt, models.CASCADE, related_name="lines")
    product = models.ForeignKey("inventory.Product", models.PROTECT, null=True, blank=True, related_name="+")
    scanned_code = models.CharField(max_length=80, blank=True)
    quantity = models.PositiveIntegerField()
    bin = models.ForeignKey("inventory.Bin", models.PROTECT, null=True, blank=True, related_name="+")
    discrepancy = models.CharField(max_length=10, choices=ReceiptDiscrepancy.choices, default=ReceiptDiscrepancy.NONE)
    lot = models.CharField(max_length=40, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    sscc = models.CharField(max_length=18, blank=True)
    condition = models.CharField(max_length=16, choices=Condition.choices, default=Condition.SELLABLE)
    voided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    action_id = models.UUIDField(null=True, blank=True, unique=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="receipt_line_has_units")]


class ReceiptPhoto(models.Model):
    """What the dock saw: a photo of a receipt or of one of its lines, as a JPEG without metadata."""

    receipt = models.ForeignKey(Receipt, models.CASCADE, related_name="photos")
    line = models.ForeignKey(ReceiptLine, models.CASCADE, null=True, blank=True, related_name="photos")
    image = models.BinaryField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    taken_by = models.CharField(max_length=150)
    at = models.DateTimeField()


class ShipNotice(models.Model):
    """An advance ship notice: what a supplier says is on its way, in which cases and lots."""

    SUBJECT: ClassVar[str] = "ship_notice"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = SHIP_NOTICE_TRANSITIONS

    ref = models.CharField(max_length=24, unique=True)
    supplier = models.ForeignKey("inventory.Supplier", models.PROTECT, related_name="+")
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    purchase_order = models.ForeignKey(PurchaseOrder, models.PROTECT, null=True, blank=True, related_name="notices")
    number = models.CharField(max_length=64, help_text=_("The supplier's own number."))
    status = models.CharField(max_length=12, choices=ShipNoticeStatus.choices, default=ShipNoticeStatus.EXPECTED)
    expected_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["supplier", "number"], name="ship_notice_number_unique")]
        indexes = [
            models.Index("warehouse", "expected_on", name="ship_notice_open", condition=Q(status="expected")),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def timeline(self) -> str:
        return self.ref


class ShipNoticeLine(models.Model):
    """Units of a product a ship notice names; ``sscc`` is the number on the case or pallet they come in."""

    ship_notice = models.ForeignKey(ShipNotice, models.CASCADE, related_name="lines")
    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    lot = models.CharField(max_length=40, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    sscc = models.CharField(max_length=18, blank=True)
    received = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="ship_notice_line_has_units")]
        indexes = [models.Index("sscc", name="ship_notice_sscc", condition=~Q(sscc=""))]


class SamplingRule(models.Model):
    """Which received lines go to quality control first: every nth of a supplier or product, or its first receipts.

    Empty supplier or product is any. The newest rule that fits decides. ``seen`` counts the lines it decided about,
    under its lock, so that every nth is exact however many receive at once.
    """

    supplier = models.ForeignKey("inventory.Supplier", models.CASCADE, null=True, blank=True, related_name="+")
    product = models.ForeignKey("inventory.Product", models.CASCADE, null=True, blank=True, related_name="+")
    every_nth = models.PositiveIntegerField(default=0, help_text=_("0: only the first receipts."))
    first_receipts = models.PositiveIntegerField(default=0)
    instructions = models.CharField(max_length=500, blank=True)
    seen = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)


class QualityCheck(models.Model):
    """Units that came in and may not be sold before somebody has looked at them."""

    SUBJECT: ClassVar[str] = "quality_check"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = QUALITY_CHECK_TRANSITIONS

    receipt_line = models.OneToOneField(ReceiptLine, models.PROTECT, related_name="quality_check")
    rule = models.ForeignKey(SamplingRule, models.SET_NULL, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=8, choices=QualityCheckStatus.choices, default=QualityCheckStatus.PENDING)
    passed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index("id", name="quality_check_open", condition=Q(status="pending"))]

    @property
    def timeline(self) -> str:
        return self.receipt_line.receipt.ref


__all__ = [
    "PurchaseOrder",
    "PurchaseOrderLine",
    "PurchaseOrderStatus",
    "QualityCheck",
    "Receipt",
    "ReceiptLine",
    "ReceiptPhoto",
    "SamplingRule",
    "ShipNotice",
    "ShipNoticeLine",
]
