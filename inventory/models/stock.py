"""How many there are: the row that guards the promise, where the units lie, and how they came there."""

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.states import Condition


class StockLevel(models.Model):
    """A product in a warehouse. Written only by the ledger and the reservation service.

    ``available = on_hand − allocated − reserved − quality_control − quarantined − damaged``; the CHECK keeps it from
    going below zero, so no code path can promise what is not there.
    """

    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="levels")
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="levels")
    on_hand = models.IntegerField(default=0)
    allocated = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    quality_control = models.IntegerField(default=0)
    quarantined = models.IntegerField(default=0)
    damaged = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "warehouse"], name="one_level_per_product_and_warehouse"),
            models.CheckConstraint(
                condition=Q(allocated__gte=0)
                & Q(reserved__gte=0)
                & Q(quality_control__gte=0)
                & Q(quarantined__gte=0)
                & Q(damaged__gte=0),
                name="stock_level_nothing_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    on_hand__gte=F("allocated") + F("reserved") + F("quality_control") + F("quarantined") + F("damaged")
                ),
                name="stock_level_never_oversold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} @ {self.warehouse_id}"

    @property
    def unavailable(self) -> int:
        return self.quality_control + self.quarantined + self.damaged

    @property
    def available(self) -> int:
        return self.on_hand - self.allocated - self.reserved - self.unavailable


class BinStock(models.Model):
    """Units of one product, lot and condition in one bin. ``to_pick`` of them are promised to open pick lines."""

    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+")
    bin = models.ForeignKey("inventory.Bin", models.PROTECT, related_name="stock")
    lot = models.CharField(max_length=40, blank=True)
    condition = models.CharField(max_length=16, choices=Condition.choices, default=Condition.SELLABLE)
    quantity = models.IntegerField(default=0)
    to_pick = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "bin", "lot", "condition"], name="one_row_per_product_bin_lot_condition"
            ),
            models.CheckConstraint(
                condition=Q(to_pick__gte=0) & Q(quantity__gte=F("to_pick")), name="bin_stock_never_negative"
            ),
        ]
        indexes = [models.Index("bin", name="bin_stock_present", condition=Q(quantity__gt=0))]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id} in {self.bin_id}"


class StockMovement(models.Model):
    """Units that went from one bin to another, or changed condition where they lie. Append-only double entry.

    Receiving comes from the virtual bin *supplier*, shipping goes to *customer*, losses go to *adjustment* or *scrap*.
    ``move_key`` makes a repeated movement impossible.
    """

    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+")
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    from_bin = models.ForeignKey("inventory.Bin", models.PROTECT, related_name="+")
    from_condition = models.CharField(max_length=16, choices=Condition.choices, default=Condition.SELLABLE)
    to_bin = models.ForeignKey("inventory.Bin", models.PROTECT, related_name="+")
    to_condition = models.CharField(max_length=16, choices=Condition.choices, default=Condition.SELLABLE)
    lot = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=30)
    document = models.CharField(max_length=24, blank=True)
    note = models.CharField(max_length=200, blank=True)
    move_key = models.CharField(max_length=80, null=True, unique=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True, blank=True)
    actor_name = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("stock movement")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="movement_moves_something"),
            models.CheckConstraint(
                condition=~Q(from_bin=F("to_bin")) | ~Q(from_condition=F("to_condition")),
                name="movement_goes_somewhere",
            ),
        ]
        indexes = [
            models.Index("product", "id", name="movement_product"),
            models.Index("document", name="movement_document", condition=~Q(document="")),
            BrinIndex(fields=["at"], name="movement_at", autosummarize=True),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id}: {self.from_bin_id} → {self.to_bin_id}"
