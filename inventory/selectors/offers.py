"""What warehouses can promise of some articles: everything intake asks of this room, in one statement."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from core.kernel.prepared import Prepared
from inventory.selectors.places import MONDAY_TO_FRIDAY, WarehouseFact
from inventory.selectors.products import ProductFact


@dataclass(frozen=True, slots=True)
class Offer:
    """{id: warehouse}, the products found by {casefolded SKU}, and {(product_id, warehouse_id): available units}."""

    warehouses: dict[int, WarehouseFact]
    products: dict[str, ProductFact]
    available: dict[tuple[int, int], int]


# As ``products_by_sku``, ``availability`` and ``warehouse_by_id``, for the one reader that cannot afford three.
_OFFER = Prepared(
    "inventory_offer",
    """
SELECT warehouse.id, warehouse.code, warehouse.name, warehouse.time_zone, warehouse.country, warehouse.address::text,
       warehouse.cut_off, warehouse.handling_days, warehouse.working_weekdays, warehouse.closed_days, warehouse.active,
       warehouse.kind, warehouse.daily_capacity, warehouse.parcel_cost, warehouse.latitude, warehouse.longitude,
       product.id, product.sku, product.name, product.weight_g, product.length_mm, product.width_mm, product.height_mm,
       product.image_url, product.hs_code, product.origin_country, product.tracking, product.reorder_point,
       product.active, product.version, product.kit_kind, product.removal, product.expiry_horizon_days, product.ships,
       product.release_on,
       coalesce(level.available, 0)
FROM inventory_warehouse warehouse
LEFT JOIN inventory_product product
    ON upper(product.sku) = ANY (ARRAY(SELECT upper(wanted) FROM unnest(%(skus)s) AS wanted))
LEFT JOIN inventory_stocklevel level ON level.product_id = product.id AND level.warehouse_id = warehouse.id
WHERE warehouse.id = ANY (%(warehouses)s)
""",
    skus="text[]",
    warehouses="bigint[]",
)

_PRODUCT = 16
"""The column in which a row's product begins."""


def offer(skus: Iterable[str], warehouse_ids: Sequence[int]) -> Offer:
    """What the warehouses can promise of the articles that exist; no locks. Raises NotFound when one does not exist.

    Every product is named for every warehouse.
    """
    rows = _OFFER.run(skus=sorted(set(skus)), warehouses=list(warehouse_ids))
    places: dict[int, WarehouseFact] = {}
    products: dict[int, ProductFact] = {}
    available: dict[tuple[int, int], int] = {}
    for row in rows:
        if row[0] not in places:
            places[row[0]] = _warehouse(row)
        product_id = row[_PRODUCT]
        if product_id is None:
            continue
        if product_id not in products:
            products[product_id] = ProductFact(*row[_PRODUCT:-1])
        available[product_id, row[0]] = row[-1]
    if not places.keys() >= set(warehouse_ids):
        raise NotFound(_("There is no such warehouse."))
    return Offer(
        warehouses={warehouse_id: places[warehouse_id] for warehouse_id in warehouse_ids},
        products={product.sku.casefold(): product for product in products.values()},
        available=available,
    )


def _warehouse(row: Sequence[Any]) -> WarehouseFact:
    return WarehouseFact(
        id=row[0],
        code=row[1],
        name=row[2],
        time_zone=row[3],
        country=row[4],
        address=json.loads(row[5]),
        cut_off=row[6],
        handling_days=row[7],
        working_weekdays=tuple(row[8]) or MONDAY_TO_FRIDAY,
        closed_days=tuple(row[9]),
        active=row[10],
        kind=row[11],
        daily_capacity=row[12],
        parcel_cost=row[13],
        latitude=row[14],
        longitude=row[15],
    )
