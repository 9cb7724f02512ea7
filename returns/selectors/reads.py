"""Returns as the rooms above, the API and the portal read them: frozen facts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from core.kernel.fingerprints import fingerprint
from returns.models import RefundInstruction, Return, ReturnItem


@dataclass(frozen=True, slots=True)
class ReturnItemFact:
    """Units of an order line in a return. ``order_line_id`` is None for what nobody announced."""

    id: int
    order_line_id: int | None
    product_id: int
    sku: str
    name: str
    unit_price: Decimal
    quantity: int
    received: int
    decided: int
    accepted: int
    reason: str
    comment: str
    reception_status: str
    acceptance_status: str
    grade: str
    disposition: str
    resolution: str
    refund_amount: Decimal


@dataclass(frozen=True, slots=True)
class RefundFact:
    """Money to give back, in the order's currency."""

    id: int
    return_ref: str
    order_ref: str
    channel_id: int
    status: str
    amount: Decimal
    goods_amount: Decimal
    charges_amount: Decimal
    currency: str
    idempotency_key: UUID
    created_at: datetime
    requested_at: datetime | None
    settled_at: datetime | None
    failure: str

    @property
    def version(self) -> int:
        """A figure of everything that may change of it outside: for comparing, not for counting."""
        moments = [at and at.timestamp() for at in (self.requested_at, self.settled_at)]
        return fingerprint(self.id, str(self.status), str(self.amount), moments, self.failure)


@dataclass(frozen=True, slots=True)
class ReturnFact:
    """A return with its items and its refund, if there is one."""

    id: int
    ref: str
    kind: str
    order_id: int
    order_ref: str
    channel_id: int
    warehouse_id: int
    status: str
    resolution: str
    currency: str
    requested_at: datetime
    approved_at: datetime | None
    received_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    expires_at: datetime | None
    reject_reason: str
    tracking_number: str
    source_key: str | None
    version: int
    items: tuple[ReturnItemFact, ...]
    refund: RefundFact | None

    @property
    def units(self) -> int:
        return sum(item.quantity for item in self.items)

    @property
    def received_units(self) -> int:
        return sum(item.received for item in self.items)


_PLAIN = (
    "ref",
    "kind",
    "order_id",
    "order_ref",
    "channel_id",
    "warehouse_id",
    "status",
    "resolution",
    "currency",
    "requested_at",
    "approved_at",
    "received_at",
    "resolved_at",
    "closed_at",
    "expires_at",
    "reject_reason",
    "tracking_number",
    "source_key",
    "version",
)
_ITEM = tuple(ReturnItemFact.__dataclass_fields__)
_REFUND = tuple(name for name in RefundFact.__dataclass_fields__ if name != "return_ref")


def with_content(rows: "QuerySet[Return]") -> "QuerySet[Return]":
    """The rows with items and refunds: two queries more, however many rows."""
    return rows.prefetch_related(
        Prefetch("items", ReturnItem.objects.order_by("pk")),
        Prefetch("refunds", RefundInstruction.objects.exclude(status="cancelled").order_by("pk")),
    )


def fact_of(rma: Return) -> ReturnFact:
    """The fact of a return, its content read afresh unless it was prefetched."""
    cache = getattr(rma, "_prefetched_objects_cache", {})
    row = rma if {"items", "refunds"} <= cache.keys() else with_content(Return.objects.filter(pk=rma.pk)).get()
    items = tuple(ReturnItemFact(**{name: _value(item, name) for name in _ITEM}) for item in row.items.all())
    refunds = [refund_fact(refund, row.ref) for refund in row.refunds.all()]
    return ReturnFact(
        id=row.pk,
        items=items,
        refund=refunds[-1] if refunds else None,
        **{name: getattr(row, name) for name in _PLAIN},
    )


def refund_fact(refund: RefundInstruction, return_ref: str) -> RefundFact:
    """The fact of a refund instruction."""
    return RefundFact(return_ref=return_ref, **{name: _value(refund, name) for name in _REFUND})


def _value(row: ReturnItem | RefundInstruction, name: str) -> Any:
    return getattr(row, "pk" if name == "id" else name)


def return_by_ref(ref: str, *, channel_id: int | None = None) -> ReturnFact:
    """That return; with ``channel_id`` only one of that channel's. Raises NotFound."""
    rows = Return.objects.filter(ref=ref)
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    row = with_content(rows).first()
    if row is None:
        raise NotFound(_("There is no such return."))
    return fact_of(row)


def returns_by_id(return_ids: Iterable[int]) -> dict[int, ReturnFact]:
    """{id: return} of those that exist; three queries."""
    return {row.pk: fact_of(row) for row in with_content(Return.objects.filter(pk__in=set(return_ids)))}


def returns_of_order(order_ref: str, *, kinds: Sequence[str] = ()) -> list[ReturnFact]:
    """The returns of an order, newest first."""
    rows = Return.objects.filter(order_ref=order_ref)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    return [fact_of(row) for row in with_content(rows.order_by("-requested_at", "-pk")[:50])]


@dataclass(frozen=True, slots=True)
class ReturnFilter:
    """Which returns a list shows; an empty member does not narrow."""

    channel_id: int | None = None
    order_ref: str = ""
    status: str = ""
    kind: str = ""
    requested_after: datetime | None = None
    requested_before: datetime | None = None


def returns_list(filters: ReturnFilter) -> "QuerySet[Return]":
    """The returns that pass the filter, with their content, for a keyset page by ``requested_at``; see ``fact_of``."""
    rows = Return.objects.all()
    if filters.channel_id is not None:
        rows = rows.filter(channel_id=filters.channel_id)
    if filters.order_ref:
        rows = rows.filter(order_ref=filters.order_ref)
    if filters.status:
        rows = rows.filter(status=filters.status)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.requested_after:
        rows = rows.filter(requested_at__gte=filters.requested_after)
    if filters.requested_before:
        rows = rows.filter(requested_at__lt=filters.requested_before)
    return with_content(rows)


def refunds_list(*, channel_id: int | None = None, status: str = "") -> "QuerySet[RefundInstruction]":
    """Refund instructions, for a keyset page by ``created_at``; see ``refund_fact``."""
    rows = RefundInstruction.objects.select_related("rma")
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    if status:
        rows = rows.filter(status=status)
    return rows


def refund_by_id(refund_id: int, *, channel_id: int | None = None) -> RefundFact:
    """That refund instruction; with ``channel_id`` only one of that channel's. Raises NotFound."""
    rows = RefundInstruction.objects.select_related("rma").filter(pk=refund_id)
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    row = rows.first()
    if row is None:
        raise NotFound(_("There is no such refund."))
    return refund_fact(row, row.rma.ref)
