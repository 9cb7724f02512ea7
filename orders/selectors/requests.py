"""What third parties are asked to ship."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from core.kernel.errors import NotFound
from core.kernel.fingerprints import fingerprint
from orders.models import FulfillmentOrder, OrderLine
from orders.selectors.facts import AllocationFact
from orders.selectors.work import allocations

UNSHIPPED = ("open", "scheduled", "allocated", "released")


@dataclass(frozen=True, slots=True)
class RequestItem:
    """Units of an order line that the third party is to ship; ``shipped`` of them have left.

    ``properties`` and ``note`` are what the buyer wants of them; of a kit's part also what is wanted of the kit.
    """

    order_line_id: int
    product_id: int
    sku: str
    name: str
    quantity: int
    shipped: int
    properties: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def open(self) -> int:
        return self.quantity - self.shipped


@dataclass(frozen=True, slots=True)
class RequestFact:
    """A part of an order that lies with a third party. ``request_status`` is empty while it is not asked for.

    ``held``: the order is on hold, so nothing may be shipped. ``note`` is what was answered, ``buyer_note`` and
    ``gift`` are the order's own.
    """

    id: int
    order_id: int
    order_ref: str
    warehouse_id: int
    warehouse_name: str
    status: str
    request_status: str
    note: str
    external_ref: str
    requested_at: datetime | None
    answered_at: datetime | None
    ship_by: date
    shipping_method: str
    address: Mapping[str, Any]
    held: bool
    items: tuple[RequestItem, ...]
    buyer_note: str = ""
    gift: Mapping[str, Any] = field(default_factory=dict)
    purchase_order_number: str = ""

    @property
    def version(self) -> int:
        """A figure of all of it: for comparing, not for counting."""
        return fingerprint(self)

    @property
    def under_way(self) -> bool:
        """Whether the third party is asked for it, or has taken it on and not sent it all."""
        return self.request_status in ("requested", "accepted") and self.status in UNSHIPPED

    @property
    def open_items(self) -> list[RequestItem]:
        return [item for item in self.items if item.open]


def request_by_id(fulfillment_order_id: int, *, warehouse_id: int | None = None) -> RequestFact:
    """That request, in any state; of another warehouse than the one given it does not exist. Raises NotFound."""
    rows = _rows().filter(pk=fulfillment_order_id)
    if warehouse_id is not None:
        rows = rows.filter(warehouse=warehouse_id).exclude(request_status="")
    found = facts_of(rows)
    if not found:
        raise NotFound("There is no such request.")
    return found[0]


def open_requests(
    *,
    warehouse_ids: Sequence[int] = (),
    request_status: str = "",
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[RequestFact]:
    """Requests that are neither declined, taken back nor carried out, the oldest first, from the one after. Three
    statements. ``warehouse_ids`` empty means every third party."""
    rows = _rows().filter(status__in=UNSHIPPED)
    rows = rows.filter(request_status__in=[request_status] if request_status else ["requested", "accepted"])
    if warehouse_ids:
        rows = rows.filter(warehouse__in=list(warehouse_ids))
    if after is not None:
        at, pk = after
        rows = rows.filter(Q(requested_at__gt=at) | Q(requested_at=at, pk__gt=pk))
    return facts_of(rows.order_by("requested_at", "pk")[:limit])


def matching(warehouse_id: int, *, request_status: str = "") -> "QuerySet[FulfillmentOrder]":
    """The open requests of one third party, to be ordered, cut and read with ``facts_of``."""
    asked = [request_status] if request_status else ["requested", "accepted"]
    return _rows().filter(warehouse=warehouse_id, status__in=UNSHIPPED, request_status__in=asked)


def _rows() -> "QuerySet[FulfillmentOrder]":
    return FulfillmentOrder.objects.select_related("order", "warehouse").exclude(warehouse__kind="own")


def facts_of(rows: Iterable[FulfillmentOrder]) -> list[RequestFact]:
    """The requests of rows read with ``matching``. Two statements."""
    found = list(rows)
    content = allocations(
        Q(fulfillment_order__in=[row.pk for row in found], status__in=["allocated", "picked", "shipped"])
    )
    wanted = _wanted(one.order_line_id for facts in content.values() for one in facts)
    return [
        RequestFact(
            id=row.pk,
            order_id=row.order_id,
            order_ref=row.order_ref,
            warehouse_id=row.warehouse_id,
            warehouse_name=row.warehouse.name,
            status=row.status,
            request_status=row.request_status,
            note=row.request_note,
            external_ref=row.external_ref,
            requested_at=row.requested_at,
            answered_at=row.answered_at,
            ship_by=row.ship_by,
            shipping_method=row.order.shipping_method,
            address=row.order.shipping_address,
            held=row.order.open_holds > 0,
            items=_items(content.get(row.pk, []), wanted),
            buyer_note=row.order.note,
            gift=row.order.gift,
            purchase_order_number=row.order.purchase_order_number,
        )
        for row in found
    ]


def _wanted(line_ids: Iterable[int]) -> dict[int, tuple[dict[str, Any], str]]:
    """{line: (properties, note)} of what the buyer wants of each."""
    rows = OrderLine.objects.filter(pk__in=set(line_ids)).values_list(
        "pk", "properties", "note", "kit__properties", "kit__note"
    )
    return {pk: ({**(of_kit or {}), **own}, note or kit_note or "") for pk, own, note, of_kit, kit_note in rows}


def _items(
    facts: Sequence[AllocationFact], wanted: Mapping[int, tuple[dict[str, Any], str]]
) -> tuple[RequestItem, ...]:
    lines: dict[int, list[AllocationFact]] = {}
    for one in facts:
        lines.setdefault(one.order_line_id, []).append(one)
    return tuple(
        RequestItem(
            order_line_id=line_id,
            product_id=own[0].product_id,
            sku=own[0].sku,
            name=own[0].name,
            quantity=sum(one.quantity for one in own),
            shipped=sum(one.quantity for one in own if one.status == "shipped"),
            properties=wanted[line_id][0],
            note=wanted[line_id][1],
        )
        for line_id, own in lines.items()
    )
