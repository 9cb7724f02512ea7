"""The Celery edge of inventory: sweeps of what PostgreSQL says is due."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from core.kernel.actors import system
from inventory.selectors.places import warehouses
from inventory.services.alerting import watch_stock
from inventory.services.checking import check_stock
from inventory.services.count_planning import make_todays_counts, request_zero_counts
from inventory.services.expiring import set_due_aside
from inventory.services.forecasting import forecast_warehouse
from inventory.services.holding import expire_due
from inventory.services.proposing import propose_purchases
from inventory.services.replenishing import open_face_tasks
from inventory.services.reporting import report_drifts
from inventory.services.snapshots import make_snapshots
from inventory.services.velocity import compute_velocity

PROVED_AGAIN = timedelta(days=8)
"""How far back the nightly check proves snapshots; ``manage.py check_stock`` proves them all."""


@shared_task(name="inventory.expire_holds")
def expire_holds() -> None:
    """End cart holds whose time is over; safe to run twice at once."""
    expire_due(by=system("carts"), now=timezone.now())


@shared_task(name="inventory.watch_stock")
def watch() -> None:
    """Say what became of the stock since the last second; a copy beside another does nothing."""
    watch_stock(by=system("stock"), now=timezone.now())


@shared_task(name="inventory.check_stock", soft_time_limit=900, time_limit=960)
def check() -> None:
    """Prove the stock's books; a drift opens an exception case that explains the first of them, none closes it."""
    now, by = timezone.now(), system("check_stock")
    report_drifts(check_stock(snapshots_since=now - PROVED_AGAIN, by=by, now=now), by=by, now=now)


@shared_task(name="inventory.snapshots", soft_time_limit=3000, time_limit=3060)
def snapshots(hours: int = 0) -> None:
    """Keep snapshots of what lay where: of what moved in the last hours, or of everything."""
    now = timezone.now()
    make_snapshots(since=now - timedelta(hours=hours) if hours else None, now=now)


@shared_task(name="inventory.expire_lots", soft_time_limit=3000, time_limit=3060)
def expire_lots(everything: bool = False) -> None:
    """Set aside the lots that may no longer be sold, by each warehouse's own day; safe to run twice."""
    set_due_aside(everything=everything, by=system("lots"), now=timezone.now())


@shared_task(name="inventory.velocity", soft_time_limit=900, time_limit=960)
def velocity() -> None:
    """Class every product A, B or C by what was shipped in the last 90 days; before the day's counts are planned."""
    compute_velocity(now=timezone.now())


@shared_task(name="inventory.plan_counts", soft_time_limit=900, time_limit=960)
def plan_counts() -> None:
    """Ask for the counts the plans want today; safe to run twice."""
    make_todays_counts(by=system("counts"), now=timezone.now())


@shared_task(name="inventory.zero_counts")
def zero_counts(hours: int = 2) -> None:
    """Have shelves counted that ran dry at a pick in the last hours; safe to run twice."""
    now = timezone.now()
    request_zero_counts(since=now - timedelta(hours=hours), by=system("counts"), now=now)


@shared_task(name="inventory.plan_purchases", soft_time_limit=900, time_limit=960)
def plan_purchases() -> None:
    """Forecast what every product will sell, then propose what to order; safe to run twice."""
    now = timezone.now()
    for warehouse in warehouses():
        forecast_warehouse(warehouse.id, now=now)
        propose_purchases(warehouse.id, by=system("purchasing"), now=now)


@shared_task(name="inventory.fill_faces", soft_time_limit=300, time_limit=330)
def fill_faces() -> None:
    """Open tasks for pick faces that are too empty, or will be within a day; safe to run twice."""
    now = timezone.now()
    for warehouse in warehouses():
        open_face_tasks(warehouse.id, by=system("replenishment"), now=now)
