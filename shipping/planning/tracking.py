"""What the reports of a carrier add up to, in whatever order they arrive. Statuses are those of ``shipping.states``."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

# What a report makes of the parcel. None: it says nothing about where the parcel is.
MEANS: dict[str, str | None] = {
    "unknown": None,
    "pending": None,
    "picked_up": "in_transit",
    "in_transit": "in_transit",
    "on_hold": "exception",
    "delivery_delayed": "exception",
    "out_for_delivery": "out_for_delivery",
    "delivery_failed": "delivery_failed",
    "ready_for_collection": "ready_for_collection",
    "cancelled": "exception",
    "delivered": "delivered",
    "return_to_sender": "return_to_sender",
}

# Of two reports of the same moment the one further along counts.
RANK: dict[str, int] = {status: rank for rank, status in enumerate(MEANS)}


@dataclass(frozen=True, slots=True)
class Report:
    """One report: what it says and when that happened."""

    status: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The parcel status the reports prove and since when; ``delivered_at`` is the first delivery that counts."""

    status: str
    at: datetime
    delivered_at: datetime | None = None


def whereabouts(reports: Iterable[Report]) -> Whereabouts | None:
    """The same for every order and repetition of the same reports; None while they prove nothing.

    Delivered is terminal except for a proven return: a carrier that reports a return to the sender once does so for
    good, for a "delivered" after it is the delivery back to us.
    """
    telling = [report for report in reports if MEANS.get(report.status) is not None]
    if not telling:
        return None
    delivered = [report.happened_at for report in telling if report.status == "delivered"]
    back = [report.happened_at for report in telling if report.status == "return_to_sender"]
    first = min(delivered, default=None)
    if back:
        before = first if first is not None and first < min(back) else None
        return Whereabouts("return_to_sender", min(back), before)
    if first is not None:
        return Whereabouts("delivered", first, first)
    newest = max(telling, key=lambda report: (report.happened_at, RANK[report.status]))
    return Whereabouts(str(MEANS[newest.status]), newest.happened_at)
