"""What suppliers have announced."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from inventory.models import ShipNotice, ShipNoticeLine
from inventory.states import ShipNoticeStatus


@dataclass(frozen=True, slots=True)
class ShipNoticeFact:
    """A supplier's announcement; ``number`` is the supplier's own. Units in eaches."""

    id: int
    ref: str
    number: str
    supplier_id: int
    supplier: str
    warehouse_id: int
    warehouse: str
    purchase_order_ref: str
    status: str
    expected_on: date | None
    created_at: datetime
    announced_units: int
    received_units: int


@dataclass(frozen=True, slots=True)
class ShipNoticeLineFact:
    """Units of a product in a case (``sscc``) and lot."""

    id: int
    product_id: int
    sku: str
    name: str
    tracking: str
    quantity: int
    received: int
    lot: str
    expires_on: date | None
    sscc: str


def ship_notice(ref: str) -> tuple[ShipNoticeFact, list[ShipNoticeLineFact]]:
    """That ship notice and its lines. Two queries. Raises NotFound."""
    found = _facts(ShipNotice.objects.filter(ref=ref)) if "\0" not in ref else []
    if not found:
        raise NotFound(_("There is no ship notice %(ref)s.") % {"ref": ref[:24]})
    return found[0], notice_lines([found[0].id])


def notice_lines(notice_ids: Iterable[int]) -> list[ShipNoticeLineFact]:
    """The lines of those notices. One query."""
    rows = ShipNoticeLine.objects.filter(ship_notice__in=sorted(set(notice_ids))).order_by("pk")
    return [
        ShipNoticeLineFact(*row)
        for row in rows.values_list(
            "pk",
            "product_id",
            "product__sku",
            "product__name",
            "product__tracking",
            "quantity",
            "received",
            "lot",
            "expires_on",
            "sscc",
        )
    ]


def ship_notices(
    *,
    warehouse_ids: Iterable[int] | None = None,
    open_only: bool = True,
    limit: int = 50,
    before_id: int | None = None,
    after_id: int | None = None,
) -> list[ShipNoticeFact]:
    """Ship notices, newest first (nearest first after ``after_id``); ``open_only`` those still expected. One query."""
    rows = ShipNotice.objects.all()
    if warehouse_ids is not None:
        rows = rows.filter(warehouse_id__in=sorted(set(warehouse_ids)))
    if open_only:
        rows = rows.filter(status=ShipNoticeStatus.EXPECTED)
    if after_id is not None:
        return _facts(rows.filter(pk__gt=after_id).order_by("pk")[:limit])
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    return _facts(rows.order_by("-pk")[:limit])


def notices_numbered(number: str, *, warehouse_id: int, limit: int = 10) -> list[ShipNoticeFact]:
    """The expected notices of a warehouse with the supplier's own number. One query."""
    if "\0" in number or not number:
        return []
    return _facts(_expected(warehouse_id).filter(number__iexact=number[:64]).order_by("pk")[:limit])


def notices_with_case(sscc: str, *, warehouse_id: int, limit: int = 10) -> list[ShipNoticeFact]:
    """The notices of a warehouse that name a case or pallet, those still expected first. One query."""
    if not sscc or "\0" in sscc:
        return []
    cases = ShipNoticeLine.objects.filter(sscc=sscc).values("ship_notice_id")
    rows = ShipNotice.objects.filter(warehouse_id=warehouse_id, pk__in=cases)
    rows = rows.exclude(status=ShipNoticeStatus.CANCELLED)
    return _facts(rows.order_by("status", "pk")[:limit])


def notices_expecting(product_id: int, *, warehouse_id: int, limit: int = 10) -> list[ShipNoticeFact]:
    """Expected notices without a purchase order of ours that still announce units of a product. One query."""
    lines = ShipNoticeLine.objects.filter(product_id=product_id, received__lt=F("quantity"))
    rows = _expected(warehouse_id).filter(purchase_order=None, pk__in=lines.values("ship_notice_id"))
    return _facts(rows.order_by("pk")[:limit])


def _expected(warehouse_id: int) -> "QuerySet[ShipNotice]":
    return ShipNotice.objects.filter(warehouse_id=warehouse_id, status=ShipNoticeStatus.EXPECTED)


def _facts(rows: "QuerySet[ShipNotice]") -> list[ShipNoticeFact]:
    return [
        ShipNoticeFact(
            id=row.pk,
            ref=row.ref,
            number=row.number,
            supplier_id=row.supplier_id,
            supplier=row.supplier.name,
            warehouse_id=row.warehouse_id,
            warehouse=row.warehouse.code,
            purchase_order_ref=row.purchase_order.ref if row.purchase_order else "",
            status=row.status,
            expected_on=row.expected_on,
            created_at=row.created_at,
            announced_units=row.announced or 0,
            received_units=row.came or 0,
        )
        for row in rows.select_related("supplier", "warehouse", "purchase_order").annotate(
            announced=Sum("lines__quantity"), came=Sum("lines__received")
        )
    ]
