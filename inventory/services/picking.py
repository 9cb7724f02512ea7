"""Plan which bins units are fetched from, and take such plans back. Both run in the caller's transaction."""

from collections.abc import Iterable, Sequence, Set
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from core.kernel.commands import refuse_outside_transaction
from inventory.errors import NotAllocated
from inventory.planning import PICK_RANK, BinPick, Candidate, PickWant, choose_bins
from inventory.selectors.pick_bins import PICKABLE

__all__ = ["BinPick", "PickWant", "lock_candidates", "plan_again", "plan_picks", "unplan_picks"]

_CANDIDATES = PICKABLE + "FOR NO KEY UPDATE OF stock"

_ADD_TO_PICK = """
WITH change AS MATERIALIZED (
    SELECT product_id, bin_id, lot, sum(quantity)::int AS more
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int[]) AS row (product_id, bin_id, lot, quantity)
    GROUP BY product_id, bin_id, lot
), locked AS MATERIALIZED (
    SELECT stock.id, stock.quantity, stock.to_pick + change.more AS to_pick
    FROM inventory_binstock stock JOIN change USING (product_id, bin_id, lot)
    WHERE stock.condition = 'sellable'
    ORDER BY product_id, bin_id, lot, condition FOR NO KEY UPDATE OF stock
), changed AS (
    UPDATE inventory_binstock stock SET quantity = locked.quantity, to_pick = locked.to_pick
    FROM locked
    WHERE stock.id = locked.id AND locked.to_pick BETWEEN 0 AND locked.quantity
    RETURNING stock.id
)
SELECT (SELECT count(*) FROM change) - (SELECT count(*) FROM changed)
"""


def plan_picks(
    wants: Sequence[PickWant], *, avoid_bins: Set[tuple[int, int]] = frozenset(), now: datetime | None = None
) -> list[BinPick]:
    """Choose the bins to fetch the wants from and mark the units there as planned; two statements.

    Sellable units in bins neither frozen nor inactive, as each product is to be fetched (``choose_bins``). Lots that
    are recalled or inside their expiry horizon on the warehouse's day of ``now`` (by default the database's clock)
    are left alone.
    ``avoid_bins`` are (product_id, bin_id) not to be used, such as where a picker just found nothing.
    The picks of a want may sum to less than it wants.
    """
    refuse_outside_transaction()
    if not wants:
        return []
    candidates = lock_candidates({want.product_id for want in wants}, {want.warehouse_id for want in wants}, now=now)
    picks = choose_bins(wants, candidates, avoid_bins)
    products = {want.key: want.product_id for want in wants}
    _add_to_pick([(products[pick.key], pick.bin_id, pick.lot, pick.quantity) for pick in picks])
    return picks


def lock_candidates(
    product_ids: Iterable[int], warehouse_ids: Iterable[int], *, now: datetime | None = None
) -> list[Candidate]:
    """Where units may be fetched from, free of picks already planned; their rows are locked in the order of keys."""
    refuse_outside_transaction()
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, [sorted(set(product_ids)), sorted(set(warehouse_ids)), sorted(PICK_RANK), now])
        return [Candidate(*row) for _stock_id, *row in cursor.fetchall()]


def unplan_picks(picks: Sequence[tuple[int, int, str, int]]) -> None:
    """Take plans back: (product_id, bin_id, lot, quantity) each; one statement.

    Raises NotAllocated when more is taken back than is planned there, and marks the transaction for rollback.
    """
    refuse_outside_transaction()
    _add_to_pick([(product_id, bin_id, lot, -quantity) for product_id, bin_id, lot, quantity in picks])


def plan_again(picks: Sequence[tuple[int, int, str, int]]) -> None:
    """Mark units as planned where they lie, after a pick was taken back: (product_id, bin_id, lot, quantity) each.

    One statement. Raises NotAllocated when a bin holds fewer units free, and marks the transaction for rollback.
    """
    refuse_outside_transaction()
    _add_to_pick(picks)


def _add_to_pick(rows: Sequence[tuple[int, int, str, int]]) -> None:
    if not rows:
        return
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_ADD_TO_PICK, columns)
        (refused,) = cursor.fetchone()
    if refused:
        transaction.set_rollback(True)
        raise NotAllocated(_("More picks were to be taken back than are planned."))
