"""Set up warehouses and the places in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from core.kernel.commands import command, refuse_outside_transaction
from core.kernel.locks import lock_one
from core.kernel.refs import scan_code
from inventory.errors import Invalid
from inventory.models import Bin, BinKind, Warehouse, WarehouseKind, Zone
from inventory.models.place import VIRTUAL_KINDS
from inventory.selectors.places import BinFact, WarehouseFact, bins_by_id, warehouse_by_id

CODE_LETTER = {BinKind.TOTE: "T", **dict.fromkeys(VIRTUAL_KINDS, "V")}
"""The first letter of a place's scan code; every other place has L."""

DEFAULT_BINS = {
    BinKind.RECEIVING: "RECEIVING-1",
    BinKind.PACKING: "PACKING-1",
    BinKind.STAGING: "STAGING-1",
    BinKind.RETURNS: "RETURNS-1",
    BinKind.QUARANTINE: "QUARANTINE-1",
}


@dataclass(frozen=True, slots=True)
class NewBin:
    """A place to set up. ``name`` is unique in its warehouse; ``zone`` is a zone's code, made when it is new.

    Capacities are millilitres, grams and eaches, None for no limit. A pallet stands in ``parent_id``.
    """

    name: str
    kind: str = BinKind.PICK_FACE
    pick_sequence: int = 0
    zone: str = ""
    capacity_ml: int | None = None
    capacity_g: int | None = None
    capacity_units: int | None = None
    one_product: bool = False
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewWarehouse:
    """A warehouse to set up. ``working_weekdays`` counts Monday as 0; empty means Monday to Friday."""

    code: str
    name: str
    country: str
    cut_off: time
    time_zone: str = "UTC"
    address: dict[str, Any] = field(default_factory=dict)
    handling_days: int = 0
    working_weekdays: Sequence[int] = ()
    closed_days: Sequence[date] = ()
    kind: str = WarehouseKind.OWN
    daily_capacity: int | None = None
    parcel_cost: Decimal = Decimal(0)
    latitude: Decimal | None = None
    longitude: Decimal | None = None


@command
def create_warehouse(
    *,
    code: str,
    name: str,
    country: str,
    cut_off: time,
    time_zone: str = "UTC",
    address: dict[str, Any] | None = None,
    handling_days: int = 0,
    working_weekdays: Sequence[int] = (),
    closed_days: Sequence[date] = (),
    kind: str = WarehouseKind.OWN,
) -> WarehouseFact:
    """Set up a warehouse with its virtual bins and one bin each to receive, pack, stage, take returns and quarantine.

    Raises Invalid when the code is taken.
    """
    return add_warehouse(
        NewWarehouse(
            code,
            name,
            country,
            cut_off,
            time_zone,
            address or {},
            handling_days,
            working_weekdays,
            closed_days,
            kind,
        )
    )


def add_warehouse(new: NewWarehouse) -> WarehouseFact:
    """As ``create_warehouse``, in the caller's transaction."""
    if Warehouse.objects.filter(code=new.code).exists():
        raise Invalid(_("There is a warehouse %(code)s already.") % {"code": new.code})
    warehouse = Warehouse.objects.create(
        code=new.code,
        name=new.name,
        country=new.country,
        cut_off=new.cut_off,
        time_zone=new.time_zone,
        address=new.address,
        handling_days=new.handling_days,
        working_weekdays=list(new.working_weekdays),
        closed_days=list(new.closed_days),
        kind=new.kind,
        daily_capacity=new.daily_capacity,
        parcel_cost=new.parcel_cost,
        latitude=new.latitude,
        longitude=new.longitude,
    )
    add_bins(
        warehouse.pk,
        [
            *(NewBin(name=str(kind).upper(), kind=kind) for kind in sorted(VIRTUAL_KINDS)),
            *(NewBin(name=bin_name, kind=kind) for kind, bin_name in DEFAULT_BINS.items()),
        ],
    )
    return warehouse_by_id(warehouse.pk)


@command
def create_bins(warehouse_id: int, bins: Iterable[NewBin]) -> list[BinFact]:
    """Set up bins with their scan codes, in the order given. Raises Invalid when a name is taken."""
    return add_bins(warehouse_id, list(bins))


@command
def create_totes(warehouse_id: int, count: int) -> list[BinFact]:
    """Set up ``count`` further totes, named TOTE-001 and on."""
    present = Bin.objects.filter(warehouse_id=warehouse_id, kind=BinKind.TOTE).count()
    return add_bins(
        warehouse_id,
        [NewBin(name=f"TOTE-{number:03}", kind=BinKind.TOTE) for number in range(present + 1, present + 1 + count)],
    )


@command
def create_pallets(warehouse_id: int, count: int) -> list[BinFact]:
    """Set up ``count`` further pallets, named PAL-001 and on; they stand at the dock. Raises Invalid."""
    if not 1 <= count <= 200:
        raise Invalid(_("Set up 1 to 200 pallets at a time."))
    present = Bin.objects.filter(warehouse_id=warehouse_id, kind=BinKind.PALLET).count()
    dock = Bin.objects.filter(warehouse_id=warehouse_id, kind=BinKind.RECEIVING, active=True).order_by("pk").first()
    return add_bins(
        warehouse_id,
        [
            NewBin(name=f"PAL-{number:03}", kind=BinKind.PALLET, parent_id=dock.pk if dock else None)
            for number in range(present + 1, present + 1 + count)
        ],
    )


@command
def create_zone(warehouse_id: int, *, code: str, name: str = "", allowed_hazards: Sequence[str] = ()) -> int:
    """Set up a zone, or change the one of that code; returns its id. Raises Invalid for an empty code."""
    code = code.strip().upper()
    if not code:
        raise Invalid(_("A zone has a code, such as A."))
    zone, _made = Zone.objects.update_or_create(
        warehouse_id=warehouse_id,
        code=code,
        defaults={"name": name.strip(), "allowed_hazards": sorted({one.strip() for one in allowed_hazards} - {""})},
    )
    return zone.pk


@command
def change_bin(
    bin_id: int,
    *,
    capacity_ml: int | None,
    capacity_g: int | None,
    capacity_units: int | None,
    one_product: bool,
    pick_sequence: int,
    zone: str,
) -> BinFact:
    """Change what a bin holds at most, whether it mixes products, its zone ("" for none) and its place on the walk.

    What lies there already stays, even above a new limit. Pallets in it are met there on the walk. Raises NotFound,
    and Invalid for a virtual bin.
    """
    row = lock_one(Bin.objects.all(), pk=bin_id)
    if row.is_virtual:
        raise Invalid(_("This is no bin that could be changed."))
    zone = zone.strip().upper()
    row.zone_id = _zones(row.warehouse_id, [zone])[zone] if zone else None
    row.capacity_ml, row.capacity_g, row.capacity_units = capacity_ml, capacity_g, capacity_units
    row.one_product, row.pick_sequence = one_product, pick_sequence
    row.save(update_fields=["zone", "capacity_ml", "capacity_g", "capacity_units", "one_product", "pick_sequence"])
    row.pallets.update(pick_sequence=pick_sequence)
    return bins_by_id([bin_id])[bin_id]


@command
def create_bin_rows(warehouse_id: int, names: Sequence[str], like: NewBin) -> list[BinFact]:
    """Set up a bin of each name, all of them like ``like``, behind the last of the walk in the order given.

    Raises Invalid when a name is taken.
    """
    last = Bin.objects.filter(warehouse_id=warehouse_id).order_by("-pick_sequence").first()
    first = like.pick_sequence or (last.pick_sequence + 10 if last else 10)
    return add_bins(
        warehouse_id,
        [replace(like, name=name, pick_sequence=first + 10 * place) for place, name in enumerate(names)],
    )


def add_bins(warehouse_id: int, bins: Sequence[NewBin]) -> list[BinFact]:
    """As ``create_bins``, in the caller's transaction."""
    refuse_outside_transaction()
    names = [one.name for one in bins]
    taken = Bin.objects.filter(warehouse_id=warehouse_id, name__in=names).values_list("name", flat=True).first()
    if taken is not None or len(set(names)) != len(names):
        raise Invalid(_("There is a bin %(name)s already.") % {"name": taken or names[0]})
    zones = _zones(warehouse_id, sorted({one.zone for one in bins if one.zone}))
    ids = _next_ids(len(bins))
    Bin.objects.bulk_create(
        [
            Bin(
                pk=pk,
                warehouse_id=warehouse_id,
                zone_id=zones.get(one.zone),
                name=one.name,
                code=scan_code(CODE_LETTER.get(BinKind(one.kind), "L"), pk),
                kind=one.kind,
                pick_sequence=one.pick_sequence,
                capacity_ml=one.capacity_ml,
                capacity_g=one.capacity_g,
                capacity_units=one.capacity_units,
                one_product=one.one_product,
                parent_id=one.parent_id,
            )
            for pk, one in zip(ids, bins, strict=True)
        ]
    )
    found = bins_by_id(ids)
    return [found[pk] for pk in ids]


def _zones(warehouse_id: int, codes: Sequence[str]) -> dict[str, int]:
    if not codes:
        return {}
    Zone.objects.bulk_create([Zone(warehouse_id=warehouse_id, code=code) for code in codes], ignore_conflicts=True)
    return dict(Zone.objects.filter(warehouse_id=warehouse_id, code__in=codes).values_list("code", "pk"))


def _next_ids(count: int) -> list[int]:
    """Ids drawn before the rows are written, because a bin's code is made of its id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('inventory_bin', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [row[0] for row in cursor.fetchall()]
