"""What is promised beyond stock."""

from django.db.models import Sum

from orders.models import OrderLine
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
