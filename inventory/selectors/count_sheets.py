"""What a count sheet lists: bins along the walk, and what the books know lies there, without how many."""

from collections.abc import Sequence
from dataclasses import dataclass

from inventory.models import Barcode, Bin, BinStock, CountTask
from inventory.models.place import STORAGE_KINDS
from inventory.states import CountStatus

MAX_BINS = 500


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A product and lot to count; ``code`` is what its barcode reads."""

    sku: str
    name: str
    lot: str
    code: str


@dataclass(frozen=True, slots=True)
class SheetBin:
    """A bin and what may lie in it."""

    name: str
    code: str
    zone: str
    lines: tuple[SheetLine, ...]


def bins_of_zone(warehouse_id: int, zone: str) -> list[int]:
    """The storage bins of a zone along the walk, as many as a sheet holds."""
    rows = Bin.objects.filter(
        warehouse_id=warehouse_id, zone__code=zone, active=True, kind__in=[str(kind) for kind in STORAGE_KINDS]
    )
    return list(rows.order_by("pick_sequence", "name").values_list("pk", flat=True)[:MAX_BINS])


def bins_to_count(warehouse_id: int) -> list[int]:
    """The bins somebody is to count now."""
    rows = CountTask.objects.filter(
        warehouse_id=warehouse_id, status__in=[CountStatus.REQUESTED, CountStatus.INVESTIGATING]
    )
    return list(rows.order_by("bin__pick_sequence", "bin__name").values_list("bin_id", flat=True)[:MAX_BINS])


def bins_named(warehouse_id: int, names: Sequence[str]) -> list[int]:
    """The bins painted or labelled so; unknown names are left out."""
    wanted = [name.strip() for name in names if name.strip() and "\0" not in name][:MAX_BINS]
    rows = Bin.objects.filter(warehouse_id=warehouse_id)
    found = set(rows.filter(name__in=wanted).values_list("pk", flat=True))
    found |= set(rows.filter(code__in=[name.upper() for name in wanted]).values_list("pk", flat=True))
    return list(rows.filter(pk__in=found).order_by("pick_sequence", "name").values_list("pk", flat=True))


def sheet_of(bin_ids: Sequence[int]) -> list[SheetBin]:
    """The bins with their lines along the walk; three queries however many."""
    bins = list(Bin.objects.select_related("zone").filter(pk__in=bin_ids[:MAX_BINS]).order_by("pick_sequence", "name"))
    rows = (
        BinStock.objects.filter(bin__in=[one.pk for one in bins], quantity__gt=0)
        .order_by("bin_id", "product__sku", "lot")
        .values_list("bin_id", "product_id", "product__sku", "product__name", "lot")
        .distinct()
    )
    lying: dict[int, list[tuple[int, str, str, str]]] = {}
    for bin_id, product_id, sku, name, lot in rows:
        lying.setdefault(bin_id, []).append((product_id, sku, name, lot))
    codes: dict[int, str] = {}
    products = {line[0] for lines in lying.values() for line in lines}
    for product_id, code in (
        Barcode.objects.filter(product_id__in=products, units=1).order_by("-pk").values_list("product_id", "code")
    ):
        codes[product_id] = code
    return [
        SheetBin(
            name=one.name,
            code=one.code,
            zone=one.zone.code if one.zone else "",
            lines=tuple(
                SheetLine(sku, name, lot, codes.get(product_id, sku))
                for product_id, sku, name, lot in lying.get(one.pk, ())
            ),
        )
        for one in bins
    ]
