"""Deliveries to test with."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from inventory.models import Product
from inventory.selectors.receiving import ReceiptFact
from inventory.services.products import create_supplier
from inventory.services.receiving import create_purchase_order, open_receipt
from inventory.services.ship_notices import NoticeLine, create_ship_notice
from inventory.tests.conftest import NOW, TESTER, Floor

SSCC = "106141412345678908"
OTHER_SSCC = "340123450000000017"


def supplier(code: str = "ACME") -> int:
    return create_supplier(code=code, name=code.title())


def order(floor: Floor, *lines: tuple[int, int], by_supplier: str = "ACME", now: datetime = NOW) -> str:
    return create_purchase_order(
        supplier_id=supplier(by_supplier), warehouse_id=floor.warehouse_id, lines=lines, by=TESTER, now=now
    )


def notice(floor: Floor, lines: Sequence[NoticeLine], *, order_ref: str = "", number: str = "D-1") -> str:
    return create_ship_notice(
        supplier_id=supplier(),
        warehouse_id=floor.warehouse_id,
        number=number,
        lines=lines,
        purchase_order_ref=order_ref,
        by=TESTER,
        now=NOW,
    )


def at_dock(floor: Floor, order_ref: str, *, days: float = 0) -> ReceiptFact:
    return open_receipt(
        warehouse_id=floor.warehouse_id, purchase_order_ref=order_ref, by=TESTER, now=NOW + timedelta(days=days)
    )


def from_supplier(floor: Floor, by_supplier: str = "ACME") -> ReceiptFact:
    """A blind delivery of a supplier."""
    return open_receipt(
        warehouse_id=floor.warehouse_id, supplier_id=supplier(by_supplier), note="unannounced", by=TESTER, now=NOW
    )


def track(product_id: int, tracking: str = "lot", *, horizon: int | None = None) -> None:
    Product.objects.filter(pk=product_id).update(tracking=tracking, expiry_horizon_days=horizon)
