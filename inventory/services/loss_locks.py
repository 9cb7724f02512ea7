"""What a loss may take from others is locked before it takes anything: lists, holds, orders, waves, bins, levels.

A first look, without locks, says what that is. What it finds is chosen anew under the locks, so a look that was
overtaken falsifies nothing: docs/adr/0009-lock-order.md.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from core.kernel.commands import refuse_outside_transaction
from inventory import ports
from inventory.models import BinStock, StockLevel
from inventory.services.holding import lock_holds_of
from inventory.services.stock_locks import lock_bins, lock_levels
from inventory.states import Condition


@dataclass(frozen=True, slots=True)
class Loss:
    """So many sellable ``units`` of a product less in a warehouse; ``places`` says where: (bin_id, lot, units) each."""

    product_id: int
    warehouse_id: int
    units: int
    places: Sequence[tuple[int, str, int]] = ()


def lock_for_losses(
    losses: Sequence[Loss],
    *,
    work: Iterable[int] = (),
    products: Iterable[int] = (),
    before_bins: Callable[[], object] = ports.nothing,
) -> bool:
    """Lock what the losses will take from promises and picks; False, and nothing locked, when they take nothing.

    Called before any order, bin or level is locked. ``work`` are fulfilment orders whose orders the caller will lock,
    too, and ``products`` those whose bins it will; ``before_bins`` locks what else comes before them.
    """
    refuse_outside_transaction()
    lacking = _lacking(losses)
    planned = _planned(losses)
    if not lacking and not planned:
        return False
    picks = ports.lock_picks(planned) if planned else ports.NO_PICKS
    lock_holds_of([(*key, units) for key, (units, _promised) in lacking.items() if units])
    ports.lock_promises(
        [(*key, units) for key, (_held, units) in lacking.items() if units], {*work, *picks.fulfillment_order_ids}
    )
    picks.lock_waves()
    before_bins()
    keys = {*picks.loose, *((loss.product_id, loss.warehouse_id) for loss in losses)}
    lock_bins({*products, *(product_id for product_id, _place in keys)}, {place for _product, place in keys})
    if len(keys) > 1:
        lock_levels(keys)
    return True


def _lacking(losses: Sequence[Loss]) -> dict[tuple[int, int], tuple[int, int]]:
    """{(product_id, warehouse_id): (units held for carts and documents, units promised to orders)} to be given up."""
    wanted = Q(pk__in=())
    for loss in losses:
        wanted |= Q(product_id=loss.product_id, warehouse_id=loss.warehouse_id)
    levels = {(row.product_id, row.warehouse_id): row for row in StockLevel.objects.filter(wanted)}
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for loss in losses:
        key = (loss.product_id, loss.warehouse_id)
        level = levels.get(key)
        if level is not None and level.free < loss.units:
            lacking = min(loss.units - level.free, level.allocated + level.reserved)
            found[key] = (min(lacking, level.reserved), max(lacking - level.reserved, 0))
    return found


def _planned(losses: Sequence[Loss]) -> list[tuple[int, int, str, int]]:
    """(product_id, bin_id, lot, units) planned for picks that will not be there."""
    places = {(loss.product_id, bin_id, lot): units for loss in losses for bin_id, lot, units in loss.places}
    if not places:
        return []
    rows = BinStock.objects.filter(
        product_id__in={key[0] for key in places},
        bin_id__in={key[1] for key in places},
        condition=Condition.SELLABLE,
        to_pick__gt=0,
    )
    found = []
    for row in rows.order_by("product_id", "bin_id", "lot"):
        units = places.get((row.product_id, row.bin_id, row.lot), 0)
        if row.quantity >= units > row.quantity - row.to_pick:
            found.append((row.product_id, row.bin_id, row.lot, units - row.quantity + row.to_pick))
    return found
