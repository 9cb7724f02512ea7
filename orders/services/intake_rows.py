"""Write new orders with everything that belongs to them: one statement, however many orders and lines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.kernel.prepared import Prepared
from inventory.planning.kits import value_of_units
from inventory.selectors import ProductFact
from orders.models import OrderKit
from orders.planning.promises import PromiseDates
from orders.selectors.channels import ChannelFact
from orders.services.kit_rows import draw_ids, insert_kits
from orders.services.requests import LineRequest, OrderRequest


@dataclass(slots=True)
class DraftKit:
    """A kit as it was asked for; ``id`` is drawn when it is written."""

    request: LineRequest
    product: ProductFact
    id: int = 0


@dataclass(slots=True)
class DraftLine:
    """A line with what it gets of the stock; as part of a ``kit``, how much of it one kit takes and is worth."""

    request: LineRequest
    product: ProductFact
    allocated: int
    kit: DraftKit | None = None
    per_kit: int | None = None
    kit_value: Decimal | None = None

    @property
    def quantity(self) -> int:
        return self.request.quantity * (self.per_kit or 1)

    @property
    def backordered(self) -> int:
        return self.quantity - self.allocated

    @property
    def unit_price(self) -> Decimal:
        """Of one unit; of a kit's part what one unit is worth at least, the rest being its last unit's."""
        if self.kit_value is None or self.per_kit is None:
            return self.request.unit_price
        return value_of_units(self.kit_value, self.per_kit, before=0, units=1)

    @property
    def external_id(self) -> str:
        return "" if self.kit else self.request.external_id

    @property
    def note(self) -> str:
        return "" if self.kit else self.request.note


@dataclass(slots=True)
class Draft:
    """An order decided, not yet written."""

    ref: str
    request: OrderRequest
    lines: list[DraftLine]
    kits: list[DraftKit]
    locale: str
    currency: str
    promise: PromiseDates
    goods_total: Decimal
    charges_total: Decimal
    hold: tuple[str, str] | None = None

    @property
    def allocated(self) -> int:
        return sum(line.allocated for line in self.lines)

    @property
    def backordered(self) -> int:
        return sum(line.backordered for line in self.lines)


@dataclass(frozen=True, slots=True)
class Written:
    """The ids of an order that was written; ``line_ids`` in the order of its lines."""

    order_id: int
    customer_id: int
    fulfillment_order_id: int | None
    hold_id: int | None
    line_ids: tuple[int, ...]


# ``known`` before ``added``: an upsert would lock the customer's row for every order of a regular. A customer who is
# added by somebody else at this very moment is in neither, so the order is not written and the caller tries again.
_INSERT = Prepared(
    "orders_insert",
    """
WITH input AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(orders)s) AS input (
        place int, ref text, external_id text, email text, customer_name text, phone text, locale text,
        notify_by text[], payment_status text, placed_at timestamptz, currency text, shipping_address jsonb,
        billing_address jsonb, shipping_method text, shipping_price numeric, goods_total numeric,
        charges_total numeric, note text, gift jsonb, tags text[], ship_by date, deliver_from date, deliver_to date,
        inputs jsonb, allocates boolean, hold_type text, hold_reason text)
), line_input AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(lines)s) AS line (
        place int, position int, external_id text, product_id bigint, sku text, name text, quantity int,
        unit_price numeric, note text, properties jsonb, allocated int, kit_id bigint, per_kit int, kit_value numeric)
), known AS MATERIALIZED (
    SELECT input.place, customer.id FROM input
    JOIN orders_customer customer ON customer.channel_id = %(channel)s AND lower(customer.email) = lower(input.email)
), refreshed AS (
    UPDATE orders_customer customer
    SET name = input.customer_name, phone = input.phone, locale = input.locale, notify_by = input.notify_by
    FROM known JOIN input USING (place)
    WHERE customer.id = known.id
      AND (customer.name, customer.phone, customer.locale, customer.notify_by)
          IS DISTINCT FROM (input.customer_name, input.phone, input.locale, input.notify_by::varchar[])
), added AS (
    INSERT INTO orders_customer (channel_id, email, name, phone, locale, notify_by, created_at)
    SELECT DISTINCT ON (lower(email)) %(channel)s, email, customer_name, phone, locale, notify_by, %(now)s
    FROM input WHERE NOT EXISTS (SELECT FROM known WHERE known.place = input.place)
    ORDER BY lower(email), place DESC
    ON CONFLICT DO NOTHING
    RETURNING id, email
), buyer AS (
    SELECT place, id FROM known
    UNION ALL
    SELECT input.place, added.id FROM input JOIN added ON lower(added.email) = lower(input.email)
), placed AS (
    INSERT INTO orders_order (
        ref, channel_id, external_id, customer_id, status, fulfillment_status, payment_status, return_status,
        placed_at, created_at, currency, locale, email, customer_name, phone, notify_by, shipping_address,
        billing_address, shipping_method, shipping_price, goods_total, charges_total, note, gift, tags, ship_by,
        open_holds, version, cancel_reason)
    SELECT ref, %(channel)s, external_id, buyer.id, 'confirmed', 'unfulfilled', payment_status, 'none',
           placed_at, %(now)s, currency, locale, email, customer_name, phone, notify_by, shipping_address,
           billing_address, shipping_method, shipping_price, goods_total, charges_total, note, gift, tags, ship_by,
           (hold_type IS NOT NULL)::int, 1, ''
    FROM input JOIN buyer USING (place) ORDER BY external_id
    ON CONFLICT DO NOTHING
    RETURNING id, ref, customer_id
), written AS (
    SELECT input.place, placed.id, placed.customer_id FROM placed JOIN input USING (ref)
), line AS (
    INSERT INTO orders_orderline (
        order_id, external_id, position, product_id, sku, name, quantity, unit_price, note, properties,
        allocated, backordered, shipped, cancelled, returned, placed_at, kit_id, per_kit, kit_value)
    SELECT written.id, line_input.external_id, position, product_id, sku, name, quantity, unit_price,
           line_input.note, properties, allocated, quantity - allocated, 0, 0, 0, input.placed_at,
           kit_id, per_kit, kit_value
    FROM line_input JOIN written USING (place) JOIN input USING (place) ORDER BY place, position
    RETURNING id, order_id, position, product_id, allocated
), shipment AS (
    INSERT INTO orders_fulfillmentorder (order_id, order_ref, warehouse_id, status, ship_by, created_at)
    SELECT written.id, ref, %(warehouse)s, 'allocated', ship_by, %(now)s
    FROM written JOIN input USING (place) WHERE allocates ORDER BY place
    RETURNING id, order_id
), allocation AS (
    INSERT INTO orders_allocation (
        fulfillment_order_id, order_line_id, product_id, warehouse_id, quantity, status, lot, created_at)
    SELECT shipment.id, line.id, product_id, %(warehouse)s, allocated, 'allocated', '', %(now)s
    FROM line JOIN shipment USING (order_id) WHERE allocated > 0 ORDER BY line.id
), promise AS (
    INSERT INTO orders_promise (order_id, version, ship_by, deliver_from, deliver_to, reason, inputs, made_at)
    SELECT written.id, 1, ship_by, deliver_from, deliver_to, '', inputs, %(now)s FROM written JOIN input USING (place)
), charge AS (
    INSERT INTO orders_ordercharge (order_id, code, description, amount)
    SELECT written.id, code, description, amount
    FROM jsonb_to_recordset(%(charges)s) AS charge (place int, code text, description text, amount numeric)
    JOIN written USING (place)
), hold AS (
    INSERT INTO orders_hold (order_id, type, reason, placed_by, placed_at, released_by)
    SELECT written.id, hold_type, hold_reason, %(placed_by)s, %(now)s, ''
    FROM written JOIN input USING (place) WHERE hold_type IS NOT NULL
    RETURNING id, order_id
)
SELECT written.place, written.id, written.customer_id, shipment.id, hold.id,
       (SELECT array_agg(line.id ORDER BY position) FROM line WHERE line.order_id = written.id)
FROM written LEFT JOIN shipment ON shipment.order_id = written.id LEFT JOIN hold ON hold.order_id = written.id
""",
    orders="jsonb",
    lines="jsonb",
    charges="jsonb",
    channel="bigint",
    warehouse="bigint",
    placed_by="text",
    now="timestamptz",
)


def insert_orders(
    channel: ChannelFact, drafts: Sequence[Draft], *, placed_by: str, now: datetime
) -> dict[int, Written]:
    """Write the drafts; returns {index: ids} of those that were written.

    Left out, with everything of theirs, are orders whose ``external_id`` the channel used before (committed, or
    committed while this statement waited for it), and, very rarely, orders that a concurrent statement overtook: the
    caller tells the two apart by looking up the external id. Kits cost two statements more.
    """
    kits = [kit for draft in drafts for kit in draft.kits]
    for kit, fresh in zip(kits, draw_ids(len(kits)) if kits else (), strict=True):
        kit.id = fresh
    rows = _INSERT.run(
        orders=_json([_order_row(place, draft) for place, draft in enumerate(drafts)]),
        lines=_json([row for place, draft in enumerate(drafts) for row in _line_rows(place, draft)]),
        charges=_json([row for place, draft in enumerate(drafts) for row in _charge_rows(place, draft)]),
        channel=channel.id,
        warehouse=channel.warehouse_id,
        placed_by=placed_by,
        now=now,
    )
    written = {
        place: Written(order_id, customer_id, fulfillment_order_id, hold_id, tuple(line_ids))
        for place, order_id, customer_id, fulfillment_order_id, hold_id, line_ids in rows
    }
    if kits:
        insert_kits(_kit_row(kit, ids.order_id) for place, ids in written.items() for kit in drafts[place].kits)
    return written


def _kit_row(kit: DraftKit, order_id: int) -> OrderKit:
    return OrderKit(
        id=kit.id,
        order_id=order_id,
        external_id=kit.request.external_id,
        product_id=kit.product.id,
        sku=kit.product.sku,
        name=kit.product.name,
        quantity=kit.request.quantity,
        unit_price=kit.request.unit_price,
        note=kit.request.note,
        properties=dict(kit.request.properties),
    )


def _order_row(place: int, draft: Draft) -> dict[str, Any]:
    request, customer, promise = draft.request, draft.request.customer, draft.promise
    return {
        "place": place,
        "ref": draft.ref,
        "external_id": request.external_id,
        "email": customer.email,
        "customer_name": customer.name,
        "phone": customer.phone,
        "locale": draft.locale,
        "notify_by": customer.notify_by,
        "payment_status": request.payment_status,
        "placed_at": request.placed_at,
        "currency": draft.currency,
        "shipping_address": request.shipping_address,
        "billing_address": request.billing_address,
        "shipping_method": request.shipping_method,
        "shipping_price": request.shipping_price,
        "goods_total": draft.goods_total,
        "charges_total": draft.charges_total,
        "note": request.note,
        "gift": request.gift,
        "tags": request.tags,
        "ship_by": promise.ship_by,
        "deliver_from": promise.deliver_from,
        "deliver_to": promise.deliver_to,
        "inputs": promise.inputs,
        "allocates": draft.allocated > 0,
        "hold_type": draft.hold[0] if draft.hold else None,
        "hold_reason": draft.hold[1] if draft.hold else None,
    }


def _line_rows(place: int, draft: Draft) -> list[dict[str, Any]]:
    return [
        {
            "place": place,
            "position": position,
            "external_id": line.external_id,
            "product_id": line.product.id,
            "sku": line.product.sku,
            "name": line.product.name,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "note": line.note,
            "properties": line.request.properties,
            "allocated": line.allocated,
            **({"kit_id": line.kit.id, "per_kit": line.per_kit, "kit_value": line.kit_value} if line.kit else {}),
        }
        for position, line in enumerate(draft.lines, start=1)
    ]


def _charge_rows(place: int, draft: Draft) -> list[dict[str, Any]]:
    return [
        {"place": place, "code": charge.code, "description": charge.description, "amount": charge.amount}
        for charge in draft.request.charges
    ]


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(rows, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
