"""What a test committed is taken away again, fast.

Django's flush truncates a hundred tables, each with new files for itself and its indexes, and makes permissions and
content types anew: a second after every test that commits, several on a busy machine. Deleting what is there takes
some milliseconds.
"""

from functools import cache

from django.db import connection, transaction
from django.test import TransactionTestCase

# They are made once, with the schema, and no test changes them.
KEPT = frozenset({"django_migrations", "django_content_type", "auth_permission"})

_flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]  # not in the stubs


def empty_tables(case: TransactionTestCase) -> None:
    """Delete every row there is, as a flush does; like it, wait for whoever still writes.

    Triggers and foreign keys look away meanwhile, which needs a superuser; anybody else gets the flush.
    """
    if not _may_look_away():
        _flush(case)
        return
    names = _tables()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(names)}")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("; ".join(f"DELETE FROM {name}" for name in names))


def install() -> None:
    """Let every test that commits end this way."""
    TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[attr-defined]


@cache
def _may_look_away() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


@cache
def _tables() -> tuple[str, ...]:
    names = sorted(set(connection.introspection.table_names()) - KEPT)
    return tuple(connection.ops.quote_name(name) for name in names)
