"""Take in an order: check it, share out the stock, write it, promise it, say so."""

from collections.abc import Sequence
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
from orders.selectors.buffers import buffers_of
from orders.selectors.channels import ChannelFact, channel_by_id
from orders.selectors.facts import ChargeFact, HoldFact, KitFact, LineFact, OrderFact, PromiseFact
from orders.services.asking import ask, demand_of, kits_among, refuse_short
from orders.services.deciding import decide
from orders.services.drafting import (
    by_product,
    draft_order,
    events_of,
    give_back_rest,
    match_products,
    net_of,
    refuse_too_dear,
    take_first,
    wants_of,
    with_reserved,
)
from orders.services.drafts import Draft, Written
from orders.services.intake_rows import insert_orders
from orders.services.requests import OrderRequest
from orders.services.routing import Sites, Stock, allowed_warehouses, narrowed, route
from orders.states import ShortagePolicy


@command
def place_order(channel_id: int, request: OrderRequest, *, by: Actor, now: datetime) -> OrderFact:
    """Write the order and allocate what there is of every line, in one transaction.

    A channel that backorders gets the rest as ``backordered``; one that rejects gets OutOfStock naming every short
    line, and nothing is written. An order that is not paid is held. Raises Invalid for an unknown SKU (pointer
    ``/lines/<i>/sku``) and DuplicateExternalId for an ``external_id`` the channel used before.

    What there is for a channel is what is available without its buffers. A kit gets whole kits: its parts are lines of
    the order, and units of a product on its own line and inside kits are summed before they are judged.

    The hot rows come last: stock is read without a lock, the order is written by that view, and a guarded UPDATE takes
    the units just before the commit. Who is overtaken starts afresh, and the second time takes the units first.
    """
    channel = channel_by_id(channel_id)
    if not channel.active:
        raise NotFound(_("There is no such channel."))
    offered, buffers = offer((line.sku for line in request.lines), channel.warehouse_ids), buffers_of(channel)
    products = match_products(request, offered.products)
    decisions = decide(channel, request, products, now=now)
    kits = kits_among(products, channel.warehouse_ids)
    asked = ask(request.lines, products, kits)
    sites, places = Sites(offered.warehouses, now=now), allowed_warehouses(channel, decisions)
    overtaken = attempt_number() > 1 and channel.shortage_policy == ShortagePolicy.BACKORDER
    if overtaken and request.reservation_id is None:
        stock: Stock = take_first(demand_of(asked), places, buffers)
    else:
        overtaken = False
        there = net_of({**offered.available, **kits.available}, places, buffers)
        stock = with_reserved(request, places, there)
    plan = route(channel, asked, stock, decisions, request, sites)
    if channel.shortage_policy == ShortagePolicy.REJECT:
        refuse_short(asked, plan.shares, by_product(stock))
    refuse_too_dear(request)
    draft = draft_order(channel, offered.warehouses, request, asked, plan, decisions, now=now)
    written = insert_orders(channel, [draft], placed_by=by.name, now=now).get(0)
    if written is None:
        raise _not_written(channel_id, request.external_id)
    publish(*events_of(draft, written), by=by, now=now)
    if overtaken:
        give_back_rest(stock, draft.taken)
    taken = wants_of(draft.taken, buffers)
    if (taken or request.reservation_id) and not overtaken:
        try:
            _take(request, taken, channel_id=channel_id, now=now)
        except InsufficientStock as error:
            if channel.shortage_policy == ShortagePolicy.BACKORDER:
                raise TryAgain from error
            left = {**stock, **{(short.product_id, short.warehouse_id): short.available for short in error.short}}
            refuse_short(asked, route(channel, asked, left, decisions, request, sites).shares, by_product(left))
            # Another of its warehouses has what this one lost.
            raise TryAgain from error
    return fact_of(channel, draft, written, placed_by=by.name, now=now)


def fact_of(channel: ChannelFact, draft: Draft, written: Written, *, placed_by: str, now: datetime) -> OrderFact:
    """The order just written, without reading it again."""
    request, lines = draft.request, _line_facts(draft, written)
    return OrderFact(
        id=written.order_id,
        ref=draft.ref,
        version=1,
        external_id=request.external_id,
        channel_id=channel.id,
        channel_code=channel.code,
        warehouse_id=channel.warehouse_id,
        status=draft.status,
        fulfillment_status=draft.fulfillment_status,
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
        shipping_method=draft.shipping_method,
        shipping_price=request.shipping_price,
        goods_total=draft.goods_total,
        charges_total=draft.charges_total,
        note=request.note,
        gift=request.gift,
        tags=draft.tags,
        open_holds=len(draft.holds),
        cancel_reason="",
        lines=tuple(lines),
        kits=tuple(_kit_facts(draft, lines)),
        charges=tuple(ChargeFact(one.code, one.description, one.amount) for one in request.charges),
        holds=tuple(
            HoldFact(
                hold_id,
                str(hold.type),
                hold.reason,
                placed_by,
                now,
                hold.release_at,
                "",
                None,
                hold.code,
                hold.detail,
            )
            for hold_id, hold in zip(written.hold_ids, draft.holds, strict=True)
        ),
        promise=PromiseFact(1, draft.promise.ship_by, draft.promise.deliver_from, draft.promise.deliver_to, "", now),
        kind=request.kind,
        replaces_id=request.replaces_id,
        priority=draft.decisions.priority,
        ship_policy=draft.ship_policy,
        purchase_order_number=request.purchase_order_number,
        deliver_not_before=request.deliver_not_before,
        deliver_not_after=request.deliver_not_after,
        on_pallet=request.pallet,
        stated_total=request.total,
        packaging=draft.decisions.packaging,
        inserts=tuple(draft.decisions.inserts),
        ship_from=tuple(narrowed(channel, draft.decisions.warehouse_ids)),
    )


def _line_facts(draft: Draft, written: Written) -> list[LineFact]:
    return [
        LineFact(
            id=line_id,
            position=position,
            external_id=line.external_id,
            product_id=line.product.id,
            sku=line.product.sku,
            name=line.product.name,
            quantity=line.quantity,
            unit_price=line.unit_price,
            note=line.note,
            properties=line.request.properties,
            allocated=line.allocated,
            backordered=line.backordered,
            shipped=line.shipped,
            cancelled=0,
            returned=0,
            kit_id=line.kit.id if line.kit else None,
            per_kit=line.per_kit,
            kit_value=line.kit_value,
            ships=line.ships,
            release_on=line.product.release_on,
        )
        for position, (line_id, line) in enumerate(zip(written.line_ids, draft.lines, strict=True), start=1)
    ]


def _kit_facts(draft: Draft, lines: Sequence[LineFact]) -> list[KitFact]:
    return [
        KitFact(
            id=kit.id,
            external_id=kit.request.external_id,
            product_id=kit.product.id,
            sku=kit.product.sku,
            name=kit.product.name,
            quantity=kit.request.quantity,
            unit_price=kit.request.unit_price,
            note=kit.request.note,
            properties=kit.request.properties,
            components=tuple(line for line in lines if line.kit_id == kit.id),
        )
        for kit in draft.kits
    ]


def _take(request: OrderRequest, wants: list[Want], *, channel_id: int, now: datetime) -> None:
    if request.reservation_id is None:
        reservation.take(wants)
    else:
        holding.consume_reservation(request.reservation_id, wants, now=now, channel_id=channel_id)


def _not_written(channel_id: int, external_id: str) -> Exception:
    """Why an order was not written: its external id is taken, or another transaction came between."""
    ref = Order.objects.filter(channel_id=channel_id, external_id=external_id).values_list("ref", flat=True).first()
    return DuplicateExternalId(ref, external_id) if ref is not None else TryAgain()
