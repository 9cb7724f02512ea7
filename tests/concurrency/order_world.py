"""Shops, warehouses and settings for the storm of orders."""

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from core.kernel.actors import Actor
from inventory.models import Substitute
from inventory.selectors import default_bins
from inventory.services import ledger
from inventory.services.places import NewBin, create_bins, create_totes, create_warehouse
from inventory.services.products import create_product
from orders.models import (
    Channel,
    ChannelWarehouse,
)
from orders.services.rules import create_rule
from orders.tests.places import another_warehouse
from orders.tests.shop import NOW, Shop
from shipping.models import (
    CarrierService,
    PackagingInsert,
    PackagingRule,
    UpgradeBudget,
)
from shipping.services.budgets import hear_orders
from shipping.tests.floor import Floor, build_floor

GOODS = ("NUT", "BOLT", "RARE", "LAMP")
SOLD = (*GOODS, "BOX", "CARD")
"""BOX is packed from NUT and BOLT when it is ordered; CARD never ships."""
ADAM = Actor(kind="staff", id=1, name="adam")
EVE = Actor(kind="staff", id=2, name="eve")
BUDGET = 15


@dataclass
class Storm:
    """Two warehouses of our own and a third party's, the channels they ship for, and what was done."""

    floor: Floor
    side: Shop
    partner: int
    channels: list[int]
    products: dict[str, int]
    began: float = field(default_factory=time.monotonic)
    leaps: list[timedelta] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """A minute of theirs is a second of ours; ``leap`` lets days come and go."""
        return NOW + timedelta(minutes=time.monotonic() - self.began) + sum(self.leaps, timedelta())

    @property
    def own(self) -> list[int]:
        return [self.floor.warehouse_id, self.side.warehouse_id]

    @property
    def warehouses(self) -> list[int]:
        return [*self.own, self.partner]

    def totes(self, warehouse_id: int) -> list[int]:
        return [one.id for one in self.floor.totes] if warehouse_id == self.floor.warehouse_id else self.side.totes

    def shelf(self, warehouse_id: int) -> int:
        if warehouse_id == self.floor.warehouse_id:
            return next(iter(self.floor.shelves.values())).id
        return default_bins(warehouse_id)["pick_face" if warehouse_id == self.side.warehouse_id else "bulk"]


def prepare() -> Storm:
    """Little stock in three warehouses, and channels that differ in everything that can be said of one."""
    floor = build_floor({"NUT": 40, "BOLT": 40, "RARE": 6, "LAMP": 20, "FLYER": 30}, shelves=5, totes=60)
    made = {
        sku: create_product(sku=sku, name=sku, by=ADAM, now=NOW, **more).product.id
        for sku, more in (
            ("BOX", {"kit": [("NUT", 2), ("BOLT", 1)], "kit_kind": "virtual"}),
            ("CARD", {"ships": False}),
            ("SOON", {"release_on": (NOW + timedelta(days=1)).date()}),
        )
    }
    floor = replace(floor, shop=replace(floor.shop, products={**floor.shop.products, **made}))
    side = another_warehouse(floor.shop, {"NUT": 15, "BOLT": 15, "LAMP": 5, "SOON": 20}, code="SIDE", position=1)
    side = replace(side, totes=[one.id for one in create_totes(side.warehouse_id, 60)])
    place = create_warehouse(
        code="PART", name="Part", country="GB", cut_off=NOW.time(), time_zone="UTC", kind="third_party"
    )
    create_bins(place.id, [NewBin(name="P-1", kind="bulk")])
    first = floor.shop.channel_id
    strict = Channel.objects.create(code="strict", name="S", warehouse_id=floor.warehouse_id, currency="GBP")
    whole = Channel.objects.create(code="whole", name="W", warehouse_id=side.warehouse_id, currency="GBP")
    Channel.objects.filter(pk=strict.pk).update(shortage_policy="reject", fill_policy="completes_an_order")
    Channel.objects.filter(pk=whole.pk).update(ship_policy="complete", fill_policy="promise", stock_buffer=1)
    Channel.objects.update(choice_days=2)
    Channel.objects.filter(pk=whole.pk).update(choice_default="substitute")
    Channel.objects.filter(pk=first).update(choice_default="cancel")
    for channel, warehouse, position in (
        (first, place.id, 2),
        (strict.pk, side.warehouse_id, 1),
        (whole.pk, floor.warehouse_id, 1),
        (whole.pk, place.id, 2),
    ):
        ChannelWarehouse.objects.create(channel_id=channel, warehouse_id=warehouse, position=position)
    products = dict(floor.shop.products)
    for sku, instead in (("RARE", "LAMP"), ("NUT", "BOLT")):
        Substitute.objects.create(product_id=products[sku], substitute_id=products[instead])
    express = {"carrier": "own_delivery", "service": "express", "name": "Express", "price": Decimal(9)}
    CarrierService.objects.create(method="express", cost=Decimal(8), transit_days_max=1, **express)
    UpgradeBudget.objects.create(
        channel_id=first, from_method="standard", to_method="express", orders_a_month=BUDGET, one_in=2
    )
    hear_orders()
    laid_in = PackagingRule.objects.create(code="all", name="All")
    PackagingInsert.objects.create(rule=laid_in, product_id=products["FLYER"])
    for document in (
        {"event": "order.placed", "conditions": [{"field": "value", "is": "at_least", "value": "20"}],
         "actions": [{"do": "tag", "value": "vip"}, {"do": "priority", "value": "3"}]},
        {"event": "order.backordered", "actions": [{"do": "tag", "value": "waits"}]},
        {"event": "order.edited", "actions": [{"do": "tag", "value": "edited"}, {"do": "priority", "value": "2"}]},
    ):  # fmt: skip
        create_rule({"name": str(document["event"]), "conditions": [], **document}, by=ADAM, now=NOW)
    storm = Storm(floor, side, place.id, [first, strict.pk, whole.pk], products)
    for sku in GOODS:
        put(storm, place.id, sku, 12)
    return storm


def put(storm: Storm, warehouse: int, sku: str, units: int) -> None:
    target = storm.shelf(warehouse)
    with transaction.atomic():
        source = default_bins(warehouse)["supplier"]
        ledger.move([ledger.Move(storm.products[sku], units, source, target, "receive")], by=ADAM, now=storm.now)
