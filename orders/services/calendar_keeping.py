"""Change what decides when orders leave: seasons, services' cut-offs, the capacity of a day."""

from dataclasses import dataclass
from datetime import date, time

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core.kernel.commands import command
from core.kernel.errors import Invalid
from orders.models import CapacityDay, Season, ServiceCutOff
from orders.selectors.calendars import forget_book

LONGEST_SEASON = 200
MOST_DAYS = 30


@dataclass(frozen=True, slots=True)
class NewSeason:
    """A season; empty ``method`` and ``destination`` mean all. See ``orders.models.Season``."""

    name: str
    since: date
    until: date
    method: str = ""
    destination: str = ""
    more_handling_days: int = 0
    more_transit_days: int = 0
    cut_off: time | None = None


@command
def add_season(warehouse_id: int | None, asked: NewSeason) -> int:
    """Write a season of one warehouse, or of all; returns its id. Raises Invalid. Promises already made stay."""
    if asked.until < asked.since:
        raise Invalid(_("A season ends on the day it begins, or later."))
    if (asked.until - asked.since).days > LONGEST_SEASON:
        raise Invalid(_("A season lasts %(days)d days at most.") % {"days": LONGEST_SEASON})
    if max(asked.more_handling_days, asked.more_transit_days) > MOST_DAYS:
        raise Invalid(_("A season adds %(days)d days at most.") % {"days": MOST_DAYS})
    if not (asked.more_handling_days or asked.more_transit_days or asked.cut_off):
        raise Invalid(_("Say what is different: more days, or an earlier cut-off."))
    row = Season.objects.create(
        warehouse_id=warehouse_id,
        name=asked.name,
        since=asked.since,
        until=asked.until,
        method=asked.method,
        destination=asked.destination,
        more_handling_days=asked.more_handling_days,
        more_transit_days=asked.more_transit_days,
        cut_off=asked.cut_off,
    )
    transaction.on_commit(forget_book)
    return row.pk


@command
def remove_season(warehouse_id: int, season_id: int) -> bool:
    """Take back a season of that warehouse or of all; returns whether there was one."""
    mine = Q(warehouse_id=warehouse_id) | Q(warehouse__isnull=True)
    gone, _kinds = Season.objects.filter(mine, pk=season_id).delete()
    transaction.on_commit(forget_book)
    return bool(gone)


@command
def set_capacity_day(warehouse_id: int, day: date, shipments: int | None) -> None:
    """How many shipments leave on that day; None makes it as usual again."""
    if shipments is None:
        CapacityDay.objects.filter(warehouse_id=warehouse_id, day=day).delete()
    else:
        CapacityDay.objects.update_or_create(warehouse_id=warehouse_id, day=day, defaults={"shipments": shipments})
    transaction.on_commit(forget_book)


@command
def set_service_cut_off(warehouse_id: int, method: str, cut_off: time | None) -> None:
    """The cut-off of a method in a warehouse; None makes it the warehouse's own again."""
    if cut_off is None:
        ServiceCutOff.objects.filter(warehouse_id=warehouse_id, method=method).delete()
    else:
        ServiceCutOff.objects.update_or_create(warehouse_id=warehouse_id, method=method, defaults={"cut_off": cut_off})
    transaction.on_commit(forget_book)
