"""Say that units became available, so that whoever waits for them can have them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from core.kernel.actors import Actor
from core.outbox.publish import NewEvent, publish
from inventory.events import STOCK_REPLENISHED
from inventory.models import StockLevel
from inventory.services.reservation import Key, Want, summed


def announce_replenished(wants: Sequence[Want], *, by: Actor, now: datetime) -> None:
    """Publish ``stock.replenished`` for units given back (``reservation.give_back``) that others may now have."""
    grown = summed(wants)
    if not grown:
        return
    levels = StockLevel.objects.filter(
        product_id__in={product_id for product_id, _warehouse in grown},
        warehouse_id__in={warehouse_id for _product, warehouse_id in grown},
    ).values_list("pk", "product_id", "warehouse_id")
    publish_growth(
        {
            (product_id, warehouse_id): (pk, grown[product_id, warehouse_id])
            for pk, product_id, warehouse_id in levels
            if (product_id, warehouse_id) in grown
        },
        by=by,
        now=now,
    )


def publish_growth(grown: Mapping[Key, tuple[int, int]], *, by: Actor, now: datetime) -> None:
    """Publish ``stock.replenished`` for each {(product_id, warehouse_id): (stock level id, units)}."""
    publish(
        *(
            NewEvent(
                type=STOCK_REPLENISHED,
                subject_type="stock_level",
                subject_id=level_id,
                data={"product_id": product_id, "warehouse_id": warehouse_id, "quantity": quantity},
            )
            for (product_id, warehouse_id), (level_id, quantity) in grown.items()
        ),
        by=by,
        now=now,
    )
