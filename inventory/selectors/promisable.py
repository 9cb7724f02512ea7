"""From which day how many units can be promised, by what is here and what is on its way."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection

from inventory import ports
from inventory.models import StockLevel, Warehouse
from inventory.planning.promising import Arrival, Outlook, outlook, outlook_of_kit
from inventory.selectors.kits import explode

Key = tuple[int, int]
"""(product_id, warehouse_id)"""

# What a ship notice says of a purchase order is newer than what the order says: its units come on the notice's day, and
# only the rest on the order's. A notice for more than is still ordered counts for no more.
_ARRIVALS = """
WITH noticed AS (
    SELECT line.product_id, notice.warehouse_id, notice.purchase_order_id, notice.id,
           coalesce(notice.expected_on, bought.expected_on) AS expected_on, sum(line.quantity - line.received) AS units
    FROM inventory_shipnotice notice
    JOIN inventory_shipnoticeline line ON line.ship_notice_id = notice.id AND line.received < line.quantity
    LEFT JOIN inventory_purchaseorder bought ON bought.id = notice.purchase_order_id
    WHERE notice.status IN ('expected') AND line.product_id = ANY (%(products)s)
      AND notice.warehouse_id = ANY (%(warehouses)s)
    GROUP BY 1, 2, 3, 4, 5
), ordered AS (
    SELECT line.product_id, bought.warehouse_id, bought.id, bought.expected_on, line.quantity - line.received AS units
    FROM inventory_purchaseorderline line
    JOIN inventory_purchaseorder bought ON bought.id = line.purchase_order_id
    WHERE line.received < line.quantity AND bought.status IN ('ordered', 'partially_received')
      AND line.product_id = ANY (%(products)s) AND bought.warehouse_id = ANY (%(warehouses)s)
), within AS (
    SELECT noticed.product_id, noticed.warehouse_id, noticed.purchase_order_id, noticed.expected_on,
           least(noticed.units, greatest(coalesce(ordered.units, 0) - coalesce(sum(noticed.units) OVER (
               PARTITION BY noticed.product_id, noticed.purchase_order_id ORDER BY noticed.expected_on, noticed.id
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ), 0), 0)) AS units
    FROM noticed
    LEFT JOIN ordered ON ordered.id = noticed.purchase_order_id AND ordered.product_id = noticed.product_id
    WHERE noticed.purchase_order_id IS NOT NULL
)
SELECT product_id, warehouse_id, expected_on, units FROM within
UNION ALL
SELECT product_id, warehouse_id, expected_on, units FROM noticed WHERE purchase_order_id IS NULL
UNION ALL
SELECT product_id, warehouse_id, expected_on, units - coalesce((
    SELECT sum(within.units) FROM within
    WHERE within.purchase_order_id = ordered.id AND within.product_id = ordered.product_id
), 0) FROM ordered
UNION ALL
SELECT line.product_id, transfer.target_id, transfer.expected_on, line.shipped - line.received - line.lost
FROM inventory_transferline line JOIN inventory_transfer transfer ON transfer.id = line.transfer_id
WHERE line.shipped > line.received + line.lost AND transfer.status IN ('in_transit', 'partially_received')
  AND line.product_id = ANY (%(products)s) AND transfer.target_id = ANY (%(warehouses)s)
"""


def arrivals(product_ids: Iterable[int], warehouse_ids: Iterable[int]) -> dict[Key, list[Arrival]]:
    """{(product_id, warehouse_id): units on their way in}: bought, announced, or between warehouses. One query."""
    found: dict[Key, list[Arrival]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVALS, {"products": sorted(set(product_ids)), "warehouses": sorted(set(warehouse_ids))})
        for product_id, warehouse_id, day, units in cursor.fetchall():
            if units > 0:
                found.setdefault((product_id, warehouse_id), []).append(Arrival(day, int(units)))
    return found


def promisable(
    product_ids: Iterable[int], warehouse_ids: Iterable[int], *, now: datetime, channel_id: int | None = None
) -> dict[Key, Outlook]:
    """{(product_id, warehouse_id): from which day how many} of every product in every warehouse.

    - What is there today counts less the safety stock, less what the channel leaves to others (when one is named) and
      less what orders wait for.
    - What is on its way counts from the day it is expected, in days of the warehouse; what is late does not count.
    - Of a kit that is packed from components, as many as the scarcest component makes.

    Never below zero, never less on a later day; another arrival never makes it less, another backorder never more.
    Seven queries at most, however many products.
    """
    wanted = sorted(set(product_ids))
    days = _days(warehouse_ids, now)
    kits = explode(wanted)
    stocked = sorted({*wanted, *(part.product_id for parts in kits.values() for part in parts)} - kits.keys())
    own = _own(stocked, days, channel_id)
    found: dict[Key, Outlook] = {}
    for product_id in wanted:
        for place, today in days.items():
            if product_id in kits:
                parts = [(part.quantity, own[part.product_id, place]) for part in kits[product_id]]
                found[product_id, place] = outlook_of_kit(parts, today=today)
            else:
                found[product_id, place] = own[product_id, place]
    return found


def _own(product_ids: list[int], days: Mapping[int, date], channel_id: int | None) -> dict[Key, Outlook]:
    places = sorted(days)
    rows = StockLevel.objects.filter(product_id__in=product_ids, warehouse_id__in=places)
    start = {
        (product_id, place): free - safety
        for product_id, place, free, safety in rows.values_list("product_id", "warehouse_id", "free", "safety_stock")
    }
    kept = ports.units_kept(channel_id, product_ids) if channel_id is not None else {}
    waiting = ports.backordered(product_ids, places) if product_ids else {}
    coming = arrivals(product_ids, places)
    return {
        (product_id, place): outlook(
            start.get((product_id, place), 0) - kept.get(product_id, 0) - waiting.get((product_id, place), 0),
            coming.get((product_id, place), ()),
            today=today,
        )
        for product_id in product_ids
        for place, today in days.items()
    }


def _days(warehouse_ids: Iterable[int], now: datetime) -> dict[int, date]:
    """{warehouse_id: what day it is there}"""
    rows = Warehouse.objects.filter(pk__in=sorted(set(warehouse_ids))).order_by("pk").values_list("pk", "time_zone")
    return {pk: now.astimezone(ZoneInfo(time_zone)).date() for pk, time_zone in rows}
