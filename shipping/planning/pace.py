"""When today's work is done at the pace it is going: pure.

Two benches stand in a row: picking, then packing. Picking takes orders by urgency; packing takes them as they come from
there, the more urgent first where several wait. Both work on without a break.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush

SHORTEST_SPAN = timedelta(minutes=15)
FEWEST_ORDERS = 3
"""Fewer than that say nothing about a pace."""

STAGES = ("release", "pick", "pack", "hand_over")
_STAGE_OF = {
    "allocated": "release",
    "released": "pick",
    "picking": "pick",
    "picked": "pack",
    "packing": "pack",
    "packed": "hand_over",
}


def stage_of(status: str) -> str:
    """What has to be done next with a fulfilment order in that state."""
    return _STAGE_OF[status]


@dataclass(frozen=True, slots=True)
class Pace:
    """Units an hour; ``measured`` when it is what people did, else it is what is usual."""

    units_per_hour: float
    measured: bool


@dataclass(frozen=True, slots=True)
class Job:
    """An order with work left: ``units`` to be moved through ``stage`` and all that follow."""

    key: int
    stage: str
    units: int


@dataclass(frozen=True, slots=True)
class Projection:
    """When an order is packed at this pace. ``ahead`` orders are packed before it; ``slowest`` is what it waits for."""

    key: int
    packed_at: datetime
    ahead: int
    slowest: str


def pace_of(done: Iterable[tuple[datetime, int]], *, since: datetime, now: datetime, usual: float) -> Pace:
    """The pace of orders [(when done, units)] finished from ``since`` on; the usual one when there are too few."""
    counted = [(moment, units) for moment, units in done if since <= moment <= now and units > 0]
    if len(counted) < FEWEST_ORDERS:
        return Pace(usual, measured=False)
    span = max(now - min(moment for moment, _units in counted), SHORTEST_SPAN)
    return Pace(sum(units for _moment, units in counted) / (span / timedelta(hours=1)), measured=True)


def project(jobs: Sequence[Job], *, picking: float, packing: float, now: datetime) -> list[Projection]:
    """When each job is packed, in the order given, which is the order of urgency. Paces are units an hour, above 0."""
    if picking <= 0 or packing <= 0:
        raise ValueError("A pace is more than nothing.")
    clock, waiting = 0.0, []
    for rank, job in enumerate(jobs):
        if job.stage in ("release", "pick"):
            clock += job.units / picking
            waiting.append((clock, rank))
        elif job.stage == "pack":
            waiting.append((0.0, rank))
    waiting.sort()
    finished: dict[int, tuple[float, int, str]] = {}
    ready: list[int] = []
    bench, place = 0.0, 0
    while place < len(waiting) or ready:
        idle = not ready
        if idle:
            bench = max(bench, waiting[place][0])
        while place < len(waiting) and waiting[place][0] <= bench:
            heappush(ready, waiting[place][1])
            place += 1
        rank = heappop(ready)
        bench += jobs[rank].units / packing
        picked = idle and jobs[rank].stage != "pack"
        finished[rank] = (bench, len(finished), "pick" if picked else "pack")
    hour = timedelta(hours=1)
    told = []
    for rank, job in enumerate(jobs):
        hours, ahead, slowest = finished.get(rank, (0.0, 0, job.stage))
        told.append(Projection(job.key, now + hours * hour, ahead, slowest))
    return told
