"""Write new orders with everything that belongs to them: one statement, however many orders and lines."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.kernel.prepared import Prepared
from orders.models import OrderKit
from orders.selectors.channels import ChannelFact
from orders.services.drafts import Draft, DraftKit, Written
from orders.services.kit_rows import draw_ids, insert_kits
from orders.services.routing import narrowed

# ``known`` before ``added``: an upsert would lock the customer's row for every order of a regular. A customer who is
# added by somebody else at this very moment is in neither, so the order is not written and the caller tries again.
# The key of a known one is held from the look on: who is erased or merged away at this very moment gets no order.
_INSERT = Prepared(
    "orders_insert",
    """
WITH input AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(orders)s) AS input (
        place int, ref text, external_id text, email text, customer_name text, phone text, locale text,
        notify_by text[], payment_status text, placed_at timestamptz, currency text, shipping_address jsonb,
        billing_address jsonb, shipping_method text, shipping_price numeric, goods_total numeric,
        charges_total numeric, note text, gift jsonb, tags text[], ship_by date, deliver_from date, deliver_to date,
        inputs jsonb, holds int, status text, fulfillment_status text, kind text, replaces bigint, priority int,
        ship_policy text, purchase_order_number text, deliver_not_before date, deliver_not_after date,
        on_pallet boolean, stated_total numeric, packaging text, inserts text[], ship_from bigint[])
), line_input AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(lines)s) AS line (
        place int, position int, external_id text, product_id bigint, sku text, name text, quantity int,
        unit_price numeric, note text, properties jsonb, allocated int, backordered int, shipped int, ships boolean,
        release_on date, kit_id bigint, per_kit int, kit_value numeric)
), shipment_input AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(shipments)s) AS shipment (
        place int, seq int, warehouse_id bigint, status text, ship_by date, release_on date, request_status text,
        units jsonb)
), known AS MATERIALIZED (
    SELECT input.place, coalesce(customer.merged_into_id, customer.id) AS id FROM input
    JOIN orders_customer customer ON customer.channel_id = %(channel)s AND lower(customer.email) = lower(input.email)
    FOR KEY SHARE OF customer
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
        open_holds, version, cancel_reason, completed_at, kind, replaces_id, priority, ship_policy,
        purchase_order_number, deliver_not_before, deliver_not_after, on_pallet, stated_total, packaging, inserts,
        ship_from)
    SELECT ref, %(channel)s, external_id, buyer.id, status, fulfillment_status, payment_status, 'none',
           placed_at, %(now)s, currency, locale, email, customer_name, phone, notify_by, shipping_address,
           billing_address, shipping_method, shipping_price, goods_total, charges_total, note, gift, tags, ship_by,
           holds, 1, '', CASE WHEN status = 'completed' THEN %(now)s END, kind, replaces, priority, ship_policy,
           purchase_order_number, deliver_not_before, deliver_not_after, on_pallet, stated_total, packaging,
           coalesce(inserts, '{}'), ship_from
    FROM input JOIN buyer USING (place) ORDER BY external_id
    ON CONFLICT DO NOTHING
    RETURNING id, ref, customer_id
), written AS (
    SELECT input.place, placed.id, placed.customer_id FROM placed JOIN input USING (ref)
), line AS (
    INSERT INTO orders_orderline (
        order_id, external_id, position, product_id, sku, name, quantity, unit_price, note, properties,
        allocated, backordered, shipped, cancelled, returned, placed_at, kit_id, per_kit, kit_value, ships, release_on)
    SELECT written.id, line_input.external_id, position, product_id, sku, name, quantity, unit_price,
           line_input.note, properties, allocated, backordered, shipped, 0, 0, input.placed_at,
           kit_id, per_kit, kit_value, ships, release_on
    FROM line_input JOIN written USING (place) JOIN input USING (place) ORDER BY place, position
    RETURNING id, order_id, position, product_id
), shipment AS (
    INSERT INTO orders_fulfillmentorder (
        order_id, order_ref, warehouse_id, status, ship_by, created_at, priority, release_on, request_status,
        requested_at)
    SELECT written.id, ref, warehouse_id, shipment_input.status, shipment_input.ship_by, %(now)s, priority, release_on,
           request_status, CASE WHEN request_status = 'requested' THEN %(now)s END
    FROM shipment_input JOIN written USING (place) JOIN input USING (place) ORDER BY place, seq
    RETURNING id, order_id, warehouse_id, release_on
), allocation AS (
    INSERT INTO orders_allocation (
        fulfillment_order_id, order_line_id, product_id, warehouse_id, quantity, status, lot, created_at)
    SELECT shipment.id, line.id, line.product_id, shipment.warehouse_id, (given.value ->> 1)::int, 'allocated', '',
           %(now)s
    FROM shipment_input JOIN written USING (place)
    CROSS JOIN jsonb_array_elements(shipment_input.units) AS given (value)
    JOIN shipment ON shipment.order_id = written.id AND shipment.warehouse_id = shipment_input.warehouse_id
        AND shipment.release_on IS NOT DISTINCT FROM shipment_input.release_on
    JOIN line ON line.order_id = written.id AND line.position = (given.value ->> 0)::int + 1
    ORDER BY line.id, shipment.id
), promise AS (
    INSERT INTO orders_promise (order_id, version, ship_by, deliver_from, deliver_to, reason, inputs, made_at)
    SELECT written.id, 1, ship_by, deliver_from, deliver_to, '', inputs, %(now)s FROM written JOIN input USING (place)
), charge AS (
    INSERT INTO orders_ordercharge (order_id, code, description, amount)
    SELECT written.id, code, description, amount
    FROM jsonb_to_recordset(%(charges)s) AS charge (place int, code text, description text, amount numeric)
    JOIN written USING (place)
), hold AS (
    INSERT INTO orders_hold (order_id, type, reason, placed_by, placed_at, released_by, release_at, code, detail)
    SELECT written.id, type, reason, %(placed_by)s, %(now)s, '', release_at, code, detail
    FROM jsonb_to_recordset(%(holds)s) AS hold (
        place int, seq int, type text, reason text, release_at timestamptz, code text, detail jsonb)
    JOIN written USING (place) ORDER BY place, seq
    RETURNING id, order_id
)
SELECT written.place, written.id, written.customer_id,
       ARRAY(SELECT shipment.id FROM shipment WHERE shipment.order_id = written.id ORDER BY shipment.id),
       ARRAY(SELECT hold.id FROM hold WHERE hold.order_id = written.id ORDER BY hold.id),
       ARRAY(SELECT line.id FROM line WHERE line.order_id = written.id ORDER BY position)
FROM written
""",
    orders="jsonb",
    lines="jsonb",
    charges="jsonb",
    shipments="jsonb",
    holds="jsonb",
    channel="bigint",
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
        orders=_json([_order_row(channel, place, draft) for place, draft in enumerate(drafts)]),
        lines=_json([row for place, draft in enumerate(drafts) for row in _line_rows(place, draft)]),
        charges=_json([row for place, draft in enumerate(drafts) for row in _charge_rows(place, draft)]),
        shipments=_json([row for place, draft in enumerate(drafts) for row in _shipment_rows(place, draft)]),
        holds=_json([row for place, draft in enumerate(drafts) for row in _hold_rows(place, draft)]),
        channel=channel.id,
        placed_by=placed_by,
        now=now,
    )
    written = {
        place: Written(order_id, customer_id, tuple(shipments), tuple(holds), tuple(lines))
        for place, order_id, customer_id, shipments, holds, lines in rows
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


def _order_row(channel: ChannelFact, place: int, draft: Draft) -> dict[str, Any]:
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
        "shipping_method": draft.shipping_method,
        "shipping_price": request.shipping_price,
        "goods_total": draft.goods_total,
        "charges_total": draft.charges_total,
        "note": request.note,
        "gift": request.gift,
        "tags": draft.tags,
        "ship_by": promise.ship_by,
        "deliver_from": promise.deliver_from,
        "deliver_to": promise.deliver_to,
        "inputs": promise.inputs,
        "holds": len(draft.holds),
        "status": draft.status,
        "fulfillment_status": draft.fulfillment_status,
        "kind": request.kind,
        "replaces": request.replaces_id,
        "priority": draft.decisions.priority,
        "ship_policy": draft.ship_policy,
        "purchase_order_number": request.purchase_order_number,
        "deliver_not_before": request.deliver_not_before,
        "deliver_not_after": request.deliver_not_after,
        "on_pallet": request.pallet,
        "stated_total": request.total,
        "packaging": draft.decisions.packaging,
        "inserts": draft.decisions.inserts,
        "ship_from": narrowed(channel, draft.decisions.warehouse_ids),
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
            "backordered": line.backordered,
            "shipped": line.shipped,
            "ships": line.ships,
            "release_on": line.product.release_on,
            **({"kit_id": line.kit.id, "per_kit": line.per_kit, "kit_value": line.kit_value} if line.kit else {}),
        }
        for position, line in enumerate(draft.lines, start=1)
    ]


def _charge_rows(place: int, draft: Draft) -> list[dict[str, Any]]:
    return [
        {"place": place, "code": charge.code, "description": charge.description, "amount": charge.amount}
        for charge in draft.request.charges
    ]


def _shipment_rows(place: int, draft: Draft) -> list[dict[str, Any]]:
    return [
        {
            "place": place,
            "seq": seq,
            "warehouse_id": shipment.warehouse_id,
            "status": shipment.status,
            "ship_by": shipment.ship_by,
            "release_on": shipment.release_on,
            "request_status": shipment.request_status,
            "units": shipment.units,
        }
        for seq, shipment in enumerate(draft.shipments)
    ]


def _hold_rows(place: int, draft: Draft) -> list[dict[str, Any]]:
    return [
        {
            "place": place,
            "seq": seq,
            "type": str(hold.type),
            "reason": hold.reason[:300],
            "release_at": hold.release_at,
            "code": hold.code,
            "detail": hold.detail,
        }
        for seq, hold in enumerate(draft.holds)
    ]


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(rows, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
