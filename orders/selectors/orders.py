"""One order, whole."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from orders.models import Hold, Order, OrderCharge, OrderKit, OrderLine, Promise
from orders.selectors.facts import ChargeFact, HoldFact, KitFact, LineFact, OrderFact, PromiseFact

# What a fact has of its own, by the column it is read from; the rest stands in other tables.
_OWN = {
    name: {"channel_code": "channel__code", "warehouse_id": "channel__warehouse_id"}.get(name, name)
    for name in OrderFact.__dataclass_fields__
    if name not in ("lines", "charges", "holds", "promise", "kits")
}
_SEVERAL = ("notify_by", "tags", "inserts", "ship_from")
# Of a line the row's own columns; the picture is its product's.
_LINE = tuple(name for name in LineFact.__dataclass_fields__ if name != "image_url")
_KIT = tuple(name for name in KitFact.__dataclass_fields__ if name != "components")
_HOLD = tuple(HoldFact.__dataclass_fields__)
_PROMISE = tuple(PromiseFact.__dataclass_fields__)

Fields = dict[str, Any]


def access_order(ref: str, *, channel_id: int | None = None) -> OrderFact:
    """The order with that reference. Raises NotFound, also for an order of another channel than the one given.

    Five statements.
    """
    rows = Order.objects.filter(ref=tidy_ref(ref)[:24])
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    return _only(rows)


def order_by_id(order_id: int) -> OrderFact:
    """That order. Raises NotFound."""
    return _only(Order.objects.filter(pk=order_id))


def orders_with_lines(ids: Iterable[int]) -> dict[int, OrderFact]:
    """Several orders whole, by id; five statements however many, six with kits."""
    return _whole(Order.objects.filter(pk__in=set(ids)))


def rows_with_lines(rows: "QuerySet[Order]") -> list[OrderFact]:
    """Orders for a list, in the order of the rows: lines (no pictures), the newest promise, and open holds alone.

    Three statements, and one each when one of them is on hold or has kits.
    """
    orders = _orders(rows)
    if not orders:
        return []
    held = [pk for pk, fields in orders.items() if fields["open_holds"]]
    holds = _holds(Hold.objects.filter(order_id__in=held, released_at=None)) if held else {}
    lines = _lines(orders, pictures=False)
    facts = _facts(orders, lines=lines, charges={}, holds=holds, promises=_promises(orders))
    return list(facts.values())


def _only(rows: "QuerySet[Order]") -> OrderFact:
    found = _whole(rows)
    if not found:
        raise NotFound("There is no such order.")
    return next(iter(found.values()))


def _whole(rows: "QuerySet[Order]") -> dict[int, OrderFact]:
    orders = _orders(rows)
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


def _orders(rows: "QuerySet[Order]") -> dict[int, Fields]:
    """The facts' own fields by order, in the order of the rows: one statement, and no model is built for any."""
    found: dict[int, Fields] = {}
    for row in rows.values_list(*_OWN.values()):
        fields: Fields = dict(zip(_OWN, row, strict=True))
        for name in _SEVERAL:
            fields[name] = tuple(fields[name])
        if not fields["customer_name"]:
            fields["customer_name"] = str(fields["shipping_address"].get("name", ""))
        found[fields["id"]] = fields
    return found


def _lines(order_ids: Iterable[int], *, pictures: bool = True) -> dict[int, list[LineFact]]:
    found: dict[int, list[LineFact]] = {}
    rows = OrderLine.objects.filter(order_id__in=list(order_ids)).order_by("position", "pk")
    columns = (*_LINE, "product__image_url") if pictures else _LINE
    for order_id, *line in rows.values_list("order_id", *columns):
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
    orders: Mapping[int, Fields],
    *,
    lines: Mapping[int, Sequence[LineFact]],
    charges: Mapping[int, Sequence[ChargeFact]],
    holds: Mapping[int, Sequence[HoldFact]],
    promises: Mapping[int, PromiseFact],
) -> dict[int, OrderFact]:
    kits = _kits(lines)
    return {
        pk: OrderFact(
            **fields,
            lines=tuple(lines.get(pk, ())),
            charges=tuple(charges.get(pk, ())),
            holds=tuple(holds.get(pk, ())),
            promise=promises.get(pk),
            kits=kits.get(pk, ()),
        )
        for pk, fields in orders.items()
    }
