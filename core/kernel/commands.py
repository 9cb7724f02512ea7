"""The outermost layer of every write: one durable transaction, repeated when the database asks for it."""

import random
import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

SERIALIZATION_FAILURE, DEADLOCK, LOCK_NOT_AVAILABLE = "40001", "40P01", "55P03"
RETRYABLE = {SERIALIZATION_FAILURE: 4, DEADLOCK: 4, LOCK_NOT_AVAILABLE: 1}
_running = threading.local()


class TryAgain(Exception):
    """Raised inside a command whose plan was overtaken by another transaction: roll back and run it afresh."""


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Make a service function a command: atomic, durable, retried up to four times on deadlock or ``TryAgain``.

    A command called by another command joins its transaction, so that the outermost one alone retries.
    Everything inside may run more than once, so nothing inside has an effect outside the database.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if getattr(_running, "depth", 0):
            return function(*args, **kwargs)
        attempt = 0
        while True:
            attempt += 1
            _running.depth, _running.attempt, _running.outermost = 1, attempt, function
            try:
                with transaction.atomic(durable=True):
                    return function(*args, **kwargs)
            except TryAgain:
                if attempt > 4:
                    raise
            except OperationalError as error:
                code = getattr(error.__cause__, "pgcode", None)
                if attempt > RETRYABLE.get(code or "", 0):
                    raise
            finally:
                _running.depth, _running.attempt, _running.outermost = 0, 1, None
            time.sleep(random.uniform(0.01, 0.02) * attempt * attempt)

    return run


def attempt_number() -> int:
    """How many times the running command has been started, this time included: 1 unless it was overtaken."""
    return int(getattr(_running, "attempt", 1))


def is_outermost(function: Callable[..., Any]) -> bool:
    """Whether that function, as ``command`` was given it, is the running command whose transaction this is."""
    return getattr(_running, "outermost", None) is function


def refuse_outside_transaction() -> None:
    """Raise when no transaction is open: a lock taken outside one guards nothing."""
    if not connection.in_atomic_block:
        raise RuntimeError("Rows can only be locked inside a transaction.")
