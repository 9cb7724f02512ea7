"""What is promised beyond stock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from orders.models import Channel, OrderLine
from orders.states import OrderStatus


@dataclass(frozen=True, slots=True)
class BackorderFact:
    """Units of an order's line that wait for stock; ``id`` is the line's. ``kit_id``: it is a part of that kit."""

    id: int
    order_ref: str
    external_id: str
    channel_code: str
    sku: str
    name: str
    quantity: int
    backordered: int
    kit_id: int | None
    on_hold: bool
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class BackorderFilter:
    """Which waiting lines are listed; None asks for no such thing, an empty collection finds nothing."""

    channel_id: int | None = None
    product_ids: Collection[int] | None = None
    order_ref: str | None = None
    placed_after: datetime | None = None
    placed_before: datetime | None = None


def backordered_lines(wanted: BackorderFilter) -> "QuerySet[OrderLine]":
    """The lines of confirmed orders that wait for stock, for ``backorder_fact`` and pages by ``placed_at``."""
    rows = OrderLine.objects.filter(backordered__gt=0, order__status=OrderStatus.CONFIRMED)
    asked = {
        "order__channel_id": wanted.channel_id,
        "product_id__in": wanted.product_ids,
        "order__ref": wanted.order_ref,
        "placed_at__gt": wanted.placed_after,
        "placed_at__lt": wanted.placed_before,
    }
    return rows.filter(**{name: value for name, value in asked.items() if value is not None}).select_related(
        "order__channel"
    )


def backorder_fact(line: OrderLine) -> BackorderFact:
    """The fact of a line read by ``backordered_lines``."""
    return BackorderFact(
        id=line.pk,
        order_ref=line.order.ref,
        external_id=line.order.external_id,
        channel_code=line.order.channel.code,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        backordered=line.backordered,
        kit_id=line.kit_id,
        on_hold=line.order.open_holds > 0,
        placed_at=line.placed_at,
    )


# They wait where they were promised from: in the own warehouse of their channel, or the first a rule left the order.
_PLACE = Coalesce(F("order__ship_from__0"), F("order__channel__warehouse_id"), output_field=BigIntegerField())


def backordered_units(product_ids: list[int], warehouse_ids: list[int] | None = None) -> dict[tuple[int, int], int]:
    """{(product_id, warehouse_id): units that orders wait for}; none are left out. One statement."""
    rows = OrderLine.objects.filter(product_id__in=product_ids, backordered__gt=0, order__status=OrderStatus.CONFIRMED)
    placed = rows.annotate(place=_PLACE)
    if warehouse_ids is not None:
        placed = placed.filter(place__in=warehouse_ids)
    counted = placed.order_by().values_list("product_id", "place").annotate(units=Sum("backordered"))
    return {(product_id, place): units for product_id, place, units in counted}


def products_waited_for(warehouse_id: int, *, limit: int = 2000) -> list[int]:
    """Ids of the products that confirmed orders of channels that ship from a warehouse wait for. One statement."""
    ships_from = Q(warehouse_id=warehouse_id) | Q(routes__warehouse_id=warehouse_id)
    rows = OrderLine.objects.filter(
        backordered__gt=0,
        order__status=OrderStatus.CONFIRMED,
        order__channel__in=Channel.objects.filter(ships_from).order_by().values("pk"),
    )
    return list(rows.order_by().values_list("product_id", flat=True).distinct()[:limit])
