"""The tables of the roof: which event goes where, what beat does, and how the time limits fit together."""

import inspect
from datetime import timedelta

import pytest
from django.utils.module_loading import import_string

from core.messaging import services as messaging
from core.outbox import claims
from core.outbox.routes import Route
from fulfillment.celery import QUEUES, app
from fulfillment.event_routes import EVENT_ROUTES

ROUTES = [(type_, route) for type_, routes in EVENT_ROUTES.items() for route in routes]


@pytest.mark.parametrize(("type_", "route"), ROUTES, ids=[f"{type_}-{route.handler}" for type_, route in ROUTES])
def test_every_route_leads_to_a_handler_and_a_queue(type_: str, route: Route) -> None:
    handler = import_string(route.handler)
    event, now = inspect.signature(handler).parameters.values()
    assert event.kind == inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert (now.name, now.kind) == ("now", inspect.Parameter.KEYWORD_ONLY)
    assert route.queue in QUEUES
    assert len(route.handler) <= 120
    assert len(type_) <= 60


def test_an_event_type_routes_to_a_handler_only_once() -> None:
    for type_, routes in EVENT_ROUTES.items():
        assert len({route.handler for route in routes}) == len(routes), type_


@pytest.mark.parametrize("name", sorted(app.conf.beat_schedule))
def test_every_entry_of_beat_names_a_task_and_a_queue_that_exist(name: str) -> None:
    app.loader.import_default_modules()
    entry = app.conf.beat_schedule[name]
    assert entry["task"] in app.tasks
    assert entry["options"]["queue"] in QUEUES


def test_a_lease_outlives_the_task_and_a_message_is_free_when_its_delivery_is() -> None:
    hard_limit = timedelta(seconds=app.conf.task_time_limit)
    assert hard_limit < claims.ACT_LEASE
    assert hard_limit <= messaging.LEASE < claims.ACT_LEASE
    assert app.conf.task_soft_time_limit < app.conf.task_time_limit
    assert app.conf.broker_transport_options["visibility_timeout"] > app.conf.task_time_limit
    assert timedelta(minutes=2) > claims.ACT_LEASE


def test_nothing_of_value_is_left_to_the_broker() -> None:
    assert app.conf.result_backend is None
    assert app.conf.task_ignore_result
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
