"""Waves in the demo: kinds of waves by name, and a few orders that stand in a drafted wave, one of them on hold."""

from datetime import datetime
from decimal import Decimal

from django.db.models import F

from core.kernel.actors import Actor
from inventory.models import StockLevel, Zone
from orders.models import Order
from orders.selectors.releasing import ReleaseFilter
from orders.services.holds import place_hold
from orders.services.intake import place_order
from orders.services.requests import CustomerRequest, LineRequest, OrderRequest
from shipping.errors import NothingToRelease
from shipping.models import WaveTemplate
from shipping.selectors.wave_candidates import WaveAsk
from shipping.services.wave_templates import first_template, keep_template
from shipping.services.waves import draft_wave

DRAFTED, EVENING, ARTICLES = 4, 11, 6
# The first and the twelfth are one buyer at one address, who gets both orders on one walk.
BUYERS = (
    ("Ada Holt", "3 Park Row", "standard"),
    ("Ben Ince", "18 Albion Street", "standard"),
    ("Cleo Marsh", "7 Boar Lane", "express"),
    ("Dev Rao", "41 Call Lane", "standard"),
    ("Elsa Berg", "9 Great George Street", "standard"),
    ("Finn Shaw", "2 Kirkgate", "express"),
    ("Gwen Pugh", "66 The Headrow", "standard"),
    ("Hal Stone", "12 Wellington Street", "standard"),
    ("Ines Silva", "5 York Place", "standard"),
    ("Jon Webb", "27 Vicar Lane", "standard"),
    ("Kim Oda", "14 Briggate", "express"),
    ("Ada Holt", "3 Park Row", "standard"),
    ("Lars Dahl", "30 Infirmary Street", "standard"),
)


def name_waves(*, warehouse_id: int) -> None:
    """The usual templates, and one for the evening. Does nothing the second time."""
    if WaveTemplate.objects.filter(warehouse_id=warehouse_id).exists():
        return
    zone = Zone.objects.filter(warehouse_id=warehouse_id).order_by("code").first()
    filters = {"until_cut_off": True} | ({"zone_id": zone.pk} if zone else {})
    keep_template(
        warehouse_id, "Evening, zone by zone", method="zone", orders_per_list=8, max_orders=200, filters=filters
    )
    first_template(warehouse_id, "next_cut_off")


def leave_a_wave(warehouse_id: int, channel_id: int, *, by: Actor, now: datetime) -> int:
    """This evening's orders: some stand in a drafted wave, one is on hold; returns how many came. Safe to run again."""
    if Order.objects.filter(channel_id=channel_id, external_id="EVE-1").exists():
        return 0
    levels = StockLevel.objects.filter(warehouse_id=warehouse_id, on_hand__gt=F("allocated") + EVENING)
    products = levels.exclude(product__sku__contains="KIT").order_by("-on_hand", "pk")
    skus = list(products.values_list("product__sku", flat=True)[:ARTICLES])
    if not skus:
        return 0
    refs = []
    for number, (name, street, method) in enumerate(BUYERS, start=1):
        mine = dict.fromkeys(skus[(number + step) % len(skus)] for step in range(1 + number % 3))
        placed = place_order(
            channel_id,
            OrderRequest(
                external_id=f"EVE-{number}",
                placed_at=now,
                currency="GBP",
                customer=CustomerRequest(email=f"evening-{number % EVENING}@example.com", name=name),
                shipping_address={
                    "name": name,
                    "line1": street,
                    "city": "Leeds",
                    "postal_code": "LS1 4AP",
                    "country": "GB",
                    "phone": "+44 113 496 0000",
                },
                shipping_method=method,
                lines=tuple(LineRequest(sku=sku, quantity=1, unit_price=Decimal("4.50")) for sku in mine),
            ),
            by=by,
            now=now,
        )
        refs.append(placed.ref)
    place_hold(refs[-1], type="operator", reason="Ask the customer first", by=by, now=now)
    ask = WaveAsk(warehouse_id, method="batch", orders_per_list=3, filters=ReleaseFilter(order_refs=refs[:DRAFTED]))
    try:
        draft_wave(ask, by=by, now=now)
    except NothingToRelease:
        return len(refs)
    return len(refs)
