"""Stock levels as a channel is to see them: without its buffer, kits by their components, zeros for what never came."""

from collections.abc import Iterable
from dataclasses import dataclass

from inventory import ports
from inventory.selectors.incoming import incoming_of
from inventory.selectors.places import WarehouseFact
from inventory.selectors.products import ProductFact
from inventory.selectors.sellable import left_for, sellable
from inventory.selectors.stock import StockRow, stock_rows


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A stock level, and what the asking channel may sell of it."""

    row: StockRow
    available: int


def shown(rows: Iterable[StockRow], *, channel_id: int | None) -> list[ShownRow]:
    """The rows with what the channel may sell. Two queries at most."""
    kept = list(rows)
    units = left_for(channel_id, {(row.product_id, row.warehouse_id): row.available for row in kept})
    return [ShownRow(row, units[row.product_id, row.warehouse_id]) for row in kept]


def shown_of(product: ProductFact, places: Iterable[WarehouseFact], *, channel_id: int | None) -> list[ShownRow]:
    """One product in each of the warehouses, the newest warehouse first; zeros where it was never stocked.

    Nine queries at most.
    """
    wanted = {place.id: place for place in places}
    known = {row.warehouse_id: row for row in stock_rows(product_ids=[product.id], warehouse_ids=wanted, limit=1000)}
    coming: dict[str, int] = {}
    for line in incoming_of(product.id, warehouse_ids=wanted, limit=1000):
        coming[line.warehouse] = coming.get(line.warehouse, 0) + line.expected
    waiting = ports.backordered([product.id], sorted(wanted))
    units = sellable([product.id], wanted, channel_id=channel_id)
    return [
        ShownRow(
            known.get(place.id)
            or StockRow(
                level_id=0,
                product_id=product.id,
                sku=product.sku,
                name=product.name,
                warehouse_id=place.id,
                warehouse=place.code,
                on_hand=0,
                allocated=0,
                reserved=0,
                quality_control=0,
                quarantined=0,
                damaged=0,
                incoming=coming.get(place.code, 0),
                reorder_point=product.reorder_point,
                backordered=waiting.get((product.id, place.id), 0),
            ),
            units[product.id, place.id],
        )
        for place in sorted(wanted.values(), key=lambda one: -one.id)
    ]
