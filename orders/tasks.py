"""The Celery edge of orders."""

from celery import shared_task
from django.utils import timezone

from core.kernel.actors import system
from orders.services.allocation import fill_overlooked
from orders.services.choices import apply_due_choices
from orders.services.holds import release_due_holds
from orders.services.readiness import release_scheduled


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
