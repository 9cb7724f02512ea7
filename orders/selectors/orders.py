"""One order, whole."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from orders.models import Hold, Order, OrderCharge, OrderKit, OrderLine, Promise
from orders.selectors.facts import ChargeFact, HoldFact, KitFact, LineFact, OrderFact, PromiseFact

_LINE = tuple("product__image_url" if name == "image_url" else name for name in LineFact.__dataclass_fields__)
_KIT = tuple(name for name in KitFact.__dataclass_fields__ if name != "components")
_HOLD = tuple(HoldFact.__dataclass_fields__)
_PROMISE = tuple(PromiseFact.__dataclass_fields__)


def access_order(ref: str, *, channel_id: int | None = None) -> OrderFact:
    """The order with that reference. Raises NotFound, also for an order of another channel than the one given.

    Five statements.
    """
    rows = Order.objects.select_related("channel", "customer").filter(ref=tidy_ref(ref)[:24])
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    order = rows.first()
    if order is None:
        raise NotFound("There is no such order.")
    return fact_of(order)


def order_by_id(order_id: int) -> OrderFact:
    """That order. Raises NotFound."""
    order = Order.objects.select_related("channel", "customer").filter(pk=order_id).first()
    if order is None:
        raise NotFound("There is no such order.")
    return fact_of(order)


def orders_with_lines(ids: Iterable[int]) -> dict[int, OrderFact]:
    """Several orders whole, by id; five statements however many, six with kits."""
    orders = {row.pk: row for row in Order.objects.select_related("channel", "customer").filter(pk__in=set(ids))}
    return _whole(orders)


def rows_with_lines(rows: Sequence[Order]) -> list[OrderFact]:
    """Orders read with their channels and customers, for a list: lines and the newest promise, and open holds alone.

    Two statements, and one each when one of them is on hold or has kits.
    """
    orders = {row.pk: row for row in rows}
    if not orders:
        return []
    held = [row.pk for row in rows if row.open_holds]
    holds = _holds(Hold.objects.filter(order_id__in=held, released_at=None)) if held else {}
    facts = _facts(orders, lines=_lines(orders), charges={}, holds=holds, promises=_promises(orders))
    return [facts[row.pk] for row in rows]


def fact_of(order: Order) -> OrderFact:
    """The fact of an order read with its channel and customer. Four statements."""
    return _whole({order.pk: order})[order.pk]


def _whole(orders: dict[int, Order]) -> dict[int, OrderFact]:
    if not orders:
        return {}
    charges: dict[int, list[ChargeFact]] = {}
    for order_id, code, description, amount in (
        OrderCharge.objects.filter(order_id__in=orders)
        .order_by("pk")
        .values_list("order_id", "code", "description", "amount")
    ):
        charges.setdefault(order_id, []).append(ChargeFact(code, description, amount))
    holds = _holds(Hold.objects.filter(order_id__in=orders))
    return _facts(orders, lines=_lines(orders), charges=charges, holds=holds, promises=_promises(orders))


def _lines(order_ids: Iterable[int]) -> dict[int, list[LineFact]]:
    found: dict[int, list[LineFact]] = {}
    rows = OrderLine.objects.filter(order_id__in=list(order_ids)).order_by("position", "pk")
    for order_id, *line in rows.values_list("order_id", *_LINE):
        found.setdefault(order_id, []).append(LineFact(*line))
    return found


def _kits(lines: Mapping[int, Sequence[LineFact]]) -> dict[int, tuple[KitFact, ...]]:
    """The kits that lines are parts of, by order. No statement when no line is, else one."""
    parts: dict[int, list[LineFact]] = {}
    for own in lines.values():
        for line in own:
            if line.kit_id is not None:
                parts.setdefault(line.kit_id, []).append(line)
    found: dict[int, tuple[KitFact, ...]] = {}
    rows = OrderKit.objects.filter(pk__in=parts).order_by("pk").values_list("order_id", *_KIT) if parts else ()
    for order_id, *kit in rows:
        fields: dict[str, Any] = dict(zip(_KIT, kit, strict=True))
        fact = KitFact(**fields, components=tuple(parts[fields["id"]]))
        found[order_id] = (*found.get(order_id, ()), fact)
    return found


def _holds(rows: "QuerySet[Hold]") -> dict[int, list[HoldFact]]:
    found: dict[int, list[HoldFact]] = {}
    for order_id, *hold in rows.order_by("pk").values_list("order_id", *_HOLD):
        found.setdefault(order_id, []).append(HoldFact(*hold))
    return found


def _promises(order_ids: Iterable[int]) -> dict[int, PromiseFact]:
    """The newest promise of each order."""
    rows = Promise.objects.filter(order_id__in=list(order_ids)).order_by("order_id", "-version").distinct("order_id")
    return {order_id: PromiseFact(*promise) for order_id, *promise in rows.values_list("order_id", *_PROMISE)}


def _facts(
    orders: Mapping[int, Order],
    *,
    lines: Mapping[int, Sequence[LineFact]],
    charges: Mapping[int, Sequence[ChargeFact]],
    holds: Mapping[int, Sequence[HoldFact]],
    promises: Mapping[int, PromiseFact],
) -> dict[int, OrderFact]:
    kits = _kits(lines)
    return {
        pk: OrderFact(
            id=pk,
            ref=order.ref,
            version=order.version,
            external_id=order.external_id,
            channel_id=order.channel_id,
            channel_code=order.channel.code,
            warehouse_id=order.channel.warehouse_id,
            status=order.status,
            fulfillment_status=order.fulfillment_status,
            payment_status=order.payment_status,
            return_status=order.return_status,
            placed_at=order.placed_at,
            created_at=order.created_at,
            currency=order.currency,
            customer_id=order.customer_id,
            customer_name=order.customer_name or str(order.shipping_address.get("name", "")),
            email=order.email,
            phone=order.phone,
            locale=order.locale,
            notify_by=tuple(order.notify_by),
            shipping_address=order.shipping_address,
            billing_address=order.billing_address,
            shipping_method=order.shipping_method,
            shipping_price=order.shipping_price,
            goods_total=order.goods_total,
            charges_total=order.charges_total,
            note=order.note,
            gift=order.gift,
            tags=tuple(order.tags),
            open_holds=order.open_holds,
            cancel_reason=order.cancel_reason,
            lines=tuple(lines.get(pk, ())),
            charges=tuple(charges.get(pk, ())),
            holds=tuple(holds.get(pk, ())),
            promise=promises.get(pk),
            kits=kits.get(pk, ()),
            kind=order.kind,
            replaces_id=order.replaces_id,
            priority=order.priority,
            ship_policy=order.ship_policy,
            purchase_order_number=order.purchase_order_number,
            deliver_not_before=order.deliver_not_before,
            deliver_not_after=order.deliver_not_after,
            on_pallet=order.on_pallet,
            stated_total=order.stated_total,
            upgraded_from=order.upgraded_from,
            packaging=order.packaging,
            inserts=tuple(order.inserts),
            owner_id=order.owner_id,
            ship_from=tuple(order.ship_from),
        )
        for pk, order in orders.items()
    }
