"""Seasons to prepare for."""

from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from inventory.errors import Invalid, NotFound
from inventory.models import PeakPlan

LONGEST_DAYS = 366


@command
def plan_peak(
    warehouse_id: int, *, name: str, starts_on: date, ends_on: date, uplift: Decimal, by: Actor, now: datetime
) -> int:
    """Add a season in which ``uplift`` times the usual is sold; returns its id. Raises Invalid."""
    name = " ".join(name.split())[:80]
    if not name:
        raise Invalid(_("Give the season a name, such as Christmas."))
    if not 0 <= (ends_on - starts_on).days <= LONGEST_DAYS:
        raise Invalid(_("A season ends after it begins, and within a year."))
    if not 0 < uplift < 1000:
        raise Invalid(_("Say how many times the usual is sold, such as 2.5."))
    return PeakPlan.objects.create(
        warehouse_id=warehouse_id, name=name, starts_on=starts_on, ends_on=ends_on, uplift=uplift
    ).pk


@command
def forget_peak(plan_id: int, *, by: Actor, now: datetime) -> None:
    """Take a season away. Raises NotFound."""
    if not PeakPlan.objects.filter(pk=plan_id).delete()[0]:
        raise NotFound(_("There is no such season."))
