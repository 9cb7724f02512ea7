"""Write bins of an import, and take them back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from core.kernel.actors import Actor
from inventory.models import Bin, BinKind, BinStock, ImportJob, StockMovement, Zone
from inventory.services.import_checking import Before, Checked, first_of_each
from inventory.services.places import NewBin, add_bins

FIELDS = ("kind", "pick_sequence", "capacity_ml", "capacity_g", "capacity_units", "one_product", "active")


def write_bins(job: ImportJob, rows: Sequence[Checked], *, by: Actor, now: datetime) -> Before:
    """Create or update the bins; {row number: what takes it back, None where nothing changed}."""
    rows = first_of_each(rows, "name", lambda row: (row.found["warehouse_id"], row.values["name"]))
    before: Before = {row.number: None for row in rows}
    for warehouse_id in sorted({row.found["warehouse_id"] for row in rows}):
        fresh = [row for row in rows if row.found["warehouse_id"] == warehouse_id and row.found["bin_id"] is None]
        if not fresh:
            continue
        made = add_bins(warehouse_id, [_new_bin(row) for row in fresh])
        for row, place in zip(fresh, made, strict=True):
            before[row.number] = {"made": place.id}
        idle = [place.id for row, place in zip(fresh, made, strict=True) if row.values.get("active") is False]
        Bin.objects.filter(pk__in=idle).update(active=False)
    _update([row for row in rows if row.found["bin_id"] is not None], before)
    return before


def _new_bin(row: Checked) -> NewBin:
    values = row.values
    return NewBin(
        name=values["name"],
        kind=values.get("kind", BinKind.PICK_FACE),
        pick_sequence=values.get("pick_sequence", 0),
        zone=values.get("zone", ""),
        capacity_ml=values.get("capacity_ml"),
        capacity_g=values.get("capacity_g"),
        capacity_units=values.get("capacity_units"),
        one_product=values.get("one_product", False),
    )


def _update(rows: Sequence[Checked], before: Before) -> None:
    if not rows:
        return
    places = {
        place.pk: place
        for place in Bin.objects.select_for_update(no_key=True)
        .filter(pk__in=[row.found["bin_id"] for row in rows])
        .order_by("pk")
    }
    zones = _zones(rows)
    changed = []
    for row in rows:
        place = places[row.found["bin_id"]]
        wanted = {name: row.values[name] for name in FIELDS if name in row.values}
        if row.values.get("zone"):
            wanted["zone_id"] = zones[row.found["warehouse_id"], row.values["zone"]]
        old = {name: getattr(place, name) for name, value in wanted.items() if getattr(place, name) != value}
        if not old:
            continue
        for name, value in wanted.items():
            setattr(place, name, value)
        changed.append(place)
        before[row.number] = {"id": place.pk, "fields": old, "after": {name: wanted[name] for name in old}}
    Bin.objects.bulk_update(changed, [*FIELDS, "zone"], batch_size=200)


def _zones(rows: Sequence[Checked]) -> dict[tuple[int, str], int]:
    wanted = {(row.found["warehouse_id"], row.values["zone"]) for row in rows if row.values.get("zone")}
    if not wanted:
        return {}
    Zone.objects.bulk_create(
        [Zone(warehouse_id=warehouse_id, code=code) for warehouse_id, code in sorted(wanted)], ignore_conflicts=True
    )
    found = Zone.objects.filter(
        warehouse_id__in={warehouse_id for warehouse_id, _code in wanted}, code__in={code for _place, code in wanted}
    )
    return {(zone.warehouse_id, zone.code): zone.pk for zone in found}


def undo_bins(
    job: ImportJob, rows: Sequence[tuple[int, Mapping[str, Any]]], *, by: Actor, now: datetime
) -> dict[int, str]:
    """Take rows back: (number, what takes it back) each; {row number: why it was left alone}.

    A bin the import made is deleted when nothing was ever in it, deactivated when it is empty, and left alone while
    something lies in it. One that was updated gets back what it had, where nobody changed it since.
    """
    made = {kept["made"]: number for number, kept in rows if "made" in kept}
    updated = {kept["id"]: (number, kept) for number, kept in rows if "id" in kept}
    moved = StockMovement.objects.filter(Q(from_bin_id=OuterRef("pk")) | Q(to_bin_id=OuterRef("pk")))
    spoken_of = Exists(BinStock.objects.filter(bin_id=OuterRef("pk"))) | Exists(moved)
    filled = Exists(BinStock.objects.filter(bin_id=OuterRef("pk"), quantity__gt=0))
    locked = {
        place.pk: place
        for place in Bin.objects.select_for_update(of=("self",))
        .filter(pk__in=[*made, *updated])
        .annotate(used=spoken_of, filled=filled)
        .order_by("pk")
    }
    left: dict[int, str] = {}
    for pk, number in made.items():
        if pk in locked and locked[pk].filled:
            left[number] = "in_use"
    gone = [pk for pk in made if pk in locked and not locked[pk].used]
    Bin.objects.filter(pk__in=gone).delete()
    idle = [pk for pk in made if pk in locked and locked[pk].used and not locked[pk].filled]
    Bin.objects.filter(pk__in=idle).update(active=False)
    back = []
    for pk, (number, kept) in updated.items():
        place = locked.get(pk)
        if place is None or any(getattr(place, name) != value for name, value in kept["after"].items()):
            left[number] = "changed_since"
            continue
        for name, value in kept["fields"].items():
            setattr(place, name, value)
        back.append(place)
    Bin.objects.bulk_update(back, [*FIELDS, "zone"], batch_size=200)
    return left
