"""A pottery that ships for the demo itself, and orders whose allocation pages have something to say."""

from datetime import datetime, timedelta
from decimal import Decimal

from core.kernel.actors import Actor
from inventory.models import Product, Warehouse
from inventory.services.adjustment import adjust_stock
from inventory.services.places import NewBin, create_bins, create_warehouse
from inventory.services.products import create_product, create_supplier
from inventory.services.purchasing import create_purchase_order
from orders.models import Channel, ChannelWarehouse
from orders.planning.promises import local_day
from orders.selectors.requests import open_requests
from orders.services.holds import place_hold
from orders.services.intake import place_order
from orders.services.requests import CustomerRequest, LineRequest, OrderRequest
from orders.services.third_party import accept_request, request_third_parties

CHANNEL, POTTERY = "pottery", "STOKE"
JUG, PLATE, TRAY = "POT-JUG", "POT-PLATE", "POT-TRAY"
ADDRESS = {
    "name": "Iris Marsh",
    "line1": "3 Cross Street",
    "city": "Norwich",
    "postal_code": "NR2 1TF",
    "country": "GB",
}


def ship_from_a_pottery(*, warehouse_id: int, by: Actor, now: datetime) -> None:
    """A third party with requests waiting and accepted, and an order that waits for a purchase order behind another.

    Does nothing the second time.
    """
    if Channel.objects.filter(code=CHANNEL).exists():
        return
    pottery = create_warehouse(
        code=POTTERY,
        name="Stoke pottery",
        country="GB",
        cut_off=now.time().replace(hour=12, minute=0, second=0, microsecond=0),
        time_zone="Europe/London",
        kind="third_party",
    )
    create_bins(pottery.id, [NewBin(name="KILN-1", kind="bulk")])
    channel = Channel.objects.create(
        code=CHANNEL, name="The Pottery", warehouse_id=warehouse_id, currency="GBP", support_email="pots@example.com"
    )
    ChannelWarehouse.objects.create(channel=channel, warehouse=Warehouse.objects.get(pk=pottery.id), position=1)
    for sku, name, house, units in (
        (JUG, "Salt-glazed jug", pottery.id, 20),
        (PLATE, "Dinner plate", warehouse_id, 12),
        (TRAY, "Oak tray", warehouse_id, 0),
    ):
        made = create_product(sku=sku, name=name, barcodes=[f"{sku}-1"], weight_g=700, by=by, now=now)
        if units:
            adjust_stock(product_id=made.product.id, warehouse_id=house, reason="found", delta=units, by=by, now=now)
    create_purchase_order(
        supplier_id=create_supplier(code="JOINER", name="The joiner", lead_time_days=14),
        warehouse_id=warehouse_id,
        lines=[(Product.objects.get(sku=TRAY).pk, 40)],
        expected_on=local_day(now, "Europe/London") + timedelta(days=12),
        by=by,
        now=now,
    )
    _order(channel.pk, "POT-1", [(JUG, 1)], by=by, now=now)
    request_third_parties(by=by, now=now)
    for request in open_requests(warehouse_ids=[pottery.id]):
        accept_request(request.id, external_ref="ST-1", by=by, now=now)
    _order(channel.pk, "POT-2", [(JUG, 2), (PLATE, 1)], by=by, now=now)
    _order(channel.pk, "POT-3", [(TRAY, 12)], by=by, now=now - timedelta(minutes=5))
    _order(channel.pk, "POT-4", [(PLATE, 2), (JUG, 1), (TRAY, 1)], by=by, now=now)
    doubted = _order(channel.pk, "POT-5", [(PLATE, 1)], by=by, now=now)
    place_hold(doubted, type="address", reason="The street has no number 300", by=by, now=now)
    request_third_parties(by=by, now=now)


def _order(channel_id: int, external_id: str, lines: list[tuple[str, int]], *, by: Actor, now: datetime) -> str:
    order = place_order(
        channel_id,
        OrderRequest(
            external_id=external_id,
            placed_at=now,
            currency="GBP",
            customer=CustomerRequest(email="iris@example.com", name="Iris Marsh"),
            shipping_address=ADDRESS,
            lines=tuple(LineRequest(sku=sku, quantity=units, unit_price=Decimal("24.00")) for sku, units in lines),
        ),
        by=by,
        now=now,
    )
    return order.ref
