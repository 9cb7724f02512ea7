"""Stock levels as a channel is to see them: without its buffer, kits by their components, zeros for what never came."""

from collections.abc import Iterable
from dataclasses import dataclass

from inventory import ports
from inventory.models import Product
from inventory.models.product import KitKind
from inventory.selectors.incoming import incoming_of
from inventory.selectors.places import WarehouseFact
from inventory.selectors.products import ProductFact, fact_of
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
    """One product in those of the warehouses that know it, the newest warehouse first.

    A warehouse knows what it has stocked, expects, owes, or has the components of. What none of them knows is shown
    with zeros in each. Nine queries at most.
    """
    wanted = {place.id: place for place in places}
    known = {row.warehouse_id: row for row in stock_rows(product_ids=[product.id], warehouse_ids=wanted, limit=1000)}
    coming: dict[str, int] = {}
    for line in incoming_of(product.id, warehouse_ids=wanted, limit=1000):
        coming[line.warehouse] = coming.get(line.warehouse, 0) + line.expected
    waiting = ports.backordered([product.id], sorted(wanted))
    units = sellable([product.id], wanted, channel_id=channel_id)
    order = sorted(wanted.values(), key=lambda one: -one.id)
    knowing = [
        place
        for place in order
        if place.id in known
        or coming.get(place.code)
        or waiting.get((product.id, place.id))
        or units[product.id, place.id]
    ]
    return [
        ShownRow(
            known.get(place.id)
            or _nothing(product, place, coming.get(place.code, 0), waiting.get((product.id, place.id), 0)),
            units[product.id, place.id],
        )
        for place in knowing or order
    ]


def shown_kits(
    places: Iterable[WarehouseFact],
    *,
    channel_id: int | None,
    limit: int,
    beyond: tuple[int, int] | None = None,
    newer: bool = False,
) -> list[ShownRow]:
    """Kits that are packed from components, in each warehouse, by how many there are components for; newest first.

    ``beyond`` is the (product_id, warehouse_id) of the row to go on from; ``newer`` goes the other way, nearest first.
    Seven queries at most.
    """
    order = sorted(places, key=lambda one: one.id, reverse=not newer)
    rows = Product.objects.filter(kit_kind=KitKind.VIRTUAL, active=True).order_by("pk" if newer else "-pk")
    if beyond is not None:
        rows = rows.filter(pk__gte=beyond[0]) if newer else rows.filter(pk__lte=beyond[0])
    kits = [fact_of(row) for row in rows[: limit + 1]]
    keys = [
        (kit, place)
        for kit in kits
        for place in order
        if beyond is None or ((kit.id, place.id) > beyond if newer else (kit.id, place.id) < beyond)
    ][:limit]
    units = sellable({kit.id for kit, _place in keys}, {place.id for _kit, place in keys}, channel_id=channel_id)
    waiting = ports.backordered([kit.id for kit in kits], [place.id for place in order]) if kits else {}
    return [
        ShownRow(_nothing(kit, place, 0, waiting.get((kit.id, place.id), 0)), units[kit.id, place.id])
        for kit, place in keys
    ]


def _nothing(product: ProductFact, place: WarehouseFact, incoming: int, backordered: int) -> StockRow:
    """The level of a product that has none: nothing on hand, nothing promised."""
    return StockRow(
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
        incoming=incoming,
        reorder_point=product.reorder_point,
        backordered=backordered,
    )
