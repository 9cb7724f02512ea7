"""What reaches the log of a running process, through the formatter that the settings name."""

import logging
import logging.config

import pytest
from django.conf import settings
from django.db import IntegrityError

from core.kernel.errors import NotFound
from core.rest.logs import Discreet

CANARY = "zqxcanary"


@pytest.fixture
def written() -> logging.Formatter:
    made = settings.LOGGING["formatters"]["line"]
    assert made["()"] == f"{Discreet.__module__}.{Discreet.__qualname__}"
    return Discreet("%(levelname)s %(name)s %(message)s")


def record_of(error: BaseException, message: str, *args: object, name: str = "django.request") -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, __file__, 1, message, args, (type(error), error, error.__traceback__))


def broken() -> IntegrityError:
    """An error as the database gives it: with the row that broke the constraint, and what it came from."""
    try:
        try:
            int(f"{CANARY}@example.com")
        except ValueError as error:
            raise NotFound(f"There is no {CANARY}.") from error
    except NotFound:
        try:
            raise IntegrityError(f"Failing row contains (1, {CANARY}@example.com)")
        except IntegrityError as error:
            return error
    raise AssertionError


def test_an_error_is_told_by_class_and_place_and_not_in_its_words(written: logging.Formatter) -> None:
    text = written.format(record_of(broken(), "Internal Server Error: %s", "/orders/"))
    assert CANARY not in text
    assert text.startswith("ERROR django.request Internal Server Error: /orders/")
    for part in ("ValueError", "NotFound (not_found)", "IntegrityError", "test_logs.py", "in broken"):
        assert part in text


def test_a_task_that_failed_is_told_without_the_words_of_its_error(written: logging.Formatter) -> None:
    error = broken()
    context = {"name": "orders.watch", "id": "7", "exc": repr(error), "description": "raised unexpected"}
    record = record_of(error, "Task %(name)s[%(id)s] %(description)s: %(exc)s", context, name="celery.app.trace")
    text = written.format(record)
    assert CANARY not in text
    assert "Task orders.watch[7] raised unexpected: django.db.utils.IntegrityError" in text


def test_what_another_formatter_wrote_on_the_record_is_not_repeated(written: logging.Formatter) -> None:
    record = record_of(broken(), "Internal Server Error: %s", "/orders/")
    assert CANARY in logging.Formatter().format(record)
    assert CANARY not in written.format(record)
