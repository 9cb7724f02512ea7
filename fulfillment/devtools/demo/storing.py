"""The demo's places: what a pick face holds, a bulk zone, a zone for flammables, a pallet, and one frozen bin."""

from datetime import datetime

from core.kernel.actors import Actor
from core.kernel.commands import command
from inventory.models import Bin, BinKind, BinStock
from inventory.planning.bin_names import expand
from inventory.selectors.places import default_bins
from inventory.services.freezing import freeze_bin
from inventory.services.ledger import Move, move
from inventory.services.moving import move_all
from inventory.services.places import NewBin, create_bin_rows, create_pallets, create_zone

FACE_ML, FACE_G = 120_000, 150_000
BULK_ML, BULK_G = 1_500_000, 800_000
BULK, FLAMMABLE = "BULK-01-1-A … BULK-08-3-B", "FLAM-01 … FLAM-06"
ON_PALLET, AT_DOCK = 24, 36


def furnish_places(*, warehouse_id: int, by: Actor, now: datetime) -> None:
    """Give the demo's warehouse capacities and zones, and something to put away. Does nothing the second time."""
    Bin.objects.filter(warehouse_id=warehouse_id, kind=BinKind.PICK_FACE, capacity_ml=None).update(
        capacity_ml=FACE_ML, capacity_g=FACE_G
    )
    if Bin.objects.filter(warehouse_id=warehouse_id, kind=BinKind.BULK).exists():
        return
    create_zone(warehouse_id, code="BULK", name="Pallet racks")
    create_zone(warehouse_id, code="FLAM", name="Flammables", allowed_hazards=["3"])
    racks = create_bin_rows(
        warehouse_id,
        expand(BULK),
        NewBin("", kind=BinKind.BULK, zone="BULK", capacity_ml=BULK_ML, capacity_g=BULK_G),
    )
    create_bin_rows(warehouse_id, expand(FLAMMABLE), NewBin("", kind=BinKind.BULK, zone="FLAM", capacity_ml=400_000))
    standing, waiting = create_pallets(warehouse_id, 2)
    _fill({standing.id: ON_PALLET, waiting.id: AT_DOCK}, warehouse_id=warehouse_id, by=by, now=now)
    if BinStock.objects.filter(bin_id=standing.id, quantity__gt=0).exists():
        move_all(source_id=standing.id, target_id=racks[0].id, by=by, now=now)
    freeze_bin(racks[-1].id, reason="Beam bent, waits for repair", by=by, now=now)


@command
def _fill(pallets: dict[int, int], *, warehouse_id: int, by: Actor, now: datetime) -> None:
    """Units found in the house on each pallet, of the articles there are most of."""
    found = default_bins(warehouse_id)[BinKind.ADJUSTMENT]
    rows = BinStock.objects.filter(bin__warehouse_id=warehouse_id, bin__kind=BinKind.PICK_FACE, quantity__gt=0)
    products = rows.order_by("-quantity", "product_id").values_list("product_id", flat=True)[: len(pallets)]
    moves = [
        Move(product_id, units, found, pallet_id, "found", note="Opening stock on a pallet")
        for (pallet_id, units), product_id in zip(pallets.items(), products, strict=False)
    ]
    move(moves, by=by, now=now)
