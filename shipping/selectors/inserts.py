"""What is laid into parcels beside the goods."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import Lower

from shipping.models import ParcelInsert
from shipping.planning.packing import Thing


@dataclass(frozen=True, slots=True)
class LaidIn:
    """An insert of a parcel. ``laid_in``: True scanned, False not there, None when the packer said nothing.

    ``codes`` are its barcodes, casefolded; one without any is laid in without a scan.
    """

    id: int
    parcel_id: int
    product_id: int
    sku: str
    name: str
    image_url: str
    quantity: int
    issued: int
    laid_in: bool | None
    codes: tuple[str, ...]
    thing: Thing

    @property
    def waits(self) -> bool:
        """Whether the bench waits for its scan, or for the word that it is not there."""
        return bool(self.codes) and self.laid_in is None

    @property
    def goes_in(self) -> bool:
        return self.laid_in is not False


def inserts_in(parcel_ids: Iterable[int]) -> dict[int, list[LaidIn]]:
    """The inserts by parcel, in the order they were decided. One statement."""
    codes = (
        ParcelInsert.objects.filter(pk=OuterRef("pk"), product__barcodes__isnull=False)
        .annotate(folded=Lower("product__barcodes__code"))
        .order_by("product__barcodes__id")
        .values("folded")
    )
    found: dict[int, list[LaidIn]] = {}
    for pk, parcel_id, product_id, sku, name, image, quantity, issued, laid_in, own, weight, *sides in (
        ParcelInsert.objects.filter(parcel__in=list(parcel_ids))
        .annotate(codes=ArraySubquery(codes))
        .order_by("pk")
        .values_list(
            "pk",
            "parcel_id",
            "product_id",
            "product__sku",
            "product__name",
            "product__image_url",
            "quantity",
            "issued",
            "laid_in",
            "codes",
            "product__weight_g",
            "product__length_mm",
            "product__width_mm",
            "product__height_mm",
        )
    ):
        found.setdefault(parcel_id, []).append(
            LaidIn(
                pk,
                parcel_id,
                product_id,
                sku,
                name,
                image,
                quantity,
                issued,
                laid_in,
                tuple(own),
                Thing(name, quantity, weight, *sides),
            )
        )
    return found


def inserts_of_parcel(parcel_id: int) -> list[LaidIn]:
    """The inserts of one parcel. One statement."""
    return inserts_in([parcel_id]).get(parcel_id, [])


def weighed(inserts: Iterable[LaidIn]) -> list[Thing]:
    """What the inserts that go in add to the box; a card whose weight nobody knows weighs nothing."""
    return [one.thing for one in inserts if one.goes_in and one.thing.weight_g]


def measured(inserts: Iterable[LaidIn]) -> list[Thing]:
    """Inserts that take room: cards that were never measured take none."""
    return [one.thing for one in inserts if one.goes_in and one.thing.measured]
