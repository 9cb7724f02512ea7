"""What a customer wants."""

from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from orders.states import (
    ORDER_TRANSITIONS,
    FulfillmentStatus,
    OrderKind,
    OrderStatus,
    PaymentStatus,
    ReturnStatus,
    ShipPolicy,
)


class Order(models.Model):
    """An order as the channel placed it. (channel, external_id) is unique for ever.

    The row is the lock of everything below it: whoever changes lines, holds, fulfilment orders or allocations of an
    order holds its row. ``open_holds`` counts its open holds under that lock: it is the stop flag the floor asks for.

    ``priority`` above 0 goes before its day's others. ``stated_total`` is what the shop said it comes to, when it said.
    ``packaging`` (the code of a packaging rule) and ``inserts`` (SKUs) are what rules decided beyond the packaging
    rules, ``ship_from`` the warehouses they left it: what waits for stock is filled from no other. Empty is all of its
    channel's. A ``replacement`` ``replaces`` an order, at no charge.

    ``status`` is the order's own; ``fulfillment_status`` and ``return_status`` are derived and kept here so that lists
    need no joins; ``payment_status`` mirrors the shop. Addresses, name and phone are snapshots: the
    same e-mail address may order for somebody else next time. ``owner`` is who at the desk looks after it, if anybody.
    """

    SUBJECT: ClassVar[str] = "order"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = ORDER_TRANSITIONS

    ref = models.CharField(max_length=24)
    channel = models.ForeignKey("orders.Channel", models.PROTECT, related_name="+", db_index=False)
    external_id = models.CharField(max_length=64)
    customer = models.ForeignKey("orders.Customer", models.PROTECT, related_name="orders")
    status = models.CharField(max_length=12, choices=OrderStatus.choices, default=OrderStatus.PENDING)
    fulfillment_status = models.CharField(
        max_length=20, choices=FulfillmentStatus.choices, default=FulfillmentStatus.UNFULFILLED
    )
    payment_status = models.CharField(max_length=20, choices=PaymentStatus.choices, default=PaymentStatus.PAID)
    return_status = models.CharField(max_length=20, choices=ReturnStatus.choices, default=ReturnStatus.NONE)
    placed_at = models.DateTimeField()
    created_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    locale = models.CharField(max_length=10, default="en")
    email = models.EmailField(max_length=254)
    customer_name = models.CharField(max_length=200, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    notify_by = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    shipping_address = models.JSONField()
    billing_address = models.JSONField(null=True, blank=True)
    shipping_method = models.CharField(max_length=40, default="standard")
    shipping_price = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    goods_total = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    charges_total = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    note = models.CharField(max_length=1000, blank=True)
    gift = models.JSONField(default=dict, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    ship_by = models.DateField(null=True, blank=True)
    open_holds = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    completed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=12, choices=OrderKind.choices, default=OrderKind.SALE, db_default=OrderKind.SALE)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replacements")
    priority = models.SmallIntegerField(default=0, db_default=0)
    ship_policy = models.CharField(
        max_length=10, choices=ShipPolicy.choices, default=ShipPolicy.PARTIAL, db_default=ShipPolicy.PARTIAL
    )
    purchase_order_number = models.CharField(max_length=60, blank=True, default="", db_default="")
    deliver_not_before = models.DateField(null=True, blank=True)
    deliver_not_after = models.DateField(null=True, blank=True)
    on_pallet = models.BooleanField(default=False, db_default=False)
    stated_total = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    upgraded_from = models.CharField(max_length=40, blank=True, default="", db_default="")
    packaging = models.CharField(max_length=40, blank=True, default="", db_default="")
    inserts = ArrayField(models.CharField(max_length=64), default=list, db_default=[], blank=True)
    ship_from = ArrayField(models.BigIntegerField(), default=list, db_default=[], blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="external_id_unique_for_ever"),
            models.UniqueConstraint(fields=["ref"], name="order_ref_unique"),
        ]
        indexes = [
            models.Index(F("placed_at").desc(), F("id").desc(), name="order_newest"),
            models.Index("channel", F("placed_at").desc(), F("id").desc(), name="order_channel_newest"),
            # What came last is open; who asks for what is over would read past all of it.
            models.Index(
                "channel",
                "status",
                F("placed_at").desc(),
                F("id").desc(),
                name="order_channel_over_newest",
                condition=~Q(status="confirmed"),
            ),
            models.Index("status", F("placed_at").desc(), F("id").desc(), name="order_status_newest"),
            models.Index("fulfillment_status", F("placed_at").desc(), F("id").desc(), name="order_fulfillment_newest"),
            models.Index("ship_by", "id", name="order_open_ship_by", condition=Q(status="confirmed")),
            models.Index("id", name="order_on_hold", condition=Q(open_holds__gt=0)),
            models.Index(Upper("email"), name="order_email"),
            GinIndex("tags", name="order_tags", condition=~Q(tags=[])),
            models.Index("purchase_order_number", name="order_of_purchase", condition=~Q(purchase_order_number="")),
            models.Index(
                "owner",
                F("placed_at").desc(),
                F("id").desc(),
                name="order_of_owner",
                condition=Q(owner__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def timeline(self) -> str:
        return self.ref


class OrderKit(models.Model):
    """Kits a customer bought: name, price and number as they were ordered, for the customer.

    A kit is exploded at intake: its parts are ordinary order lines, which are allocated, picked, shipped and returned.
    What became of the kit is read off them, so that no unit is ever counted twice. ``id`` is drawn from the sequence of
    the order lines: within an order, an id names a line or a kit, never both. ``quantity`` counts kits, cancelled ones
    included.
    """

    id = models.BigIntegerField(primary_key=True)
    order = models.ForeignKey(Order, models.CASCADE, related_name="kits")
    external_id = models.CharField(max_length=64, blank=True)
    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+", db_index=False)
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=12, decimal_places=2)
    note = models.CharField(max_length=500, blank=True)
    properties = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="order_kit_wants_something")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"


class OrderLine(models.Model):
    """One product of an order, in eaches.

    A part of a ``kit`` goes ``per_kit`` times into each and carries ``kit_value``, the share of one kit's price its
    ``per_kit`` units are worth; the shares of a kit sum to its price.

    ``allocated`` counts every unit ever taken from stock for the line and not given back, shipped ones included, so
    ``backordered = quantity − cancelled − allocated`` on every confirmed order; the CHECKs keep the rest in its place.
    ``sku`` and ``name`` are snapshots of the day. A line that does not ``ship`` (a gift card) wants no stock and counts
    as shipped when the order is written. Units of a line with ``release_on`` leave on that day at the earliest.
    ``instead_of`` is the line a customer gave up for this one.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    external_id = models.CharField(max_length=64, blank=True)
    position = models.PositiveSmallIntegerField()
    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+", db_index=False)
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=12, decimal_places=2)
    note = models.CharField(max_length=500, blank=True)
    properties = models.JSONField(default=dict, blank=True)
    allocated = models.PositiveIntegerField(default=0)
    backordered = models.PositiveIntegerField(default=0)
    shipped = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    placed_at = models.DateTimeField()
    kit = models.ForeignKey(OrderKit, models.CASCADE, null=True, blank=True, related_name="parts", db_index=False)
    per_kit = models.PositiveIntegerField(null=True, blank=True)
    kit_value = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    ships = models.BooleanField(default=True, db_default=True)
    release_on = models.DateField(null=True, blank=True)
    instead_of = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_line_wants_something"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("allocated") + F("backordered") + F("cancelled")),
                name="order_line_units_conserved",
            ),
            models.CheckConstraint(condition=Q(shipped__lte=F("allocated")), name="order_line_ships_what_it_got"),
            models.CheckConstraint(condition=Q(returned__lte=F("shipped")), name="order_line_returns_what_shipped"),
            models.CheckConstraint(
                condition=Q(kit=None, per_kit=None, kit_value=None)
                | Q(kit__isnull=False, per_kit__gt=0, kit_value__isnull=False),
                name="order_line_in_kit_says_how_many",
            ),
        ]
        indexes = [
            models.Index("product", "placed_at", "id", name="order_line_backordered", condition=Q(backordered__gt=0)),
            models.Index("kit", name="order_line_of_kit", condition=Q(kit__isnull=False)),
            models.Index("product", "order", name="order_line_of_product"),
        ]

    @property
    def open_quantity(self) -> int:
        """Units still to ship: neither shipped nor cancelled."""
        return self.quantity - self.cancelled - self.shipped


class OrderCharge(models.Model):
    """Money on an order that is no goods: postage, handling, bank charges, a discount (negative)."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="charges")
    code = models.CharField(max_length=40)
    description = models.CharField(max_length=200, blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
