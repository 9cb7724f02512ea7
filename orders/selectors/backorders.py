"""What is promised beyond stock."""

from django.db.models import Q, Sum

from orders.models import Channel, OrderLine
from orders.states import OrderStatus


def backordered_units(product_ids: list[int], warehouse_ids: list[int] | None = None) -> dict[tuple[int, int], int]:
    """{(product_id, warehouse_id): units that orders wait for}; none are left out. One statement."""
    rows = OrderLine.objects.filter(product_id__in=product_ids, backordered__gt=0, order__status=OrderStatus.CONFIRMED)
    if warehouse_ids is not None:
        rows = rows.filter(order__channel__warehouse_id__in=warehouse_ids)
    return {
        (product_id, warehouse_id): units
        for product_id, warehouse_id, units in rows.order_by()
        .values_list("product_id", "order__channel__warehouse_id")
        .annotate(units=Sum("backordered"))
    }


def products_waited_for(warehouse_id: int, *, limit: int = 2000) -> list[int]:
    """Ids of the products that confirmed orders of channels that ship from a warehouse wait for. One statement."""
    ships_from = Q(warehouse_id=warehouse_id) | Q(routes__warehouse_id=warehouse_id)
    rows = OrderLine.objects.filter(
        backordered__gt=0,
        order__status=OrderStatus.CONFIRMED,
        order__channel__in=Channel.objects.filter(ships_from).order_by().values("pk"),
    )
    return list(rows.order_by().values_list("product_id", flat=True).distinct()[:limit])
