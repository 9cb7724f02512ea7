"""How many units can be promised."""

from collections.abc import Iterable

from inventory.models import StockLevel


def availability(product_ids: Iterable[int], warehouse_ids: Iterable[int] | None = None) -> dict[tuple[int, int], int]:
    """{(product_id, warehouse_id): available units}; what was never stocked is left out. One query, no locks."""
    wanted = sorted(set(product_ids))
    if not wanted:
        return {}
    rows = StockLevel.objects.filter(product_id__in=wanted)
    if warehouse_ids is not None:
        rows = rows.filter(warehouse_id__in=sorted(set(warehouse_ids)))
    return {
        (product_id, warehouse_id): units
        for product_id, warehouse_id, units in rows.values_list("product_id", "warehouse_id", "available")
    }
