"""Lists of orders: by keyset, newest first, a constant number of statements however many rows there are."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Lower

from core.kernel.refs import tidy_ref
from orders.models import Channel, Customer, FulfillmentOrder, Hold, Order, OrderLine
from orders.selectors.facts import OrderFact
from orders.selectors.orders import rows_with_lines
from orders.selectors.values import Worth, of_worth
from orders.states import OPEN_FULFILLMENT_ORDER, FulfillmentStatus, HoldType, OrderStatus

VIEWS = ("all", "open", "due", "late", "short", "address", "on_hold")
# Where the work stands: read one at a time, behind the figures of the home page.
WORK_VIEWS: dict[str, tuple[str, ...]] = {
    "releasable": ("allocated",),
    "on_floor": ("released", "picking", "picked", "packing"),
    "packed": ("packed",),
}
_REF_BEGUN = re.compile(r"[A-Z]{2,4}-[0-9A-Z]*")
SEARCHED = 200


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders; an empty member does not narrow. The views ``due`` and ``late`` need the warehouse's ``today``."""

    channel_id: int | None = None
    warehouse_ids: Sequence[int] = ()
    view: str = "all"
    today: date | None = None
    status: str = ""
    fulfillment_status: str = ""
    placed_after: datetime | None = None
    placed_before: datetime | None = None
    external_id: str = ""
    email: str = ""
    product_id: int | None = None
    customer_id: int | None = None
    shipping_method: str = ""
    tag: str = ""
    owner_id: int | None = None
    leaves_on: date | None = None
    worth: Worth | None = None
    refs: Sequence[str] = ()
    search: str = ""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in a staff list. ``stages`` are the states of its fulfilment orders, oldest first."""

    id: int
    ref: str
    external_id: str
    channel_code: str
    channel_name: str
    customer_name: str
    country: str
    status: str
    fulfillment_status: str
    payment_status: str
    return_status: str
    ship_by: date | None
    placed_at: datetime
    currency: str
    total: Decimal
    open_holds: int
    units: int
    backordered: int
    stages: tuple[str, ...]
    shipping_method: str = ""
    owner_name: str = ""


def matching(filters: OrderFilter) -> "QuerySet[Order]":
    """The orders that match, in no order yet. A search asks up to three small statements of its own."""
    rows = Order.objects.all()
    if filters.channel_id is not None:
        rows = rows.filter(channel_id=filters.channel_id)
    if filters.warehouse_ids:
        rows = rows.filter(channel_id__in=_channels_of(filters.warehouse_ids))
    if filters.status:
        rows = rows.filter(status=filters.status)
    if filters.fulfillment_status:
        rows = rows.filter(fulfillment_status=filters.fulfillment_status)
    if filters.placed_after is not None:
        rows = rows.filter(placed_at__gte=filters.placed_after)
    if filters.placed_before is not None:
        rows = rows.filter(placed_at__lt=filters.placed_before)
    if filters.external_id:
        rows = rows.filter(_external_id(filters.external_id, filters.channel_id))
    if filters.email:
        rows = rows.filter(email__iexact=filters.email)
    if filters.product_id is not None:
        rows = rows.filter(Exists(OrderLine.objects.filter(order=OuterRef("pk"), product=filters.product_id)))
    if filters.customer_id is not None:
        rows = rows.filter(customer=filters.customer_id)
    if filters.shipping_method:
        rows = rows.filter(shipping_method=filters.shipping_method)
    if filters.tag:
        rows = rows.filter(tags__contains=[filters.tag]).exclude(tags=[])
    if filters.owner_id is not None:
        rows = rows.filter(owner=filters.owner_id)
    if filters.leaves_on is not None:
        rows = rows.filter(pk__in=_leaving(filters.leaves_on, filters.warehouse_ids))
    if filters.worth is not None:
        rows = of_worth(rows, filters.worth)
    if filters.refs:
        rows = rows.filter(ref__in=filters.refs)
    if filters.view != "all":
        rows = _view(rows, filters)
    if filters.search.strip():
        rows = _search(rows, filters.search.strip(), filters.channel_id)
    return rows


def orders_list(filters: OrderFilter, *, before: tuple[datetime, int] | None = None, limit: int = 50) -> list[OrderRow]:
    """The newest matching orders that are older than ``before`` (placed_at, id); one statement beside a search's."""
    rows = matching(filters)
    if before is not None:
        rows = rows.filter(
            Q(placed_at__lt=before[0]) | Q(placed_at=before[0], pk__lt=before[1]), placed_at__lte=before[0]
        )
    return _rows(rows.order_by("-placed_at", "-pk")[:limit])


def refs_of(filters: OrderFilter, *, limit: int) -> list[str]:
    """The references of the newest matching orders."""
    rows = matching(filters).order_by("-placed_at", "-pk").values_list("ref", flat=True)
    return list(rows[:limit])


def orders_in_steps(filters: OrderFilter, *, step: int = 500) -> Iterator[OrderRow]:
    """Every matching order, newest first, read a step at a time: for exports, in memory that does not grow."""
    before = None
    while rows := orders_list(filters, before=before, limit=step):
        yield from rows
        before = (rows[-1].placed_at, rows[-1].id)


def order_facts_page(
    filters: OrderFilter, *, value: datetime | None, pk: int, backwards: bool, limit: int
) -> list[OrderFact]:
    """Orders with their lines next to a place in the list: the older ones, or (nearest first) the newer ones.

    Three statements, four when one of them is on hold: only open holds are told, and no single charges.
    """
    rows = matching(filters)
    if value is not None and backwards:
        rows = rows.filter(Q(placed_at__gt=value) | Q(placed_at=value, pk__gt=pk), placed_at__gte=value)
    elif value is not None:
        rows = rows.filter(Q(placed_at__lt=value) | Q(placed_at=value, pk__lt=pk), placed_at__lte=value)
    order = ("placed_at", "pk") if backwards else ("-placed_at", "-pk")
    # Which orders they are is read off an index alone, so that PostgreSQL takes the one that fits the filter: with all
    # columns at stake it walks the newest orders, and reads past whatever is open to find what is over.
    page = rows.order_by(*order)[:limit].values("pk")
    return rows_with_lines(Order.objects.filter(pk__in=page).order_by(*order))


def counts_by_view(filters: OrderFilter, *, cap: int = 1000) -> dict[str, int]:
    """How many orders each view of the list holds, counted up to ``cap``; one statement."""
    views = [view for view in VIEWS if view != "all"]
    return dict(zip(views, _counts([replace(filters, view=view, search="") for view in views], cap), strict=True))


def count_of(filters: OrderFilter, *, cap: int = 1000) -> int:
    """How many orders match, counted up to ``cap``."""
    return matching(filters).order_by()[:cap].count()


@dataclass(frozen=True, slots=True)
class HomeFigures:
    """What is waiting, each counted up to the cap."""

    due_today: int
    late: int
    short: int
    on_hold: int
    to_release: int
    on_floor: int
    packed: int


def home_figures(*, today: date, warehouse_ids: Sequence[int] = (), cap: int = 1000) -> HomeFigures:
    """The figures of the home page, each the length of the list's view behind it; one statement."""
    filters = OrderFilter(warehouse_ids=warehouse_ids, today=today)
    views = ("due", "late", "short", "on_hold", "releasable", "on_floor", "packed")
    return HomeFigures(*_counts([replace(filters, view=view) for view in views], cap))


def _counts(several: Sequence[OrderFilter], cap: int) -> list[int]:
    """How many orders each of the filters (without a search) holds, up to ``cap``; one statement for all of them."""
    parts: list[str] = []
    params: list[Any] = []
    for filters in several:
        sql, values = matching(filters).order_by().values("pk")[:cap].query.sql_with_params()
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) part)")  # noqa: S608  the ORM wrote it
        params += values
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), params)
        return list(cursor.fetchone())


def _view(rows: "QuerySet[Order]", filters: OrderFilter) -> "QuerySet[Order]":
    rows = rows.filter(status=OrderStatus.CONFIRMED)
    if filters.view in ("due", "late"):
        if filters.today is None:
            raise ValueError("The views due and late need to know what day it is.")
        rows = rows.exclude(fulfillment_status=FulfillmentStatus.FULFILLED)
        return rows.filter(ship_by=filters.today) if filters.view == "due" else rows.filter(ship_by__lt=filters.today)
    if filters.view == "short":
        short = OrderLine.objects.filter(order=OuterRef("pk"), backordered__gt=0)
        if filters.product_id is not None:
            short = short.filter(product=filters.product_id)
        return rows.filter(Exists(short))
    if filters.view == "address":
        held = Hold.objects.filter(order=OuterRef("pk"), type=HoldType.ADDRESS, released_at=None)
        return rows.filter(Exists(held), open_holds__gt=0)
    if filters.view == "on_hold":
        return rows.filter(open_holds__gt=0)
    if filters.view in WORK_VIEWS:
        work = FulfillmentOrder.objects.filter(status__in=WORK_VIEWS[filters.view])
        if filters.warehouse_ids:
            work = work.filter(warehouse_id__in=filters.warehouse_ids)
        rows = rows.filter(pk__in=work.order_by().values("order_id"))
        return rows.filter(open_holds=0) if filters.view == "releasable" else rows
    return rows


def _leaving(day: date, warehouse_ids: Sequence[int]) -> "QuerySet[FulfillmentOrder, int]":
    """The orders of which a part that is open is promised to leave on that day: those ``promised_days`` counts."""
    parts = FulfillmentOrder.objects.filter(status__in=sorted(OPEN_FULFILLMENT_ORDER), ship_by=day)
    if warehouse_ids:
        parts = parts.filter(warehouse_id__in=warehouse_ids)
    return parts.order_by().values_list("order_id", flat=True)


def _channels_of(warehouse_ids: Sequence[int]) -> "QuerySet[Channel, int]":
    """The channels whose orders may ship from one of the warehouses."""
    here = Q(warehouse_id__in=warehouse_ids) | Q(routes__warehouse_id__in=warehouse_ids)
    return Channel.objects.filter(here).order_by().values_list("pk", flat=True).distinct()


def _external_id(external_id: str, channel_id: int | None) -> Q:
    """The unique index leads with the channel, so every channel is named."""
    channels = [channel_id] if channel_id is not None else list(Channel.objects.values_list("pk", flat=True))
    return Q(channel_id__in=channels, external_id=external_id)


def _search(rows: "QuerySet[Order]", text: str, channel_id: int | None) -> "QuerySet[Order]":
    """By reference (or its beginning), e-mail address, the channel's or buyer's number, or the beginning of a name."""
    if "@" in text:
        return rows.filter(email__iexact=text)
    ref = tidy_ref(text)
    found = set(Order.objects.filter(_external_id(text, channel_id)).values_list("pk", flat=True)[:SEARCHED])
    of_purchase = Order.objects.exclude(purchase_order_number="").filter(purchase_order_number=text[:60])
    found |= set(of_purchase.values_list("pk", flat=True)[:SEARCHED])
    if _REF_BEGUN.fullmatch(ref):
        return rows.filter(Q(ref__startswith=ref) | Q(pk__in=found)) if found else rows.filter(ref__startswith=ref)
    customers = Customer.objects.annotate(lower=Lower("name")).filter(lower__startswith=text.lower())
    found |= set(
        Order.objects.filter(customer_id__in=list(customers.values_list("pk", flat=True)[:SEARCHED]))
        .order_by("-placed_at")
        .values_list("pk", flat=True)[: SEARCHED * 5]
    )
    if len(text) >= 4 and text.isalnum():
        for prefix in set(Channel.objects.values_list("ref_prefix", flat=True)):
            begun = Order.objects.filter(ref__startswith=tidy_ref(f"{prefix}-{text}"))
            found |= set(begun.values_list("pk", flat=True)[:SEARCHED])
    return rows.filter(pk__in=found)


def _rows(rows: "QuerySet[Order]") -> list[OrderRow]:
    lines = OrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order")
    stages = FulfillmentOrder.objects.filter(order=OuterRef("pk")).order_by("pk").values("status")
    shaped = rows.annotate(
        total=F("goods_total") + F("shipping_price") + F("charges_total"),
        units=Coalesce(Subquery(lines.annotate(n=Sum(F("quantity") - F("cancelled"))).values("n")), 0),
        short=Coalesce(Subquery(lines.annotate(n=Sum("backordered")).values("n")), 0),
        stages=ArraySubquery(stages),
    ).values_list(
        "pk",
        "ref",
        "external_id",
        "channel__code",
        "channel__name",
        "customer_name",
        "shipping_address__country",
        "status",
        "fulfillment_status",
        "payment_status",
        "return_status",
        "ship_by",
        "placed_at",
        "currency",
        "total",
        "open_holds",
        "units",
        "short",
        "stages",
        "shipping_method",
        "owner__first_name",
        "owner__last_name",
        "owner__username",
    )
    found: list[OrderRow] = []
    for row in shaped:
        *values, so_far, method, first_name, last_name, username = row
        values[6] = values[6] or ""
        owner = " ".join(filter(None, (first_name, last_name))) or username or ""
        values += [tuple(so_far), method, owner]
        found.append(OrderRow(*values))
    return found
