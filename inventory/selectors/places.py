"""Look up where things are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from core.kernel.prepared import Prepared
from inventory.models import Bin, BinStock, Warehouse, Zone

MONDAY_TO_FRIDAY = (0, 1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class WarehouseFact:
    """A warehouse with its calendar. ``working_weekdays`` counts Monday as 0 and is never empty."""

    id: int
    code: str
    name: str
    time_zone: str
    country: str
    address: dict[str, Any]
    cut_off: time
    handling_days: int
    working_weekdays: tuple[int, ...]
    closed_days: tuple[date, ...]
    active: bool
    kind: str = "own"
    daily_capacity: int | None = None
    """Shipments it can send on a working day; None is no limit."""
    parcel_cost: Decimal = Decimal(0)
    latitude: Decimal | None = None
    longitude: Decimal | None = None

    @property
    def is_own(self) -> bool:
        """Whether our own people work there; a third party or a supplier ships from the others."""
        return self.kind == "own"


@dataclass(frozen=True, slots=True)
class BinFact:
    """A bin: ``name`` is painted on it, ``code`` is what its label scans as."""

    id: int
    warehouse_id: int
    zone: str
    name: str
    code: str
    kind: str
    pick_sequence: int
    frozen: bool
    active: bool
    zone_id: int | None = None
    frozen_reason: str = ""
    capacity_ml: int | None = None
    capacity_g: int | None = None
    capacity_units: int | None = None
    one_product: bool = False
    parent_id: int | None = None
    parent_name: str = ""
    parent_code: str = ""


@dataclass(frozen=True, slots=True)
class ZoneFact:
    """A zone; ``allowed_hazards`` are the hazard classes stored there beside harmless goods."""

    id: int
    warehouse_id: int
    code: str
    name: str
    allowed_hazards: tuple[str, ...]


def zones_of(warehouse_id: int) -> list[ZoneFact]:
    """The warehouse's zones, by code. One query."""
    return [
        ZoneFact(row.pk, row.warehouse_id, row.code, row.name, tuple(row.allowed_hazards))
        for row in Zone.objects.filter(warehouse_id=warehouse_id).order_by("code")
    ]


def warehouses(*, active_only: bool = True) -> list[WarehouseFact]:
    """All warehouses, by code."""
    rows = Warehouse.objects.order_by("code")
    return [_warehouse_fact(row) for row in (rows.filter(active=True) if active_only else rows)]


def warehouse_by_id(warehouse_id: int) -> WarehouseFact:
    """That warehouse. Raises NotFound."""
    return _warehouse_or_not_found(Warehouse.objects.filter(pk=warehouse_id).first())


def warehouses_by_id(warehouse_ids: Iterable[int]) -> dict[int, WarehouseFact]:
    """{id: warehouse} of those that exist. One statement."""
    return {row.pk: _warehouse_fact(row) for row in Warehouse.objects.filter(pk__in=set(warehouse_ids))}


def warehouse_by_code(code: str) -> WarehouseFact:
    """That warehouse. Raises NotFound."""
    return _warehouse_or_not_found(Warehouse.objects.filter(code=code).first())


def bin_by_code(code: str, *, warehouse_id: int | None = None) -> BinFact:
    """The bin whose label scans as ``code``, or whose painted name it is. Raises NotFound.

    A painted name may occur in several warehouses, so it is only looked for when ``warehouse_id`` is given.
    """
    code = code.strip().replace("\0", "")
    rows = Bin.objects.select_related("zone", "parent")
    row = rows.filter(code=code.upper()).first()
    if row is None and warehouse_id is not None:
        row = rows.filter(warehouse_id=warehouse_id, name__iexact=code).first()
    if row is None or (warehouse_id is not None and row.warehouse_id != warehouse_id):
        raise NotFound(_("No bin here has the code %(code)s.") % {"code": code[:40]})
    return _bin_fact(row)


def bin_by_id(bin_id: int) -> BinFact:
    """That bin. Raises NotFound."""
    found = bins_by_id([bin_id])
    if bin_id not in found:
        raise NotFound(_("There is no such bin."))
    return found[bin_id]


def bins_by_id(bin_ids: Iterable[int]) -> dict[int, BinFact]:
    """{id: bin} of those that exist; one query."""
    rows = Bin.objects.select_related("zone", "parent").filter(pk__in=sorted(set(bin_ids)))
    return {row.pk: _bin_fact(row) for row in rows}


def bins_of(warehouse_id: int, *, kinds: Iterable[str] | None = None, limit: int = 5000) -> list[BinFact]:
    """The warehouse's bins along the walk, of the kinds given."""
    rows = Bin.objects.select_related("zone", "parent").filter(warehouse_id=warehouse_id)
    if kinds is not None:
        rows = rows.filter(kind__in=[str(kind) for kind in kinds])
    return [_bin_fact(row) for row in rows.order_by("pick_sequence", "name")[:limit]]


def empty_bins(warehouse_id: int, *, kind: str, without: Iterable[int] = (), limit: int) -> list[BinFact]:
    """Up to ``limit`` active bins of a kind in which nothing lies, along the walk, without those named. One query."""
    filled = BinStock.objects.filter(bin=OuterRef("pk"), quantity__gt=0)
    rows = Bin.objects.select_related("zone", "parent").filter(
        ~Exists(filled), warehouse_id=warehouse_id, kind=kind, active=True
    )
    return [_bin_fact(row) for row in rows.exclude(pk__in=list(without)).order_by("pick_sequence", "name")[:limit]]


_DEFAULTS = Prepared(
    "inventory_default_bins",
    """
SELECT DISTINCT ON (kind) kind, id FROM inventory_bin
WHERE warehouse_id = %(warehouse)s AND active
ORDER BY kind, pick_sequence, id
""",
    warehouse="bigint",
)


def default_bins(warehouse_id: int) -> dict[str, int]:
    """{kind: bin id}: of each kind the warehouse's first bin, virtual ones included. One query."""
    return dict(_DEFAULTS.run(warehouse=warehouse_id))


def _warehouse_or_not_found(row: Warehouse | None) -> WarehouseFact:
    if row is None:
        raise NotFound(_("There is no such warehouse."))
    return _warehouse_fact(row)


def _warehouse_fact(row: Warehouse) -> WarehouseFact:
    return WarehouseFact(
        id=row.pk,
        code=row.code,
        name=row.name,
        time_zone=row.time_zone,
        country=row.country,
        address=row.address,
        cut_off=row.cut_off,
        handling_days=row.handling_days,
        working_weekdays=tuple(row.working_weekdays) or MONDAY_TO_FRIDAY,
        closed_days=tuple(row.closed_days),
        active=row.active,
        kind=row.kind,
        daily_capacity=row.daily_capacity,
        parcel_cost=row.parcel_cost,
        latitude=row.latitude,
        longitude=row.longitude,
    )


def _bin_fact(row: Bin) -> BinFact:
    return BinFact(
        id=row.pk,
        warehouse_id=row.warehouse_id,
        zone=row.zone.code if row.zone else "",
        name=row.name,
        code=row.code,
        kind=row.kind,
        pick_sequence=row.pick_sequence,
        frozen=row.frozen,
        active=row.active,
        zone_id=row.zone_id,
        frozen_reason=row.frozen_reason,
        capacity_ml=row.capacity_ml,
        capacity_g=row.capacity_g,
        capacity_units=row.capacity_units,
        one_product=row.one_product,
        parent_id=row.parent_id,
        parent_name=row.parent.name if row.parent else "",
        parent_code=row.parent.code if row.parent else "",
    )
