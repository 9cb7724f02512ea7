"""What every line of the log bears, and what none may: the words of an error, for they can name a customer."""

import logging
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from types import TracebackType

from core.kernel.errors import DomainError

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="-")

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class RequestId(logging.Filter):
    """Gives each record ``request_id``: that of the request being answered, ``-`` outside one."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id.get()
        return True


class Discreet(logging.Formatter):
    """Writes errors with their class and where they came from, never with their message.

    PostgreSQL quotes the row that broke a constraint, and Python the text that was no number.
    """

    def format(self, record: logging.LogRecord) -> str:
        # Celery puts the error's own words into the line about a task that failed.
        if isinstance(record.args, Mapping) and isinstance(record.args.get("exc"), str) and record.exc_info:
            error = record.exc_info[1]
            record.args = {**record.args, "exc": _name(error) if error is not None else "", "traceback": ""}
        # Another handler's formatter may have left its text here.
        record.exc_text = None
        return super().format(record)

    def formatException(self, ei: ExcInfo) -> str:
        error = ei[1]
        lines: list[str] = []
        while error is not None:
            lines[:0] = [*traceback.format_tb(error.__traceback__), f"{_name(error)}\n"]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "".join(lines).rstrip()


def _name(error: BaseException) -> str:
    """The class, with PostgreSQL's code or that of a refusal."""
    code = getattr(error, "pgcode", None) or (error.code if isinstance(error, DomainError) else "")
    return f"{type(error).__module__}.{type(error).__qualname__}" + (f" ({code})" if code else "")
