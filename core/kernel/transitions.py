"""The only writer of any ``status``: a table of allowed steps and a compare-and-set UPDATE."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol

from django.db import connection, models

from core.kernel.actors import Actor
from core.kernel.errors import IllegalTransition
from core.kernel.locks import Among
from core.outbox.publish import NewEvent, publish

Transitions = Mapping[str, frozenset[str]]


class Stateful(Protocol):
    """What ``advance`` needs of a model: its event prefix, its table of steps and the timeline it belongs to."""

    SUBJECT: ClassVar[str]
    TRANSITIONS: ClassVar[Transitions]
    status: Any
    pk: Any

    @property
    def timeline(self) -> str: ...


def advance(
    thing: Stateful,
    to: str,
    *,
    by: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    **columns: Any,
) -> None:
    """Move one thing to another state, set ``columns`` with it and publish ``<SUBJECT>.<state>``.

    Raises IllegalTransition when the table does not allow the step, or when somebody else moved the thing since
    it was read. The instance given is brought up to date.
    """
    advance_many([thing], to, by=by, now=now, data=data, **columns)


def advance_many(
    things: Sequence[Stateful],
    to: str,
    *,
    by: Actor,
    now: datetime,
    data: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]] | None = None,
    **columns: Any,
) -> None:
    """Move several things of one model to another state: one UPDATE for each state they come from.

    All or none: raises IllegalTransition as ``advance`` does. Publishes an event for each, with ``data`` or what it
    returns for the thing.
    """
    before: dict[str, list[Stateful]] = {}
    for thing in things:
        if to not in thing.TRANSITIONS.get(str(thing.status), frozenset()):
            raise _illegal(thing, to)
        before.setdefault(str(thing.status), []).append(thing)
    for status, group in before.items():
        model: type[models.Model] = type(group[0])  # type: ignore[assignment]
        moved = _update(model, [thing.pk for thing in group], status, {"status": to, **columns})
        if moved != len(group):
            raise _illegal(group[0], to)
    events = [
        NewEvent(
            type=f"{thing.SUBJECT}.{to}",
            subject_type=thing.SUBJECT,
            subject_id=thing.pk,
            timeline=thing.timeline,
            data={
                "before": str(thing.status),
                "after": str(to),
                **((data(thing) if callable(data) else data) or {}),
            },
        )
        for thing in things
    ]
    for thing in things:
        thing.status = to
        for name, value in columns.items():
            setattr(thing, name, value)
    publish(*events, by=by, now=now)


def advance_set(
    model: type[Stateful],
    timelines: Mapping[int, str],
    before: str,
    to: str,
    *,
    by: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    **columns: Any,
) -> None:
    """``advance_many`` for thousands of rows nobody read: all of ``timelines`` (by id) go from ``before`` to ``to``.

    Two statements. All or none: raises IllegalTransition when the table does not allow the step or a row is elsewhere.
    """
    subject = model.SUBJECT
    if to not in model.TRANSITIONS.get(before, frozenset()):
        raise _refused(subject, before, to)
    rows: type[models.Model] = model  # type: ignore[assignment]
    moved = _update(rows, sorted(timelines), before, {"status": to, **columns})
    if moved != len(timelines):
        raise _refused(subject, "no longer " + before, to)
    told = {"before": before, "after": to, **(data or {})}
    publish(
        *(NewEvent(f"{subject}.{to}", subject, key, timeline, told) for key, timeline in timelines.items()),
        by=by,
        now=now,
    )


def _update(model: type[models.Model], ids: Sequence[int], before: str, values: Mapping[str, Any]) -> int:
    """Set the values where the status is still that one; returns how many rows there were.

    The statement is written here, for the ORM takes longer to write it than PostgreSQL to do it; what is computed from
    other columns is left to the ORM.
    """
    if any(hasattr(value, "resolve_expression") for value in values.values()):
        return model._default_manager.filter(Among("pk", ids), status=before).update(**values)
    fields: list[Any] = [model._meta.get_field(name) for name in values]
    table, key, status = (
        connection.ops.quote_name(name) for name in (model._meta.db_table, str(model._meta.pk.column), "status")
    )
    columns = ", ".join(f"{connection.ops.quote_name(field.column)} = %s" for field in fields)
    stored = [
        field.get_db_prep_save(value.pk if isinstance(value, models.Model) else value, connection)
        for field, value in zip(fields, values.values(), strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {columns} WHERE {key} = ANY(%s) AND {status} = %s",  # noqa: S608  names only
            [*stored, list(ids), str(before)],
        )
        return int(cursor.rowcount)


def _illegal(thing: Stateful, to: str) -> IllegalTransition:
    return _refused(thing.SUBJECT, str(thing.status), to)


def _refused(subject: str, status: str, to: str) -> IllegalTransition:
    words = [word.replace("_", " ") for word in (subject, status, str(to))]
    return IllegalTransition("This {} is {} and cannot become {}.".format(*words))
