"""Routes to the tests' own handlers, and events to send along them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from core.kernel.actors import SYSTEM
from core.outbox import routes
from core.outbox.models import Delivery
from core.outbox.publish import NewEvent, publish
from core.outbox.tests import handlers

# Long ago, for much here is measured by the clock of the database.
NOW = datetime(2024, 11, 20, 9, 0, tzinfo=UTC)
ROUTES = {
    name: [routes.Route(f"core.outbox.tests.handlers.{name}", queue=queue)]
    for name, queue in (
        ("record", "stock"),
        ("record_slowly", "stock"),
        ("fail", "mail"),
        ("fail_for_good", "mail"),
        ("write_to_database", "bulk"),
    )
}


@pytest.fixture(autouse=True)
def test_routes() -> Iterator[None]:
    """Only the tests' own routes are installed while a test of this folder runs."""
    installed = routes.installed_routes()
    routes.install(ROUTES)
    handlers.DONE.clear()
    yield
    routes.install(installed)


Happen = Callable[..., list[int]]


@pytest.fixture
def happen() -> Happen:
    """``happen("record", 1, 2)`` publishes an event for each subject and returns the ids of its deliveries."""

    def happen(type_: str, *subjects: int, now: datetime = NOW, wait: timedelta = timedelta(0)) -> list[int]:
        with transaction.atomic():
            events = publish(
                *(NewEvent(type_, "test", subject, "ORD-TEST", due_at=now + wait) for subject in subjects),
                by=SYSTEM,
                now=now,
            )
        return list(Delivery.objects.filter(event__in=events).order_by("event_id").values_list("pk", flat=True))

    return happen
