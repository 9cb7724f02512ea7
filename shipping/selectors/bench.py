"""A parcel as the bench needs to know it before its content is read."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from shipping.models import CarrierService, Parcel

AT_THE_BENCH = ("open", "packed", "label_purchased")


@dataclass(frozen=True, slots=True)
class BenchParcel:
    """A parcel and where it comes from. ``tote`` is empty for one packed without."""

    id: int
    ref: str
    order_ref: str
    order_id: int
    fulfillment_order_id: int
    warehouse_id: int
    status: str
    carrier: str
    tracking_number: str
    packer_id: int | None
    packer: str
    tote: str
    ship_by: date


_FIELDS = (
    "pk",
    "ref",
    "order_ref",
    "order_id",
    "fulfillment_order_id",
    "warehouse_id",
    "status",
    "carrier",
    "tracking_number",
    "packer_id",
    "packer__username",
    "tote__name",
    "fulfillment_order__ship_by",
)


def bench_parcel(ref: str) -> BenchParcel:
    """That parcel. Raises NotFound. One statement."""
    row = Parcel.objects.filter(ref=tidy_ref(ref)[:24]).values_list(*_FIELDS).first()
    if row is None:
        raise NotFound(_("There is no such parcel."))
    return _fact(row)


def parcels_at_hand(user_id: int, warehouse_id: int, *, limit: int = 5) -> list[BenchParcel]:
    """What a packer began and did not finish, the newest first. One statement."""
    rows = Parcel.objects.filter(warehouse_id=warehouse_id, status__in=AT_THE_BENCH, packer_id=user_id)
    return [_fact(row) for row in rows.order_by("-pk").values_list(*_FIELDS)[:limit]]


def next_box(parcel: BenchParcel) -> BenchParcel | None:
    """Another box of the same fulfilment order that still has to be packed. One statement."""
    rows = Parcel.objects.filter(fulfillment_order_id=parcel.fulfillment_order_id, status__in=AT_THE_BENCH)
    row = rows.exclude(pk=parcel.id).order_by("pk").values_list(*_FIELDS).first()
    return _fact(row) if row else None


def service_name(method: str) -> str:
    """What the carrier's service behind a shipping method is called; the method itself when there is none."""
    found = CarrierService.objects.filter(method=method, active=True).values_list("name", flat=True).first()
    return found or method


def _fact(row: tuple[Any, ...]) -> BenchParcel:
    told = dict(zip(BenchParcel.__dataclass_fields__, row, strict=True))
    return BenchParcel(**{**told, "packer": told["packer"] or "", "tote": told["tote"] or ""})
