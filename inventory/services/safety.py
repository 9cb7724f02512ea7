"""Keep units back from sale."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.outbox.publish import NewEvent, publish
from inventory.errors import Invalid, NotFound
from inventory.events import STOCK_SAFETY_SET
from inventory.services.announcing import publish_growth
from inventory.services.reservation import Key

LARGEST = 10_000_000


@dataclass(frozen=True, slots=True)
class SafetyFact:
    """A level's safety stock and what is available, before and after it was set."""

    level_id: int
    before: int
    after: int
    available_before: int
    available: int


@command
def set_safety_stock(product_id: int, warehouse_id: int, units: int, *, by: Actor, now: datetime) -> SafetyFact:
    """Keep ``units`` of a product in a warehouse back from sale, whether or not there are as many.

    Promises made before are kept: raising it never fails, and a level below its safety stock simply has nothing
    available. Lowering it may fill backorders. Raises NotFound, and Invalid for a number out of range.
    """
    return set_safety_stocks({(product_id, warehouse_id): units}, by=by, now=now)[product_id, warehouse_id]


@command
def set_safety_stocks(units: Mapping[Key, int], *, by: Actor, now: datetime) -> dict[Key, SafetyFact]:
    """``set_safety_stock`` for {(product_id, warehouse_id): units}: four statements however many. All or none."""
    if any(not 0 <= one <= LARGEST for one in units.values()):
        raise Invalid(_("A safety stock has 0 to 10,000,000 units."))
    if not units:
        return {}
    facts = _set(units)
    changed = {key: fact for key, fact in facts.items() if fact.before != fact.after}
    publish(
        *(
            NewEvent(
                type=STOCK_SAFETY_SET,
                subject_type="stock_level",
                subject_id=fact.level_id,
                data={"product_id": key[0], "warehouse_id": key[1], "before": fact.before, "after": fact.after},
            )
            for key, fact in changed.items()
        ),
        by=by,
        now=now,
    )
    publish_growth(
        {
            key: (fact.level_id, fact.available - fact.available_before)
            for key, fact in changed.items()
            if fact.available > fact.available_before
        },
        by=by,
        now=now,
    )
    return facts


_NEW_LEVELS = """
INSERT INTO inventory_stocklevel
    (product_id, warehouse_id, on_hand, allocated, reserved, quality_control, quarantined, damaged)
SELECT product_id, warehouse_id, 0, 0, 0, 0, 0, 0
FROM unnest(%s::bigint[], %s::bigint[]) AS row (product_id, warehouse_id)
JOIN inventory_product product ON product.id = product_id
JOIN inventory_warehouse warehouse ON warehouse.id = warehouse_id
ORDER BY product_id, warehouse_id
ON CONFLICT DO NOTHING
"""

# The other counters are written as read under the lock: docs/adr/0006.
_SET = """
WITH change AS MATERIALIZED (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) AS change (product_id, warehouse_id, units)
), locked AS MATERIALIZED (
    SELECT level.*, units FROM inventory_stocklevel level JOIN change USING (product_id, warehouse_id)
    ORDER BY level.id FOR NO KEY UPDATE OF level
)
UPDATE inventory_stocklevel level
SET on_hand = locked.on_hand, allocated = locked.allocated, reserved = locked.reserved,
    quality_control = locked.quality_control, quarantined = locked.quarantined, damaged = locked.damaged,
    safety_stock = locked.units
FROM locked WHERE level.id = locked.id
RETURNING level.product_id, level.warehouse_id, level.id, locked.safety_stock, level.safety_stock, locked.available,
    level.available
"""


def _set(units: Mapping[Key, int]) -> dict[Key, SafetyFact]:
    products = [product_id for product_id, _warehouse in units]
    places = [warehouse_id for _product, warehouse_id in units]
    with connection.cursor() as cursor:
        cursor.execute(_NEW_LEVELS, [products, places])
        cursor.execute(_SET, [products, places, list(units.values())])
        facts = {(row[0], row[1]): SafetyFact(*row[2:]) for row in cursor.fetchall()}
    if len(facts) != len(units):
        raise NotFound(_("There is no such product or warehouse."))
    return facts
