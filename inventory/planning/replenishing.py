"""When to order, and how much. Quantities in eaches, times in days; never below zero, always whole packs."""

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Demand:
    """Units a day: their mean and standard deviation."""

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Terms:
    """How a supplier delivers: days from order to receipt, how much they vary, the pack and the least it sells."""

    lead_days: float
    lead_deviation: float = 0.0
    pack_size: int = 1
    minimum_quantity: int = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """How a product is kept in stock. ``reorder_point`` and ``maximum`` are a person's; None is computed."""

    service_level: float = 0.95
    review_days: int = 7
    reorder_point: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """``free``: here, good and promised to nobody; ``backordered``: promised beyond stock; ``incoming``: on order."""

    free: int
    backordered: int = 0
    incoming: int = 0

    @property
    def units(self) -> int:
        return self.free - self.backordered + self.incoming


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows for a product: order when the position is below ``reorder_point``, up to ``up_to``.

    ``quantity`` is what to order now, 0 when there is enough.
    """

    safety_stock: int
    reorder_point: int
    up_to: int
    quantity: int


def safety_stock(demand: Demand, terms: Terms, service_level: float) -> int:
    """Units kept against a late supplier and a busy week: z · √(L·σd² + d²·σL²), rounded up.

    ``service_level`` is the share of orders to the supplier after which the stock lasts until the delivery; half or
    less asks for no safety stock.
    """
    if not 0 < service_level < 1:
        raise ValueError("A service level lies between 0 and 1.")
    spread = sqrt(terms.lead_days * demand.deviation**2 + demand.mean**2 * terms.lead_deviation**2)
    return max(0, ceil(round(NormalDist().inv_cdf(service_level) * spread, 6)))


def plan(demand: Demand, terms: Terms, rule: Rule, position: Position) -> Plan:
    """What to order now, and the limits it follows from."""
    kept = safety_stock(demand, terms, rule.service_level)
    point = rule.reorder_point
    if point is None:
        point = ceil(round(demand.mean * terms.lead_days, 6)) + kept
    up_to = rule.maximum
    if up_to is None:
        up_to = ceil(round(demand.mean * (terms.lead_days + rule.review_days), 6)) + kept
    up_to = max(up_to, point)
    if position.units >= point:
        return Plan(kept, point, up_to, 0)
    return Plan(kept, point, up_to, whole_packs(up_to - position.units, terms))


def whole_packs(quantity: int, terms: Terms) -> int:
    """At least ``quantity`` units and the least the supplier sells, in whole packs; 0 for nothing."""
    if quantity <= 0:
        return 0
    return ceil(max(quantity, terms.minimum_quantity) / terms.pack_size) * terms.pack_size
