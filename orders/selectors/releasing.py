"""What a wave is made of: which fulfilment orders wait to be released, what each promises, and what keeps others."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import MD5, Cast, Concat, Lower

from core.kernel.locks import Among
from core.kernel.prepared import Prepared
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine
from orders.states import OrderStatus

SLOWEST = 99
"""The rank of a service nobody ranked."""


@dataclass(frozen=True, slots=True)
class ReleaseFilter:
    """Which fulfilment orders a wave is made of; an empty member does not narrow.

    ``one_line`` keeps orders with a single line to pick; ``priority_from`` those of at least that priority.
    """

    ship_by_until: date | None = None
    shipping_methods: Collection[str] = ()
    channel_ids: Collection[int] = ()
    channel_kinds: Collection[str] = ()
    order_refs: Collection[str] = ()
    fulfillment_order_ids: Collection[int] = ()
    one_line: bool = False
    priority_from: int | None = None


class Waiting(NamedTuple):
    """A fulfilment order that may go to the floor. ``buyer`` is the same for one customer at one address."""

    id: int
    order_ref: str
    ship_by: date
    priority: int
    shipping_method: str
    placed_at: datetime
    buyer: str


class Promised(NamedTuple):
    """Units of one line of a fulfilment order, still on the shelf."""

    id: int
    fulfillment_order_id: int
    order_line_id: int
    product_id: int
    quantity: int


class Kept(NamedTuple):
    """What cannot go to the floor, with the day it is due and the day it waits for, if any."""

    order_ref: str
    ship_by: date | None
    release_on: date | None


def release_rows(warehouse_id: int, filters: ReleaseFilter) -> "QuerySet[FulfillmentOrder]":
    """Allocated fulfilment orders of the warehouse without an open hold that match, in no order yet.

    What a third party was asked for is never among them.
    """
    rows = FulfillmentOrder.objects.filter(
        warehouse_id=warehouse_id, status="allocated", request_status="", order__open_holds=0
    )
    if filters.ship_by_until is not None:
        rows = rows.filter(ship_by__lte=filters.ship_by_until)
    if filters.shipping_methods:
        rows = rows.filter(order__shipping_method__in=filters.shipping_methods)
    if filters.channel_ids:
        rows = rows.filter(order__channel_id__in=filters.channel_ids)
    if filters.channel_kinds:
        rows = rows.filter(order__channel__kind__in=filters.channel_kinds)
    if filters.order_refs:
        rows = rows.filter(order_ref__in=filters.order_refs)
    if filters.fulfillment_order_ids:
        rows = rows.filter(pk__in=filters.fulfillment_order_ids)
    if filters.priority_from is not None:
        rows = rows.filter(priority__gte=filters.priority_from)
    if filters.one_line:
        lines = Allocation.objects.filter(fulfillment_order=OuterRef("pk"), status="allocated").order_by()
        count = lines.values("fulfillment_order").annotate(n=Count("order_line", distinct=True)).values("n")
        rows = rows.annotate(lines_to_pick=Subquery(count)).filter(lines_to_pick=1)
    return rows


def waiting(
    warehouse_id: int,
    limit: int,
    filters: ReleaseFilter,
    *,
    ranks: Mapping[str, int],
    without: Collection[int] = (),
) -> list[Waiting]:
    """What may go to the floor, most urgent first: priority, ship-by, service by its rank, age. One statement.

    ``ranks`` are by shipping method, the smaller the faster; ``without`` are ids that are spoken for.
    """
    rows = release_rows(warehouse_id, filters)
    if without:
        rows = rows.exclude(Among("pk", without))
    if ranks:
        known = [When(order__shipping_method=method, then=Value(place)) for method, place in sorted(ranks.items())]
        rows = rows.alias(rank=Case(*known, default=Value(SLOWEST), output_field=IntegerField()))
    address = MD5(Lower(Cast("shipping_address", TextField())))
    buyer = Concat(Cast("customer_id", TextField()), Value(":"), address, output_field=TextField())
    # A query of its own, for PostgreSQL asks that only of the rows that are taken, after it has sorted all that wait.
    whose = Order.objects.filter(pk=OuterRef("order_id")).annotate(buyer=buyer).values("buyer")
    found = (
        rows.annotate(buyer=Subquery(whose))
        .order_by("-priority", "ship_by", *(["rank"] if ranks else []), "order__placed_at", "pk")
        .values_list("pk", "order_ref", "ship_by", "priority", "order__shipping_method", "order__placed_at", "buyer")
    )
    return [Waiting(*row) for row in found[:limit]]


def waiting_count(warehouse_id: int, filters: ReleaseFilter, *, without: Collection[int] = (), cap: int = 1000) -> int:
    """How many there are, counted up to ``cap``. One statement."""
    rows = release_rows(warehouse_id, filters)
    if without:
        rows = rows.exclude(Among("pk", without))
    return rows.order_by()[:cap].count()


_PROMISED = Prepared(
    "orders_promised",
    """
SELECT id, fulfillment_order_id, order_line_id, product_id, quantity FROM orders_allocation
WHERE fulfillment_order_id = ANY(%(ids)s) AND status = 'allocated'
ORDER BY id
""",
    ids="bigint[]",
)


def promised(fulfillment_order_ids: Iterable[int]) -> list[Promised]:
    """The units of those fulfilment orders that are still on the shelf, by allocation. One statement."""
    wanted = sorted(set(fulfillment_order_ids))
    return [Promised(*row) for row in _PROMISED.run(ids=wanted)] if wanted else []


def kept_counts(warehouse_id: int, *, cap: int = 1000) -> dict[str, int]:
    """How many cannot go to the floor: ``held``, ``incomplete``, ``scheduled``, ``short``; each counted up to ``cap``.

    ``incomplete`` waits for the rest of its order or for a third party. ``short`` counts orders of the warehouse's
    channels that wait for units; what they hold already may still go. One statement each.
    """
    found = {reason: rows.order_by()[:cap].count() for reason, rows in _kept(warehouse_id).items()}
    found["short"] = _short(warehouse_id).order_by()[:cap].count()
    return found


def kept_rows(warehouse_id: int, reason: str, *, limit: int = 100) -> list[Kept]:
    """What is behind one of ``kept_counts``, most urgent first; nothing for another word. One statement."""
    if reason == "short":
        orders = _short(warehouse_id).order_by("ship_by", "pk").values_list("ref", "ship_by")
        return [Kept(ref, day, None) for ref, day in orders[:limit]]
    rows = _kept(warehouse_id).get(reason)
    if rows is None:
        return []
    found = rows.order_by("ship_by", "pk").values_list("order_ref", "ship_by", "release_on")
    return [Kept(*row) for row in found[:limit]]


def refs_of(fulfillment_order_ids: Collection[int], *, limit: int = 100) -> list[Kept]:
    """Those fulfilment orders, most urgent first. One statement."""
    rows = FulfillmentOrder.objects.filter(Among("pk", fulfillment_order_ids)).order_by("ship_by", "pk")
    return [Kept(*row) for row in rows.values_list("order_ref", "ship_by", "release_on")[:limit]]


def begun_since(warehouse_id: int, since: datetime) -> int:
    """How many shipments stand on the floor or packed, or have left since then. One statement."""
    here = FulfillmentOrder.objects.filter(warehouse_id=warehouse_id)
    on_floor = Q(status__in=("released", "picking", "picked", "packing", "packed"))
    return here.filter(on_floor | Q(status="closed", closed_at__gte=since)).count()


def _kept(warehouse_id: int) -> dict[str, "QuerySet[FulfillmentOrder]"]:
    here = FulfillmentOrder.objects.filter(warehouse_id=warehouse_id)
    return {
        "held": here.filter(status__in=("open", "scheduled", "allocated"), order__open_holds__gt=0),
        "incomplete": here.filter(status="open", order__open_holds=0),
        "scheduled": here.filter(status="scheduled", order__open_holds=0),
    }


def _short(warehouse_id: int) -> "QuerySet[Order]":
    lines = OrderLine.objects.filter(backordered__gt=0).order_by()
    rows = Order.objects.filter(status=OrderStatus.CONFIRMED, channel__warehouse_id=warehouse_id, open_holds=0)
    return rows.filter(pk__in=lines.values("order_id"))
