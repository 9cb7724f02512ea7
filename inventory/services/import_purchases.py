"""Write purchase orders of an import, and take them back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Sum

from core.kernel.actors import Actor
from core.kernel.refs import new_ref
from core.kernel.transitions import advance_many
from inventory.models import ImportJob, PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus
from inventory.services.import_checking import Before, Checked, first_of_each, order_key


def write_purchases(job: ImportJob, rows: Sequence[Checked], *, by: Actor, now: datetime) -> Before:
    """Draft the purchase orders and their lines; {row number: what takes it back, None where it was there before}.

    Rows with one number make one order, wherever they stand in the file: the job remembers its orders.
    """
    rows = first_of_each(rows, "sku", lambda row: (_key(row), row.found["product_id"]))
    before: Before = {row.number: None for row in rows}
    fresh = [row for row in rows if "same" not in row.found]
    orders: dict[str, str] = job.columns.setdefault("orders", {})
    new: dict[str, PurchaseOrder] = {}
    for row in fresh:
        key = _key(row)
        if key not in orders:
            new[key] = PurchaseOrder(
                ref=new_ref("PO"),
                supplier_id=row.found["supplier_id"],
                warehouse_id=row.found["warehouse_id"],
                expected_on=row.values.get("expected_on"),
                note=row.values.get("number", ""),
                created_at=now,
            )
            orders[key] = new[key].ref
    PurchaseOrder.objects.bulk_create(new.values(), batch_size=1000)
    ids = dict(PurchaseOrder.objects.filter(ref__in={orders[_key(row)] for row in fresh}).values_list("ref", "pk"))
    PurchaseOrderLine.objects.bulk_create(
        (
            PurchaseOrderLine(
                purchase_order_id=ids[orders[_key(row)]],
                product_id=row.found["product_id"],
                quantity=row.values["quantity"],
                unit_cost=row.values.get("unit_cost"),
            )
            for row in fresh
        ),
        batch_size=1000,
    )
    for row in fresh:
        before[row.number] = {"order": orders[_key(row)]}
    return before


def _key(row: Checked) -> str:
    """One number for two warehouses is two orders: goods of one order come to one place."""
    return f"{order_key(row)}\x1f{row.found['warehouse_id']}"


def finish_purchases(job: ImportJob, *, by: Actor, now: datetime) -> None:
    """Order what was drafted, when every row is written."""
    refs = sorted(set(job.columns.get("orders", {}).values()))
    drafts = list(
        PurchaseOrder.objects.select_for_update(no_key=True)
        .filter(ref__in=refs, status=PurchaseOrderStatus.DRAFT)
        .order_by("pk")
    )
    if drafts:
        advance_many(drafts, PurchaseOrderStatus.ORDERED, by=by, now=now, ordered_at=now)


def undo_purchases(
    job: ImportJob, rows: Sequence[tuple[int, Mapping[str, Any]]], *, by: Actor, now: datetime
) -> dict[int, str]:
    """Cancel the orders of the rows; {row number: why it was left alone} where goods came already."""
    refs = {number: str(kept["order"]) for number, kept in rows}
    orders = {
        order.ref: order
        for order in PurchaseOrder.objects.select_for_update(no_key=True, of=("self",))
        .filter(ref__in=set(refs.values()))
        .order_by("pk")
    }
    came = set(
        PurchaseOrderLine.objects.filter(purchase_order__in=orders.values())
        .values("purchase_order__ref")
        .annotate(units=Sum("received"))
        .filter(units__gt=0)
        .values_list("purchase_order__ref", flat=True)
    )
    open_states = (PurchaseOrderStatus.DRAFT, PurchaseOrderStatus.ORDERED)
    fine = [order for ref, order in orders.items() if ref not in came and order.status in open_states]
    if fine:
        advance_many(fine, PurchaseOrderStatus.CANCELLED, by=by, now=now)
    return {
        number: "came"
        for number, ref in refs.items()
        if ref in came or orders[ref].status != PurchaseOrderStatus.CANCELLED
    }
