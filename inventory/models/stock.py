"""How many there are: the row that guards the promise, where the units lie, and how they came there."""

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from inventory.states import AlertState, Condition

FREE = F("on_hand") - F("allocated") - F("reserved") - F("quality_control") - F("quarantined") - F("damaged")


class StockLevel(models.Model):
    """A product in a warehouse. Written only by the ledger and the reservation service.

    ``free = on_hand − allocated − reserved − quality_control − quarantined − damaged``; the CHECK keeps it from going
    below zero, so no code path can promise what is not there. ``available`` is what of it may be sold: without the
    ``safety_stock`` kept back. ``changed_xid`` is the transaction that last changed what may be sold, the place of the
    row in the change feed; a trigger writes it.
    """

    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="levels")
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="levels")
    on_hand = models.IntegerField(default=0)
    allocated = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    quality_control = models.IntegerField(default=0)
    quarantined = models.IntegerField(default=0)
    damaged = models.IntegerField(default=0)
    safety_stock = models.IntegerField(default=0, db_default=0)
    free = models.GeneratedField(expression=FREE, output_field=models.IntegerField(), db_persist=True)
    available = models.GeneratedField(
        expression=Greatest(0, FREE - F("safety_stock")), output_field=models.IntegerField(), db_persist=True
    )
    changed_xid = models.BigIntegerField(default=0, db_default=0, editable=False)
    changed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "warehouse"], name="one_level_per_product_and_warehouse"),
            models.CheckConstraint(
                condition=Q(allocated__gte=0)
                & Q(reserved__gte=0)
                & Q(quality_control__gte=0)
                & Q(quarantined__gte=0)
                & Q(damaged__gte=0)
                & Q(safety_stock__gte=0),
                name="stock_level_nothing_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    on_hand__gte=F("allocated") + F("reserved") + F("quality_control") + F("quarantined") + F("damaged")
                ),
                name="stock_level_never_oversold",
            ),
        ]
        # BRIN alone: an ordinary index on a column that changes with every sale would end HOT updates of the hot rows.
        indexes = [BrinIndex(fields=["changed_xid"], name="stock_level_changed", pages_per_range=4, autosummarize=True)]
        triggers = [
            pgtrigger.Trigger(
                name="feed",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF TG_OP = 'INSERT'
                        OR (NEW.on_hand, NEW.allocated, NEW.reserved, NEW.quality_control, NEW.quarantined,
                            NEW.damaged, NEW.safety_stock)
                        IS DISTINCT FROM (OLD.on_hand, OLD.allocated, OLD.reserved, OLD.quality_control,
                            OLD.quarantined, OLD.damaged, OLD.safety_stock)
                    THEN
                        NEW.changed_xid = pg_current_xact_id()::text::bigint;
                        NEW.changed_at = clock_timestamp();
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.product_id} @ {self.warehouse_id}"

    @property
    def unavailable(self) -> int:
        return self.quality_control + self.quarantined + self.damaged


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

    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+", db_index=False)
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+", db_index=False)
    quantity = models.PositiveIntegerField()
    from_bin = models.ForeignKey("inventory.Bin", models.PROTECT, related_name="+", db_index=False)
    from_condition = models.CharField(max_length=16, choices=Condition.choices, default=Condition.SELLABLE)
    to_bin = models.ForeignKey("inventory.Bin", models.PROTECT, related_name="+", db_index=False)
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
            models.Index("product", "at", name="movement_product_at"),
            models.Index("from_bin", "at", name="movement_from_at"),
            models.Index("to_bin", "at", name="movement_to_at"),
            models.Index("lot", "product", name="movement_lot", condition=~Q(lot="")),
            models.Index("document", name="movement_document", condition=~Q(document="")),
            BrinIndex(fields=["at"], name="movement_at", autosummarize=True),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id}: {self.from_bin_id} → {self.to_bin_id}"


class StockSnapshot(models.Model):
    """What lay where at ``at``: of one product in every bin, or of everything in one bin. Derived from the ledger.

    ``contents`` lists [bin or product id, lot, condition, units]. A past moment is the newest snapshot before it and
    the movements since, so that asking costs the same however long the ledger is. May be thrown away and made anew.
    """

    product = models.ForeignKey(
        "inventory.Product", models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    bin = models.ForeignKey("inventory.Bin", models.CASCADE, null=True, blank=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    contents = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "at"], condition=Q(bin=None), name="one_snapshot_of_product"),
            models.UniqueConstraint(fields=["bin", "at"], condition=Q(product=None), name="one_snapshot_of_bin"),
            models.CheckConstraint(
                condition=Q(product=None, bin__isnull=False) | Q(product__isnull=False, bin=None),
                name="snapshot_of_one_thing",
            ),
        ]


class StockAlert(models.Model):
    """Whether a stock level is fine, low or out, as last said: an event is published when this changes, and only then.

    It re-arms with a margin, so that stock that hovers around a limit does not flood anybody. ``since`` is when it last
    went out or came back.
    """

    level = models.OneToOneField(StockLevel, models.CASCADE, related_name="alert")
    state = models.CharField(max_length=4, choices=AlertState.choices, default=AlertState.FINE)
    since = models.DateTimeField()

    class Meta:
        # Who went in and out within the last minute is looked at again every second.
        indexes = [models.Index("since", name="stock_alert_since")]


class FeedReader(models.Model):
    """How far one of our own readers has followed the change feed of stock levels."""

    name = models.CharField(max_length=40, unique=True)
    xid = models.BigIntegerField(default=0)
