"""Which rows of the calendar tables count for one warehouse, method and country. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from orders.planning.promises import MONDAY_TO_FRIDAY, Calendar, SeasonDays, Terms, Transit, transit_of


@dataclass(frozen=True, slots=True)
class CutOffRow:
    """The cut-off of a method in a warehouse."""

    warehouse_id: int
    method: str
    cut_off: time


@dataclass(frozen=True, slots=True)
class TransitRow:
    """Days a method is on the road; empty countries mean any."""

    method: str
    origin: str
    destination: str
    fewest: int
    most: int
    working_weekdays: tuple[int, ...] = ()
    closed_days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class SeasonRow:
    """A season and what it is for: empty means all."""

    days: SeasonDays
    method: str = ""
    destination: str = ""
    warehouse_id: int | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """All rows of the calendar tables; ``capacity`` is {warehouse_id: {day: shipments}}, where it is not the usual."""

    cut_offs: Sequence[CutOffRow] = ()
    transits: Sequence[TransitRow] = ()
    seasons: Sequence[SeasonRow] = ()
    capacity: Mapping[int, Mapping[date, int]] = field(default_factory=dict)

    def cut_off_for(self, warehouse_id: int, method: str) -> time | None:
        """The method's own cut-off in that warehouse; None for the warehouse's."""
        wanted = method.casefold()
        for row in self.cut_offs:
            if row.warehouse_id == warehouse_id and row.method.casefold() == wanted:
                return row.cut_off
        return None

    def transit_for(self, method: str, *, origin: str, destination: str) -> Transit:
        """The most particular row: by destination first, then by origin; without any, what is usual."""
        wanted = method.casefold()
        fitting = [
            row
            for row in self.transits
            if row.method.casefold() == wanted
            and row.destination in ("", destination or origin)
            and row.origin in ("", origin)
        ]
        if not fitting:
            return transit_of(method, origin=origin, destination=destination)
        best = max(fitting, key=lambda row: (bool(row.destination), bool(row.origin)))
        return Transit(
            best.fewest,
            best.most,
            frozenset(best.working_weekdays) or MONDAY_TO_FRIDAY,
            frozenset(best.closed_days),
        )

    def seasons_for(self, warehouse_id: int, method: str, destination: str) -> tuple[SeasonDays, ...]:
        """The seasons that touch such shipments."""
        wanted = method.casefold()
        return tuple(
            row.days
            for row in self.seasons
            if row.warehouse_id in (None, warehouse_id)
            and row.method.casefold() in ("", wanted)
            and row.destination in ("", destination)
        )

    def next_season(self, warehouse_id: int, *, after: date, begins_by: date | None = None) -> SeasonDays | None:
        """The season of that warehouse that ends next, not before ``after``; begun by ``begins_by``, when given."""
        ahead = [
            row.days
            for row in self.seasons
            if row.warehouse_id in (None, warehouse_id)
            and row.days.until >= after
            and (begins_by is None or row.days.since <= begins_by)
        ]
        return min(ahead, key=lambda one: (one.until, one.name), default=None)

    def terms(
        self,
        warehouse_id: int,
        calendar: Calendar,
        *,
        country: str,
        method: str,
        destination: str,
        capacity: int | None = None,
        earliest: date | None = None,
        within_days: int | None = None,
        not_before: date | None = None,
        not_after: date | None = None,
    ) -> Terms:
        """Everything a promise from that warehouse (in ``country``) to that destination is computed from."""
        to = destination or country
        own = self.cut_off_for(warehouse_id, method)
        if own is not None:
            calendar = Calendar(
                calendar.time_zone, own, calendar.handling_days, calendar.working_weekdays, calendar.closed_days
            )
        return Terms(
            calendar=calendar,
            transit=self.transit_for(method, origin=country, destination=to),
            seasons=self.seasons_for(warehouse_id, method, to),
            capacity=capacity,
            capacity_days=self.capacity.get(warehouse_id, {}),
            earliest=earliest,
            within_days=within_days,
            not_before=not_before,
            not_after=not_after,
            method=method,
            destination=to,
        )
