"""Goods on their way in, and what really arrived."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.states import PURCHASE_ORDER_TRANSITIONS, PurchaseOrderStatus, ReceiptDiscrepancy


class PurchaseOrder(models.Model):
    """Goods ordered from a supplier for one warehouse."""

    SUBJECT: ClassVar[str] = "purchase_order"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = PURCHASE_ORDER_TRANSITIONS

    ref = models.CharField(max_length=24, unique=True)
    supplier = models.ForeignKey("inventory.Supplier", models.PROTECT, related_name="purchase_orders")
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="purchase_orders")
    status = models.CharField(max_length=20, choices=PurchaseOrderStatus.choices, default=PurchaseOrderStatus.DRAFT)
    expected_on = models.DateField(null=True, blank=True)
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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purchase_order", "product"], name="one_purchase_line_per_product"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="purchase_line_orders_something"),
        ]
        indexes = [models.Index("product", name="purchase_line_open", condition=Q(received__lt=F("quantity")))]


class Receipt(models.Model):
    """One delivery at the dock, against a purchase order or blind (none)."""

    ref = models.CharField(max_length=24, unique=True)
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    purchase_order = models.ForeignKey(PurchaseOrder, models.PROTECT, null=True, blank=True, related_name="receipts")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.CharField(max_length=150)

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
    note = models.CharField(max_length=200, blank=True)
    action_id = models.UUIDField(null=True, blank=True, unique=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="receipt_line_has_units")]


__all__ = ["PurchaseOrder", "PurchaseOrderLine", "PurchaseOrderStatus", "Receipt", "ReceiptLine"]
