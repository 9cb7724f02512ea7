"""Steps that tests of returns take again and again, through the services themselves."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from core.accounts.models import User
from core.outbox.services import run_due
from inventory.selectors.stock import bin_content, stock_rows
from orders.selectors.facts import OrderFact
from orders.selectors.orders import access_order
from orders.selectors.work import fulfillment_orders_of
from orders.services.intake import place_order
from orders.tests.shop import NOW, TESTER, Shop, request_for
from returns.models import Inspection
from returns.selectors.inspections import InspectionFact
from returns.selectors.reads import ReturnFact, return_by_ref
from returns.services.deciding import decide_inspection
from returns.services.inspection import record_check, start_inspection
from returns.services.receiving import ReceptionFact, receive_return
from returns.services.requests import ItemRequest, request_return

LATER = NOW + timedelta(days=5)


def shipped_order(shop: Shop, units: Mapping[str, int], *, price: str = "2.50", **more: Any) -> OrderFact:
    """An order for {sku: units} at that price each, all of it out of the door."""
    request = request_for(units, **more)
    lines = tuple(replace(line, unit_price=Decimal(price)) for line in request.lines)
    order = place_order(shop.channel_id, replace(request, lines=lines), by=TESTER, now=NOW)
    for work in fulfillment_orders_of(order.ref):
        shop.fulfil(work.id)
    return access_order(order.ref)


def line_of(order: OrderFact, sku: str) -> int:
    """The id of the order's line of that SKU."""
    return next(line.id for line in order.lines if line.sku == sku)


def ask(order: OrderFact, units: Mapping[str, int], *, reason: str = "no_longer_wanted", **more: Any) -> ReturnFact:
    """Ask to return {sku: units}."""
    items = [ItemRequest(line_of(order, sku), count, reason=reason) for sku, count in units.items()]
    return request_return(order.ref, items=items, by=TESTER, now=more.pop("now", LATER), **more)


def arrive(shop: Shop, code: str, **more: Any) -> ReceptionFact:
    """Scan a code at the desk."""
    how = {"action_id": uuid.uuid4(), "warehouse_id": shop.warehouse_id, "by": TESTER, "now": LATER, **more}
    return receive_return(code, **how)


def work_through() -> None:
    """Let the outbox run what is due."""
    run_due(now=LATER, raise_errors=True)


def received(shop: Shop, order: OrderFact, units: Mapping[str, int], **more: Any) -> ReturnFact:
    """Units that were asked for, approved, have arrived and wait for an inspector."""
    rma = ask(order, units, **more)
    arrive(shop, rma.ref)
    work_through()
    return return_by_ref(rma.ref)


def inspector_id(name: str = "inge") -> int:
    """The id of an inspector of that name."""
    user, _made = User.objects.get_or_create(username=name, defaults={"roles": ["inspector"]})
    return user.pk


def inspection_of(rma: ReturnFact, sku: str = "") -> int:
    """The id of the return's open inspection, of the item with that SKU."""
    rows = Inspection.objects.filter(return_ref=rma.ref).order_by("-pk")
    return (rows.filter(item__sku=sku) if sku else rows)[0].pk


def inspect(
    inspection_id: int, *, no: tuple[str, ...] = (), inspector: int | None = None, **decision: Any
) -> InspectionFact:
    """Start an inspection, answer every question (no to those named) and decide."""
    inspector = inspector or inspector_id()
    fact = start_inspection(inspection_id, inspector_id=inspector, by=TESTER, now=LATER)
    for question in fact.questions:
        record_check(inspection_id, question.check, question.check not in no, inspector_id=inspector, now=LATER)
    return decide_inspection(inspection_id, inspector_id=inspector, by=TESTER, now=LATER, **decision)


def level(shop: Shop, sku: str) -> dict[str, int]:
    """What the stock level of a product says."""
    (row,) = stock_rows(product_ids=[shop.products[sku]], warehouse_ids=[shop.warehouse_id])
    names = ("on_hand", "allocated", "quality_control", "quarantined", "damaged", "available")
    return {name: getattr(row, name) for name in names}


def in_bin(shop: Shop, sku: str, kind: str) -> dict[str, int]:
    """{condition: units} of a product in the bin of that kind."""
    return {
        content.condition: content.quantity for content in bin_content(shop.bins[kind], product_id=shop.products[sku])
    }
