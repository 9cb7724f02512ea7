"""What a wave could be made of now: the orders that may go, where their units lie, and what is spoken for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.kernel.prepared import Prepared
from inventory.planning import BinPick, PickWant
from inventory.selectors.pick_bins import likely_picks, zones_of_bins
from orders.selectors.releasing import SLOWEST, Promised, ReleaseFilter, Waiting, promised, waiting
from shipping.models import CarrierService
from shipping.planning.waves import BATCH, DISCRETE, ZONE, Candidate

MAX_ORDERS = 20_000
"""At most so many orders in a wave: one transaction, whose memory and locks grow with it."""


@dataclass(frozen=True, slots=True)
class WaveAsk:
    """What a wave is to be: which orders of a warehouse, how many at most, and how they are walked.

    ``zone_id`` keeps orders that can be picked in that zone alone.
    """

    warehouse_id: int
    limit: int = 100
    method: str = DISCRETE
    orders_per_list: int = 1
    filters: ReleaseFilter = field(default_factory=ReleaseFilter)
    zone_id: int | None = None
    template_id: int | None = None

    @property
    def at_most(self) -> int:
        """Orders in the wave, within what one transaction may hold."""
        return max(1, min(self.limit, MAX_ORDERS))

    @property
    def per_walk(self) -> int:
        """Orders on one walk."""
        return 1 if self.method == DISCRETE else max(1, self.orders_per_list)


@dataclass(frozen=True, slots=True)
class Gathered:
    """``candidates`` would go, most urgent first. The rest are ids of fulfilment orders that would not, by the reason.

    ``picks`` are where the units of the candidates lie, by fulfilment order; empty when nobody asked for bins.
    """

    candidates: list[Candidate]
    rows: Mapping[int, Waiting]
    units: Mapping[int, int]
    picks: Mapping[int, Sequence[BinPick]]
    taken: frozenset[int]
    no_bin: tuple[int, ...] = ()
    elsewhere: tuple[int, ...] = ()


_DRAFTED = Prepared(
    "shipping_drafted",
    """
SELECT slot.fulfillment_order_id
FROM shipping_picktote slot JOIN shipping_picklist list ON list.id = slot.pick_list_id
WHERE slot.released_at IS NULL AND list.status IN ('draft') AND list.warehouse_id = %(warehouse)s
""",
    warehouse="bigint",
)


def drafted(warehouse_id: int) -> frozenset[int]:
    """The fulfilment orders that stand in a drafted wave of the warehouse. One statement."""
    return frozenset(key for (key,) in _DRAFTED.run(warehouse=warehouse_id))


def gather(ask: WaveAsk, *, now: datetime, with_bins: bool = False) -> Gathered:
    """The most urgent orders that match and are in no other wave; four statements, six where bins matter.

    Bins are looked up for the methods that need them, for a zone, or ``with_bins``; orders no bin can serve whole are
    then left out.
    """
    taken = drafted(ask.warehouse_id)
    ranks = dict(CarrierService.objects.values_list("method", "transit_days_max"))
    reach = MAX_ORDERS if ask.zone_id is not None else ask.at_most
    rows = waiting(ask.warehouse_id, reach, ask.filters, ranks=ranks, without=taken)
    content: dict[int, list[Promised]] = {row.id: [] for row in rows}
    for one in promised(content):
        content[one.fulfillment_order_id].append(one)
    picks: dict[int, list[BinPick]] = {}
    zones: dict[int, int] = {}
    no_bin: list[int] = []
    elsewhere: list[int] = []
    if with_bins or ask.zone_id is not None or ask.method in (BATCH, ZONE):
        picks, no_bin = _bins(content, ask.warehouse_id, now=now)
        zones = zones_of_bins(pick.bin_id for own in picks.values() for pick in own)
    lacking = set(no_bin)
    candidates: list[Candidate] = []
    for row in rows:
        if row.id in lacking:
            continue
        bins = frozenset(pick.bin_id for pick in picks.get(row.id, ()))
        seen = frozenset(zones[bin_id] for bin_id in bins)
        if ask.zone_id is not None and seen != {ask.zone_id}:
            elsewhere.append(row.id)
            continue
        if len(candidates) < ask.at_most:
            candidates.append(
                Candidate(
                    row.id,
                    row.order_ref,
                    row.ship_by,
                    ranks.get(row.shipping_method, SLOWEST),
                    row.placed_at,
                    len({one.order_line_id for one in content[row.id]}),
                    row.priority,
                    bins,
                    seen,
                    row.buyer,
                )
            )
    return Gathered(
        candidates=candidates,
        rows={row.id: row for row in rows},
        units={key: sum(one.quantity for one in own) for key, own in content.items()},
        picks=picks,
        taken=taken,
        no_bin=tuple(no_bin),
        elsewhere=tuple(elsewhere),
    )


def _bins(
    content: Mapping[int, Sequence[Promised]], warehouse_id: int, *, now: datetime
) -> tuple[dict[int, list[BinPick]], list[int]]:
    """Where each order's units would be fetched from, and the orders some unit of which no bin can give."""
    owner = {one.id: key for key, own in content.items() for one in own}
    wants = [PickWant(one.id, one.product_id, warehouse_id, one.quantity) for own in content.values() for one in own]
    picks: dict[int, list[BinPick]] = {}
    found: dict[int, int] = {}
    for pick in likely_picks(wants, now=now):
        picks.setdefault(owner[pick.key], []).append(pick)
        found[pick.key] = found.get(pick.key, 0) + pick.quantity
    lacking = {owner[want.key] for want in wants if found.get(want.key, 0) < want.quantity}
    lacking |= {key for key, own in content.items() if not own}
    return {key: own for key, own in picks.items() if key not in lacking}, [key for key in content if key in lacking]
