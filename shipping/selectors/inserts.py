"""What is laid into parcels beside the goods."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.kernel.prepared import Prepared
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


_READ = Prepared(
    "shipping_inserts_in",
    """
SELECT laid.id, laid.parcel_id, laid.product_id, product.sku, product.name, product.image_url, laid.quantity,
       laid.issued, laid.laid_in,
       ARRAY(SELECT lower(barcode.code) FROM inventory_barcode barcode
             WHERE barcode.product_id = laid.product_id ORDER BY barcode.id),
       product.weight_g, product.length_mm, product.width_mm, product.height_mm
FROM shipping_parcelinsert laid JOIN inventory_product product ON product.id = laid.product_id
WHERE laid.parcel_id = ANY(%(parcels)s)
ORDER BY laid.id
""",
    parcels="bigint[]",
)


def inserts_in(parcel_ids: Iterable[int]) -> dict[int, list[LaidIn]]:
    """The inserts by parcel, in the order they were decided. One statement, none for no parcel."""
    found: dict[int, list[LaidIn]] = {}
    wanted = sorted(set(parcel_ids))
    rows = _READ.run(parcels=wanted) if wanted else []
    for pk, parcel_id, product_id, sku, name, image, quantity, issued, laid_in, own, weight, *sides in rows:
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
