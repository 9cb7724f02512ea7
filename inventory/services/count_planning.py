"""Ask for counts without being asked: by plan, where a shelf ran dry, where a picker found less."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_many
from inventory.errors import Invalid
from inventory.models import Bin, CountPlan, CountTask
from inventory.models.place import STORAGE_KINDS
from inventory.planning.counting import PlanBin, bins_due
from inventory.services.counting import leave_count, request_count
from inventory.states import CountCause, CountStatus

ABANDONED = timedelta(hours=12)
SWEEP = 500


@command
def set_count_plan(
    warehouse_id: int,
    *,
    days: Mapping[str, int],
    bins_per_day: int,
    count_zero: bool,
    count_short: bool,
    tolerance_units: int,
    tolerance_value: Decimal,
    active: bool,
    by: Actor,
    now: datetime,
) -> None:
    """Set how a warehouse counts; ``days`` between counts by class A, B and C, 0 for never. Raises Invalid."""
    if min(*days.values(), bins_per_day, tolerance_units) < 0 or tolerance_value < 0 or max(days.values()) > 3650:
        raise Invalid(_("Days, bins and tolerances are zero or more."))
    CountPlan.objects.update_or_create(
        warehouse_id=warehouse_id,
        defaults={
            "days_a": days["A"],
            "days_b": days["B"],
            "days_c": days["C"],
            "bins_per_day": bins_per_day,
            "count_zero": count_zero,
            "count_short": count_short,
            "tolerance_units": tolerance_units,
            "tolerance_value": tolerance_value,
            "active": active,
        },
    )


_BINS = """
SELECT bin.id, coalesce(held.velocity, 'C'), counted.last, bin.pick_sequence, coalesce(held.busy, false)
FROM inventory_bin bin
LEFT JOIN (
    SELECT stock.bin_id, min(nullif(product.velocity, '')) AS velocity, bool_or(stock.to_pick > 0) AS busy
    FROM inventory_binstock stock JOIN inventory_product product ON product.id = stock.product_id
    WHERE stock.quantity > 0 GROUP BY stock.bin_id
) held ON held.bin_id = bin.id
LEFT JOIN (
    SELECT bin_id, max(counted_at) AS last FROM inventory_counttask
    WHERE warehouse_id = %(warehouse)s AND status = 'approved' AND product_id IS NULL GROUP BY bin_id
) counted ON counted.bin_id = bin.id
WHERE bin.warehouse_id = %(warehouse)s AND bin.kind = ANY(%(kinds)s) AND bin.active AND NOT bin.frozen
  AND (held.bin_id IS NOT NULL OR counted.last IS NOT NULL)
  AND NOT EXISTS (SELECT FROM inventory_counttask task WHERE task.bin_id = bin.id
                  AND task.status IN ('requested', 'counting', 'counted', 'investigating'))
"""


def make_todays_counts(*, by: Actor, now: datetime) -> int:
    """Ask for the counts each active plan wants today; returns how many. Safe to run twice a day."""
    plans = CountPlan.objects.filter(active=True, warehouse__active=True).values_list("warehouse_id", flat=True)
    return sum(plan_counts(warehouse_id, by=by, now=now) for warehouse_id in plans)


@command
def plan_counts(warehouse_id: int, *, by: Actor, now: datetime) -> int:
    """Ask for a warehouse's counts of today, ``bins_per_day`` at most however often it runs; returns how many.

    The longest overdue first; bins with open picks are left for another day, bins that are empty and were never
    counted for ever. Counts somebody took in hand half a day ago and left are put back.
    """
    plan = CountPlan.objects.select_related("warehouse").get(warehouse_id=warehouse_id)
    today = now.astimezone(ZoneInfo(plan.warehouse.time_zone)).date()
    _put_back_abandoned(warehouse_id, by=by, now=now)
    made = CountTask.objects.filter(warehouse_id=warehouse_id, cause=CountCause.PLAN, due_on=today).count()
    with connection.cursor() as cursor:
        cursor.execute(_BINS, {"warehouse": warehouse_id, "kinds": sorted(str(kind) for kind in STORAGE_KINDS)})
        zone = ZoneInfo(plan.warehouse.time_zone)
        bins = [
            PlanBin(pk, velocity, last.astimezone(zone).date() if last else None, walk, busy)
            for pk, velocity, last, walk, busy in cursor.fetchall()
        ]
    every = {"A": plan.days_a, "B": plan.days_b, "C": plan.days_c}
    due = bins_due(bins, every, today, most=plan.bins_per_day - made)
    for bin_id in due:
        request_count(bin_id, cause=CountCause.PLAN, by=by, now=now)
    return len(due)


# A shelf that ran dry at a pick and lies empty of the product still, of plans that want to know; each but once.
_RAN_DRY = """
SELECT DISTINCT movement.from_bin_id, movement.product_id
FROM inventory_stockmovement movement
JOIN inventory_countplan plan ON plan.warehouse_id = movement.warehouse_id AND plan.active AND plan.count_zero
JOIN inventory_bin bin ON bin.id = movement.from_bin_id AND bin.kind = ANY(%s)
WHERE movement.at > %s AND movement.reason = 'pick' AND movement.from_condition = 'sellable'
  AND NOT EXISTS (SELECT FROM inventory_binstock stock WHERE stock.bin_id = movement.from_bin_id
                  AND stock.product_id = movement.product_id AND stock.quantity > 0)
  AND NOT EXISTS (SELECT FROM inventory_counttask task WHERE task.bin_id = movement.from_bin_id
                  AND (task.status IN ('requested', 'counting', 'counted', 'investigating')
                       OR task.created_at >= movement.at OR task.counted_at >= movement.at))
LIMIT %s
"""


@command
def request_zero_counts(*, since: datetime, by: Actor, now: datetime) -> int:
    """Have the bins counted whose stock of a product reached zero by a pick since then; returns how many.

    To see that a bin is empty takes one look, and finds what the books have lost. Safe to run twice.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RAN_DRY, [sorted(str(kind) for kind in STORAGE_KINDS), since, SWEEP])
        found = cursor.fetchall()
    for bin_id, product_id in sorted(found):
        request_count(bin_id, cause=CountCause.ZERO, product_id=product_id, by=by, now=now)
    return len(found)


@command
def count_after_short(bin_id: int, product_id: int, *, by: Actor, now: datetime) -> str:
    """Have a bin counted in which a picker found less than the books say; "" where the plan does not want it."""
    place = Bin.objects.filter(pk=bin_id).first()
    plan = CountPlan.objects.filter(warehouse_id=place.warehouse_id).first() if place else None
    if place is None or (plan is not None and not (plan.active and plan.count_short)):
        return ""
    return request_count(bin_id, cause=CountCause.SHORT_PICK, product_id=product_id, by=by, now=now)


def _put_back_abandoned(warehouse_id: int, *, by: Actor, now: datetime) -> None:
    stale = CountTask.objects.filter(
        warehouse_id=warehouse_id, status=CountStatus.COUNTING, began_at__lt=now - ABANDONED
    ).values_list("pk", flat=True)
    for task in lock_many(CountTask.objects.all(), stale):
        if task.status == CountStatus.COUNTING:
            leave_count(task, by=by, now=now)
