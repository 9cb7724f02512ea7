"""Prepared statements: once a connection, never behind a pooler."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.kernel.prepared import Prepared

ADD = Prepared("kernel_test_add", "SELECT %(left)s + %(right)s, '100%%'", left="int", right="int")
pytestmark = pytest.mark.django_db


def statements(*values: int) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert ADD.run(left=values[0], right=values[1]) == [(sum(values), "100%")]
    return [query["sql"].split()[0] for query in queries.captured_queries]


def test_a_statement_is_prepared_once_for_each_connection() -> None:
    ADD.run(left=0, right=0)
    assert statements(1, 2) == ["EXECUTE"]


def test_a_rollback_does_not_forget_it() -> None:
    ADD.run(left=0, right=0)
    with pytest.raises(DatabaseError), transaction.atomic():
        ADD.run(left=2**31 - 1, right=1)
    assert statements(3, 4) == ["EXECUTE"]


def test_behind_a_pooler_it_runs_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    assert statements(5, 6) == ["SELECT"]


def test_every_parameter_has_a_type() -> None:
    with pytest.raises(ValueError, match="right"):
        Prepared("broken", "SELECT %(left)s + %(right)s", left="int")


@pytest.mark.parametrize("pooled", [False, True])
def test_what_goes_first_goes_in_the_same_round_trip_and_only_the_statement_answers(
    monkeypatch: pytest.MonkeyPatch, pooled: bool
) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", pooled)
    guarded = Prepared(
        f"kernel_test_first_{pooled}", "SELECT %(one)s + 1", first="SELECT pg_advisory_xact_lock(%(one)s)", one="int"
    )
    guarded.run(one=1)

    with CaptureQueriesContext(connection) as queries:
        assert guarded.run(one=5) == [(6,)]

    assert len(queries) == 1
