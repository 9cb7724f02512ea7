"""What kits are made of, and how many of them there is stock for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from inventory.models import KitKind
from inventory.planning.kits import DEEPEST, whole_kits
from inventory.selectors.availability import availability
from inventory.selectors.products import KitPart, ProductFact

# A virtual kit that has no recipe (yet) stands for itself: nothing of it can be in stock, so none can be sold.
_PARTS = """
WITH RECURSIVE part (kit_id, product_id, quantity, depth, place) AS (
    SELECT line.kit_id, line.component_id, line.quantity::bigint, 1, ARRAY[line.id]
    FROM inventory_kitcomponent line JOIN inventory_product kit ON kit.id = line.kit_id
    WHERE line.kit_id = ANY (%(kits)s) AND kit.kit_kind = ANY (%(kinds)s)
    UNION ALL
    SELECT part.kit_id, line.component_id, part.quantity * line.quantity, part.depth + 1, part.place || line.id
    FROM part
    JOIN inventory_product inner_kit ON inner_kit.id = part.product_id AND inner_kit.kit_kind = 'virtual'
    JOIN inventory_kitcomponent line ON line.kit_id = inner_kit.id
    WHERE part.depth < %(deepest)s
), leaf AS (
    SELECT part.kit_id, part.product_id, sum(part.quantity) AS quantity, min(part.place) AS place
    FROM part JOIN inventory_product product ON product.id = part.product_id
    WHERE product.kit_kind <> 'virtual'
       OR NOT EXISTS (SELECT FROM inventory_kitcomponent line WHERE line.kit_id = product.id)
    GROUP BY part.kit_id, part.product_id
)
SELECT leaf.kit_id, leaf.quantity, product.unit_cost, product.attributes ->> 'price',
       place.id, coalesce(level.available, 0),
       product.id, product.sku, product.name, product.weight_g, product.length_mm, product.width_mm, product.height_mm,
       product.image_url, product.hs_code, product.origin_country, product.tracking, product.reorder_point,
       product.active, product.version, product.kit_kind, product.removal, product.expiry_horizon_days, product.ships,
       product.release_on
FROM leaf JOIN inventory_product product ON product.id = leaf.product_id
LEFT JOIN unnest(%(warehouses)s::bigint[]) AS place (id) ON true
LEFT JOIN inventory_stocklevel level ON level.product_id = product.id AND level.warehouse_id = place.id
ORDER BY leaf.kit_id, leaf.place, place.id
"""

_HOLDERS = """
WITH RECURSIVE holder (product_id, kit_id, depth) AS (
    SELECT line.component_id, line.kit_id, 1
    FROM inventory_kitcomponent line JOIN inventory_product kit ON kit.id = line.kit_id AND kit.kit_kind = 'virtual'
    WHERE line.component_id = ANY (%(parts)s)
    UNION ALL
    SELECT holder.product_id, line.kit_id, holder.depth + 1
    FROM holder
    JOIN inventory_kitcomponent line ON line.component_id = holder.kit_id
    JOIN inventory_product kit ON kit.id = line.kit_id AND kit.kit_kind = 'virtual'
    WHERE holder.depth < %(deepest)s
)
SELECT DISTINCT product_id, kit_id FROM holder
"""


@dataclass(frozen=True, slots=True)
class OfferedPart:
    """``quantity`` units of a product go into one kit; what it is worth, for sharing out the kit's price."""

    product: ProductFact
    quantity: int
    list_price: Decimal | None
    unit_cost: Decimal | None


@dataclass(frozen=True, slots=True)
class KitOffer:
    """{kit's product id: its parts} and {(product_id, warehouse_id): available units} of all the parts."""

    parts: dict[int, tuple[OfferedPart, ...]]
    available: dict[tuple[int, int], int]


def explode(product_ids: Iterable[int]) -> dict[int, tuple[KitPart, ...]]:
    """{kit's product id: what goes into one of it}; kits in kits are multiplied out, down to what is stocked.

    Only kits that are packed from components (virtual ones); everything else is left out. One query.
    """
    wanted = sorted(set(product_ids))
    if not wanted:
        return {}
    return {
        kit_id: tuple(KitPart(part.product.id, part.product.sku, part.quantity) for part in parts)
        for kit_id, parts in kit_offer(wanted, ()).parts.items()
    }


def kit_availability(kit_ids: Iterable[int], warehouse_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """{(kit's product id, warehouse_id): whole kits there are components for}; two queries, no locks.

    Every warehouse is named for every virtual kit that has parts, with 0 when one of them is lacking; what is no
    virtual kit is left out.
    """
    places = sorted(set(warehouse_ids))
    parts = explode(kit_ids)
    units = availability((part.product_id for own in parts.values() for part in own), places)
    return {
        (kit_id, warehouse_id): whole_kits(
            (part.quantity, units.get((part.product_id, warehouse_id), 0)) for part in own
        )
        for kit_id, own in parts.items()
        for warehouse_id in places
    }


def kit_offer(
    kit_ids: Iterable[int], warehouse_ids: Sequence[int], *, kinds: Sequence[str] = (KitKind.VIRTUAL,)
) -> KitOffer:
    """All that intake needs of virtual kits, in one query; a kit without parts is left out.

    Without warehouses nothing is available. Kits of another kind than ``kinds`` count as what is stocked.
    """
    parts: dict[int, dict[int, OfferedPart]] = {}
    available: dict[tuple[int, int], int] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            _PARTS,
            {
                "kits": sorted(set(kit_ids)),
                "kinds": [str(kind) for kind in kinds],
                "deepest": DEEPEST,
                "warehouses": list(warehouse_ids),
            },
        )
        for kit_id, quantity, cost, price, warehouse_id, units, *columns in cursor.fetchall():
            own = parts.setdefault(kit_id, {})
            if columns[0] not in own:
                own[columns[0]] = OfferedPart(ProductFact(*columns), int(quantity), _price(price), cost)
            if warehouse_id is not None:
                available[columns[0], warehouse_id] = units
    return KitOffer({kit_id: tuple(own.values()) for kit_id, own in parts.items()}, available)


def recipe_of(product_id: int) -> tuple[OfferedPart, ...]:
    """What goes into one kit, whether assembled or packed: virtual kits within it multiplied out. One query."""
    return kit_offer([product_id], (), kinds=(KitKind.VIRTUAL, KitKind.ASSEMBLED)).parts.get(product_id, ())


def kits_with(product_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """{product_id: the virtual kits it goes into, at whatever depth}; one query.

    For those who tell of a component's stock: what changes for it changes for its kits.
    """
    wanted = sorted(set(product_ids))
    found: dict[int, frozenset[int]] = {}
    if not wanted:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_HOLDERS, {"parts": wanted, "deepest": DEEPEST})
        for product_id, kit_id in cursor.fetchall():
            found[product_id] = found.get(product_id, frozenset()) | {kit_id}
    return found


def _price(text: str | None) -> Decimal | None:
    try:
        price = Decimal(text) if text else None
    except ArithmeticError:
        return None
    return price if price is not None and price.is_finite() and price >= 0 else None
