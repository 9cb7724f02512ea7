"""The periodic work of returns, as Celery tasks of a line or two; ``fulfillment.celery`` says when."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from core.kernel.actors import system
from core.kernel.sweeps import each
from returns.services.clearing import clear_cases
from returns.services.escalation import expirable, put_down_abandoned
from returns.services.requests import expire_return

EXPIRY = system("return expiry")


@shared_task(name="returns.expire")
def expire() -> None:
    """End returns whose goods never came in time."""
    now = timezone.now()
    each(expirable(now), lambda return_id: expire_return(return_id, by=EXPIRY, now=now))


@shared_task(name="returns.put_down_abandoned")
def put_down() -> None:
    """Free inspections that somebody started more than twelve hours ago and never finished."""
    now = timezone.now()
    put_down_abandoned(older_than=now - timedelta(hours=12), by=EXPIRY, now=now)


@shared_task(name="returns.clear_cases")
def clear_what_is_over() -> None:
    """Close cases of returns whose cause is over."""
    clear_cases(by=system("exceptions"), now=timezone.now())
