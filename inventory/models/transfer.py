"""Goods on their way from one warehouse to another."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from inventory.states import TRANSFER_TRANSITIONS, TransferStatus


class Transfer(models.Model):
    """Units sent from ``source`` to ``target``. What has left and not arrived is in transit, on nobody's shelf."""

    SUBJECT: ClassVar[str] = "transfer"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = TRANSFER_TRANSITIONS

    ref = models.CharField(max_length=24, unique=True)
    source = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    target = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    status = models.CharField(max_length=20, choices=TransferStatus.choices, default=TransferStatus.DRAFT)
    expected_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    shipped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(source=F("target")), name="transfer_goes_somewhere")]
        indexes = [
            models.Index(
                "target",
                "expected_on",
                name="transfer_open",
                condition=Q(status__in=["ordered", "in_transit", "partially_received"]),
            )
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def timeline(self) -> str:
        return self.ref


class TransferLine(models.Model):
    """One product and lot of a transfer, in eaches; ``shipped − received − lost`` of them are in transit."""

    transfer = models.ForeignKey(Transfer, models.CASCADE, related_name="lines")
    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+")
    lot = models.CharField(max_length=40, blank=True)
    quantity = models.PositiveIntegerField(default=0)
    shipped = models.PositiveIntegerField(default=0)
    received = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transfer", "product", "lot"], name="one_transfer_line_per_lot"),
            models.CheckConstraint(
                condition=Q(shipped__gte=F("received") + F("lost")), name="transfer_line_arrives_after_it_left"
            ),
        ]
        indexes = [
            models.Index("product", name="transfer_line_in_transit", condition=Q(shipped__gt=F("received") + F("lost")))
        ]
