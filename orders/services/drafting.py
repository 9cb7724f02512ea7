"""Decide about a new order: its products, what it gets, what it is worth, when it leaves, what is said of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.kernel.errors import Invalid
from core.kernel.refs import new_ref
from core.outbox.publish import NewEvent
from inventory.selectors import ProductFact, WarehouseFact
from inventory.services import holding, reservation
from inventory.services.reservation import Want
from orders.events import ORDER_BACKORDERED, ORDER_HELD, ORDER_PLACED
from orders.planning.promises import promise, transit_of
from orders.selectors.buffers import Buffers
from orders.selectors.channels import ChannelFact
from orders.services.asking import Asked, values_of
from orders.services.calendars import calendar_of
from orders.services.intake_rows import Draft, DraftKit, DraftLine, Written
from orders.services.requests import OrderRequest
from orders.states import HoldType, PaymentStatus

CENT = Decimal("0.01")
LARGEST_TOTAL = Decimal(10) ** 12
UNPAID = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED})


def match_products(request: OrderRequest, found: Mapping[str, ProductFact]) -> list[ProductFact]:
    """The product of each line among those looked up by casefolded SKU.

    Raises Invalid naming every line whose SKU is unknown or not sold any more.
    """
    products: list[ProductFact] = []
    errors = []
    for index, line in enumerate(request.lines):
        product = found.get(line.sku.casefold())
        if product is not None and product.active:
            products.append(product)
            continue
        detail = (
            _("There is no product %(sku)s.") if product is None else _("The product %(sku)s is not sold any more.")
        )
        errors.append(
            {
                "pointer": f"/lines/{index}/sku",
                "code": "unknown_sku" if product is None else "inactive_sku",
                "detail": detail % {"sku": line.sku},
            }
        )
    if errors:
        raise Invalid(_("Some lines name products that cannot be ordered."), errors=errors)
    return products


def with_reserved(request: OrderRequest, available: dict[int, int]) -> dict[int, int]:
    """Available units of each product, with what the order's own cart holds."""
    if request.reservation_id is None:
        return available
    units = dict(available)
    for product_id, count in holding.held_items(request.reservation_id).items():
        units[product_id] = units.get(product_id, 0) + count
    return units


def wants_of(units: Mapping[int, int], warehouse_id: int, buffers: Buffers) -> list[Want]:
    """What a channel wants of each product, leaving its buffers to the others."""
    return [Want(product_id, warehouse_id, n, keep=buffers.of(product_id)) for product_id, n in units.items()]


def take_first(demand: Mapping[int, int], warehouse_id: int, buffers: Buffers) -> dict[int, int]:
    """Take now what the channel can have of each product, up to the demand."""
    got = reservation.take_what_there_is(wants_of(demand, warehouse_id, buffers))
    return {product_id: units for (product_id, _w), units in got.items()}


def give_back_rest(taken: Mapping[int, int], used: Mapping[int, int], warehouse_id: int) -> None:
    """Give back what was taken first and makes no whole kit."""
    rest = [Want(product_id, warehouse_id, units - used.get(product_id, 0)) for product_id, units in taken.items()]
    reservation.give_back([want for want in rest if want.quantity > 0])


def refuse_too_dear(request: OrderRequest) -> None:
    """Raise Invalid for amounts that sum to more than can be kept."""
    goods = sum(line.unit_price * line.quantity for line in request.lines)
    charges = sum(abs(charge.amount) for charge in request.charges)
    if goods >= LARGEST_TOTAL or charges >= LARGEST_TOTAL:
        raise Invalid(
            _("The order is worth more than can be kept."),
            errors=[{"pointer": "/lines", "code": "too_large", "detail": ""}],
        )


def draft_order(
    channel: ChannelFact,
    warehouse: WarehouseFact,
    request: OrderRequest,
    asked: Sequence[Asked],
    shares: Sequence[int],
    *,
    now: datetime,
) -> Draft:
    """Everything decided about a new order, with a new reference. Of a kit, its parts are the lines."""
    currency = request.currency or channel.currency
    lines, kits = draft_lines(asked, shares, currency)
    transit = transit_of(
        request.shipping_method,
        origin=warehouse.country,
        destination=str(request.shipping_address.get("country", "")),
    )
    unpaid = request.payment_status in UNPAID
    return Draft(
        ref=new_ref("ORD"),
        request=request,
        lines=lines,
        kits=kits,
        locale=request.customer.locale or channel.default_locale,
        currency=currency,
        promise=promise(now, calendar_of(warehouse), transit),
        goods_total=sum((line.unit_price * line.quantity for line in request.lines), Decimal(0)).quantize(CENT),
        charges_total=sum((charge.amount for charge in request.charges), Decimal(0)).quantize(CENT),
        hold=(HoldType.PAYMENT, _("Payment is %(status)s") % {"status": request.payment_status}) if unpaid else None,
    )


def draft_lines(asked: Sequence[Asked], shares: Sequence[int], currency: str) -> tuple[list[DraftLine], list[DraftKit]]:
    """The lines of an order with what each gets, and the kits some of them are parts of."""
    lines: list[DraftLine] = []
    kits: list[DraftKit] = []
    for one, got in zip(asked, shares, strict=True):
        if not one.parts:
            lines.append(DraftLine(one.request, one.product, got))
            continue
        kit = DraftKit(one.request, one.product)
        kits.append(kit)
        values = values_of(one.request.unit_price, one.parts, currency)
        lines.extend(
            DraftLine(one.request, part.product, got * part.quantity, kit, part.quantity, value)
            for part, value in zip(one.parts, values, strict=True)
        )
    return lines, kits


def events_of(draft: Draft, written: Written) -> list[NewEvent]:
    """What a new order publishes."""
    events = [
        NewEvent(
            type=ORDER_PLACED,
            subject_type="order",
            subject_id=written.order_id,
            timeline=draft.ref,
            data={
                "fulfillment_order_id": written.fulfillment_order_id,
                "allocated": draft.allocated,
                "backordered": draft.backordered,
            },
        )
    ]
    data: dict[str, Any]
    short = [
        [line_id, line.backordered]
        for line_id, line in zip(written.line_ids, draft.lines, strict=True)
        if line.backordered
    ]
    if short:
        data = {"lines": short, "cause": "intake"}
        events.append(NewEvent(ORDER_BACKORDERED, "order", written.order_id, draft.ref, data))
    if draft.hold:
        data = {"hold_id": written.hold_id, "type": str(draft.hold[0])}
        events.append(NewEvent(ORDER_HELD, "order", written.order_id, draft.ref, data))
    return events
