"""What a wave would be before anything is written: its size and walks, the cut-offs it makes, what stays behind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from inventory.selectors import WarehouseFact
from inventory.selectors.pick_bins import walk_of_warehouse
from orders.planning.promises import cut_off_moment, local_day
from orders.selectors.releasing import (
    Kept,
    ReleaseFilter,
    begun_since,
    kept_counts,
    kept_rows,
    refs_of,
    waiting_count,
)
from orders.services.promising import terms_of
from shipping.planning.walk_time import WalkPace, ends, load_of
from shipping.planning.waves import Candidate, PlannedWalk, plan_walks
from shipping.selectors.wave_candidates import Gathered, WaveAsk, gather
from shipping.selectors.wave_floor import floor_load, recent_pace

COUNTED = 1000
SHOWN = 100


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """An order that would go. ``walk`` counts from 1."""

    order_ref: str
    ship_by: date
    shipping_method: str
    priority: int
    lines: int
    units: int
    walk: int
    walk_zone_id: int | None


@dataclass(frozen=True, slots=True)
class CutOff:
    """The cut-off of a service: how many orders due by it would be picked in time, and how many not."""

    shipping_method: str
    at: datetime
    met: int
    missed: int


@dataclass(frozen=True, slots=True)
class WavePreview:
    """A wave as it would be released now. ``finish_at`` is when the last walk would be done by ``pickers`` people.

    ``minutes`` is the work of all walks together, ``metres`` their way. ``late`` orders are past their day already.
    ``left_out`` are (reason, how many, counted up to ``COUNTED``); ``rows`` the first of what would go.
    """

    orders: int
    lines: int
    units: int
    walks: int
    stops: int
    metres: int
    minutes: int
    pickers: int
    ahead_minutes: int
    finish_at: datetime
    pace: WalkPace
    late: int
    several_zones: int
    cut_offs: tuple[CutOff, ...]
    left_out: tuple[tuple[str, int], ...]
    rows: tuple[PreviewRow, ...]


def preview_wave(
    ask: WaveAsk, warehouse: WarehouseFact, *, pickers: int = 0, to_capacity: bool = False, now: datetime
) -> WavePreview:
    """What ``ask`` would release now, and why the rest would stay; nothing is written. Statements do not grow.

    ``pickers`` is how many will walk (0: as many as walk now, one at least). ``to_capacity`` keeps within what the
    warehouse can still send today.
    """
    room = _room(warehouse, now) if to_capacity else None
    if room is not None:
        ask = replace(ask, limit=min(ask.limit, room))
    found = gather(ask, now=now, with_bins=True) if ask.limit > 0 else Gathered([], {}, {}, {}, frozenset())
    walks = plan_walks(found.candidates, method=ask.method, orders_per_walk=ask.per_walk)
    pace, floor = recent_pace(warehouse.id), floor_load(warehouse.id)
    pickers = pickers or max(1, floor.pickers)
    places = {key: one.place for key, one in walk_of_warehouse(warehouse.id).items()}
    loads = [
        load_of(
            places,
            (bin_id for one in walk.orders for bin_id in one.bins),
            sum(found.units[one.fulfillment_order_id] for one in walk.orders),
        )
        for walk in walks
    ]
    ahead = pace.seconds(floor.lines, floor.units, floor.walks)
    done = ends(loads, pace, pickers=pickers, ahead=ahead)
    today = local_day(now, warehouse.time_zone)
    work = sum(pace.seconds(load.stops, load.units) for load in loads)
    return WavePreview(
        orders=len(found.candidates),
        lines=sum(one.lines for one in found.candidates),
        units=sum(load.units for load in loads),
        walks=len(walks),
        stops=sum(load.stops for load in loads),
        metres=sum(load.metres for load in loads),
        minutes=round(work / 60),
        pickers=pickers,
        ahead_minutes=round(ahead / 60),
        finish_at=now + timedelta(seconds=max(done, default=0)),
        pace=pace,
        late=sum(one.ship_by < today for one in found.candidates),
        several_zones=sum(len(_zones(walk)) > 1 for walk in walks),
        cut_offs=_cut_offs(warehouse, found, walks, done, now=now),
        left_out=_left_out(ask, found, room=room),
        rows=_rows(found, walks),
    )


def left_out_rows(ask: WaveAsk, reason: str, *, now: datetime, limit: int = SHOWN) -> list[Kept]:
    """What is behind one of the counts of ``left_out``, most urgent first; nothing for an unknown word."""
    if reason in ("held", "incomplete", "scheduled", "short"):
        return kept_rows(ask.warehouse_id, reason, limit=limit)
    if reason in ("taken", "no_bin", "elsewhere"):
        return refs_of(getattr(gather(ask, now=now, with_bins=True), reason), limit=limit)
    if reason not in ("over", "capacity", "filtered"):
        return []
    found = gather(ask, now=now)
    going = {one.fulfillment_order_id for one in found.candidates}
    match = ask if reason != "filtered" else replace(ask, filters=ReleaseFilter())
    # One more than are shown would go first, so that there are some left to show.
    wider = gather(replace(match, limit=len(going) + limit, zone_id=None), now=now)
    return [
        Kept(one.order_ref, one.ship_by, None) for one in wider.candidates if one.fulfillment_order_id not in going
    ][:limit]


def room_left(warehouse: WarehouseFact, *, now: datetime) -> int | None:
    """Shipments the warehouse can still take up today; None without a limit. At most one statement."""
    return _room(warehouse, now)


def _room(warehouse: WarehouseFact, now: datetime) -> int | None:
    today = local_day(now, warehouse.time_zone)
    capacity = terms_of(warehouse, "", "").capacity_on(today)
    if capacity is None:
        return None
    midnight = datetime.combine(today, time(0), tzinfo=ZoneInfo(warehouse.time_zone))
    return max(0, capacity - begun_since(warehouse.id, midnight))


def _zones(walk: PlannedWalk) -> frozenset[int]:
    return frozenset[int]().union(*(one.zones for one in walk.orders))


def _cut_offs(
    warehouse: WarehouseFact, found: Gathered, walks: Sequence[PlannedWalk], done: Sequence[float], *, now: datetime
) -> tuple[CutOff, ...]:
    """By service and the day it is due; what is past its day counts against today's cut-off."""
    today = local_day(now, warehouse.time_zone)
    counted: dict[tuple[date, str], list[int]] = {}
    moments: dict[tuple[date, str], datetime] = {}
    for walk, seconds in zip(walks, done, strict=True):
        for one in walk.orders:
            method = found.rows[one.fulfillment_order_id].shipping_method
            key = (max(one.ship_by, today), method)
            if key not in moments:
                terms = terms_of(warehouse, method, "")
                moments[key] = cut_off_moment(key[0], terms.cut_off_on(key[0]), warehouse.time_zone)
            missed = now + timedelta(seconds=seconds) >= moments[key]
            counted.setdefault(key, [0, 0])[missed] += 1
    ordered = sorted(counted, key=lambda key: (moments[key], key[1]))
    return tuple(CutOff(key[1], moments[key], *counted[key]) for key in ordered)


def _left_out(ask: WaveAsk, found: Gathered, *, room: int | None) -> tuple[tuple[str, int], ...]:
    everything = waiting_count(ask.warehouse_id, ReleaseFilter(), without=found.taken, cap=COUNTED)
    cap = max(COUNTED, len(found.rows) + COUNTED)
    matching = waiting_count(ask.warehouse_id, ask.filters, without=found.taken, cap=cap)
    reached = len(found.candidates) + len(found.no_bin) + len(found.elsewhere)
    counts = kept_counts(ask.warehouse_id, cap=COUNTED)
    counts |= {
        "taken": len(found.taken),
        "no_bin": len(found.no_bin),
        "elsewhere": len(found.elsewhere),
        "capacity" if room is not None and room <= ask.limit else "over": max(0, matching - reached),
        "filtered": max(0, everything - min(matching, COUNTED)),
    }
    return tuple((reason, min(count, COUNTED)) for reason, count in counts.items() if count)


def _rows(found: Gathered, walks: Sequence[PlannedWalk]) -> tuple[PreviewRow, ...]:
    rows: list[PreviewRow] = []
    for number, walk in enumerate(walks, start=1):
        for one in walk.orders:
            if len(rows) == SHOWN:
                return tuple(rows)
            rows.append(_row(one, found, number, walk.zone))
    return tuple(rows)


def _row(one: Candidate, found: Gathered, walk: int, zone_id: int | None) -> PreviewRow:
    row = found.rows[one.fulfillment_order_id]
    units = found.units[one.fulfillment_order_id]
    return PreviewRow(one.order_ref, one.ship_by, row.shipping_method, one.priority, one.lines, units, walk, zone_id)
