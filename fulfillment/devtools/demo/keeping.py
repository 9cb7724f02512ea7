"""What the demo keeps back: a buffer of one channel, the safety stock of an article, and an article that is low."""

from collections.abc import Mapping
from datetime import datetime

from core.kernel.actors import Actor
from fulfillment.devtools.demo.catalogue import Article
from inventory.models import StockLevel
from inventory.selectors.availability import availability
from inventory.services.products import update_product
from inventory.services.safety import set_safety_stock
from orders.models import Channel
from orders.services.buffers import set_product_buffers

LEFT, KEPT = 2, 2
"""Few enough that the orders of the play still find their units: two more lie there than are asked for."""


def keep_some_back(
    articles: Mapping[str, Article], products: Mapping[str, int], *, warehouse_id: int, by: Actor, now: datetime
) -> None:
    """Of the three articles asked for most: the market leaves some of one, some of one are kept, one is low.

    Does nothing the second time.
    """
    best = sorted(articles.values(), key=lambda one: (-one.demand, one.sku))[:3]
    market = Channel.objects.filter(code="market", buffers_version=None).first()
    if market is None or len(best) < 3 or StockLevel.objects.filter(safety_stock__gt=0).exists():
        return
    left, kept, low = (products[one.sku] for one in best)
    set_product_buffers(market.pk, {left: LEFT}, by=by, now=now)
    set_safety_stock(kept, warehouse_id, KEPT, by=by, now=now)
    there = availability([low], [warehouse_id]).get((low, warehouse_id), 0)
    update_product(best[2].sku, changes={"reorder_point": there + 1}, by=by, now=now)
