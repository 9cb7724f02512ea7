"""Parcels for pages, the API and messages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from core.kernel.errors import NotFound
from core.kernel.fingerprints import fingerprint
from core.kernel.refs import tidy_ref
from shipping.models import LabelDocument, LabelRequest, Parcel, ParcelItem, TrackingEvent
from shipping.states import TrackingStatus


@dataclass(frozen=True, slots=True)
class ParcelItemFact:
    """Units of one order line in one parcel."""

    order_line_id: int
    product_id: int
    sku: str
    name: str
    quantity: int
    image_url: str = ""


@dataclass(frozen=True, slots=True)
class TrackingFact:
    """One report of the carrier, in our vocabulary and in its own words."""

    status: str
    happened_at: datetime
    place: str
    text: str
    code: str

    @property
    def label(self) -> str:
        """The status in words of the active language."""
        return str(TrackingStatus(self.status).label)


@dataclass(frozen=True, slots=True)
class ParcelDetail:
    """A parcel with its content and its journey, the newest report first."""

    id: int
    ref: str
    order_id: int
    order_ref: str
    fulfillment_order_id: int
    warehouse_id: int
    channel_id: int
    status: str
    carrier: str
    service: str
    tracking_number: str
    tracking_url: str
    weight_g: int | None
    created_at: datetime
    packed_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    items: tuple[ParcelItemFact, ...]
    events: tuple[TrackingFact, ...]

    @property
    def units(self) -> int:
        return sum(item.quantity for item in self.items)

    @property
    def version(self) -> int:
        """A figure of everything that may change of it outside: for comparing, not for counting."""
        items = [(item.order_line_id, item.sku, item.quantity) for item in self.items]
        events = [(event.status, event.happened_at.timestamp(), event.place, event.text) for event in self.events]
        moments = [at and at.timestamp() for at in (self.shipped_at, self.delivered_at)]
        carried = (self.carrier, self.service, self.tracking_number, self.tracking_url, self.weight_g)
        return fingerprint(self.ref, self.status, carried, moments, items, events)


@dataclass(frozen=True, slots=True)
class ParcelFilter:
    """Which parcels a list shows; an empty member does not narrow."""

    channel_id: int | None = None
    warehouse_ids: Sequence[int] = ()
    status: Sequence[str] = ()
    order_ref: str = ""
    tracking_number: str = ""
    carrier: str = ""


def details(rows: Iterable[Parcel]) -> list[ParcelDetail]:
    """Parcels with content and journey; two statements however many."""
    rows = list(rows)
    ids = [row.pk for row in rows]
    items: dict[int, list[ParcelItemFact]] = {}
    for parcel_id, *content in (
        ParcelItem.objects.filter(parcel__in=ids)
        .order_by("order_line__position", "pk")
        .values_list(
            "parcel_id",
            "order_line_id",
            "product_id",
            "order_line__sku",
            "order_line__name",
            "quantity",
            "product__image_url",
        )
    ):
        items.setdefault(parcel_id, []).append(ParcelItemFact(*content))  # type: ignore[arg-type]
    events: dict[int, list[TrackingFact]] = {}
    for parcel_id, *report in (
        TrackingEvent.objects.filter(parcel__in=ids)
        .order_by("-happened_at", "-pk")
        .values_list("parcel_id", "status", "happened_at", "place", "raw_text", "raw_code")
    ):
        events.setdefault(parcel_id, []).append(TrackingFact(*report))  # type: ignore[arg-type]
    return [
        ParcelDetail(
            id=row.pk,
            ref=row.ref,
            order_id=row.order_id,
            order_ref=row.order_ref,
            fulfillment_order_id=row.fulfillment_order_id,
            warehouse_id=row.warehouse_id,
            channel_id=row.channel_id,
            status=str(row.status),
            carrier=row.carrier,
            service=row.service,
            tracking_number=row.tracking_number,
            tracking_url=row.tracking_url,
            weight_g=row.weight_g,
            created_at=row.created_at,
            packed_at=row.packed_at,
            shipped_at=row.shipped_at,
            delivered_at=row.delivered_at,
            items=merged(items.get(row.pk, ())),
            events=tuple(events.get(row.pk, ())),
        )
        for row in rows
    ]


def merged(items: Iterable[ParcelItemFact]) -> tuple[ParcelItemFact, ...]:
    """One item for each order line: several allocations of a line are one thing to everybody but the floor."""
    found: dict[int, ParcelItemFact] = {}
    for item in items:
        known = found.get(item.order_line_id)
        units = item.quantity + (known.quantity if known else 0)
        found[item.order_line_id] = ParcelItemFact(
            item.order_line_id, item.product_id, item.sku, item.name, units, item.image_url
        )
    return tuple(found.values())


def parcels_of_order(order_id: int, *, with_cancelled: bool = False) -> list[ParcelDetail]:
    """The parcels of an order, oldest first. Three statements."""
    rows = Parcel.objects.filter(order_id=order_id).order_by("pk")
    return details(rows if with_cancelled else rows.exclude(status="cancelled"))


def parcel_by_code(code: str, *, warehouse_id: int | None = None) -> ParcelDetail:
    """The parcel with that reference or tracking number, whoever's number it is. Raises NotFound."""
    rows = Parcel.objects.all()
    if warehouse_id is not None:
        rows = rows.filter(warehouse_id=warehouse_id)
    code = code.strip()
    row = rows.filter(ref=tidy_ref(code)[:24]).first()
    if row is None and code:
        row = rows.filter(tracking_number=code.upper()[:60]).order_by("-pk").first()
    if row is None:
        raise NotFound("There is no such parcel.")
    return details([row])[0]


def access_parcel(ref: str, *, channel_id: int | None = None) -> ParcelDetail:
    """The parcel with that reference, as its channel may see it. Raises NotFound. Three statements."""
    rows = Parcel.objects.filter(ref=tidy_ref(ref)[:24])
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    row = rows.first()
    if row is None:
        raise NotFound("There is no such parcel.")
    return details([row])[0]


def parcel_by_id(parcel_id: int) -> ParcelDetail:
    """That parcel. Raises NotFound."""
    row = Parcel.objects.filter(pk=parcel_id).first()
    if row is None:
        raise NotFound("There is no such parcel.")
    return details([row])[0]


def unlabelled_parcels(order_id: int) -> list[tuple[int, str]]:
    """(id, reference) of the order's packed parcels that wait for a label. One statement."""
    rows = Parcel.objects.filter(order_id=order_id, status="packed").order_by("pk")
    return list(rows.values_list("pk", "ref"))


def matching(filters: ParcelFilter) -> "QuerySet[Parcel]":
    """The parcels a list shows, unordered; drafts of boxes (``open``, ``cancelled``) only when asked for by status."""
    rows = Parcel.objects.all()
    if filters.channel_id is not None:
        rows = rows.filter(channel_id=filters.channel_id)
    if filters.warehouse_ids:
        rows = rows.filter(warehouse_id__in=filters.warehouse_ids)
    if filters.status:
        rows = rows.filter(status__in=filters.status)
    if filters.order_ref:
        rows = rows.filter(order_ref=tidy_ref(filters.order_ref)[:24])
    if filters.tracking_number:
        rows = rows.filter(tracking_number=filters.tracking_number)
    if filters.carrier:
        rows = rows.filter(carrier=filters.carrier)
    return rows


def delivered_at(order_line_id: int) -> datetime | None:
    """When the last parcel with units of that line was delivered: the return window runs from there."""
    row = (
        ParcelItem.objects.filter(order_line_id=order_line_id, parcel__delivered_at__isnull=False)
        .order_by("-parcel__delivered_at")
        .values_list("parcel__delivered_at", flat=True)
        .first()
    )
    return row


def label_document(parcel_ref: str, format: str) -> bytes:
    """The file of the parcel's live label. Raises NotFound. One statement."""
    content = (
        LabelDocument.objects.filter(
            label_request__parcel__ref=parcel_ref, label_request__status="purchased", format=format
        )
        .values_list("content", flat=True)
        .first()
    )
    if content is None:
        raise NotFound("There is no such label.")
    return bytes(content)


def label_state(parcel_ref: str) -> dict[str, Any]:
    """Where the label of a parcel stands: ``status`` of its newest request (empty without one), ``error``,
    ``prints``."""
    row = LabelRequest.objects.filter(parcel__ref=parcel_ref).order_by("-pk").first()
    if row is None:
        return {"status": "", "error": "", "prints": 0}
    return {"status": str(row.status), "error": row.error, "prints": row.prints}
