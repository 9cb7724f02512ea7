"""Lines and kits of an order that want more or less than before, and new ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, Sum, When

from inventory.selectors import KitOffer, ProductFact
from orders.models import Order, OrderKit, OrderLine
from orders.services.asking import ask
from orders.services.drafting import CENT, draft_lines
from orders.services.kit_rows import draw_ids
from orders.services.requests import LineRequest


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line that is to have ``quantity`` units (0 cancels it), by its id; or, without one, a new line of that SKU.

    The id of a kit counts kits; its components cannot be changed by themselves. ``note`` and ``properties`` are what
    the buyer wants of it; None leaves them as they are.
    """

    quantity: int
    id: int | None = None
    sku: str = ""
    unit_price: Decimal = Decimal(0)
    note: str | None = None
    properties: Mapping[str, Any] | None = None


def other_wishes(order_id: int, changes: Sequence[LineChange]) -> list[tuple[OrderLine | OrderKit, dict[str, Any]]]:
    """[(line or kit, columns)] of which another note or other properties are wanted. No statement without, else two."""
    asked = {one.id: {"note": one.note, "properties": one.properties} for one in changes if one.id is not None}
    asked = {pk: wishes for pk, wishes in asked.items() if any(value is not None for value in wishes.values())}
    if not asked:
        return []
    rows: list[OrderLine | OrderKit] = [
        *OrderLine.objects.filter(order=order_id, kit=None, pk__in=asked),
        *OrderKit.objects.filter(order=order_id, pk__in=asked),
    ]
    found = [
        (row, {name: value for name, value in asked[row.pk].items() if value not in (None, getattr(row, name))})
        for row in rows
    ]
    return [(row, columns) for row, columns in found if columns]


def write_wishes(found: Sequence[tuple[OrderLine | OrderKit, dict[str, Any]]]) -> None:
    """Write what ``other_wishes`` found; the caller holds the order's row."""
    for row, columns in found:
        rows = OrderLine.objects if isinstance(row, OrderLine) else OrderKit.objects
        rows.filter(pk=row.pk).update(**columns)


def want_more(row: OrderLine, units: int) -> None:
    """Add units to a line; they wait for stock until they are filled. What never ships is through at once."""
    if not row.ships:
        more = {name: F(name) + units for name in ("quantity", "allocated", "shipped")}
        OrderLine.objects.filter(pk=row.pk).update(**more)
        row.quantity, row.allocated, row.shipped = row.quantity + units, row.allocated + units, row.shipped + units
        return
    OrderLine.objects.filter(pk=row.pk).update(quantity=F("quantity") + units, backordered=F("backordered") + units)
    row.quantity += units
    row.backordered += units


def more_kits(kit: OrderKit, parts: Sequence[OrderLine], quantity: int) -> list[OrderLine]:
    """Let a kit have ``quantity`` kits when that is more than now; returns the parts, which wait for stock."""
    extra = quantity - min(-(-(part.quantity - part.cancelled) // _each(part)) for part in parts)
    if extra <= 0:
        return []
    OrderKit.objects.filter(pk=kit.pk).update(quantity=F("quantity") + extra)
    for part in parts:
        want_more(part, extra * _each(part))
    return list(parts)


def fewer_kits(parts: Sequence[OrderLine], quantity: int) -> dict[int, int]:
    """{order_line_id: units} to cancel of the parts so that the kit has no more than ``quantity`` kits."""
    surplus = {part.pk: part.quantity - part.cancelled - quantity * _each(part) for part in parts}
    return {pk: units for pk, units in surplus.items() if units > 0}


def new_lines(
    order: Order, product: ProductFact, change: LineChange, recipes: KitOffer, *, after: int
) -> list[OrderLine]:
    """Write a new line, or the parts of a new kit, at the positions after that one; all of it waits for stock."""
    wishes: dict[str, Any] = {"note": change.note or "", "properties": dict(change.properties or {})}
    request = LineRequest(product.sku, change.quantity, change.unit_price, **wishes)
    lines, kits = draft_lines(ask([request], [product], recipes), [0], order.currency)
    for kit, fresh in zip(kits, draw_ids(len(kits)) if kits else (), strict=True):
        kit.id = fresh
        OrderKit.objects.create(
            id=fresh,
            order=order,
            product_id=product.id,
            sku=product.sku,
            name=product.name,
            quantity=change.quantity,
            unit_price=change.unit_price,
            **wishes,
        )
    return OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=position,
            product_id=line.product.id,
            sku=line.product.sku,
            name=line.product.name,
            quantity=line.quantity,
            allocated=0 if line.product.ships else line.quantity,
            shipped=0 if line.product.ships else line.quantity,
            backordered=line.quantity if line.product.ships else 0,
            ships=line.product.ships,
            release_on=line.product.release_on,
            unit_price=line.unit_price,
            note=line.note,
            properties=line.request.properties,
            placed_at=order.placed_at,
            kit_id=line.kit.id if line.kit else None,
            per_kit=line.per_kit,
            kit_value=line.kit_value,
        )
        for position, line in enumerate(lines, start=after + 1)
    )


def goods_total(order_id: int) -> Decimal:
    """What the units that are still wanted of an order cost; of a kit its price, shared among its parts."""
    wanted = F("quantity") - F("cancelled")
    worth = Case(When(kit__isnull=False, then=F("kit_value") * wanted / F("per_kit")), default=F("unit_price") * wanted)
    total = OrderLine.objects.filter(order=order_id).aggregate(total=Sum(worth))["total"]
    return Decimal(total or 0).quantize(CENT)


def _each(part: OrderLine) -> int:
    return part.per_kit or 1
