"""A shop to test with: one warehouse with stock, one channel, made by the services themselves."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from core.kernel.actors import Actor
from inventory.selectors import availability, default_bins, products_by_sku
from inventory.services import ledger, picking
from inventory.services.places import NewBin, create_bins, create_totes, create_warehouse
from inventory.services.products import create_products
from orders.models import Allocation, Channel, Order, OrderLine
from orders.selectors.facts import OrderFact, Packed, Picked, Shipped
from orders.services import fulfilment
from orders.services.intake import place_order
from orders.services.requests import CustomerRequest, LineRequest, OrderRequest

# A Monday, before the cut-off.
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TESTER = Actor(kind="staff", id=1, name="tester")
ADDRESS = {"name": "Ada Byron", "line1": "12 Mill Lane", "city": "Leeds", "postal_code": "LS1 4AP", "country": "GB"}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Shop:
    """The channel, its warehouse, and ``products`` by SKU."""

    channel_id: int
    warehouse_id: int
    products: dict[str, int]
    bins: dict[str, int]
    totes: list[int]

    def receive(self, sku: str, quantity: int) -> None:
        """Sellable units from the supplier to the shelf."""
        with transaction.atomic():
            self.move(sku, quantity, self.bins["supplier"], self.bins["pick_face"], "receive")

    def move(self, sku: str, quantity: int, from_bin: int, to_bin: int, reason: str, *, planned: bool = False) -> None:
        ledger.move(
            [
                ledger.Move(
                    product_id=self.products[sku],
                    quantity=quantity,
                    from_bin_id=from_bin,
                    to_bin_id=to_bin,
                    reason=reason,
                    planned=planned,
                )
            ],
            by=TESTER,
            now=NOW,
        )

    def available(self, sku: str) -> int:
        key = (self.products[sku], self.warehouse_id)
        return availability([self.products[sku]], [self.warehouse_id]).get(key, 0)

    def order(
        self, lines: Mapping[str, int] | Sequence[tuple[str, int]], *, now: datetime = NOW, **more: Any
    ) -> OrderFact:
        """Place an order for {sku: quantity}."""
        return place_order(self.channel_id, request_for(lines, **more), by=TESTER, now=now)

    def pick(self, fulfillment_order_id: int, *, tote: int = 0) -> None:
        """Release and pick everything of a fulfilment order into a tote, as the floor does."""
        with transaction.atomic():
            (work,) = fulfilment.lock_for_work([fulfillment_order_id])
            fulfilment.mark_released([work.id], by=TESTER, now=NOW)
            fulfilment.mark_picking(work.id, by=TESTER, now=NOW)
            wants = [
                picking.PickWant(one.id, one.product_id, work.warehouse_id, one.quantity) for one in work.allocations
            ]
            skus = {one.id: one.sku for one in work.allocations}
            for found in picking.plan_picks(wants):
                self.move(skus[found.key], found.quantity, found.bin_id, self.totes[tote], "pick", planned=True)
                fulfilment.record_picked([Picked(found.key, found.quantity, self.totes[tote])], by=TESTER, now=NOW)
            fulfilment.mark_picked(work.id, by=TESTER, now=NOW)

    def pack(self, fulfillment_order_id: int) -> None:
        with transaction.atomic():
            (work,) = fulfilment.lock_for_work([fulfillment_order_id])
            fulfilment.mark_packing(work, by=TESTER, now=NOW)
            rows = [Packed(one.id, one.quantity, self.bins["staging"]) for one in work.allocations]
            fulfilment.record_packed(work.id, rows, by=TESTER, now=NOW)

    def ship(self, fulfillment_order_id: int) -> None:
        with transaction.atomic():
            (work,) = fulfilment.lock_for_work([fulfillment_order_id])
            rows = [Shipped(one.id, one.quantity) for one in work.allocations]
            fulfilment.record_shipped(work.id, rows, by=TESTER, now=NOW)

    def fulfil(self, fulfillment_order_id: int) -> None:
        """Pick, pack and ship everything of it."""
        self.pick(fulfillment_order_id)
        self.pack(fulfillment_order_id)
        self.ship(fulfillment_order_id)


def build_shop(
    stock: Mapping[str, int], *, policy: str = "backorder", code: str = "MAIN", time_zone: str = "UTC"
) -> Shop:
    """A shop that has those units of those SKUs on the shelf."""
    warehouse = create_warehouse(code=code, name=code.title(), country="GB", cut_off=time(15, 0), time_zone=time_zone)
    create_bins(warehouse.id, [NewBin(name="A-01-1", pick_sequence=10)])
    totes = [tote.id for tote in create_totes(warehouse.id, 3)]
    create_products([{"sku": sku, "name": f"Article {sku}"} for sku in stock], by=TESTER, now=NOW)
    products = {sku: products_by_sku([sku])[sku.casefold()].id for sku in stock}
    channel = Channel.objects.create(
        code=f"shop-{code.lower()}", name="Shop", warehouse_id=warehouse.id, shortage_policy=policy, currency="GBP"
    )
    shop = Shop(channel.pk, warehouse.id, products, default_bins(warehouse.id), totes)
    for sku, quantity in stock.items():
        if quantity:
            shop.receive(sku, quantity)
    return shop


def request_for(
    lines: Mapping[str, int] | Sequence[tuple[str, int]], *, email: str = "ada@example.com", **more: Any
) -> OrderRequest:
    """An order request for those units."""
    pairs = list(lines.items()) if isinstance(lines, Mapping) else list(lines)
    values: dict[str, Any] = {
        "external_id": f"X-{next(_numbers)}",
        "placed_at": NOW,
        "currency": "GBP",
        "customer": CustomerRequest(email=email, name="Ada Byron"),
        "shipping_address": ADDRESS,
        "lines": tuple(LineRequest(sku=sku, quantity=quantity, unit_price=Decimal("2.50")) for sku, quantity in pairs),
    }
    return OrderRequest(**{**values, **more})


def lines_of(ref: str) -> dict[str, dict[str, int]]:
    """The counters of each line of an order, by SKU (lines of one SKU summed)."""
    names = ("quantity", "allocated", "backordered", "shipped", "cancelled", "returned")
    found: dict[str, dict[str, int]] = {}
    for line in OrderLine.objects.filter(order__ref=ref):
        counters = found.setdefault(line.sku, dict.fromkeys(names, 0))
        for name in names:
            counters[name] += getattr(line, name)
    return found


def assert_books_balance(shop: Shop) -> None:
    """The invariants of DOMAIN: open allocations are what stock levels say, and units of every line are conserved."""
    from_rows: dict[tuple[int, int], int] = {}
    for row in Allocation.objects.filter(status__in=["allocated", "picked"], warehouse_id=shop.warehouse_id):
        key = (row.product_id, row.warehouse_id)
        from_rows[key] = from_rows.get(key, 0) + row.quantity
    assert from_rows == allocated_of_levels(shop)
    for order in Order.objects.filter(channel_id=shop.channel_id):
        for line in OrderLine.objects.filter(order=order):
            assert line.allocated + line.backordered + line.cancelled == line.quantity, (order.ref, line.sku)
            held = sum(
                row.quantity
                for row in Allocation.objects.filter(order_line=line, status__in=["allocated", "picked", "shipped"])
            )
            assert held == (line.allocated if line.ships else 0), (order.ref, line.sku)
            assert line.shipped <= line.allocated
            assert line.returned <= line.shipped
        assert order.open_holds == order.holds.filter(released_at=None).count()


def allocated_of_levels(shop: Shop) -> dict[tuple[int, int], int]:
    """What the stock levels say is allocated, zero ones left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT product_id, warehouse_id, allocated FROM inventory_stocklevel"
            " WHERE allocated <> 0 AND warehouse_id = %s",
            [shop.warehouse_id],
        )
        return {(product_id, warehouse_id): allocated for product_id, warehouse_id, allocated in cursor.fetchall()}
