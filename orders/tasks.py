"""The Celery edge of orders."""

from celery import shared_task
from django.utils import timezone

from core.kernel.actors import system
from orders.services.allocation import fill_overlooked
from orders.services.holds import release_due_holds


@shared_task(name="orders.release_due_holds")
def release_holds() -> None:
    """Release the holds whose time has come."""
    release_due_holds(by=system("holds"), now=timezone.now())


@shared_task(name="orders.fill_overlooked")
def fill_overlooked_backorders() -> None:
    """Fill backorders that crossed with a delivery."""
    fill_overlooked(by=system("backorders"), now=timezone.now())
