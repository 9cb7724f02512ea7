"""How many units of a product, or of a kit by its components, a channel may sell."""

from collections.abc import Iterable, Mapping

from django.db import connection

from inventory import ports
from inventory.planning.kits import whole_kits
from inventory.selectors.availability import availability
from inventory.selectors.kits import explode, kits_with

Key = tuple[int, int]
"""(product_id, warehouse_id)"""


_BY_SKU = """
SELECT id, sku FROM inventory_product
WHERE upper(sku) = ANY (ARRAY(SELECT upper(wanted) FROM unnest(%s::text[]) AS wanted))
"""


def product_ids(skus: Iterable[str]) -> dict[str, tuple[int, str]]:
    """{casefolded SKU: (product_id, SKU)} of those that exist. One query that is made for a thousand of them."""
    wanted = sorted({sku for sku in skus if "\0" not in sku})
    with connection.cursor() as cursor:
        cursor.execute(_BY_SKU, [wanted])
        return {sku.casefold(): (product_id, sku) for product_id, sku in cursor.fetchall()}


def sellable(
    product_ids: Iterable[int], warehouse_ids: Iterable[int], *, channel_id: int | None = None
) -> dict[Key, int]:
    """{(product_id, warehouse_id): units} of every product in every warehouse, 0 for what was never stocked.

    Without what the channel leaves to the others, when one is named. Of a kit that is packed from components: the
    whole kits there are components for, each without its own buffer. Four queries at most, however many products.
    """
    wanted, places = sorted(set(product_ids)), sorted(set(warehouse_ids))
    kits = explode(wanted)
    stocked = {*wanted, *(part.product_id for parts in kits.values() for part in parts)} - kits.keys()
    units = availability(stocked, places)
    kept = ports.units_kept(channel_id, stocked) if channel_id is not None else {}
    net = {key: max(there - kept.get(key[0], 0), 0) for key, there in units.items()} if kept else units
    return {
        (product_id, place): whole_kits(
            (part.quantity, net.get((part.product_id, place), 0)) for part in kits[product_id]
        )
        if product_id in kits
        else net.get((product_id, place), 0)
        for product_id in wanted
        for place in places
    }


def kits_of(levels: Iterable[Key], *, channel_id: int | None = None) -> dict[Key, tuple[int, int]]:
    """{(kit, warehouse_id): (one of its components, whole kits)} of the kits those levels go into.

    What changes for a component changes for its kits. One query while there are no kits, five else.
    """
    changed = sorted(set(levels))
    holders = kits_with(product_id for product_id, _warehouse in changed)
    if not holders:
        return {}
    component: dict[Key, int] = {}
    for product_id, place in changed:
        for kit in holders.get(product_id, ()):
            component.setdefault((kit, place), product_id)
    units = sellable({kit for kit, _place in component}, {place for _kit, place in component}, channel_id=channel_id)
    return {key: (product_id, units[key]) for key, product_id in component.items()}


def left_for(channel_id: int | None, available: Mapping[Key, int]) -> dict[Key, int]:
    """The available units of levels without what the channel leaves to the others. Two queries at most."""
    if channel_id is None:
        return dict(available)
    kept = ports.units_kept(channel_id, {product_id for product_id, _warehouse in available})
    return {key: max(units - kept.get(key[0], 0), 0) for key, units in available.items()}
