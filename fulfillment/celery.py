"""The Celery application, its settings and the whole beat table.

Celery is only the doorbell: what is due stands in PostgreSQL (core/outbox), so a lost, doubled or late message
changes nothing. docs/adr/0002-outbox-and-relay.md tells why each setting is what it is.
"""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, task_prerun
from django.conf import settings
from django.db import close_old_connections
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fulfillment.settings")
# A deploy's SIGTERM then gives running tasks ten seconds and goes; read by Celery when the worker starts.
os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")

QUEUES = ("stock", "mail", "webhook", "bulk")

app = Celery("fulfillment")
# Asked for late: Django may be in the middle of loading the settings when this module is imported.
app.add_defaults(lambda: {"broker_url": settings.REDIS_URL})
app.conf.update(
    result_backend=None,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    enable_utc=True,
    timezone="UTC",
    # Queues: one slow neighbour never blocks another.
    task_queues=[Queue(name) for name in QUEUES],
    task_default_queue="bulk",
    task_create_missing_queues=False,
    # At least once: acknowledged when done; core.outbox makes a second copy harmless.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_acks_on_failure_or_timeout=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    task_soft_time_limit=60,
    task_time_limit=90,
    worker_max_tasks_per_child=500,
    worker_max_memory_per_child=400_000,
    worker_soft_shutdown_timeout=10,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_send_task_events=False,
    # A broker that dies does not take its workers along.
    broker_transport="core.outbox.broker:Transport",
    # A half-open broker is noticed in seconds.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_connection_timeout=2,
    broker_pool_limit=2,
    task_publish_retry=False,
    broker_transport_options={
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 25,
        "max_retries": 2,
    },
    # Django's connections outlive a task; ``task_prerun`` below drops those that went bad.
    CELERY_DB_REUSE_MAX=500,
    # In memory: no file to be torn by a kill, and every sweep may run twice or start late.
    beat_scheduler="celery.beat:Scheduler",
    beat_max_loop_interval=5,
)


def every(seconds: float, task: str, queue: str = "bulk", **kwargs: Any) -> dict[str, Any]:
    """A sweep: run ``task`` every so many seconds; a copy not begun by then is dropped, for the next one is due."""
    return {
        "task": task,
        "schedule": seconds,
        "kwargs": kwargs,
        "options": {"queue": queue, "expires": seconds},
    }


def daily(hour: int, minute: int, task: str, queue: str = "bulk", **kwargs: Any) -> dict[str, Any]:
    """A nightly job, at that time UTC; dropped when no worker began it within six hours."""
    return {
        "task": task,
        "schedule": crontab(hour=str(hour), minute=str(minute)),
        "kwargs": kwargs,
        "options": {"queue": queue, "expires": 6 * 3600},
    }


# Every sweep reads what PostgreSQL says is due, so that it may run twice, late or not at all for a while.
app.conf.beat_schedule = {
    # core
    "outbox: hand over what the relay left": every(15, "core.outbox.sweep", queue="stock"),
    "outbox: watch the age of due work": every(60, "core.outbox.watch"),
    "outbox: forget what was delivered 90 days ago": daily(3, 40, "core.outbox.prune"),
    "rest: forget answers older than 30 days": daily(3, 20, "core.rest.prune"),
    "webhooks: forget messages older than 30 days": daily(3, 30, "core.webhooks.prune"),
    # inventory
    "inventory: end cart holds whose time is over": every(15, "inventory.expire_holds", queue="stock"),
    "inventory: say what became of the stock": every(1, "inventory.watch_stock", queue="stock"),
    "inventory: prove the stock's books": daily(2, 40, "inventory.check_stock"),
    "inventory: keep snapshots of what moved": every(3600, "inventory.snapshots", hours=3),
    "inventory: keep snapshots of everything": daily(2, 10, "inventory.snapshots"),
    "inventory: set expiring lots aside": every(3600, "inventory.expire_lots"),
    "inventory: set aside all lots that may not be sold": daily(0, 20, "inventory.expire_lots", everything=True),
    "inventory: class products by how fast they move": daily(1, 30, "inventory.velocity"),
    "inventory: ask for the day's counts": daily(3, 0, "inventory.plan_counts"),
    "inventory: count shelves that ran dry": every(300, "inventory.zero_counts"),
    "inventory: count shelves that ran dry overnight": daily(3, 10, "inventory.zero_counts", hours=30),
    "inventory: fill pick faces before they run dry": every(600, "inventory.fill_faces"),
    "inventory: forecast demand and propose purchases": daily(1, 30, "inventory.plan_purchases"),
    # orders
    "orders: release holds whose time has come": every(30, "orders.release_due_holds"),
    "orders: fill backorders that crossed with a delivery": every(60, "orders.fill_overlooked", queue="stock"),
    "orders: let go what was scheduled for today": every(300, "orders.release_scheduled", queue="stock"),
    "orders: decide what customers did not": every(300, "orders.due_choices"),
    "orders: follow release days that were moved": every(900, "orders.follow_releases"),
    "orders: watch what is late or will be for want of stock": every(300, "orders.watch_promises"),
    "orders: erase customers of old": daily(3, 50, "orders.erase_old_customers"),
    "orders: ask third parties": every(15, "orders.third_parties", queue="stock"),
    "orders: watch what does not move": every(300, "orders.watch_stuck"),
    # shipping
    "shipping: watch what will miss today's cut-off": every(120, "shipping.watch_cut_offs"),
    "shipping: settle labels nobody heard of": every(30, "shipping.settle_labels"),
    "shipping: close cases that are over": every(300, "shipping.clear_cases"),
    # returns
    "returns: close cases that are over": every(300, "returns.clear_cases"),
    "returns: end what never came": every(3600, "returns.expire"),
    "returns: free abandoned inspections": every(1800, "returns.put_down_abandoned"),
}

app.autodiscover_tasks()


@setup_logging.connect  # Django's LOGGING has already set up the log; Celery is not to do it again.
def _keep_django_logging(**_: Any) -> None:
    return None


@task_prerun.connect
def _drop_stale_connections(**_: Any) -> None:
    close_old_connections()
