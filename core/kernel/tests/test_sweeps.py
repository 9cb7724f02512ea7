import pytest
from django.db import OperationalError, connection

from core.kernel.sweeps import each

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_sweep_adds_up_what_was_done() -> None:
    assert each([1, 2, 3], lambda key: key > 1) == 2
    assert each([1, 2], lambda key: None) == 0


def test_one_that_fails_keeps_no_other_waiting_and_is_told_at_the_end() -> None:
    done = []

    def work(key: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / %s", [key - 2])
        done.append(key)
        return 1

    with pytest.raises(Exception, match="division by zero"):
        each([1, 2, 3, 4], work)
    assert done == [1, 3, 4]


def test_a_lost_database_ends_the_sweep_at_once() -> None:
    tried = []

    def work(key: int) -> None:
        tried.append(key)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(OperationalError):
        each([1, 2, 3], work)
    connection.close()
    assert tried == [1]
