"""The Celery edge of inventory: sweeps of what PostgreSQL says is due."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext_noop

from core.attention.services import open_case
from core.kernel.actors import system
from inventory.services.alerting import watch_stock
from inventory.services.checking import check_stock
from inventory.services.count_planning import make_todays_counts, request_zero_counts
from inventory.services.holding import expire_due
from inventory.services.velocity import compute_velocity

SHOWN = 20


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
    """Prove the stock's books, read-only; a drift opens an exception case that names the first of them."""
    now = timezone.now()
    drifts = check_stock(by=system("check_stock"), now=now)
    if drifts:
        open_case(
            kind="stock_drift",
            dedupe_key="stock_drift",
            summary=gettext_noop("The stock books do not balance."),
            subject_type="stock",
            detail={"count": len(drifts), "first": [str(drift) for drift in drifts[:SHOWN]]},
            now=now,
        )


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
