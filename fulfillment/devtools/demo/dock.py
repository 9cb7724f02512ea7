"""What waits at the demo's dock: an announced delivery with a labelled case in two lots, and a rule to check it."""

from datetime import datetime, timedelta

from core.kernel.actors import Actor
from fulfillment.devtools.demo.seed import demo_supplier
from inventory.models import Barcode, Product, SamplingRule, ShipNotice
from inventory.services.places import NewBin, create_bins
from inventory.services.purchasing import create_purchase_order
from inventory.services.ship_notices import NoticeLine, create_ship_notice

SKU, BARCODE = "TEA-ASSAM-250", "5060000000016"
CASE = "350600000000000017"
"""The SSCC on the case: scan ``00`` and these digits at the dock."""
NUMBER = "DN-2041"


def expect_delivery(*, warehouse_id: int, by: Actor, now: datetime) -> None:
    """A ship notice of tea on its way, half of it in a case. Safe to run again."""
    supplier = demo_supplier()
    if ShipNotice.objects.filter(supplier=supplier, number=NUMBER).exists():
        return
    tea, made = Product.objects.get_or_create(
        sku=SKU,
        defaults={
            "name": "Assam tea, 250 g",
            "weight_g": 280,
            "length_mm": 80,
            "width_mm": 80,
            "height_mm": 140,
            "tracking": "lot",
            "removal": "fefo",
            "expiry_horizon_days": 60,
            "created_at": now,
        },
    )
    if made:
        Barcode.objects.create(product=tea, code=BARCODE)
        create_bins(warehouse_id, [NewBin(name="TEA-01", pick_sequence=900_000)])
        SamplingRule.objects.create(
            product=tea, first_receipts=1, instructions="Open one tin of each lot: is the seal whole, is the tea dry?"
        )
    today = now.date()
    order = create_purchase_order(
        supplier_id=supplier.pk, warehouse_id=warehouse_id, lines=[(tea.pk, 72)], expected_on=today, by=by, now=now
    )
    create_ship_notice(
        supplier_id=supplier.pk,
        warehouse_id=warehouse_id,
        number=NUMBER,
        purchase_order_ref=order,
        expected_on=today,
        lines=[
            NoticeLine(tea.pk, 24, lot="A2611", expires_on=today + timedelta(days=540), sscc=CASE),
            NoticeLine(tea.pk, 24, lot="A2612", expires_on=today + timedelta(days=570), sscc=CASE),
            NoticeLine(tea.pk, 24),
        ],
        by=by,
        now=now,
    )
