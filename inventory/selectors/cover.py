"""How long the stock of a warehouse lasts: what is low, what is more than anybody asks for, what nobody asks for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from inventory.planning.cover import DEAD_DAYS, OVERSTOCK_DAYS
from inventory.selectors.replenishing import USUAL_LEAD_DAYS

STATES = ("low", "over", "dead")


@dataclass(frozen=True, slots=True)
class CoverRow:
    """A product's free units in a warehouse. ``cover_days`` is None when nothing sells.

    ``excess`` units are beyond what is wanted (all of a dead product), ``bound`` the money in them at cost, None
    without a cost. ``order`` is the place in the list.
    """

    level_id: int
    product_id: int
    sku: str
    name: str
    on_hand: int
    free: int
    daily_mean: float
    cover_days: float | None
    reorder_point: int
    excess: int
    bound: Decimal | None
    order: float


@dataclass(frozen=True, slots=True)
class CoverTotals:
    """How many products a list holds, and the money bound in what is too many of them."""

    products: int
    bound: Decimal


# Dead is what has lain for so long and was not shipped since; new stock is not dead.
_ROWS = """
SELECT level.id AS level_id, product.id AS product_id, product.sku, product.name, level.on_hand, level.free,
       demand.mean, CASE WHEN level.free <= 0 THEN 0 WHEN demand.mean > 0 THEN level.free / demand.mean END AS cover,
       limits.point,
       CASE %(state)s WHEN 'dead' THEN level.on_hand
            ELSE greatest(0, level.free - ceil(demand.mean * %(over_days)s))::int END AS excess,
       product.unit_cost
FROM inventory_stocklevel level
JOIN inventory_product product ON product.id = level.product_id
LEFT JOIN inventory_demandforecast forecast
    ON forecast.product_id = product.id AND forecast.warehouse_id = level.warehouse_id
LEFT JOIN inventory_stockpolicy policy
    ON policy.product_id = product.id AND policy.warehouse_id = level.warehouse_id
LEFT JOIN LATERAL (
    SELECT coalesce(sold.lead_time_days, supplier.lead_time_days) AS days
    FROM inventory_supplierproduct sold JOIN inventory_supplier supplier ON supplier.id = sold.supplier_id
    WHERE sold.product_id = product.id ORDER BY sold.preferred DESC, sold.id LIMIT 1
) lead ON true
CROSS JOIN LATERAL (SELECT coalesce(forecast.daily_mean, 0) AS mean) demand
CROSS JOIN LATERAL (
    SELECT coalesce(policy.reorder_point, product.reorder_point,
                    ceil(demand.mean * coalesce(lead.days, %(usual_lead)s))::int) AS point
) limits
WHERE level.warehouse_id = %(warehouse)s AND product.active
"""
_STATE = {
    "low": "AND limits.point > 0 AND level.free <= limits.point",
    "over": "AND level.free > 0 AND demand.mean > 0 AND level.free > demand.mean * %(over_days)s",
    "dead": """
        AND level.on_hand > 0
        AND EXISTS (SELECT FROM inventory_stockmovement old
                    WHERE old.product_id = product.id AND old.warehouse_id = level.warehouse_id
                      AND old.at < %(dead_since)s)
        AND NOT EXISTS (SELECT FROM inventory_stockmovement sent
                        WHERE sent.product_id = product.id AND sent.warehouse_id = level.warehouse_id
                          AND sent.at >= %(dead_since)s AND sent.reason = 'ship')
    """,
}
# The low ones by what is gone soonest, the others by the money in them; negative, so that one order fits all.
_ORDER = {"low": "coalesce(cover, 1e9)", "over": "-coalesce(excess * unit_cost, 0)"}
_ORDER["dead"] = _ORDER["over"]


def cover_rows(
    warehouse_id: int,
    state: str,
    *,
    now: datetime,
    limit: int = 50,
    after: tuple[float, int] | None = None,
) -> list[CoverRow]:
    """The products of a warehouse that are ``low``, ``over`` or ``dead``, the most pressing first; one statement.

    ``after`` is (order, level_id) of the row the page before ended with.
    """
    query = f"""
        SELECT level_id, product_id, sku, name, on_hand, free, mean, cover, point, excess, excess * unit_cost,
               ({_ORDER[state]})::float8 AS place FROM ({_ROWS} {_STATE[state]}) row
        WHERE %(place)s::float8 IS NULL OR (({_ORDER[state]})::float8, level_id) > (%(place)s::float8, %(level)s)
        ORDER BY place, level_id LIMIT %(limit)s
    """  # noqa: S608  every part is written here
    values = _values(warehouse_id, state, now)
    values |= {"limit": limit, "place": after[0] if after else None, "level": after[1] if after else 0}
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [CoverRow(*row) for row in cursor.fetchall()]


def cover_totals(warehouse_id: int, *, now: datetime) -> dict[str, CoverTotals]:
    """{state: how many products and how much money}; one statement each over the levels of the warehouse."""
    found: dict[str, CoverTotals] = {}
    for state in STATES:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*), coalesce(sum(excess * unit_cost), 0) FROM ({_ROWS} {_STATE[state]}) row",  # noqa: S608
                _values(warehouse_id, state, now),
            )
            found[state] = CoverTotals(*cursor.fetchone())
    return found


def _values(warehouse_id: int, state: str, now: datetime) -> dict[str, Any]:
    return {
        "warehouse": warehouse_id,
        "state": state,
        "over_days": OVERSTOCK_DAYS,
        "usual_lead": USUAL_LEAD_DAYS,
        "dead_since": now - timedelta(days=DEAD_DAYS),
    }
