"""Change an order: freely before the floor has it, afterwards through the stop flag, until its label is bought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid
from core.outbox.publish import NewEvent, publish
from inventory.selectors import ProductFact, products_by_sku
from orders import ports
from orders.errors import NotEditable, OutOfStock, UnknownMethod
from orders.events import ORDER_BACKORDERED, ORDER_EDITED
from orders.models import FulfillmentOrder, Order, OrderKit, OrderLine
from orders.planning.decisions import PlannedHold
from orders.selectors.buffers import buffers_of
from orders.selectors.channels import channel_by_id
from orders.selectors.facts import OrderFact
from orders.selectors.methods import is_unknown, known_methods
from orders.selectors.orders import order_by_id
from orders.services.asking import kits_among
from orders.services.cancellation import cancel_units
from orders.services.drafting import LARGEST_TOTAL
from orders.services.examining import reexamine
from orders.services.filling import Filled, beyond, fill_from, filled_events, take_all
from orders.services.holds import hold_order
from orders.services.kit_rows import kits_of
from orders.services.line_changes import (
    LineChange,
    fewer_kits,
    goods_total,
    more_kits,
    new_lines,
    other_wishes,
    want_more,
    write_wishes,
)
from orders.services.locking import CLOSED, lock_order, refuse_closed
from orders.services.promising import promise_sooner, renew_promise
from orders.services.readiness import settle_after_loss
from orders.services.requests import Address
from orders.services.sources import best_first, may_ship
from orders.states import FulfillmentOrderStatus, HoldType, OrderKind, OrderStatus, ShortagePolicy

ON_FLOOR = frozenset(
    {
        FulfillmentOrderStatus.RELEASED,
        FulfillmentOrderStatus.PICKING,
        FulfillmentOrderStatus.PICKED,
        FulfillmentOrderStatus.PACKING,
        FulfillmentOrderStatus.PACKED,
    }
)
EDIT_HOLD = "edit"
"""The code of the hold that stops the floor until it has followed a change."""
MAX_LINES = 200


@dataclass(frozen=True, slots=True)
class OrderChanges:
    """What is to change; None leaves a thing as it is."""

    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_method: str | None = None
    note: str | None = None
    gift: Mapping[str, Any] | None = None
    lines: Sequence[LineChange] = ()


@command
def edit_order(
    ref: str,
    changes: OrderChanges,
    *,
    channel_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> OrderFact:
    """Change the order; units it wants more of are allocated like new ones, units it wants less of are cancelled.

    A kit is changed by its own id, in kits; its parts follow it. A new kit is exploded by the recipe of today.

    What the floor has begun is stopped at its next scan, by a hold with the code ``edit`` that ends as soon as pick
    lists and parcels have followed. Units added then leave in a fulfilment order of their own; picked units that are
    no longer wanted are put back by inspection.

    Raises NotEditable for another address, method or wish of a line once a label was bought for it, UnknownMethod for a
    method that is none of the shop's, OrderClosed, NotFound, StaleVersion, Invalid for a line or SKU that does not
    exist, and OutOfStock on a channel that rejects short orders. All of it happens, or nothing.
    """
    order = lock_order(ref, channel_id=channel_id, expected_version=expected_version)
    refuse_closed(order)
    take_all(apply_changes(order, changes, by=by, now=now))
    return order_by_id(order.pk)


def apply_changes(order: Order, changes: OrderChanges, *, by: Actor, now: datetime) -> list[Filled]:
    """Write the changes to an order whose row the caller holds; what was filled is still to be taken from stock."""
    columns = _columns(changes)
    wishes = other_wishes(order.pk, changes.lines)
    if columns.keys() & {"shipping_address", "shipping_method"}:
        _refuse_labelled(
            order,
            _("The label of %(refs)s is bought already. Take the label back first, then change where or how it goes."),
        )
    if wishes:
        if any(isinstance(row, OrderLine) and not row.open_quantity for row, _wanted in wishes):
            raise NotEditable(_("This line has left or was cancelled: nothing can be wanted of it any more."))
        _refuse_labelled(
            order,
            _("The label of %(refs)s is bought already. Take the label back first, then change what is wanted."),
        )
    if columns.get("shipping_method", order.shipping_method) != order.shipping_method:
        if is_unknown(columns["shipping_method"]):
            raise UnknownMethod(columns["shipping_method"], known_methods())
        # What somebody asked for is no present any more.
        columns["upgraded_from"] = ""
    for name, value in columns.items():
        setattr(order, name, value)
    Order.objects.filter(pk=order.pk).update(**columns, version=order.version + 1)
    order.version += 1
    write_wishes(wishes)
    data: dict[str, Any] = {"fields": _names(changes), "version": order.version}
    if wishes:
        data["wishes"] = sorted(row.pk for row, _columns in wishes)
    if FulfillmentOrder.objects.filter(order=order, status__in=ON_FLOOR).exists():
        stop = PlannedHold(HoldType.OPERATOR, _("The order was changed; the floor follows"), code=EDIT_HOLD)
        data["hold_id"] = hold_order(order, stop, by=by, now=now).id
    publish(NewEvent(ORDER_EDITED, "order", order.pk, order.ref, data), by=by, now=now)
    fills = _change_lines(order, changes.lines, by=by, now=now) if changes.lines else []
    if changes.lines:
        settle_after_loss(order, by=by, now=now)
    if order.status in CLOSED:
        # Nothing of it is still to come, so there is nothing to look at or to promise.
        return fills
    reexamine(order, by=by, now=now)
    own_warehouse = channel_by_id(order.channel_id).warehouse_id
    if columns.keys() & {"shipping_address", "shipping_method"}:
        reason = "method_changed" if "shipping_method" in columns else "address_changed"
        renew_promise(order, own_warehouse, reason=reason, earlier_too=True, by=by, now=now)
    elif fills:
        # Units that were added leave no sooner than now; a promise that holds all the same stays as it is.
        renew_promise(order, fills[-1].warehouse_id, reason="edited", by=by, now=now)
    if changes.lines and order.status == OrderStatus.CONFIRMED:
        promise_sooner(order, reason="edited", by=by, now=now)
    return fills


def _refuse_labelled(order: Order, sentence: str) -> None:
    labelled = sorted({ref for find in ports.labelled_parcels for ref in find(order.pk)})
    if labelled:
        raise NotEditable(sentence % {"refs": ", ".join(labelled)})


def _columns(changes: OrderChanges) -> dict[str, Any]:
    columns = {
        "shipping_address": changes.shipping_address,
        "billing_address": changes.billing_address,
        "shipping_method": changes.shipping_method,
        "note": changes.note,
        "gift": changes.gift,
    }
    return {name: value for name, value in columns.items() if value is not None}


def _names(changes: OrderChanges) -> list[str]:
    return [*_columns(changes), *(["lines"] if changes.lines else [])]


def _change_lines(order: Order, changes: Sequence[LineChange], *, by: Actor, now: datetime) -> list[Filled]:
    rows = {row.pk: row for row in OrderLine.objects.filter(order=order).order_by("position")}
    waited = {row.pk: row.backordered for row in rows.values()}
    kits = kits_of(order.pk) if any(row.kit_id for row in rows.values()) else {}
    products = _checked(rows, kits, changes)
    recipes = kits_among(products.values(), ())
    fewer: dict[int, int] = {}
    more: list[OrderLine] = []
    position = max((row.position for row in rows.values()), default=0)
    for change in changes:
        if change.id is None:
            _refuse_more(order)
            fresh = new_lines(order, products[change.sku.casefold()], change, recipes, after=position)
            position += len(fresh)
            more += fresh
        elif change.id in kits:
            parts = [row for row in rows.values() if row.kit_id == change.id]
            more += more_kits(kits[change.id], parts, change.quantity)
            fewer |= fewer_kits(parts, change.quantity)
        else:
            row = rows[change.id]
            extra = change.quantity - (row.quantity - row.cancelled)
            if extra < 0:
                fewer[row.pk] = -extra
            elif extra:
                _refuse_more(order)
                want_more(row, extra)
                more.append(row)
    if fewer:
        cancel_units(order, rows, fewer, reason="", by=by, now=now)
    total = goods_total(order.pk)
    if total >= LARGEST_TOTAL:
        raise Invalid(_("The order is worth more than can be kept."))
    if order.status != OrderStatus.CANCELLED:
        Order.objects.filter(pk=order.pk).update(goods_total=total)
    return _fill(order, more, waited, by=by, now=now) if more else []


def _refuse_more(order: Order) -> None:
    if order.kind == OrderKind.REPLACEMENT:
        raise Invalid(_("A replacement sends no more than it replaces. Place a new order for the rest."))


def _fill(order: Order, lines: list[OrderLine], waited: Mapping[int, int], *, by: Actor, now: datetime) -> list[Filled]:
    """Fill the lines from the warehouses that may ship the order, the best first.

    Of what ``waited`` before, {line: units}, the units that come are told as those of any backorder.
    """
    added = {line.pk: line.backordered - waited.get(line.pk, 0) for line in lines}
    channel = channel_by_id(order.channel_id)
    places = best_first(order, channel, lines, may_ship(order, channel), now=now)
    fills = fill_from(order, lines, places, buffers=buffers_of(channel), now=now)
    short = [line for line in lines if line.backordered]
    if short and channel.shortage_policy == ShortagePolicy.REJECT:
        raise OutOfStock([_lack(line) for line in short])
    if short:
        data: dict[str, Any] = {"lines": [[line.pk, line.backordered] for line in short], "cause": "edited"}
        publish(NewEvent(ORDER_BACKORDERED, "order", order.pk, order.ref, data), by=by, now=now)
    publish(*filled_events(order, beyond(fills, added)), by=by, now=now)
    return fills


def _lack(line: OrderLine) -> dict[str, Any]:
    available = line.allocated
    return {
        "pointer": "/lines",
        "code": "out_of_stock",
        "detail": _("%(available)d available") % {"available": available},
        "sku": line.sku,
        "available": available,
    }


def _checked(
    rows: Mapping[int, OrderLine], kits: Mapping[int, OrderKit], changes: Sequence[LineChange]
) -> dict[str, ProductFact]:
    fresh = [change for change in changes if change.id is None]
    products = products_by_sku(change.sku for change in fresh)
    errors = []
    seen: set[int] = set()
    named = {pk for pk, row in rows.items() if row.kit_id is None} | kits.keys()
    for index, change in enumerate(changes):
        if change.id is None:
            product = products.get(change.sku.casefold())
            if product is None or not product.active:
                detail = _("There is no product %(sku)s.") % {"sku": change.sku}
                errors.append({"pointer": f"/lines/{index}/sku", "code": "unknown_sku", "detail": detail})
        elif change.id not in named or change.id in seen:
            detail = _("The order has no such line, or it is named twice.")
            errors.append({"pointer": f"/lines/{index}/id", "code": "unknown_line", "detail": detail})
        else:
            seen.add(change.id)
    if len(named) + len(fresh) > MAX_LINES:
        errors.append({"pointer": "/lines", "code": "too_many", "detail": _("An order has 200 lines at most.")})
    if errors:
        raise Invalid(_("Some lines cannot be changed like that."), errors=errors)
    return products
