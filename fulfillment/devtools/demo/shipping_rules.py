"""The demo's shipping rules: zones and bands, a threshold, a budget that surprises, gifts, and a parcel sent again."""

from datetime import datetime
from decimal import Decimal

from core.kernel.actors import Actor
from inventory.models import Product
from inventory.services.adjustment import adjust_stock
from inventory.services.products import create_product
from orders.models import Channel, Order
from orders.selectors.facts import OrderFact
from orders.selectors.releasing import ReleaseFilter
from orders.services.intake import place_order
from orders.services.requests import CustomerRequest, LineRequest, OrderRequest
from shipping.models import (
    CarrierService,
    Carton,
    PackagingInsert,
    PackagingRule,
    PickTote,
    RateBand,
    ShippingZone,
    UpgradeBudget,
)
from shipping.services.budgets import hear_orders
from shipping.services.bulk_packing import pack_many, purchase_labels
from shipping.services.bulk_picking import confirm_lists
from shipping.services.free_shipping import set_free_from
from shipping.services.handover import hand_over_parcels
from shipping.services.picking import free_totes
from shipping.services.replacing import replace_parcel
from shipping.services.tracking import mark_lost
from shipping.services.waves import release_next_wave

CARD, STICKER, MUG = "CARD-THANKS", "STICKER-FOX", "MUG-FOX"
GIFT, LOST = "DEMO-GIFT", "DEMO-LOST"
NOTE = {
    "en": "Thank you for buying from a small shop.",
    "sv": "Tack för att du handlar i en liten butik.",
    "th": "ขอบคุณที่อุดหนุนร้านเล็ก ๆ ของเรา",
    "ja": "小さなお店でのお買い物、ありがとうございます。",
}
Bands = tuple[tuple[int, str, str], ...]
ZONES: tuple[tuple[str, str, list[str], list[str], Bands], ...] = (
    ("GB", "Great Britain", ["GB"], [], ((2000, "4.95", "3.20"), (10000, "7.95", "5.10"), (30000, "12.95", "9.00"))),
    (
        "HIGH",
        "Highlands and islands",
        ["GB"],
        ["IV", "HS", "KW", "ZE"],
        ((2000, "9.95", "7.00"), (30000, "19.95", "15")),
    ),
    ("EU", "European Union", ["DE", "FR", "SE", "NL"], [], ((2000, "9.95", "7.50"), (30000, "24.95", "19.00"))),
)


def set_shipping_rules(*, warehouse_id: int, by: Actor, now: datetime) -> None:
    """Does nothing the second time."""
    if UpgradeBudget.objects.exists():
        return
    shop = Channel.objects.get(code="shop")
    Channel.objects.filter(pk=shop.pk).update(slip_name="The Gift Shop, Leeds")
    products = {
        sku: _article(sku, name, units, price, warehouse_id=warehouse_id, by=by, now=now)
        for sku, name, units, price in (
            (CARD, "Thank-you card", 500, "0"),
            (STICKER, "Fox sticker", 300, "0"),
            (MUG, "Fox mug", 40, "9.50"),
        )
    }
    _price(by=by, now=now)
    _pack(shop, products)
    UpgradeBudget.objects.create(
        channel=shop,
        from_method="standard",
        to_method="express",
        orders_a_month=5,
        money_a_month=Decimal(40),
        min_value=Decimal(20),
        one_in=10,
    )
    hear_orders()
    gift = {"is_gift": True, "message": "Happy birthday, Grace! From all of us.", "hide_prices": True}
    _order(shop.pk, GIFT, "grace@example.com", "sv", gift=gift, by=by, now=now)
    lost = _order(shop.pk, LOST, "ada@example.com", "en", gift={}, by=by, now=now)
    _lose(lost, warehouse_id=warehouse_id, by=by, now=now)


def _article(sku: str, name: str, units: int, price: str, *, warehouse_id: int, by: Actor, now: datetime) -> Product:
    is_mug = sku == MUG
    made = create_product(
        sku=sku,
        name=name,
        weight_g=340 if is_mug else 4,
        length_mm=90 if is_mug else 0,
        width_mm=90 if is_mug else 0,
        height_mm=100 if is_mug else 0,
        barcodes=["5060000000726"] if is_mug else [],
        attributes={"price": price} if is_mug else {},
        by=by,
        now=now,
    )
    adjust_stock(product_id=made.product.id, warehouse_id=warehouse_id, reason="found", delta=units, by=by, now=now)
    return Product.objects.get(pk=made.product.id)


def _price(*, by: Actor, now: datetime) -> None:
    standard = CarrierService.objects.get(method="standard")
    CarrierService.objects.filter(method="express").update(cost=Decimal("7.40"))
    for code, name, countries, prefixes, bands in ZONES:
        zone = ShippingZone.objects.create(code=code, name=name, countries=countries, postal_prefixes=prefixes)
        for grams, price, cost in bands:
            RateBand.objects.create(
                service=standard, zone=zone, weight_to_g=grams, price=Decimal(price), cost=Decimal(cost)
            )
    RateBand.objects.filter(zone__code="HIGH").update(free_from=Decimal(90))
    set_free_from(standard.pk, Decimal(45), expected=standard.free_from, by=by, now=now)


def _pack(shop: Channel, products: dict[str, Product]) -> None:
    everybody = PackagingRule.objects.create(
        code="shop", name="Every order of the shop", position=20, channel=shop, note=NOTE
    )
    PackagingInsert.objects.create(rule=everybody, product=products[CARD])
    gifts = PackagingRule.objects.create(
        code="gifts",
        name="Gifts in silk paper",
        position=10,
        for_gifts=True,
        material="silk paper and ribbon",
        instruction="Wrap each article, tie a bow.",
        carton=Carton.objects.filter(code="BOXM").first(),
        hide_prices=True,
    )
    PackagingInsert.objects.create(rule=gifts, product=products[STICKER], quantity=2)


def _order(
    channel_id: int, external_id: str, email: str, locale: str, *, gift: dict[str, object], by: Actor, now: datetime
) -> OrderFact:
    name = email.partition("@")[0].title()
    return place_order(
        channel_id,
        OrderRequest(
            external_id=external_id,
            placed_at=now,
            currency="GBP",
            customer=CustomerRequest(email=email, name=name, locale=locale),
            shipping_address={
                "name": name,
                "line1": "3 Harbour Street",
                "city": "Whitby",
                "postal_code": "YO22 4DE",
                "country": "GB",
            },
            lines=(
                LineRequest(
                    sku=MUG, quantity=2, unit_price=Decimal("9.50"), external_id="1", properties={"Name": "Grace"}
                ),
            ),
            shipping_price=Decimal("4.95"),
            gift=gift,
        ),
        by=by,
        now=now,
    )


def _lose(order: OrderFact, *, warehouse_id: int, by: Actor, now: datetime) -> None:
    """The parcel of the order leaves the house, gets lost, and is sent again."""
    filters = ReleaseFilter(order_refs=(order.ref,))
    wave = release_next_wave(warehouse_id, limit=1, filters=filters, by=by, now=now)
    if wave is None:
        return
    slots = PickTote.objects.filter(pick_list__in=wave.pick_list_ids)
    totes = iter(free_totes(warehouse_id, 5))
    confirm_lists({slot.pick_list_id: {slot.position: next(totes).id} for slot in slots}, by=by, now=now)
    works = list(Order.objects.get(pk=order.id).fulfillment_orders.values_list("pk", flat=True))
    packed = pack_many(works, by=by, now=now)
    purchase_labels([parcel.ref for parcel in packed], by=by, now=now)
    hand_over_parcels([parcel.id for parcel in packed], by=by, now=now)
    for parcel in packed:
        mark_lost(parcel.id, by=by, now=now)
        replace_parcel(parcel.ref, reason="lost", by=by, now=now)
