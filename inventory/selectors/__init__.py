"""What other rooms may read of inventory."""

from inventory.planning import BinPick, PickWant
from inventory.selectors.availability import availability
from inventory.selectors.places import (
    BinFact,
    WarehouseFact,
    bin_by_code,
    bin_by_id,
    bins_by_id,
    bins_of,
    default_bins,
    warehouse_by_code,
    warehouse_by_id,
    warehouses,
)
from inventory.selectors.products import (
    KitPart,
    ProductDetail,
    ProductFact,
    kit_parts,
    product_by_code,
    product_detail,
    products_by_id,
    products_by_sku,
    products_page,
)

__all__ = [
    "BinFact",
    "BinPick",
    "KitPart",
    "PickWant",
    "ProductDetail",
    "ProductFact",
    "WarehouseFact",
    "availability",
    "bin_by_code",
    "bin_by_id",
    "bins_by_id",
    "bins_of",
    "default_bins",
    "kit_parts",
    "product_by_code",
    "product_detail",
    "products_by_id",
    "products_by_sku",
    "products_page",
    "warehouse_by_code",
    "warehouse_by_id",
    "warehouses",
]
