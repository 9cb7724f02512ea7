"""Seasons, cut-offs and days of a warehouse, for the people who set them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Q

from orders.models import Promise, Season, ServiceCutOff


@dataclass(frozen=True, slots=True)
class SeasonFact:
    """A season that runs or comes; ``everywhere`` when it is one of all warehouses."""

    id: int
    name: str
    since: date
    until: date
    method: str
    destination: str
    more_handling_days: int
    more_transit_days: int
    cut_off: time | None
    everywhere: bool


@dataclass(frozen=True, slots=True)
class PromiseVersion:
    """One version of an order's promise, with what it was computed from."""

    version: int
    ship_by: date
    deliver_from: date
    deliver_to: date
    reason: str
    made_at: datetime
    inputs: Mapping[str, Any]


def seasons_of(warehouse_id: int, *, today: date) -> list[SeasonFact]:
    """The seasons of a warehouse, and of all, that are not over. One statement."""
    rows = Season.objects.filter(Q(warehouse_id=warehouse_id) | Q(warehouse_id=None), until__gte=today)
    return [
        SeasonFact(
            row.pk,
            row.name,
            row.since,
            row.until,
            row.method,
            row.destination,
            row.more_handling_days,
            row.more_transit_days,
            row.cut_off,
            row.warehouse_id is None,
        )
        for row in rows.order_by("since", "pk")[:100]
    ]


def cut_offs_of(warehouse_id: int) -> dict[str, time]:
    """{method: cut-off} of the methods with one of their own. One statement."""
    return dict(ServiceCutOff.objects.filter(warehouse_id=warehouse_id).values_list("method", "cut_off"))


def promises_of(order_id: int) -> list[PromiseVersion]:
    """Every version of an order's promise, the newest first. One statement."""
    names = tuple(PromiseVersion.__dataclass_fields__)
    rows = Promise.objects.filter(order_id=order_id).order_by("-version").values_list(*names)
    return [PromiseVersion(*row) for row in rows]
