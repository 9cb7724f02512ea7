"""Kits in the demo: one packed from components, one assembled beforehand, with some of it left to do."""

from datetime import datetime, timedelta
from decimal import Decimal

from core.kernel.actors import Actor
from core.kernel.commands import command
from inventory.models import Product
from inventory.services.adjustment import adjust_stock
from inventory.services.assembling import complete_kits, create_work_order
from inventory.services.products import create_product

VIRTUAL, ASSEMBLED = "KIT-SET", "KIT-BOX"
PARTS = (
    ("KIT-CUP", "Enamel cup", 40, "6.00"),
    ("KIT-PLATE", "Enamel plate", 30, "8.50"),
    ("KIT-CARD", "Card", 60, "1.20"),
)
ORDERED, DONE = 6, 2


@command
def make_up_kits(*, warehouse_id: int, by: Actor, now: datetime) -> None:
    """Three articles of the demo's own, two kits of them and an open work order. Does nothing the second time."""
    if Product.objects.filter(sku=VIRTUAL).exists():
        return
    for number, (sku, name, units, price) in enumerate(PARTS, start=1):
        part = create_product(
            sku=sku,
            name=name,
            barcodes=[f"{sku}-1"],
            weight_g=100 * number,
            attributes={"price": price},
            by=by,
            now=now,
        )
        adjust_stock(product_id=part.product.id, warehouse_id=warehouse_id, reason="found", delta=units, by=by, now=now)
    Product.objects.filter(sku__in=[sku for sku, *_rest in PARTS]).update(unit_cost=Decimal("2.00"))
    create_product(
        sku=VIRTUAL,
        name="Camping set",
        kit=[("KIT-CUP", 2), ("KIT-PLATE", 2)],
        attributes={"price": "27.00"},
        by=by,
        now=now,
    )
    box = create_product(
        sku=ASSEMBLED,
        name="Cup in a gift box",
        barcodes=["KIT-BOX-1"],
        kit=[("KIT-CUP", 1), ("KIT-CARD", 1)],
        kit_kind="assembled",
        attributes={"price": "7.00"},
        by=by,
        now=now,
    )
    ref = create_work_order(
        product_id=box.product.id,
        warehouse_id=warehouse_id,
        quantity=ORDERED,
        due_on=now.date() + timedelta(days=2),
        by=by,
        now=now,
    )
    complete_kits(ref, DONE, by=by, now=now)
