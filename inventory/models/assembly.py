"""Work that turns components into kits, or kits into components."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from inventory.states import WORK_ORDER_TRANSITIONS, WorkOrderKind, WorkOrderStatus


class WorkOrder(models.Model):
    """``quantity`` kits to assemble or take apart in a warehouse; ``completed`` of them are done."""

    SUBJECT: ClassVar[str] = "work_order"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = WORK_ORDER_TRANSITIONS

    ref = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=12, choices=WorkOrderKind.choices, default=WorkOrderKind.ASSEMBLE)
    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+")
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    completed = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=12, choices=WorkOrderStatus.choices, default=WorkOrderStatus.DRAFT)
    due_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & Q(completed__lte=F("quantity")), name="work_order_makes_something"
            )
        ]
        indexes = [
            models.Index(
                "warehouse", "due_on", name="work_order_open", condition=Q(status__in=["released", "in_progress"])
            )
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def timeline(self) -> str:
        return self.ref


class WorkOrderLine(models.Model):
    """``per_kit`` units of a component go into, or come out of, each kit; as the recipe was when it was ordered."""

    work_order = models.ForeignKey(WorkOrder, models.CASCADE, related_name="lines")
    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+")
    per_kit = models.PositiveIntegerField()
    moved = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["work_order", "product"], name="one_work_line_per_component"),
            models.CheckConstraint(condition=Q(per_kit__gt=0), name="work_line_uses_something"),
        ]
