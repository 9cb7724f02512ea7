"""Which delivery the running handler acts for, so that what it sends can be traced back and sent again."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_delivery: ContextVar[int | None] = ContextVar("delivery", default=None)


@contextmanager
def acting_for(delivery_id: int) -> Iterator[None]:
    """Inside, ``current_delivery()`` is this delivery."""
    token = _delivery.set(delivery_id)
    try:
        yield
    finally:
        _delivery.reset(token)


def current_delivery() -> int | None:
    """The id of the delivery whose handler is running; None outside one."""
    return _delivery.get()
