"""The demo's tracked goods: two by lot, with a lot too close to its expiry, and one by serial number."""

from datetime import datetime, timedelta

from core.kernel.actors import Actor
from fulfillment.devtools.demo.seed import demo_supplier
from inventory.models import Barcode, Product
from inventory.services.adjustment import adjust_stock
from inventory.services.arriving import Arrival
from inventory.services.expiring import set_due_aside
from inventory.services.places import NewBin, create_bins
from inventory.services.receipt_opening import open_receipt
from inventory.services.receiving import close_receipt, receive_many

JAM, TABLETS, RADIO = "JAM-STRAWBERRY-340", "VITAMIN-C-60", "RADIO-PORTABLE"
ARTICLES = (
    (JAM, "Strawberry jam, 340 g", "5060000000108", "lot", "fefo", 30),
    (TABLETS, "Vitamin C, 60 tablets", "5060000000207", "lot", "fefo", 90),
    (RADIO, "Portable radio", "5060000000306", "serial", "fifo", None),
)
SERIALS = ("RD-000171", "RD-000172", "RD-000173")


def stock_lots(*, warehouse_id: int, by: Actor, now: datetime) -> None:
    """Three months of history: two deliveries by lot and serial, some losses, and a lot set aside today.

    Safe to run again.
    """
    if Product.objects.filter(sku=RADIO).exists():
        return
    ids: dict[str, int] = {}
    for sku, name, barcode, tracking, removal, horizon in ARTICLES:
        row = Product.objects.create(
            sku=sku,
            name=name,
            weight_g=400,
            length_mm=90,
            width_mm=90,
            height_mm=110,
            tracking=tracking,
            removal=removal,
            expiry_horizon_days=horizon,
            created_at=now,
        )
        Barcode.objects.create(product=row, code=barcode)
        ids[sku] = row.pk
    shelves = create_bins(
        warehouse_id, [NewBin(name=f"LOT-{number:02}", pick_sequence=900_010 + number) for number in (1, 2, 3)]
    )
    jam, tablets, radio = (shelf.id for shelf in shelves)
    today = now.date()
    first = [
        Arrival(ids[JAM], 40, bin_id=jam, lot="J-0811", expires_on=today + timedelta(days=20)),
        Arrival(ids[TABLETS], 25, bin_id=tablets, lot="VC-77", expires_on=today + timedelta(days=200)),
        *(Arrival(ids[RADIO], 1, bin_id=radio, lot=serial) for serial in SERIALS),
    ]
    second = [
        Arrival(ids[JAM], 60, bin_id=jam, lot="J-1102", expires_on=today + timedelta(days=300)),
        Arrival(ids[TABLETS], 50, bin_id=tablets, lot="VC-91", expires_on=today + timedelta(days=420)),
    ]
    for days, arrivals in ((90, first), (30, second)):
        at = now - timedelta(days=days)
        receipt = open_receipt(warehouse_id=warehouse_id, supplier_id=demo_supplier().pk, by=by, now=at)
        receive_many(receipt.ref, arrivals, by=by, now=at)
        close_receipt(receipt.ref, by=by, now=at)
    for days, reason, delta in ((75, "damaged", -3), (60, "sample", -1), (21, "lost", -2)):
        adjust_stock(
            product_id=ids[JAM],
            warehouse_id=warehouse_id,
            bin_id=jam,
            reason=reason,
            delta=delta,
            by=by,
            now=now - timedelta(days=days),
        )
    set_due_aside(by=by, now=now)
