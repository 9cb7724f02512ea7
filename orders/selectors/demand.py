"""What customers asked for, by product, warehouse and day."""

from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import F, Sum
from django.db.models.functions import TruncDate

from inventory.selectors.places import warehouses
from orders.models import Allocation, OrderLine
from orders.states import AllocationStatus, FulfillmentOrderStatus, OrderStatus


def daily_demand(
    since: date, until: date, product_ids: Iterable[int] | None = None, warehouse_ids: Iterable[int] | None = None
) -> dict[tuple[int, int, date], int]:
    """{(product_id, warehouse_id, day): units ordered and not cancelled}, from ``since`` to before ``until``.

    A day is the warehouse's own, a warehouse that of the order's channel; what never ships and days without demand are
    left out. One statement for each warehouse: PostgreSQL adds up, so that memory grows with the answer alone.
    """
    wanted = None if warehouse_ids is None else set(warehouse_ids)
    products = None if product_ids is None else sorted(set(product_ids))
    found: dict[tuple[int, int, date], int] = {}
    for warehouse in warehouses(active_only=False):
        if (wanted is not None and warehouse.id not in wanted) or products == []:
            continue
        zone = ZoneInfo(warehouse.time_zone)
        rows = OrderLine.objects.filter(
            order__channel__warehouse_id=warehouse.id,
            order__placed_at__gte=_midnight(since, zone),
            order__placed_at__lt=_midnight(until, zone),
            ships=True,
        ).exclude(order__status=OrderStatus.CANCELLED)
        if products is not None:
            rows = rows.filter(product_id__in=products)
        counted = (
            rows.order_by()
            .values_list("product_id", TruncDate("order__placed_at", tzinfo=zone))
            .annotate(units=Sum(F("quantity") - F("cancelled")))
        )
        for product_id, day, units in counted.filter(units__gt=0).iterator(chunk_size=5000):
            found[product_id, warehouse.id, day] = units
    return found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def waiting_units(product_ids: list[int], warehouse_id: int) -> dict[int, list[int]]:
    """{product_id: units each order wants that waits to be released to the floor, the first to ship first}.

    One statement.
    """
    rows = (
        Allocation.objects.filter(
            product_id__in=product_ids,
            warehouse_id=warehouse_id,
            status=AllocationStatus.ALLOCATED,
            fulfillment_order__status=FulfillmentOrderStatus.ALLOCATED,
        )
        .order_by("fulfillment_order__ship_by", "fulfillment_order_id")
        .values_list("product_id", "fulfillment_order_id")
        .annotate(units=Sum("quantity"))
    )
    found: dict[int, list[int]] = {}
    for product_id, _order, units in rows:
        found.setdefault(product_id, []).append(units)
    return found
