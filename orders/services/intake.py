"""Take in an order: check it, share out the stock, write it, promise it, say so."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import TryAgain, attempt_number, command
from core.kernel.errors import NotFound
from core.outbox.publish import publish
from inventory.errors import InsufficientStock
from inventory.selectors import offer
from inventory.services import holding, reservation
from inventory.services.reservation import Want
from orders.errors import DuplicateExternalId
from orders.models import Order
from orders.planning.sharing import share_out, summed
from orders.selectors.buffers import buffers_of
from orders.selectors.channels import ChannelFact, channel_by_id
from orders.selectors.facts import ChargeFact, HoldFact, LineFact, OrderFact, PromiseFact
from orders.services.drafting import (
    draft_order,
    events_of,
    match_products,
    refuse_short,
    refuse_too_dear,
    take_first,
    wants_of,
    with_reserved,
)
from orders.services.intake_rows import Draft, Written, insert_orders
from orders.services.requests import OrderRequest
from orders.states import ShortagePolicy


@command
def place_order(channel_id: int, request: OrderRequest, *, by: Actor, now: datetime) -> OrderFact:
    """Write the order and allocate what there is of every line, in one transaction.

    A channel that backorders gets the rest as ``backordered``; one that rejects gets OutOfStock naming every short
    line, and nothing is written. An order that is not paid is held. Raises Invalid for an unknown SKU (pointer
    ``/lines/<i>/sku``) and DuplicateExternalId for an ``external_id`` the channel used before.

    What there is for a channel is what is available without its buffers.

    The hot rows come last: stock is read without a lock, the order is written by that view, and a guarded UPDATE takes
    the units just before the commit. Who is overtaken starts afresh, and the second time takes the units first.
    """
    channel = channel_by_id(channel_id)
    if not channel.active:
        raise NotFound(_("There is no such channel."))
    offered = offer((line.sku for line in request.lines), channel.warehouse_id)
    warehouse, buffers = offered.warehouse, buffers_of(channel)
    products = match_products(request, offered.products)
    wants = [(product.id, line.quantity) for product, line in zip(products, request.lines, strict=True)]
    overtaken = attempt_number() > 1 and channel.shortage_policy == ShortagePolicy.BACKORDER
    if overtaken and request.reservation_id is None:
        available = take_first(summed(wants), warehouse.id, buffers)
    else:
        overtaken = False
        available = with_reserved(request, buffers.net(offered.available))
    shares = share_out(wants, available)
    if channel.shortage_policy == ShortagePolicy.REJECT:
        refuse_short(request, products, shares, available)
    refuse_too_dear(request)
    draft = draft_order(channel, warehouse, request, products, shares, now=now)
    written = insert_orders(channel, [draft], placed_by=by.name, now=now).get(0)
    if written is None:
        raise _not_written(channel_id, request.external_id)
    publish(*events_of(draft, written), by=by, now=now)
    taken = wants_of(summed(_allocated(draft)), warehouse.id, buffers)
    if (taken or request.reservation_id) and not overtaken:
        try:
            _take(request, taken, channel_id=channel_id, now=now)
        except InsufficientStock as error:
            if channel.shortage_policy == ShortagePolicy.BACKORDER:
                raise TryAgain from error
            left = {short.product_id: short.available for short in error.short}
            refuse_short(request, products, share_out(wants, {**available, **left}), {**available, **left})
            raise
    return fact_of(channel, draft, written, placed_by=by.name, now=now)


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
        warehouse_id=channel.warehouse_id,
        status="confirmed",
        fulfillment_status="unfulfilled",
        payment_status=request.payment_status,
        return_status="none",
        placed_at=request.placed_at,
        created_at=now,
        currency=draft.currency,
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
