"""Write the kits of orders, and read them for those who change an order."""

from collections.abc import Iterable

from django.db import connection

from orders.models import OrderKit

# Within an order an id names a line or a kit, never both: they draw from one sequence.
_DRAW = "SELECT nextval(pg_get_serial_sequence('orders_orderline', 'id')) FROM generate_series(1, %s)"


def draw_ids(count: int) -> list[int]:
    """That many fresh ids for kits; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_DRAW, [count])
        return [row[0] for row in cursor.fetchall()]


def insert_kits(rows: Iterable[OrderKit]) -> None:
    """Write the kits; one statement. Their parts may have been written before, in the same transaction."""
    OrderKit.objects.bulk_create(rows)


def kits_of(order_id: int) -> dict[int, OrderKit]:
    """{id: kit} of an order, in the order they were drawn; one statement."""
    return {kit.pk: kit for kit in OrderKit.objects.filter(order_id=order_id).order_by("pk")}
