"""Lock stock before it is known which of it will change: bins in the order of their keys, then levels in theirs.

For who takes stock in more than one step. Whatever a step locks of these rows later is held already, so nobody waits
for it out of turn: docs/adr/0009-lock-order.md.
"""

from collections.abc import Iterable

from django.db.models import Q

from core.kernel.commands import refuse_outside_transaction
from inventory.models import BinStock, StockLevel


def lock_bins(product_ids: Iterable[int], warehouse_ids: Iterable[int]) -> None:
    """Lock where units of the products lie in the warehouses. Runs in the caller's transaction; one statement."""
    refuse_outside_transaction()
    rows = BinStock.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.filter(
        product_id__in=sorted(set(product_ids)), bin__warehouse_id__in=sorted(set(warehouse_ids)), quantity__gt=0
    )
    list(rows.order_by("product_id", "bin_id", "lot", "condition").values_list("pk", flat=True))


def lock_levels(keys: Iterable[tuple[int, int]]) -> None:
    """Lock the stock levels of those (product_id, warehouse_id), bins first. In the caller's transaction."""
    refuse_outside_transaction()
    wanted = Q(pk__in=())
    for product_id, warehouse_id in sorted(set(keys)):
        wanted |= Q(product_id=product_id, warehouse_id=warehouse_id)
    rows = StockLevel.objects.select_for_update(of=("self",), no_key=True).filter(wanted)
    list(rows.order_by("pk").values_list("pk", flat=True))
