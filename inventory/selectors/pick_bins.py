"""Where units would be picked from, without planning anything; and how the bins of a warehouse lie along its walk."""

from collections.abc import Iterable, Sequence, Set
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from core.kernel.locks import Among
from inventory.models import Bin
from inventory.planning import PICK_RANK, BinPick, Candidate, PickWant, choose_bins

# A lot recalled or inside its expiry horizon is no candidate, even before the sweep has set its units aside.
# A pallet among the shelves ranks behind bulk, one that stands anywhere else as the place it stands in.
PICKABLE = """
SELECT stock.id, stock.product_id, bin.warehouse_id, bin.id, bin.name, bin.code, place.kind, bin.pick_sequence,
       stock.lot, stock.quantity - stock.to_pick, product.removal, lot.expires_on, lot.first_received_at
FROM inventory_binstock stock
JOIN inventory_bin bin ON bin.id = stock.bin_id
JOIN inventory_warehouse warehouse ON warehouse.id = bin.warehouse_id
JOIN inventory_product product ON product.id = stock.product_id
LEFT JOIN inventory_bin stand ON stand.id = bin.parent_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN bin.kind <> 'pallet' THEN bin.kind
                WHEN stand.kind IN ('pick_face', 'bulk') THEN 'pallet'
                ELSE coalesce(stand.kind, 'receiving') END AS kind
) place
LEFT JOIN inventory_lot lot ON lot.product_id = stock.product_id AND lot.number = stock.lot AND stock.lot <> ''
WHERE stock.product_id = ANY(%s) AND stock.condition = 'sellable' AND stock.quantity > stock.to_pick
  AND bin.warehouse_id = ANY(%s) AND place.kind = ANY(%s) AND bin.active AND NOT bin.frozen
  AND NOT coalesce(stand.frozen, false)
  AND lot.recalled_at IS NULL
  AND (lot.expires_on IS NULL
       OR (coalesce(%s, statement_timestamp()) AT TIME ZONE warehouse.time_zone)::date
          <= lot.expires_on - coalesce(product.expiry_horizon_days, 0))
ORDER BY stock.product_id, stock.bin_id, stock.lot, stock.condition
"""
"""What may be planned to be picked: products, warehouses, kinds of places, the moment (null: now)."""


class WalkPlace(NamedTuple):
    """A bin along the walk: its place counted from 0, and its zone (0: none)."""

    place: int
    zone_id: int


def likely_picks(
    wants: Sequence[PickWant], *, avoid_bins: Set[tuple[int, int]] = frozenset(), now: datetime
) -> list[BinPick]:
    """The bins a plan made now would choose for the wants; nothing is locked or marked. One statement.

    What another plan takes meanwhile is still counted, so the real plan may choose otherwise. ``avoid_bins`` are
    (product_id, bin_id) not to be used.
    """
    if not wants:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            PICKABLE,
            [
                sorted({want.product_id for want in wants}),
                sorted({want.warehouse_id for want in wants}),
                sorted(PICK_RANK),
                now,
            ],
        )
        candidates = [Candidate(*row) for _stock_id, *row in cursor.fetchall()]
    return choose_bins(wants, candidates, avoid_bins)


def zones_of_bins(bin_ids: Iterable[int]) -> dict[int, int]:
    """The zone of each bin, 0 for none. One statement."""
    rows = Bin.objects.filter(Among("pk", bin_ids)).order_by().values_list("pk", "zone_id")
    return {bin_id: zone_id or 0 for bin_id, zone_id in rows}


def walk_of_warehouse(warehouse_id: int) -> dict[int, WalkPlace]:
    """Every bin units are picked from, by id, with how many places come before it on the walk. One statement."""
    rows = (
        Bin.objects.filter(warehouse_id=warehouse_id, kind__in=sorted(PICK_RANK), active=True)
        .order_by("pick_sequence", "name", "pk")
        .values_list("pk", "zone_id")
    )
    return {bin_id: WalkPlace(place, zone_id or 0) for place, (bin_id, zone_id) in enumerate(rows)}
