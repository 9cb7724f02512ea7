"""The Celery edge of shipping."""

from celery import shared_task
from django.utils import timezone

from core.kernel.actors import system
from core.kernel.sweeps import each
from inventory.selectors import warehouses
from shipping.services.clearing import clear_cases
from shipping.services.labels import settle_open_requests
from shipping.services.watching import watch_cut_offs


@shared_task(name="shipping.settle_labels")
def settle_labels() -> None:
    """Ask carriers what became of labels nobody heard of."""
    settle_open_requests(by=system("label sweep"), now=timezone.now())


@shared_task(name="shipping.watch_cut_offs")
def watch_todays_cut_offs() -> None:
    """Find the orders that will miss today's cut-off at the pace of our own floors."""
    by, now = system("cut-off watch"), timezone.now()

    def watch(warehouse_id: int) -> None:
        watch_cut_offs(warehouse_id, by=by, now=now)

    each([warehouse.id for warehouse in warehouses() if warehouse.is_own], watch)


@shared_task(name="shipping.clear_cases")
def clear_what_is_over() -> None:
    """Close cases of boxes, labels and shelves whose cause is over."""
    clear_cases(by=system("exceptions"), now=timezone.now())
