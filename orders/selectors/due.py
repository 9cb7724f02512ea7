"""What has to leave today, what should have left before, what was done of late, and who waits for stock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import TruncDate

from orders.models import ChannelWarehouse, FulfillmentOrder, Hold, OrderLine
from orders.states import OPEN_FULFILLMENT_ORDER, HoldType, OrderStatus

_OPEN_HOLDS = Hold.objects.filter(order=OuterRef("order"), released_at=None)
TO_DO = ("allocated", "packed", "packing", "picked", "picking", "released")
"""What our own people can work on: it waits for nobody else."""


@dataclass(frozen=True, slots=True)
class DueWork:
    """A fulfilment order that is due; ``units`` are what is in it."""

    id: int
    order_id: int
    order_ref: str
    status: str
    ship_by: date
    method: str
    country: str
    units: int


@dataclass(frozen=True, slots=True)
class DoneWork:
    """A fulfilment order worked on lately: when it was picked and packed, and its units."""

    picked_at: datetime | None
    packed_at: datetime | None
    units: int


@dataclass(frozen=True, slots=True)
class LateWork:
    """A part of an order that is past its day."""

    id: int
    order_id: int
    order_ref: str
    status: str
    ship_by: date
    promised: date | None
    held: bool


@dataclass(frozen=True, slots=True)
class HeldWork:
    """A part of an order that its holds make late; ``until`` is the day the last of them ends (None: nobody knows)."""

    order_id: int
    order_ref: str
    ship_by: date
    until: date | None


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """Units that an order waits for, with what the order was promised; ``id`` is that of the line.

    ``home`` is the own warehouse of its channel, ``places`` are all that may ship it, that one first unless a rule left
    the order others.
    """

    id: int
    order_id: int
    order_ref: str
    product_id: int
    sku: str
    units: int
    ship_by: date | None
    method: str
    country: str
    placed_at: datetime
    home: int
    places: tuple[int, ...]


def work_due(warehouse_id: int, *, until: date) -> list[DueWork]:
    """What can be worked on and has to leave by that day, most urgent first. One statement."""
    rows = (
        FulfillmentOrder.objects.filter(
            warehouse_id=warehouse_id, status__in=TO_DO, ship_by__lte=until, order__open_holds=0
        )
        .annotate(
            country=KeyTextTransform("country", "order__shipping_address"),
            units=Sum("allocations__quantity", filter=Q(allocations__status__in=["allocated", "picked"])),
        )
        .order_by("ship_by", F("priority").desc(), "pk")
        .values_list("pk", "order_id", "order_ref", "status", "ship_by", "order__shipping_method", "country", "units")
    )
    return [DueWork(*row[:6], row[6] or "", row[7] or 0) for row in rows]


def work_done(warehouse_id: int, *, since: datetime) -> list[DoneWork]:
    """What was picked or packed from then on, whether it left since or not. Two statements."""
    here = FulfillmentOrder.objects.filter(warehouse_id=warehouse_id)
    recent = Q(picked_at__gte=since) | Q(packed_at__gte=since)
    found: list[DoneWork] = []
    for rows in (
        here.filter(recent, status__in=sorted(OPEN_FULFILLMENT_ORDER)),
        here.filter(recent, status="closed", closed_at__gte=since),
    ):
        counted = rows.annotate(
            units=Sum("allocations__quantity", filter=Q(allocations__status__in=["picked", "shipped"]))
        ).order_by()
        found += [DoneWork(*row[:2], row[2] or 0) for row in counted.values_list("picked_at", "packed_at", "units")]
    return found


def late_work(warehouse_id: int, *, today: date, limit: int) -> list[LateWork]:
    """What is past its day and not yet shipped, oldest first; what waits for the rest, or for a day, is left out.

    So is what waits for its payment: its days count from then.
    """
    rows = (
        FulfillmentOrder.objects.filter(warehouse_id=warehouse_id, status__in=TO_DO, ship_by__lt=today)
        .exclude(Q(order__open_holds__gt=0) & Exists(_OPEN_HOLDS.filter(type=HoldType.PAYMENT)))
        .order_by("ship_by", "pk")
        .values_list("pk", "order_id", "order_ref", "status", "ship_by", "order__ship_by", "order__open_holds")[:limit]
    )
    return [LateWork(*row[:6], bool(row[6])) for row in rows]


def held_work(warehouse_id: int, *, today: date, zone: tzinfo, limit: int) -> list[HeldWork]:
    """What a hold makes late: due today and held, or held until a day after its own; most urgent first. One statement.

    ``zone`` is the warehouse's, ``today`` its day. What waits for its payment is left out: its days count from then.
    """
    ends = _OPEN_HOLDS.order_by(F("release_at").desc(nulls_first=True)).values("release_at")[:1]
    rows = (
        FulfillmentOrder.objects.filter(
            warehouse_id=warehouse_id, status__in=TO_DO, ship_by__gte=today, order__open_holds__gt=0
        )
        .exclude(Exists(_OPEN_HOLDS.filter(type=HoldType.PAYMENT)))
        .annotate(until=TruncDate(Subquery(ends), tzinfo=zone))
        .filter(Q(ship_by=today) | Q(until__gt=F("ship_by")))
        .order_by("ship_by", "pk")
        .values_list("order_id", "order_ref", "ship_by", "until")[:limit]
    )
    return [HeldWork(*row) for row in rows]


def waiting_lines(home_id: int, *, chunk: int, most: int) -> Iterator[list[WaitingLine]]:
    """Lines of confirmed orders that wait for what orders of that warehouse's channels wait for, who came first first.

    In chunks, one statement each, at most so many lines; a reader that has seen enough asks for no more.
    """
    waiting = OrderLine.objects.filter(backordered__gt=0, order__status=OrderStatus.CONFIRMED)
    wanted = waiting.filter(order__channel__warehouse=home_id).order_by().values("product_id")
    routes = ChannelWarehouse.objects.filter(channel=OuterRef("order__channel_id")).order_by("position", "pk")
    rows = (
        waiting.filter(product__in=wanted)
        .annotate(
            country=KeyTextTransform("country", "order__shipping_address"),
            routes=ArraySubquery(routes.values("warehouse_id")),
        )
        .order_by("placed_at", "pk")
        .values_list(
            "pk",
            "order_id",
            "order__ref",
            "product_id",
            "sku",
            "backordered",
            "order__ship_by",
            "order__shipping_method",
            "country",
            "placed_at",
            "order__channel__warehouse_id",
            "routes",
            "order__ship_from",
        )
    )
    after = Q()
    for start in range(0, most, chunk):
        size = min(chunk, most - start)
        found = [
            WaitingLine(*row[:8], row[8] or "", row[9], row[10], _places(*row[10:]))
            for row in rows.filter(after)[:size]
        ]
        if found:
            yield found
        if len(found) < size:
            return
        last = found[-1]
        after = Q(placed_at__gt=last.placed_at) | Q(placed_at=last.placed_at, pk__gt=last.id)


def _places(home: int, routes: Sequence[int], left: Sequence[int]) -> tuple[int, ...]:
    every = dict.fromkeys([home, *routes])
    return tuple(place for place in every if not left or place in left) or tuple(every)


def promised_days(warehouse_id: int, *, since: date, until: date) -> dict[date, int]:
    """{day: shipments promised for it}; days without any are left out. One statement over the open work."""
    rows = (
        FulfillmentOrder.objects.filter(
            warehouse_id=warehouse_id, status__in=sorted(OPEN_FULFILLMENT_ORDER), ship_by__range=(since, until)
        )
        .order_by()
        .values_list("ship_by")
        .annotate(shipments=Sum(1))
    )
    return dict(rows)


def open_parts(warehouse_id: int, *, limit: int) -> list[tuple[int, str, date, str, str, datetime]]:
    """(order id, reference, ship by, method, country, made at) of what has not left, most urgent first."""
    rows = (
        FulfillmentOrder.objects.filter(warehouse_id=warehouse_id, status__in=sorted(OPEN_FULFILLMENT_ORDER))
        .annotate(country=KeyTextTransform("country", "order__shipping_address"))
        .order_by("ship_by", "pk")
        .values_list("order_id", "order_ref", "ship_by", "order__shipping_method", "country", "created_at")[:limit]
    )
    return [(row[0], row[1], row[2], row[3], row[4] or "", row[5]) for row in rows]
