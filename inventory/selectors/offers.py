"""What a warehouse can promise of some articles: everything intake asks of this room, in one statement."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from inventory.selectors.places import MONDAY_TO_FRIDAY, WarehouseFact
from inventory.selectors.products import ProductFact


@dataclass(frozen=True, slots=True)
class Offer:
    """A warehouse, the products found by {casefolded SKU}, and {product_id: available units} there."""

    warehouse: WarehouseFact
    products: dict[str, ProductFact]
    available: dict[int, int]


# As ``products_by_sku``, ``availability`` and ``warehouse_by_id``, for the one reader that cannot afford three.
_OFFER = """
SELECT warehouse.id, warehouse.code, warehouse.name, warehouse.time_zone, warehouse.country, warehouse.address::text,
       warehouse.cut_off, warehouse.handling_days, warehouse.working_weekdays, warehouse.closed_days, warehouse.active,
       product.id, product.sku, product.name, product.weight_g, product.length_mm, product.width_mm, product.height_mm,
       product.image_url, product.hs_code, product.origin_country, product.tracking, product.reorder_point,
       product.active, product.version, product.kit_kind, product.removal, product.expiry_horizon_days, product.ships,
       product.release_on,
       coalesce(level.available, 0)
FROM inventory_warehouse warehouse
LEFT JOIN inventory_product product
    ON upper(product.sku) = ANY (ARRAY(SELECT upper(wanted) FROM unnest(%s::text[]) AS wanted))
LEFT JOIN inventory_stocklevel level ON level.product_id = product.id AND level.warehouse_id = warehouse.id
WHERE warehouse.id = %s
"""


def offer(skus: Iterable[str], warehouse_id: int) -> Offer:
    """What the warehouse can promise of the articles that exist; no locks. Raises NotFound for the warehouse."""
    with connection.cursor() as cursor:
        cursor.execute(_OFFER, [sorted(set(skus)), warehouse_id])
        rows = cursor.fetchall()
    if not rows:
        raise NotFound(_("There is no such warehouse."))
    first: tuple[Any, ...] = rows[0]
    warehouse = WarehouseFact(
        id=first[0],
        code=first[1],
        name=first[2],
        time_zone=first[3],
        country=first[4],
        address=json.loads(first[5]),
        cut_off=first[6],
        handling_days=first[7],
        working_weekdays=tuple(first[8]) or MONDAY_TO_FRIDAY,
        closed_days=tuple(first[9]),
        active=first[10],
    )
    found = [(ProductFact(*row[11:-1]), row[-1]) for row in rows if row[11] is not None]
    return Offer(
        warehouse=warehouse,
        products={product.sku.casefold(): product for product, _units in found},
        available={product.id: units for product, units in found},
    )
