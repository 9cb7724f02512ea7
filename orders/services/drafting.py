"""Decide about a new order: its products, what it gets, what it is worth, when it leaves, what is said of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from core.kernel.errors import Invalid
from core.kernel.refs import new_ref
from core.outbox.publish import NewEvent
from inventory.selectors import ProductFact, WarehouseFact
from inventory.services import holding, reservation
from inventory.services.reservation import Want
from orders.events import (
    ORDER_BACKORDERED,
    ORDER_COMPLETED,
    ORDER_HELD,
    ORDER_PLACED,
    ORDER_ROUTED,
    ORDER_RULE_FIRED,
)
from orders.planning.decisions import Decisions
from orders.planning.promises import PromiseDates, local_day
from orders.planning.readiness import Part, verdicts
from orders.planning.sharing import summed
from orders.selectors.buffers import Buffers
from orders.selectors.calendars import Loads
from orders.selectors.channels import ChannelFact
from orders.services.asking import Asked, values_of
from orders.services.drafts import Draft, DraftKit, DraftLine, DraftShipment, Written
from orders.services.examining import miss_of_window
from orders.services.promising import promised
from orders.services.requests import OrderRequest
from orders.services.routing import RoutePlan, Stock, allowed_warehouses
from orders.states import OrderStatus, ShipPolicy

CENT = Decimal("0.01")
LARGEST_TOTAL = Decimal(10) ** 12


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


def with_reserved(request: OrderRequest, warehouse_ids: Collection[int], stock: Stock) -> Stock:
    """What there is of each product in each of those warehouses, with what the order's own cart holds there."""
    if request.reservation_id is None:
        return stock
    units = dict(stock)
    for key, count in holding.held_items(request.reservation_id).items():
        if key[1] in warehouse_ids:
            units[key] = units.get(key, 0) + count
    return units


def by_product(stock: Stock) -> dict[int, int]:
    """{product_id: units} of all warehouses together."""
    return summed((product_id, units) for (product_id, _warehouse), units in stock.items())


def wants_of(units: Stock, buffers: Buffers) -> list[Want]:
    """What a channel wants of each product in each warehouse, leaving its buffers to the others."""
    return [Want(product_id, place, count, keep=buffers.of(product_id)) for (product_id, place), count in units.items()]


def net_of(available: Stock, warehouse_ids: Collection[int], buffers: Buffers) -> dict[tuple[int, int], int]:
    """What the channel can have of each product in each of those warehouses: each keeps the channel's buffer."""
    return {
        (product_id, place): max(units - buffers.of(product_id), 0)
        for (product_id, place), units in available.items()
        if place in warehouse_ids
    }


def take_first(demand: Mapping[int, int], warehouse_ids: Sequence[int], buffers: Buffers) -> dict[tuple[int, int], int]:
    """Take now what the channel can have of each product in each of the warehouses, up to the demand in each."""
    wanted = {(product_id, place): units for product_id, units in demand.items() for place in warehouse_ids}
    return reservation.take_what_there_is(wants_of(wanted, buffers))


def give_back_rest(taken: Stock, used: Stock) -> None:
    """Give back what was taken first and is not used: it makes no whole kit, or ships from elsewhere."""
    rest = [Want(*key, units - used.get(key, 0)) for key, units in taken.items()]
    reservation.give_back([want for want in rest if want.quantity > 0])


def refuse_too_dear(request: OrderRequest) -> None:
    """Raise Invalid for amounts that sum to more than can be kept."""
    goods = sum(line.unit_price * line.quantity for line in request.lines)
    charges = sum(abs(charge.amount) for charge in request.charges)
    if goods >= LARGEST_TOTAL or charges >= LARGEST_TOTAL:
        detail = _("The order is worth more than can be kept.")
        raise Invalid(detail, errors=[{"pointer": "/lines", "code": "too_large", "detail": detail}])


def draft_order(
    channel: ChannelFact,
    warehouses: Mapping[int, WarehouseFact],
    request: OrderRequest,
    asked: Sequence[Asked],
    plan: RoutePlan,
    decisions: Decisions,
    *,
    loads: Loads | None = None,
    now: datetime,
) -> Draft:
    """Everything decided about a new order, with a new reference. Of a kit, its parts are the lines.

    The promise is that of the part that takes longest; what waits for stock is promised from the channel's own
    warehouse, or the first that rules left the order, as if it were there. ``loads`` is shared by orders that are
    drafted together.
    """
    currency = request.currency or channel.currency
    lines, kits = draft_lines(asked, plan.shares, currency)
    method = decisions.shipping_method or request.shipping_method
    complete = channel.ship_policy == ShipPolicy.COMPLETE if request.ship_complete is None else request.ship_complete
    promised_for = partial(
        promised,
        channel=channel,
        method=method,
        country=str(request.shipping_address.get("country", "")),
        ready_at=now,
        not_before=request.deliver_not_before,
        not_after=request.deliver_not_after,
        loads=loads or Loads(now=now),
    )
    by_day: dict[tuple[int, date | None], DraftShipment] = {}
    promises: list[PromiseDates] = []
    waits = any(line.backordered for line in lines)
    for warehouse_id, release_on, units in _parts(lines, asked, plan, warehouses, complete=complete, now=now):
        place = warehouses[warehouse_id]
        dates = promised_for(place, earliest=release_on)
        if "not_before" in dates.inputs:
            release_on = dates.ship_by
        promises.append(dates)
        if (warehouse_id, release_on) in by_day:
            # A delivery window brought parts to one day that were to leave on different ones.
            by_day[warehouse_id, release_on].units += units
            continue
        by_day[warehouse_id, release_on] = DraftShipment(
            warehouse_id=warehouse_id,
            ship_by=dates.ship_by,
            status="allocated",
            release_on=release_on,
            request_status="",
            units=units,
        )
    shipments = list(by_day.values())
    ready = [Part(taken_on=warehouses[one.warehouse_id].is_own, later=one.release_on is not None) for one in shipments]
    told = verdicts(ready, together=complete, something_waits=waits)
    shipments = [replace(one, status=status) for one, status in zip(shipments, told, strict=True)]
    if waits or not promises:
        home = warehouses[allowed_warehouses(channel, decisions)[0]]
        late = max((d for d in (line.product.release_on for line in lines if line.backordered) if d), default=None)
        promises.append(promised_for(home, earliest=late))
    longest = max(promises, key=lambda one: (one.deliver_to, one.ship_by))
    if any(line.ships for line in lines) and (missed := miss_of_window(request, longest)):
        decisions.holds = [*decisions.holds, missed]
    return Draft(
        ref=new_ref(channel.ref_prefix),
        request=request,
        lines=lines,
        kits=kits,
        locale=request.customer.locale or channel.default_locale,
        currency=currency,
        promise=longest,
        goods_total=sum((line.unit_price * line.quantity for line in request.lines), Decimal(0)).quantize(CENT),
        charges_total=sum((charge.amount for charge in request.charges), Decimal(0)).quantize(CENT),
        decisions=decisions,
        ship_policy=str(ShipPolicy.COMPLETE if complete else ShipPolicy.PARTIAL),
        shipments=shipments,
        considered=plan.considered,
    )


def _parts(
    lines: Sequence[DraftLine],
    asked: Sequence[Asked],
    plan: RoutePlan,
    warehouses: Mapping[int, WarehouseFact],
    *,
    complete: bool,
    now: datetime,
) -> list[tuple[int, date | None, list[tuple[int, int]]]]:
    """[(warehouse, day it may leave from or None, [(index of the line, units)])]: what becomes a fulfilment order.

    What may leave only later goes by itself, unless the order ships complete: then all of it leaves on the last day.
    """
    first_of = []
    index = 0
    for one in asked:
        first_of.append(index)
        index += len(one.parts) or 1
    parts: dict[tuple[int, date | None], list[tuple[int, int]]] = {}
    for leg in plan.legs:
        today = local_day(now, warehouses[leg.warehouse_id].time_zone)
        given = [
            (position, share * (lines[position].per_kit or 1), lines[position].product.release_on)
            for one, first, share in zip(asked, first_of, leg.shares, strict=True)
            for position in range(first, first + (len(one.parts) or 1))
            if share and lines[position].ships
        ]
        last = max((day for _i, _n, day in given if day and day > today), default=None)
        for position, units, day in given:
            leaves = last if complete else day if day and day > today else None
            parts.setdefault((leg.warehouse_id, leaves), []).append((position, units))
    return [(warehouse_id, day, units) for (warehouse_id, day), units in parts.items()]


def draft_lines(asked: Sequence[Asked], shares: Sequence[int], currency: str) -> tuple[list[DraftLine], list[DraftKit]]:
    """The lines of an order with what each gets, and the kits some of them are parts of."""
    lines: list[DraftLine] = []
    kits: list[DraftKit] = []
    for one, got in zip(asked, shares, strict=True):
        if not one.parts:
            lines.append(DraftLine(one.request, one.product, got if one.product.ships else one.request.quantity))
            continue
        kit = DraftKit(one.request, one.product)
        kits.append(kit)
        values = values_of(one.request.unit_price, one.parts, currency)
        for part, value in zip(one.parts, values, strict=True):
            given = (got if part.product.ships else one.request.quantity) * part.quantity
            lines.append(DraftLine(one.request, part.product, given, kit, part.quantity, value))
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
                "fulfillment_order_id": written.fulfillment_order_ids[0] if written.fulfillment_order_ids else None,
                "fulfillment_order_ids": list(written.fulfillment_order_ids),
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
    for hold_id, hold in zip(written.hold_ids, draft.holds, strict=True):
        data = {"hold_id": hold_id, "type": str(hold.type), "code": hold.code}
        events.append(NewEvent(ORDER_HELD, "order", written.order_id, draft.ref, data))
    for firing in draft.decisions.fired:
        data = {"rule_id": firing.rule_id, "name": firing.name, "actions": list(firing.actions), "event": ORDER_PLACED}
        events.append(NewEvent(ORDER_RULE_FIRED, "order", written.order_id, draft.ref, data))
    if draft.considered:
        data = {
            "cause": "placed",
            "warehouses": [shipment.warehouse_id for shipment in draft.shipments],
            "considered": list(draft.considered),
        }
        events.append(NewEvent(ORDER_ROUTED, "order", written.order_id, draft.ref, data))
    if draft.status == OrderStatus.COMPLETED:
        data = {"before": "confirmed", "after": "completed"}
        events.append(NewEvent(ORDER_COMPLETED, "order", written.order_id, draft.ref, data))
    return events
