"""The Celery edge of orders."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from core.kernel.actors import Actor, system
from core.kernel.sweeps import each
from inventory.selectors import warehouses
from orders.services.allocation import fill_overlooked
from orders.services.choices import apply_due_choices
from orders.services.forgetting import erase_old_customers
from orders.services.holds import release_due_holds
from orders.services.order_cases import close_no_longer_short, close_over
from orders.services.overbooking import watch_capacity
from orders.services.preorders import follow_releases
from orders.services.readiness import release_scheduled
from orders.services.stuck import watch_stuck
from orders.services.third_party import chase_unanswered, request_third_parties
from orders.services.watching import watch_backorders, watch_held, watch_late


@shared_task(name="orders.release_due_holds")
def release_holds() -> None:
    """Release the holds whose time has come."""
    release_due_holds(by=system("holds"), now=timezone.now())


@shared_task(name="orders.fill_overlooked")
def fill_overlooked_backorders() -> None:
    """Fill backorders that crossed with a delivery."""
    fill_overlooked(by=system("backorders"), now=timezone.now())


@shared_task(name="orders.release_scheduled")
def release_scheduled_orders() -> None:
    """Let go what was scheduled for a day that has come."""
    release_scheduled(by=system("schedule"), now=timezone.now())


@shared_task(name="orders.due_choices")
def do_due_choices() -> None:
    """Do what channels do for customers who did not answer in time."""
    apply_due_choices(by=system("choices"), now=timezone.now())


@shared_task(name="orders.watch_promises")
def watch_promises() -> None:
    """Find what is late, what its stock or a hold will make late, and days that were promised too often."""
    by, now = system("promise watch"), timezone.now()
    places = [warehouse.id for warehouse in warehouses()]
    kinds = (watch_late, watch_held, watch_backorders, watch_capacity)
    watches = [partial(watch, place) for place in places for watch in kinds]
    each(watches, lambda watch: _swept(watch, by=by, now=now))


@shared_task(name="orders.erase_old_customers", soft_time_limit=900, time_limit=960)
def erase_customers_of_old() -> None:
    """Erase customers whose last order is longer over than personal data are kept, where a limit is set."""
    if settings.PERSONAL_DATA_KEPT_DAYS:
        keep = timedelta(days=settings.PERSONAL_DATA_KEPT_DAYS)
        erase_old_customers(keep=keep, by=system("retention"), now=timezone.now())


@shared_task(name="orders.third_parties")
def third_parties() -> None:
    """Ask third parties for what lies with them, and open cases for what they do not answer."""
    by, now = system("third parties"), timezone.now()
    each((request_third_parties, chase_unanswered), lambda sweep: _swept(sweep, by=by, now=now))


@shared_task(name="orders.watch_stuck")
def watch_what_is_stuck() -> None:
    """Open cases for what does not move on the floor; close those of what does, and of orders that are over."""
    by, now = system("exceptions"), timezone.now()
    sweeps: Sequence[Callable[..., object]] = (watch_stuck, close_over, close_no_longer_short)
    each(sweeps, lambda sweep: _swept(sweep, by=by, now=now))


def _swept(sweep: Callable[..., object], *, by: Actor, now: datetime) -> None:
    """One of several sweeps of a task: what it answers is not asked for, and its failure stops none of the others."""
    sweep(by=by, now=now)


@shared_task(name="orders.follow_releases")
def follow_release_days() -> None:
    """Bring open orders in line with release days that were changed by an import or in the admin."""
    follow_releases(by=system("releases"), now=timezone.now())
