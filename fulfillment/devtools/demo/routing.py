"""The demo's channel with two warehouses: what York alone has ships from York, what both have to give from both."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from core.kernel.actors import Actor
from fulfillment.devtools.demo.sending import CODE as YORK
from fulfillment.devtools.demo.sending import SKU as BLANKET
from inventory.models import StockLevel, Warehouse
from orders.models import Channel, ChannelWarehouse
from orders.services.intake import place_order
from orders.services.requests import CustomerRequest, LineRequest, OrderRequest

CHANNEL = "houses"
ADDRESS = {
    "name": "Margaret Hill",
    "line1": "7 Stonegate",
    "city": "York",
    "postal_code": "YO1 8AN",
    "country": "GB",
}


def route_from_two(known: Collection[str], *, warehouse_id: int, by: Actor, now: datetime) -> None:
    """A channel that ships from Leeds and York, and three orders of one buyer. Safe to run again.

    ``known`` are the SKUs the orders of the play will ask for: none of these is taken away from them.
    """
    york = Warehouse.objects.get(code=YORK)
    channel, made = Channel.objects.get_or_create(
        code=CHANNEL,
        defaults={
            "name": "Two-house shop",
            "warehouse_id": warehouse_id,
            "currency": "GBP",
            "support_email": "help@example.com",
        },
    )
    if not made:
        return
    ChannelWarehouse.objects.create(channel=channel, warehouse=york, position=1)
    spare = (
        StockLevel.objects.filter(warehouse_id=warehouse_id, available__gte=3, product__tracking="none")
        .exclude(product__sku__in=known)
        .exclude(product__sku=BLANKET)
        .order_by("-available", "product__sku")
        .values_list("product__sku", flat=True)
        .first()
    )
    wanted = [{BLANKET: 2}, {BLANKET: 1}]
    if spare is not None:
        wanted.append({spare: 1, BLANKET: 1})
    for number, lines in enumerate(wanted, start=1):
        place_order(channel.pk, _order(f"H-{number}", lines, now=now), by=by, now=now)


def _order(external_id: str, lines: dict[str, int], *, now: datetime) -> OrderRequest:
    return OrderRequest(
        external_id=external_id,
        placed_at=now,
        currency="GBP",
        customer=CustomerRequest(email="margaret.hill@example.com", name="Margaret Hill"),
        shipping_address=ADDRESS,
        lines=tuple(LineRequest(sku, units, Decimal("19.95")) for sku, units in lines.items()),
    )
