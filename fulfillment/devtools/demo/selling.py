"""The demo's channels beside the shop, and orders that look wrong: held, each with what may be meant.

The shop itself has no checks: it plays a real year, whose prices and quantities are as odd as they were.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from core.kernel.actors import Actor
from inventory.services.adjustment import adjust_stock
from inventory.services.products import create_products
from orders.models import Channel, Order
from orders.planning.channel_defaults import CHANNEL_DEFAULTS
from orders.services.intake import place_order
from orders.services.requests import CustomerRequest, LineRequest, OrderRequest
from orders.states import ChannelKind

CHANNELS = (
    ("bazaar", "Bazaar marketplace", ChannelKind.MARKETPLACE),
    ("wholesale", "Wholesale", ChannelKind.B2B),
    ("telephone", "Telephone", ChannelKind.MANUAL),
)
VOUCHER, TEAPOT, CUP = "VOUCHER-25", "TEAPOT-SKY", "CUP-SKY"
_LEEDS = {"line1": "12 Mill Lane", "city": "Leeds", "postal_code": "LS1 4AP", "country": "GB"}
_BERLIN = {"line1": "Gontardstraße 7", "city": "Berlin", "postal_code": "1O178", "country": "DE"}
_SWAPPED = {"line1": "Slottsbacken 1", "city": "11130", "postal_code": "Stockholm", "country": "SE"}


def sell_elsewhere(*, warehouse_id: int, by: Actor, now: datetime) -> None:
    """A marketplace, a wholesale and a telephone channel, with orders of each. Safe to run again."""
    for code, name, kind in CHANNELS:
        told = {
            key: list(value) if isinstance(value, tuple) else value for key, value in CHANNEL_DEFAULTS[kind].items()
        }
        Channel.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "kind": kind,
                "warehouse_id": warehouse_id,
                "currency": "GBP",
                "support_email": "help@example.com",
                **told,
            },
        )
    if Order.objects.filter(external_id="DEMO-TERMS").exists():
        return
    goods = [{"sku": TEAPOT, "name": "Teapot, sky"}, {"sku": CUP, "name": "Cup, sky"}]
    for product_id in create_products(goods, by=by, now=now).values():
        adjust_stock(product_id=product_id, warehouse_id=warehouse_id, reason="found", delta=60, by=by, now=now)
    create_products([{"sku": VOUCHER, "name": "Gift voucher £25", "ships": False}], by=by, now=now)
    one, other = TEAPOT, CUP
    engraved = LineRequest(
        one, 1, Decimal("3.50"), note="Please no ribbon", properties={"colour": "blue", "text": "ADA"}
    )
    day = now.date()
    for code, external_id, name, address, lines, more in (
        ("telephone", "DEMO-ADDRESS", "Lena Vogt", _BERLIN, [engraved], {}),
        ("bazaar", "DEMO-SWAPPED", "Åsa Lind", _SWAPPED, [LineRequest(other, 1, Decimal("2.50"))], {}),
        ("telephone", "DEMO-ONCE", "Joan Clarke", _LEEDS, [LineRequest(one, 2, Decimal("3.50"))], {}),
        ("telephone", "DEMO-TWICE", "Joan Clarke", _LEEDS, [LineRequest(one, 2, Decimal("3.50"))], {}),
        ("shop", "DEMO-VOUCHER", "Grace Hopper", _LEEDS, [LineRequest(VOUCHER, 1, Decimal(25))], {}),
        (
            "wholesale",
            "DEMO-TERMS",
            "Byron & Sons",
            {**_LEEDS, "company": "Byron & Sons", "phone": "0113 496 0000"},
            [LineRequest(one, 24, Decimal("2.10")), LineRequest(other, 12, Decimal("1.80"))],
            {
                "purchase_order_number": "PO-2271",
                "deliver_not_before": day + timedelta(days=14),
                "deliver_not_after": day + timedelta(days=21),
                "pallet": True,
                "total": Decimal("72.00"),
            },
        ),
    ):
        _place(code, external_id, name, address, lines, more, by=by, now=now)


def _place(
    code: str,
    external_id: str,
    name: str,
    address: dict[str, str],
    lines: list[LineRequest],
    more: dict[str, Any],
    *,
    by: Actor,
    now: datetime,
) -> None:
    email = f"{name.split()[0].lower().replace('å', 'a')}@example.com"
    request = OrderRequest(
        external_id=external_id,
        placed_at=now,
        currency="GBP",
        customer=CustomerRequest(email, name),
        shipping_address={"name": name, **address},
        lines=tuple(lines),
        **more,
    )
    place_order(Channel.objects.get(code=code).pk, request, by=by, now=now)
