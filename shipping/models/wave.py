"""Work released to the floor, and the walk through the bins."""

from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from shipping.states import (
    PICK_LINE_TRANSITIONS,
    PICK_LIST_TRANSITIONS,
    WAVE_TRANSITIONS,
    PickLineStatus,
    PickListStatus,
    PickMethod,
    ShortReason,
    WaveStatus,
)


class WaveTemplate(models.Model):
    """How a kind of wave is made, by name: which orders, how they are walked, how many at most.

    ``filters`` are the members of ``orders.selectors.work.ReleaseFilter`` as JSON, and ``until_cut_off`` true for
    orders due by the warehouse's next cut-off.
    """

    warehouse = models.ForeignKey("inventory.Warehouse", models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    method = models.CharField(max_length=10, choices=PickMethod.choices, default=PickMethod.DISCRETE)
    orders_per_list = models.PositiveSmallIntegerField(default=1)
    max_orders = models.PositiveIntegerField(default=100)
    filters = models.JSONField(default=dict, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["warehouse", "name"], name="wave_template_name_unique")]

    def __str__(self) -> str:
        return self.name


class Wave(models.Model):
    """A set of fulfillment orders released together."""

    SUBJECT: ClassVar[str] = "wave"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = WAVE_TRANSITIONS

    ref = models.CharField(max_length=24, unique=True)
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=WaveStatus.choices, default=WaveStatus.DRAFT)
    method = models.CharField(max_length=10, choices=PickMethod.choices, default=PickMethod.DISCRETE)
    orders_per_list = models.PositiveSmallIntegerField(default=1)
    template = models.ForeignKey(WaveTemplate, models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                "warehouse",
                "created_at",
                name="wave_open",
                condition=Q(status__in=["draft", "released", "in_progress"]),
            )
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def timeline(self) -> str:
        return self.ref


class PickList(models.Model):
    """One walk of one picker. ``at_bin`` is the last bin proved by a scan; the next item scan counts against it.

    ``in_hand`` units of ``hand_line`` were scanned but not yet proved to be in their tote. ``last_line`` and
    ``last_quantity`` are what an undo takes back.
    """

    SUBJECT: ClassVar[str] = "pick_list"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = PICK_LIST_TRANSITIONS

    ref = models.CharField(max_length=24, unique=True)
    code = models.CharField(max_length=20, unique=True)
    wave = models.ForeignKey(Wave, models.CASCADE, related_name="pick_lists")
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=PickListStatus.choices, default=PickListStatus.RELEASED)
    zone = models.ForeignKey("inventory.Zone", models.SET_NULL, null=True, blank=True, related_name="+")
    ship_by = models.DateField()
    picker = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at_bin = models.ForeignKey("inventory.Bin", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    hand_line = models.ForeignKey("shipping.PickLine", models.SET_NULL, null=True, blank=True, related_name="+")
    in_hand = models.PositiveIntegerField(default=0)
    last_line = models.ForeignKey("shipping.PickLine", models.SET_NULL, null=True, blank=True, related_name="+")
    last_quantity = models.PositiveIntegerField(default=0)
    scans = models.PositiveIntegerField(default=0)
    wrong_scans = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                "warehouse", "ship_by", "id", name="pick_list_waiting", condition=Q(status="released", picker=None)
            ),
            models.Index("picker", name="pick_list_of_picker", condition=Q(status__in=["released", "in_progress"])),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def timeline(self) -> str:
        return ""


class PickTote(models.Model):
    """The tote an order of a pick list is picked into. ``position`` is its place on the cart: 1 is A."""

    pick_list = models.ForeignKey(PickList, models.CASCADE, related_name="totes")
    fulfillment_order = models.ForeignKey("orders.FulfillmentOrder", models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    tote = models.ForeignKey("inventory.Bin", models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pick_list", "position"], name="one_tote_per_place_on_the_cart"),
            models.UniqueConstraint(
                fields=["tote"], condition=Q(released_at=None) & ~Q(tote=None), name="a_tote_serves_one_order"
            ),
            models.UniqueConstraint(
                fields=["fulfillment_order"], condition=Q(released_at=None), name="an_order_is_picked_once"
            ),
        ]


class PickLine(models.Model):
    """Units of one allocation to take from one bin. ``quantity`` of the bin's stock is reserved as ``to_pick``."""

    SUBJECT: ClassVar[str] = "pick_line"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = PICK_LINE_TRANSITIONS

    pick_list = models.ForeignKey(PickList, models.CASCADE, related_name="lines")
    pick_tote = models.ForeignKey(PickTote, models.CASCADE, related_name="lines")
    allocation = models.ForeignKey("orders.Allocation", models.PROTECT, related_name="+")
    order_ref = models.CharField(max_length=24)
    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+")
    bin = models.ForeignKey("inventory.Bin", models.PROTECT, related_name="+")
    lot = models.CharField(max_length=40, blank=True)
    sequence = models.PositiveIntegerField()
    quantity = models.PositiveIntegerField()
    picked = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=10, choices=PickLineStatus.choices, default=PickLineStatus.PENDING)
    short_reason = models.CharField(max_length=10, choices=ShortReason.choices, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["sequence", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(picked__lte=F("quantity")), name="pick_line_not_overpicked"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="pick_line_wants_something"),
        ]
        indexes = [
            models.Index("pick_list", "sequence", "id", name="pick_line_walk"),
            models.Index("product", "bin", name="pick_line_open", condition=Q(status__in=["pending", "skipped"])),
            models.Index("allocation", name="pick_line_allocation"),
        ]

    @property
    def timeline(self) -> str:
        return self.order_ref
