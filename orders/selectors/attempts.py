"""What was tried so far to give an order its stock, in words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.outbox.facts import TimelineEntry
from orders.selectors.timeline import sentence_of

TRIED = frozenset(
    {
        "order.placed",
        "order.routed",
        "order.backordered",
        "order.backorder_filled",
        "fulfillment_order.short",
        "fulfillment_order.requested",
        "fulfillment_order.accepted",
        "fulfillment_order.rejected",
        "fulfillment_order.request_cancelled",
    }
)
_VERDICTS: dict[str, Callable[[], str]] = {
    "only_one": lambda: _("the only one that has any of it"),
    "covers_all": lambda: _("has all of it"),
    "most_units": lambda: _("has most of it"),
    "shares": lambda: _("sends part of it"),
    "fewer_units": lambda: _("has less of it"),
    "more_parcels": lambda: _("would make one parcel more"),
    "leaves_later": lambda: _("sends it later"),
    "full": lambda: _("is full that day"),
    "farther": lambda: _("is farther away"),
    "dearer": lambda: _("is dearer"),
    "not_own": lambda: _("our own people come first"),
    "later_in_list": lambda: _("comes later in the channel's list"),
    "no_stock": lambda: _("has none of it"),
    "not_allowed": lambda: _("is ruled out by a rule"),
    "inactive": lambda: _("is closed"),
    "declined": lambda: _("declined"),
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try, as a sentence, with what was thought of each warehouse: [(name, verdict in words, chosen)]."""

    at: datetime
    type: str
    sentence: str
    considered: tuple[tuple[str, str, bool], ...] = ()


def attempts_of(entries: Iterable[TimelineEntry], names: Mapping[int, str]) -> tuple[Attempt, ...]:
    """The tries among the entries of a timeline, oldest first. ``names`` are those of the warehouses."""
    return tuple(
        Attempt(entry.at, entry.type, sentence_of(entry.type, entry.data), _considered(entry.data, names))
        for entry in entries
        if entry.type in TRIED
    )


def _considered(data: Mapping[str, Any], names: Mapping[int, str]) -> tuple[tuple[str, str, bool], ...]:
    rows = data.get("considered")
    if not isinstance(rows, list):
        return ()
    found = []
    for row in rows:
        code = str(row.get("reason") or row.get("verdict") or "")
        words = _VERDICTS[code]() if code in _VERDICTS else code.replace("_", " ")
        name = names.get(int(row.get("warehouse_id") or 0), "")
        if name:
            found.append((name, words, row.get("verdict") == "chosen"))
    return tuple(found)
