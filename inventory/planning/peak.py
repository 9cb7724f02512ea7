"""A season to prepare for: what to have, what to order, and by which day."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from inventory.planning.replenishing import Demand, Position, Terms, safety_stock, whole_packs


@dataclass(frozen=True, slots=True)
class Season:
    """Demand from ``starts_on`` to ``ends_on`` (both within) is ``uplift`` times the usual."""

    starts_on: date
    ends_on: date
    uplift: float

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days + 1


@dataclass(frozen=True, slots=True)
class Need:
    """What a season asks of a product. ``at_start`` is in stock when it begins, ``quantity`` to be ordered for it.

    ``order_by`` is the last day on which an order still arrives before the season, None when nothing is to be
    ordered; ``late`` when that day is past. ``stored`` units lie in the warehouse when the season begins.
    """

    demand: int
    at_start: int
    safety_stock: int
    quantity: int
    order_by: date | None
    late: bool
    stored: int


def need(
    season: Season, demand: Demand, terms: Terms, position: Position, *, today: date, service_level: float = 0.95
) -> Need:
    """What to order for a season, and by when.

    Until it begins the usual demand goes on and everything incoming arrives. An order takes the supplier's lead time
    and as much longer as the service level asks for. In a season under way only the days left count.
    """
    first = max(season.starts_on, today)
    days_before = (first - today).days
    days_within = max(0, (season.ends_on - first).days + 1)
    wanted = ceil(round(demand.mean * season.uplift * days_within, 6))
    at_start = max(0, position.units - ceil(round(demand.mean * days_before, 6)))
    peak = Demand(demand.mean * season.uplift, demand.deviation * season.uplift)
    kept = safety_stock(peak, terms, service_level) if days_within else 0
    quantity = whole_packs(wanted + kept - at_start, terms) if wanted else 0
    late_by = Terms(1.0, terms.lead_deviation)
    slack = safety_stock(Demand(1.0, 0.0), late_by, service_level)
    order_by = season.starts_on - timedelta(days=ceil(terms.lead_days) + slack) if quantity else None
    return Need(
        demand=wanted,
        at_start=at_start,
        safety_stock=kept,
        quantity=quantity,
        order_by=order_by,
        late=order_by is not None and order_by < today,
        stored=at_start + quantity,
    )
