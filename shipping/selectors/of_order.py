"""What an order's page and the search need of parcels, in one statement each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import JSONObject

from core.kernel.refs import tidy_ref
from shipping.models import LabelRequest, Parcel, ParcelItem


@dataclass(frozen=True, slots=True)
class ParcelOnPage:
    """A parcel of an order. ``items`` are ``{"sku", "name", "quantity"}`` by order line."""

    id: int
    ref: str
    status: str
    carrier: str
    service: str
    tracking_number: str
    tracking_url: str
    weight_g: int | None
    packed_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    has_label: bool
    items: tuple[Mapping[str, Any], ...]

    @property
    def units(self) -> int:
        return sum(int(item["quantity"]) for item in self.items)


def labelled_parcels(order_id: int) -> list[str]:
    """References of the order's parcels in the house for which a label is bought or being bought. One statement."""
    rows = LabelRequest.objects.filter(parcel__order_id=order_id, status__in=["claimed", "unknown", "purchased"])
    in_house = rows.filter(parcel__status__in=["packed", "label_purchased", "ready_for_pickup"])
    return sorted(set(in_house.values_list("parcel__ref", flat=True)))


def parcels_on_page(order_id: int) -> list[ParcelOnPage]:
    """The parcels of an order that were not cancelled, oldest first. One statement."""
    items = (
        ParcelItem.objects.filter(parcel=OuterRef("pk"))
        .order_by("order_line__position", "pk")
        .values(item=JSONObject(sku="order_line__sku", name="order_line__name", quantity="quantity"))
    )
    rows = (
        Parcel.objects.filter(order_id=order_id)
        .exclude(status="cancelled")
        .order_by("pk")
        .annotate(
            has_label=Exists(LabelRequest.objects.filter(parcel=OuterRef("pk"), status="purchased")),
            content=ArraySubquery(items),
        )
        .values_list(
            "pk",
            "ref",
            "status",
            "carrier",
            "service",
            "tracking_number",
            "tracking_url",
            "weight_g",
            "packed_at",
            "shipped_at",
            "delivered_at",
            "has_label",
            "content",
        )
    )
    return [ParcelOnPage(*row[:-1], tuple(row[-1])) for row in rows]


def order_of_parcel(code: str) -> str:
    """The reference of the order whose parcel has that reference or tracking number; empty when none. One statement."""
    code = code.strip()
    if len(code) < 6:
        return ""
    rows = Parcel.objects.filter(
        Q(ref=tidy_ref(code)[:24]) | Q(tracking_number=code.upper()[:60]) & ~Q(tracking_number="")
    )
    return rows.order_by("-pk").values_list("order_ref", flat=True).first() or ""
