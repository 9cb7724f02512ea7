"""One day of the shop for a whole module: each test sees it as it was built, whatever the others did to it."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from fulfillment.dashboard.tests.desk import Day, build_day


@pytest.fixture(scope="module")
def built_day(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Day]:
    """The day, inside a transaction that is rolled back when the module is done."""
    with django_db_blocker.unblock():
        around = transaction.atomic()
        # As Django's own test cases mark theirs, so that commands may open durable transactions inside it.
        around._from_testcase = True  # type: ignore[attr-defined]
        with around:
            yield build_day()
            transaction.set_rollback(True)


@pytest.fixture
def day(built_day: Day, db: None) -> Day:
    """The same, with what the test does to it taken back afterwards."""
    return built_day
