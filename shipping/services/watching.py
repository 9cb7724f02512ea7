"""Find the orders that will miss today's cut-off at the pace the floor is going."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop

from core.attention.keeping import Kept, WantedCase, keep_cases
from core.kernel.actors import Actor
from core.kernel.commands import command
from inventory.selectors import WarehouseFact, warehouse_by_id
from orders.planning.promises import cut_off_moment, local_day
from orders.selectors.due import DueWork, work_done, work_due
from orders.services.promising import terms_of
from shipping.planning.pace import Job, Pace, Projection, pace_of, project, stage_of

LOOKED_BACK = timedelta(hours=3)
MOST_CASES = 500
"""Cases of one warehouse at once, the most urgent first; beyond that, one more tells nobody anything."""
STEP = timedelta(minutes=5)
"""Times are told to five minutes, so that a case is not written anew with every sweep."""


@dataclass(frozen=True, slots=True)
class StageLoad:
    """What of today's work waits at one stage."""

    stage: str
    orders: int
    units: int


@dataclass(frozen=True, slots=True)
class Foreseen:
    """An order due today with when it is packed, and the cut-off it has to meet."""

    work: DueWork
    projection: Projection
    cut_off: datetime

    @property
    def is_late(self) -> bool:
        """Whether it misses its cut-off at this pace; what is packed waits for the carrier only."""
        return self.projection.slowest != "hand_over" and self.projection.packed_at > self.cut_off


@dataclass(frozen=True, slots=True)
class Day:
    """A warehouse's day: work left by stage, paces, and how every order due ends. ``cut_off`` None: closed today."""

    warehouse: WarehouseFact
    today: date
    cut_off: datetime | None
    stages: tuple[StageLoad, ...]
    picking: Pace
    packing: Pace
    orders: tuple[Foreseen, ...]

    @property
    def late(self) -> tuple[Foreseen, ...]:
        """Those that will miss their cut-off."""
        return tuple(one for one in self.orders if one.is_late)

    @property
    def done_at(self) -> datetime | None:
        """When the last of today's orders is packed; None without any left."""
        left = [one.projection.packed_at for one in self.orders if one.projection.slowest != "hand_over"]
        return max(left, default=None)


def foresee(warehouse: WarehouseFact, *, now: datetime) -> Day:
    """How the warehouse's day ends at the pace it is going. Three statements, and none on a day it is closed."""
    today = local_day(now, warehouse.time_zone)
    usual = Pace(settings.USUAL_PICKING_PACE, measured=False), Pace(settings.USUAL_PACKING_PACE, measured=False)
    plain = terms_of(warehouse, "", "")
    if not plain.calendar.works_on(today):
        return Day(warehouse, today, None, (), *usual, ())
    work = work_due(warehouse.id, until=today)
    picking, packing = _paces(warehouse.id, now=now) if work else usual
    jobs = [Job(one.id, stage_of(one.status), one.units) for one in work]
    told = project(jobs, picking=picking.units_per_hour, packing=packing.units_per_hour, now=now)
    cut_offs: dict[tuple[str, str], datetime] = {}
    orders = []
    for one, projection in zip(work, told, strict=True):
        way = (one.method, one.country)
        if way not in cut_offs:
            cut_off = terms_of(warehouse, *way).cut_off_on(today)
            cut_offs[way] = cut_off_moment(today, cut_off, warehouse.time_zone)
        orders.append(Foreseen(one, projection, cut_offs[way]))
    stages: dict[str, list[int]] = {}
    for job in jobs:
        stages.setdefault(job.stage, []).append(job.units)
    return Day(
        warehouse=warehouse,
        today=today,
        cut_off=cut_off_moment(today, plain.cut_off_on(today), warehouse.time_zone),
        stages=tuple(
            StageLoad(stage, len(stages.get(stage, ())), sum(stages.get(stage, ())))
            for stage in ("release", "pick", "pack", "hand_over")
        ),
        picking=picking,
        packing=packing,
        orders=tuple(orders),
    )


def watch_cut_offs(warehouse_id: int, *, by: Actor, now: datetime) -> Kept:
    """Keep a case open for every order that will miss today's cut-off at the pace of the last hours.

    It closes by itself when the floor catches up, the order leaves, or its day is over.
    """
    day = foresee(warehouse_by_id(warehouse_id), now=now)
    wanted: dict[int, WantedCase] = {}
    for one in day.late:
        if one.work.ship_by < day.today or len(wanted) >= MOST_CASES:
            continue
        wanted.setdefault(one.work.order_id, _case(one, day))
    return _keep(warehouse_id, list(wanted.values()), by=by, now=now)


def _case(one: Foreseen, day: Day) -> WantedCase:
    pace = day.picking if one.projection.slowest == "pick" else day.packing
    detail: dict[str, Any] = {
        "ahead": one.projection.ahead,
        "pace": round(pace.units_per_hour),
        "measured": pace.measured,
        "packed_at": _rounded(one.projection.packed_at).isoformat(),
        "cut_off": one.cut_off.isoformat(),
        "zone": day.warehouse.time_zone,
        "stage": stage_of(one.work.status),
    }
    return WantedCase(
        dedupe_key=f"will_be_late:{one.work.order_id}:{day.warehouse.id}",
        summary=gettext_noop("It will miss today's cut-off at the pace of the floor."),
        subject_type="order",
        subject_id=one.work.order_id,
        timeline=one.work.order_ref,
        detail=detail,
    )


@command
def _keep(warehouse_id: int, wanted: list[WantedCase], *, by: Actor, now: datetime) -> Kept:
    resolution = gettext_noop("It is in time again, or has left.")
    return keep_cases("will_be_late", "floor", warehouse_id, wanted, resolution=resolution, by=by, now=now)


def _paces(warehouse_id: int, *, now: datetime) -> tuple[Pace, Pace]:
    since = now - LOOKED_BACK
    done = work_done(warehouse_id, since=since)
    picked = [(one.picked_at, one.units) for one in done if one.picked_at is not None]
    packed = [(one.packed_at, one.units) for one in done if one.packed_at is not None]
    return (
        pace_of(picked, since=since, now=now, usual=settings.USUAL_PICKING_PACE),
        pace_of(packed, since=since, now=now, usual=settings.USUAL_PACKING_PACE),
    )


def _rounded(moment: datetime) -> datetime:
    """The next full five minutes."""
    rest = timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
    return moment if not rest else moment - rest + STEP
