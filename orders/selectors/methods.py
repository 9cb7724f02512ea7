"""The shipping methods this shop knows."""

import time

from orders import ports
from orders.selectors.calendars import book, read_book

KEPT_SECONDS = 15.0
"""How long a process keeps what it read."""

STANDARD = "standard"
"""What an order goes by when nobody says how; so it is never a slip of the pen."""

_kept: tuple[float, frozenset[str]] | None = None


def known_methods(*, age: float = KEPT_SECONDS) -> frozenset[str]:
    """Every method the shop offers, and those its calendar names. Empty while it offers none: then any word will do.

    At most ``age`` seconds old: no statement while it is kept, else two.
    """
    global _kept
    kept, moment = _kept, time.monotonic()
    if kept is None or moment - kept[0] > age:
        kept = _kept = (moment, _read(age))
    return kept[1]


def is_unknown(method: str, *, age: float = 0.0) -> bool:
    """Whether the shop has methods and this is none of them. Nothing is unknown by a word older than ``age``."""
    return _missing(known_methods(), method) and _missing(known_methods(age=age), method)


def forget_methods() -> None:
    """Read them again when they are next asked for."""
    global _kept
    _kept = None


def _missing(known: frozenset[str], method: str) -> bool:
    return bool(known) and method not in known


def _read(age: float) -> frozenset[str]:
    offered = {method for offer in ports.offered_methods for method, _name in offer()}
    if not offered:
        return frozenset()
    calendar = book() if age >= KEPT_SECONDS else read_book()
    named = {row.method for rows in (calendar.cut_offs, calendar.transits, calendar.seasons) for row in rows}
    return frozenset(offered | (named - {""}) | {STANDARD})
