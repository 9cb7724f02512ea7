"""Take in an order: check it, share out the stock, write it, promise it, say so."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import TryAgain, attempt_number, command
from core.kernel.errors import Invalid, NotFound
from core.kernel.refs import new_ref
from core.outbox.publish import NewEvent, publish
from inventory.errors import InsufficientStock
from inventory.selectors import ProductFact, WarehouseFact, availability, products_by_sku, warehouse_by_id
from inventory.services import holding, reservation
from inventory.services.reservation import Want
from orders.errors import DuplicateExternalId, OutOfStock
from orders.events import ORDER_BACKORDERED, ORDER_HELD, ORDER_PLACED
from orders.models import Order
from orders.planning.promises import promise, transit_of
from orders.planning.sharing import share_out, summed
from orders.selectors.channels import ChannelFact, channel_by_id
from orders.selectors.facts import ChargeFact, HoldFact, LineFact, OrderFact, PromiseFact
from orders.services.calendars import calendar_of
from orders.services.intake_rows import Draft, DraftLine, Written, insert_orders
from orders.services.requests import OrderRequest
from orders.states import HoldType, PaymentStatus, ShortagePolicy

CENT = Decimal("0.01")
LARGEST_TOTAL = Decimal(10) ** 12
UNPAID = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED})


@command
def place_order(channel_id: int, request: OrderRequest, *, by: Actor, now: datetime) -> OrderFact:
    """Write the order and allocate what there is of every line, in one transaction.

    A channel that backorders gets the rest as ``backordered``; one that rejects gets OutOfStock naming every short
    line, and nothing is written. An order that is not paid is held. Raises Invalid for an unknown SKU (pointer
    ``/lines/<i>/sku``) and DuplicateExternalId for an ``external_id`` the channel used before.

    The hot rows come last: stock is read without a lock, the order is written by that view, and a guarded UPDATE takes
    the units just before the commit. Who is overtaken starts afresh, and the second time takes the units first.
    """
    channel = channel_by_id(channel_id)
    if not channel.active:
        raise NotFound(_("There is no such channel."))
    warehouse = warehouse_by_id(channel.warehouse_id)
    products = products_of(request)
    wants = [(product.id, line.quantity) for product, line in zip(products, request.lines, strict=True)]
    overtaken = attempt_number() > 1 and channel.shortage_policy == ShortagePolicy.BACKORDER
    if overtaken and request.reservation_id is None:
        available = take_first(summed(wants), warehouse.id)
    else:
        overtaken = False
        available = available_to(request, summed(wants), warehouse.id)
    shares = share_out(wants, available)
    if channel.shortage_policy == ShortagePolicy.REJECT:
        refuse_short(request, products, shares, available)
    refuse_too_dear(request)
    draft = draft_order(channel, warehouse, request, products, shares, now=now)
    written = insert_orders(channel, [draft], placed_by=by.name, now=now).get(0)
    if written is None:
        raise _not_written(channel_id, request.external_id)
    publish(*events_of(draft, written), by=by, now=now)
    taken = [Want(product_id, warehouse.id, units) for product_id, units in summed(_allocated(draft)).items()]
    if taken and not overtaken:
        try:
            _take(request, taken, channel_id=channel_id, now=now)
        except InsufficientStock as error:
            if channel.shortage_policy == ShortagePolicy.BACKORDER:
                raise TryAgain from error
            left = {short.product_id: short.available for short in error.short}
            refuse_short(request, products, share_out(wants, {**available, **left}), {**available, **left})
            raise
    return fact_of(channel, draft, written, placed_by=by.name, now=now)


def products_of(request: OrderRequest) -> list[ProductFact]:
    """The product of each line; one statement. Raises Invalid naming every line whose SKU is unknown or not sold."""
    found = products_by_sku(line.sku for line in request.lines)
    return match_products(request, found)


def match_products(request: OrderRequest, found: Mapping[str, ProductFact]) -> list[ProductFact]:
    """The product of each line among those looked up. Raises Invalid as ``products_of`` does."""
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


def available_to(request: OrderRequest, demand: Mapping[int, int], warehouse_id: int) -> dict[int, int]:
    """Available units of each product, with what the order's own cart holds; read without a lock."""
    units = {product_id: count for (product_id, _w), count in availability(demand, [warehouse_id]).items()}
    if request.reservation_id is not None:
        for product_id, count in holding.held_items(request.reservation_id).items():
            units[product_id] = units.get(product_id, 0) + count
    return units


def take_first(demand: Mapping[int, int], warehouse_id: int) -> dict[int, int]:
    """Take now what there is of each product, up to the demand."""
    got = reservation.take_what_there_is([Want(product_id, warehouse_id, n) for product_id, n in demand.items()])
    return {product_id: units for (product_id, _w), units in got.items()}


def refuse_short(
    request: OrderRequest, products: Sequence[ProductFact], shares: Sequence[int], available: Mapping[int, int]
) -> None:
    """Raise OutOfStock naming every line that would be short; nothing when none is."""
    errors = [
        {
            "pointer": f"/lines/{index}/quantity",
            "code": "out_of_stock",
            "detail": _("%(available)d available") % {"available": max(available.get(product.id, 0), 0)},
            "sku": product.sku,
            "quantity": line.quantity,
            "available": max(available.get(product.id, 0), 0),
        }
        for index, (line, product, share) in enumerate(zip(request.lines, products, shares, strict=True))
        if share < line.quantity
    ]
    if errors:
        raise OutOfStock(errors)


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
    products: Sequence[ProductFact],
    shares: Sequence[int],
    *,
    now: datetime,
) -> Draft:
    """Everything decided about a new order, with a new reference."""
    lines = [DraftLine(*parts) for parts in zip(request.lines, products, shares, strict=True)]
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
        locale=request.customer.locale or channel.default_locale,
        promise=promise(now, calendar_of(warehouse), transit),
        goods_total=sum((line.unit_price * line.quantity for line in request.lines), Decimal(0)).quantize(CENT),
        charges_total=sum((charge.amount for charge in request.charges), Decimal(0)).quantize(CENT),
        hold=(HoldType.PAYMENT, _("Payment is %(status)s") % {"status": request.payment_status}) if unpaid else None,
    )


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


def fact_of(channel: ChannelFact, draft: Draft, written: Written, *, placed_by: str, now: datetime) -> OrderFact:
    """The order just written, without reading it again."""
    request = draft.request
    return OrderFact(
        id=written.order_id,
        ref=draft.ref,
        version=1,
        external_id=request.external_id,
        channel_id=channel.id,
        channel_code=channel.code,
        status="confirmed",
        fulfillment_status="unfulfilled",
        payment_status=request.payment_status,
        return_status="none",
        placed_at=request.placed_at,
        created_at=now,
        currency=request.currency,
        customer_id=written.customer_id,
        customer_name=request.customer.name,
        email=request.customer.email,
        phone=request.customer.phone,
        locale=draft.locale,
        notify_by=request.customer.notify_by,
        shipping_address=request.shipping_address,
        billing_address=request.billing_address,
        shipping_method=request.shipping_method,
        shipping_price=request.shipping_price,
        goods_total=draft.goods_total,
        charges_total=draft.charges_total,
        note=request.note,
        gift=request.gift,
        tags=request.tags,
        open_holds=1 if draft.hold else 0,
        cancel_reason="",
        lines=tuple(_line_facts(draft, written)),
        charges=tuple(ChargeFact(one.code, one.description, one.amount) for one in request.charges),
        holds=(
            (HoldFact(written.hold_id or 0, str(draft.hold[0]), draft.hold[1], placed_by, now, None, "", None),)
            if draft.hold
            else ()
        ),
        promise=PromiseFact(1, draft.promise.ship_by, draft.promise.deliver_from, draft.promise.deliver_to, "", now),
    )


def _line_facts(draft: Draft, written: Written) -> list[LineFact]:
    return [
        LineFact(
            id=line_id,
            position=position,
            external_id=line.request.external_id,
            product_id=line.product.id,
            sku=line.product.sku,
            name=line.product.name,
            quantity=line.request.quantity,
            unit_price=line.request.unit_price,
            note=line.request.note,
            properties=line.request.properties,
            allocated=line.allocated,
            backordered=line.backordered,
            shipped=0,
            cancelled=0,
            returned=0,
        )
        for position, (line_id, line) in enumerate(zip(written.line_ids, draft.lines, strict=True), start=1)
    ]


def _allocated(draft: Draft) -> list[tuple[int, int]]:
    return [(line.product.id, line.allocated) for line in draft.lines]


def _take(request: OrderRequest, wants: list[Want], *, channel_id: int, now: datetime) -> None:
    if request.reservation_id is None:
        reservation.take(wants)
    else:
        holding.consume_reservation(request.reservation_id, wants, now=now, channel_id=channel_id)


def _not_written(channel_id: int, external_id: str) -> Exception:
    """Why an order was not written: its external id is taken, or another transaction came between."""
    ref = Order.objects.filter(channel_id=channel_id, external_id=external_id).values_list("ref", flat=True).first()
    return DuplicateExternalId(ref, external_id) if ref is not None else TryAgain()
