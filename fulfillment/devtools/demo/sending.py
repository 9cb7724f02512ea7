"""The demo's second warehouse: it stores one article, and a load of it is on its way to Leeds."""

from datetime import datetime, time, timedelta

from core.kernel.actors import Actor
from inventory.models import Barcode, Product, Warehouse
from inventory.services.arriving import Arrival
from inventory.services.places import NewBin, create_bins, create_warehouse
from inventory.services.receipt_opening import open_receipt
from inventory.services.receiving import close_receipt, receive_many
from inventory.services.transfer_shipping import ship_transfer
from inventory.services.transfers import create_transfer

CODE = "YORK"
SKU, BARCODE = "BLANKET-WOOL", "5060000000405"
STORED, SENT = 60, 24


def send_from_store(*, warehouse_id: int, by: Actor, now: datetime) -> None:
    """A store in York, blankets on its shelf, and a transfer of some of them under way. Safe to run again."""
    if Warehouse.objects.filter(code=CODE).exists():
        return
    york = create_warehouse(code=CODE, name="York store", country="GB", cut_off=time(14, 0), time_zone="Europe/London")
    (shelf,) = create_bins(york.id, [NewBin(name="S-01", pick_sequence=10)])
    blanket = Product.objects.create(
        sku=SKU, name="Wool blanket", weight_g=900, length_mm=400, width_mm=300, height_mm=80, created_at=now
    )
    Barcode.objects.create(product=blanket, code=BARCODE)
    create_bins(warehouse_id, [NewBin(name="BLANKET-01", pick_sequence=900_020)])
    receipt = open_receipt(warehouse_id=york.id, by=by, now=now)
    receive_many(receipt.ref, [Arrival(blanket.pk, STORED, bin_id=shelf.id)], by=by, now=now)
    close_receipt(receipt.ref, by=by, now=now)
    ref = create_transfer(
        source_id=york.id,
        target_id=warehouse_id,
        lines=[(blanket.pk, SENT)],
        expected_on=now.date() + timedelta(days=1),
        note="For the season",
        by=by,
        now=now,
    )
    ship_transfer(ref, by=by, now=now)
