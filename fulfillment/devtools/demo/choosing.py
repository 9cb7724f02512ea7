"""A small channel of the demo that asks its buyers: one order awaits a choice, one was placed ahead of a release."""

from datetime import datetime, timedelta
from decimal import Decimal

from core.kernel.actors import Actor
from inventory.models import Product, Substitute
from inventory.services.adjustment import adjust_stock
from inventory.services.products import create_product
from orders.models import Channel
from orders.planning.promises import local_day
from orders.services.intake import place_order
from orders.services.requests import CustomerRequest, LineRequest, OrderRequest
from orders.states import ChannelKind, FillPolicy

CHANNEL = "atelier"
BOWL, GREEN, CALENDAR = "ATL-BOWL", "ATL-BOWL-GREEN", "ATL-CALENDAR"
ARTICLES = (
    (BOWL, "Stoneware bowl, blue", 0, "18.00"),
    (GREEN, "Stoneware bowl, green", 12, "18.00"),
    (CALENDAR, "Calendar for next year", 25, "14.00"),
)
ADDRESS = {"name": "Maja Lind", "line1": "Bantorget 4", "city": "Lund", "postal_code": "222 29", "country": "SE"}


def ask_some_buyers(*, warehouse_id: int, by: Actor, now: datetime) -> None:
    """The channel, its three articles, and two orders. Does nothing the second time."""
    if Channel.objects.filter(code=CHANNEL).exists():
        return
    channel = Channel.objects.create(
        code=CHANNEL,
        name="The Atelier",
        kind=ChannelKind.SOCIAL,
        warehouse_id=warehouse_id,
        currency="GBP",
        support_email="atelier@example.com",
        fill_policy=FillPolicy.COMPLETES_AN_ORDER,
        choice_days=5,
    )
    for sku, name, units, price in ARTICLES:
        made = create_product(
            sku=sku, name=name, barcodes=[f"{sku}-1"], weight_g=600, attributes={"price": price}, by=by, now=now
        )
        if units:
            adjust_stock(
                product_id=made.product.id, warehouse_id=warehouse_id, reason="found", delta=units, by=by, now=now
            )
    ids = dict(Product.objects.filter(sku__in=[BOWL, GREEN]).values_list("sku", "pk"))
    Substitute.objects.create(product_id=ids[BOWL], substitute_id=ids[GREEN])
    Product.objects.filter(sku=CALENDAR).update(release_on=local_day(now, "UTC") + timedelta(days=30))
    _order(channel.pk, "ATL-1", "maja@example.com", [(BOWL, 2), (GREEN, 1)], by=by, now=now)
    _order(channel.pk, "ATL-2", "noriko@example.com", [(GREEN, 1), (CALENDAR, 2)], by=by, now=now)


def _order(
    channel_id: int, external_id: str, email: str, lines: list[tuple[str, int]], *, by: Actor, now: datetime
) -> None:
    prices = {sku: Decimal(price) for sku, _name, _units, price in ARTICLES}
    place_order(
        channel_id,
        OrderRequest(
            external_id=external_id,
            placed_at=now,
            currency="GBP",
            customer=CustomerRequest(email=email, name="Maja Lind", locale="sv"),
            shipping_address=ADDRESS,
            lines=tuple(LineRequest(sku=sku, quantity=units, unit_price=prices[sku]) for sku, units in lines),
        ),
        by=by,
        now=now,
    )
