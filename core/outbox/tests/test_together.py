"""What a command of many steps publishes is written in one statement, and no other events than without it."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.kernel.actors import SYSTEM, Actor
from core.kernel.commands import command
from core.outbox.models import Delivery, Event
from core.outbox.publish import NewEvent, publish, published_together, write_gathered
from core.outbox.tests.conftest import NOW

ADA = Actor(kind="staff", id=7, name="Ada")

pytestmark = pytest.mark.django_db(transaction=True)


class Refused(Exception):
    """Raised by the acts of these tests."""


def tell(type_: str, subject: int = 1, **data: object) -> None:
    publish(NewEvent(type_, "test", subject, "ORD-TEST", dict(data)), by=SYSTEM, now=NOW)


def told() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("type", flat=True))


def test_the_events_of_a_command_are_written_once_in_their_order_with_their_deliveries() -> None:
    @command
    @published_together
    def act() -> None:
        tell("record")
        tell("fail", 2, part=1)
        publish(NewEvent("record", "test", 3), by=ADA, now=NOW)
        tell("last")

    with CaptureQueriesContext(connection) as seen:
        act()
    assert sum("outbox_publish" in one["sql"] for one in seen.captured_queries) == 3  # one for each run of an actor
    assert told() == ["record", "fail", "record", "last"]
    assert [event.actor_name for event in Event.objects.order_by("pk")] == [
        SYSTEM.name,
        SYSTEM.name,
        "Ada",
        SYSTEM.name,
    ]
    handlers = Delivery.objects.order_by("event_id").values_list("event__type", "event__subject_id", "handler")
    assert [(kind, subject, handler.rsplit(".", 1)[1]) for kind, subject, handler in handlers] == [
        ("record", 1, "record"),
        ("fail", 2, "fail"),
        ("record", 3, "record"),
    ]


def test_an_event_keeps_the_data_it_was_published_with() -> None:
    @command
    @published_together
    def act() -> None:
        data = {"lines": [1]}
        publish(NewEvent("record", "test", 1, data=data), by=SYSTEM, now=NOW)
        data["lines"].append(2)

    act()
    assert Event.objects.get().data == {"lines": [1]}


def test_nothing_is_told_of_a_command_that_failed_nor_by_the_next_one() -> None:
    @command
    @published_together
    def act(fails: bool) -> None:
        tell("fail" if fails else "record")
        if fails:
            raise Refused

    with pytest.raises(Refused):
        act(fails=True)
    act(fails=False)
    assert told() == ["record"]


def test_what_a_savepoint_takes_back_is_not_told() -> None:
    @command
    @published_together
    def act() -> None:
        tell("first")
        try:
            with transaction.atomic():
                tell("undone")
                raise Refused
        except Refused:
            tell("last")

    act()
    assert told() == ["first", "last"]


def test_a_command_joined_by_another_leaves_its_events_to_that_one() -> None:
    @command
    @published_together
    def inner() -> None:
        tell("inner")

    @command
    def plain() -> int:
        inner()
        return Event.objects.count()

    @command
    @published_together
    def outer() -> int:
        tell("outer")
        inner()
        return Event.objects.count()

    assert plain() == 1
    assert outer() == 1
    assert told() == ["inner", "outer", "inner"]


def test_what_was_gathered_is_written_sooner_when_asked_for() -> None:
    @command
    @published_together
    def act() -> int:
        tell("first")
        write_gathered()
        tell("last")
        return Event.objects.count()

    assert act() == 1
    assert told() == ["first", "last"]


def test_a_command_whose_transaction_a_refusal_has_undone_ends_without_events() -> None:
    @command
    @published_together
    def act() -> str:
        tell("first")
        transaction.set_rollback(True)
        return "refused"

    assert act() == "refused"
    assert told() == []
