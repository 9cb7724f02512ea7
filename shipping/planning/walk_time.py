"""How long walks take, guessed from how long the last ones took. Pure.

A walk costs its start (a cart, its totes, the way to the first shelf), a time for every stop at a shelf with the way
to it, and a time for every unit taken there.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

# What a walk is taken to cost while too few were seen: a small warehouse, goods in reach.
SECONDS_PER_STOP, SECONDS_PER_UNIT, SECONDS_PER_WALK = 25.0, 4.0, 60.0
# Fewer stops than that say nothing about a pace; a longer pause was no picking.
ENOUGH, PAUSE = 20, timedelta(minutes=5)
# From one bin of the walk to the next: bins face each other across an aisle, and stand above each other.
METRES_PER_PLACE = 0.15


@dataclass(frozen=True, slots=True)
class WalkPace:
    """Seconds for a stop, a unit and the start of a walk; ``measured`` unless they are the usual ones."""

    per_stop: float = SECONDS_PER_STOP
    per_unit: float = SECONDS_PER_UNIT
    per_walk: float = SECONDS_PER_WALK
    measured: bool = False

    def seconds(self, stops: int, units: int, walks: int = 1) -> float:
        """What so many stops for so many units take on so many walks."""
        return walks * self.per_walk + stops * self.per_stop + units * self.per_unit


@dataclass(frozen=True, slots=True)
class Done:
    """A pick line that was finished: on which list, at which bin, how many units, when."""

    list_id: int
    bin_id: int
    units: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Load:
    """What a walk is: its stops (distinct bins), its units, and how far along the walk its bins reach, in metres."""

    stops: int
    units: int
    metres: int


def learn(lines: Iterable[Done]) -> WalkPace:
    """The pace of the lines: medians, so that a chat does not count; the usual one for too few."""
    same: list[float] = []
    moved: list[tuple[float, int]] = []
    walks: dict[int, list[Done]] = {}
    for line in lines:
        walks.setdefault(line.list_id, []).append(line)
    for walk in walks.values():
        for before, after in pairwise(sorted(walk, key=lambda line: line.at)):
            took = after.at - before.at
            # Lines confirmed together, as from paper, tell nothing.
            if not timedelta(0) < took <= PAUSE or after.units < 1:
                continue
            if after.bin_id == before.bin_id:
                same.append(took.total_seconds() / after.units)
            else:
                moved.append((took.total_seconds(), after.units))
    if len(moved) < ENOUGH:
        return WalkPace()
    per_unit = median(same) if len(same) >= ENOUGH else SECONDS_PER_UNIT
    per_stop = median(max(1.0, took - per_unit * units) for took, units in moved)
    return WalkPace(per_stop, per_unit, measured=True)


def load_of(places: Mapping[int, int], stops: Iterable[int], units: int) -> Load:
    """A walk to those bins; ``places`` say where each lies along the walk of the warehouse, counted from its door."""
    bins = set(stops)
    reached = [places[one] for one in bins if one in places]
    # In along the walk to the farthest bin, and back.
    return Load(len(bins), units, round(2 * max(reached, default=0) * METRES_PER_PLACE))


def ends(loads: Sequence[Load], pace: WalkPace, *, pickers: int, ahead: float = 0.0) -> list[float]:
    """After how many seconds each walk is done, when whoever is free takes the next one in the order given.

    ``ahead`` are seconds of work already on the floor, which everybody shares first.
    """
    if pickers < 1:
        raise ValueError("Walks need a picker.")
    free = [ahead / pickers] * pickers
    found = []
    for load in loads:
        end = heapq.heappop(free) + pace.seconds(load.stops, load.units)
        heapq.heappush(free, end)
        found.append(end)
    return found
