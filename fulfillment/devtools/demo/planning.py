"""Replenishment in the demo: terms, a forecast, proposals to decide, a season, and a pick face to fill."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from core.kernel.actors import Actor
from core.kernel.commands import command
from fulfillment.devtools.demo.catalogue import Article
from fulfillment.devtools.demo.seed import demo_supplier
from inventory.models import Bin, BinKind, DemandForecast, PeakPlan, Product, SupplierProduct
from inventory.selectors.availability import availability
from inventory.selectors.places import default_bins
from inventory.selectors.stock import bins_with
from inventory.services.ledger import Move, move
from inventory.services.places import NewBin, create_bins
from inventory.services.policies import set_face_rule
from inventory.services.proposing import propose_purchases
from inventory.services.replenishing import open_face_tasks
from inventory.states import MovementReason

BEST = 40
"""Articles with terms and a forecast. Two days of invoices tell no demand, so the demo makes one up from the stock."""
LASTS = (8, 60, 60, 60, 200)
"""Days the stock of one article in five lasts by that forecast: some to order, most fine, some too much."""
PACK, LEAD_DAYS, IN_BULK = 12, 12, 96


def plan_stock(
    articles: Mapping[str, Article], products: Mapping[str, int], *, warehouse_id: int, by: Actor, now: datetime
) -> None:
    """Terms and a forecast for the articles asked for most, what follows from them, and a face to fill.

    Does nothing when there is a forecast already.
    """
    if DemandForecast.objects.exists():
        return
    best = sorted(articles.values(), key=lambda one: (-one.demand, one.sku))[:BEST]
    _forecast([products[one.sku] for one in best], {products[one.sku]: one.price for one in best}, warehouse_id, now)
    propose_purchases(warehouse_id, by=by, now=now)
    day = now.date()
    PeakPlan.objects.create(
        warehouse_id=warehouse_id,
        name="Christmas",
        starts_on=date(day.year + (day.month == 12), 12, 1),
        ends_on=date(day.year + (day.month == 12), 12, 24),
        uplift=Decimal("2.5"),
    )
    quiet = [one for one in articles.values() if one.demand >= PACK]
    if quiet:
        _fill(products[min(quiet, key=lambda one: (one.demand, one.sku)).sku], warehouse_id, by=by, now=now)
    open_face_tasks(warehouse_id, by=by, now=now)


def _forecast(product_ids: Sequence[int], prices: Mapping[int, Decimal], warehouse_id: int, now: datetime) -> None:
    units = availability(product_ids, [warehouse_id])
    supplier = demo_supplier()
    SupplierProduct.objects.bulk_create(
        [
            SupplierProduct(
                supplier=supplier,
                product_id=product_id,
                pack_size=PACK,
                minimum_quantity=PACK,
                unit_cost=prices[product_id] / 2,
                lead_time_days=LEAD_DAYS,
                preferred=True,
            )
            for product_id in product_ids
        ],
        ignore_conflicts=True,
    )
    rows = Product.objects.in_bulk(list(product_ids))
    for product_id, row in rows.items():
        row.unit_cost = prices[product_id] / 2
    Product.objects.bulk_update(rows.values(), ["unit_cost"])
    means = {
        product_id: units.get((product_id, warehouse_id), 0) / LASTS[at % len(LASTS)]
        for at, product_id in enumerate(product_ids)
    }
    DemandForecast.objects.bulk_create(
        DemandForecast(
            product_id=product_id,
            warehouse_id=warehouse_id,
            method="weekday",
            daily_mean=mean,
            daily_deviation=0.8 * mean,
            days=0,
            computed_at=now,
        )
        for product_id, mean in means.items()
    )


@command
def _fill(product_id: int, warehouse_id: int, *, by: Actor, now: datetime) -> None:
    """More of an article behind the walk, and a rule that finds its pick face too empty."""
    face = next((one for one in bins_with(product_id, warehouse_id=warehouse_id) if one.bin_kind == "pick_face"), None)
    if face is None or Bin.objects.filter(warehouse_id=warehouse_id, name="BULK-01").exists():
        return
    (bulk,) = create_bins(warehouse_id, [NewBin(name="BULK-01", kind=BinKind.BULK, pick_sequence=90_000, zone="BULK")])
    move(
        [
            Move(
                product_id=product_id,
                quantity=IN_BULK,
                from_bin_id=default_bins(warehouse_id)[BinKind.SUPPLIER],
                to_bin_id=bulk.id,
                reason=MovementReason.RECEIVE,
            )
        ],
        by=by,
        now=now,
    )
    set_face_rule(product_id, face.bin_id, minimum=face.quantity + 2, maximum=face.quantity + 2 * PACK, by=by, now=now)
