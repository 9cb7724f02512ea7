"""How the API tells an order."""

from typing import Any

from django.conf import settings

from core.kernel.tokens import public_token
from core.rest.etags import etag
from orders.selectors.facts import HoldFact, KitFact, LineFact, OrderFact, PromiseFact
from orders.services.bulk import Fate


def order_json(order: OrderFact) -> dict[str, Any]:
    """The order, whole."""
    base = f"/api/v1/orders/{order.ref}/"
    return {
        "ref": order.ref,
        "version": order.version,
        "external_id": order.external_id,
        "channel": order.channel_code,
        "status": order.status,
        "fulfillment_status": order.fulfillment_status,
        "payment_status": order.payment_status,
        "return_status": order.return_status,
        "placed_at": order.placed_at,
        "created_at": order.created_at,
        "currency": order.currency,
        "customer": {
            "name": order.customer_name,
            "email": order.email,
            "phone": order.phone,
            "locale": order.locale,
            "notify_by": order.notify_by,
        },
        "shipping_address": order.shipping_address,
        "billing_address": order.billing_address,
        "lines": [line_json(one) for one in order.bought],
        "charges": [
            {"code": charge.code, "description": charge.description, "amount": charge.amount}
            for charge in order.charges
        ],
        "shipping_method": order.shipping_method,
        "shipping_price": order.shipping_price,
        "note": order.note,
        "gift": order.gift,
        "tags": order.tags,
        "kind": order.kind,
        "priority": order.priority,
        "purchase_order_number": order.purchase_order_number,
        "ship_complete": order.ship_policy == "complete",
        "deliver_not_before": order.deliver_not_before,
        "deliver_not_after": order.deliver_not_after,
        "pallet": order.on_pallet,
        "stated_total": order.stated_total,
        "holds": [hold_json(hold) for hold in order.holds],
        "promise": promise_json(order.promise) if order.promise else None,
        "tracking_url": f"{settings.PUBLIC_URL}/t/{public_token('tracking', order.ref)}",
        "totals": {
            "goods": order.goods_total,
            "shipping": order.shipping_price,
            "charges": order.charges_total,
            "total": order.total,
        },
        "links": {
            "self": base,
            "timeline": f"{base}timeline/",
            "cancel": f"{base}cancel/",
            "fulfillment_orders": f"{base}fulfillment-orders/",
            "holds": f"{base}holds/",
            "payment": f"{base}payment/",
            "shipments": f"{base}shipments/",
        },
    }


def line_json(line: LineFact | KitFact) -> dict[str, Any]:
    """A line with its counters, in eaches; of a kit in kits, and with what is in them."""
    parts = line.components if isinstance(line, KitFact) else ()
    return {
        "id": line.id,
        "external_id": line.external_id,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "note": line.note,
        "properties": line.properties,
        **_counters(line),
        "ships": all(part.ships for part in parts) if parts else getattr(line, "ships", True),
        "components": [
            {
                "id": part.id,
                "sku": part.sku,
                "name": part.name,
                "quantity": part.quantity,
                "per_kit": part.per_kit,
                "kit_value": part.kit_value,
                **_counters(part),
            }
            for part in parts
        ],
    }


def _counters(line: LineFact | KitFact) -> dict[str, int]:
    return {
        "allocated": line.allocated,
        "backordered": line.backordered,
        "shipped": line.shipped,
        "cancelled": line.cancelled,
        "returned": line.returned,
    }


def hold_json(hold: HoldFact) -> dict[str, Any]:
    """A hold; open while ``released_at`` is null."""
    return {
        "id": hold.id,
        "type": hold.type,
        "reason": hold.reason,
        "placed_by": hold.placed_by,
        "placed_at": hold.placed_at,
        "release_at": hold.release_at,
        "released_by": hold.released_by,
        "released_at": hold.released_at,
        "code": hold.code,
        "detail": hold.detail,
    }


def promise_json(promise: PromiseFact) -> dict[str, Any]:
    """The newest version of the promise; dates are the warehouse's."""
    return {
        "version": promise.version,
        "ship_by": promise.ship_by,
        "deliver_from": promise.deliver_from,
        "deliver_to": promise.deliver_to,
        "reason": promise.reason,
    }


def fate_json(fate: Fate) -> dict[str, Any]:
    """What became of one order of many."""
    answer: dict[str, Any] = {"external_id": fate.external_id, "status": fate.status, "ref": fate.ref or None}
    if fate.code:
        answer["code"], answer["detail"] = fate.code, fate.detail
    answer["errors"] = list(fate.errors)
    return answer


def headers_of(order: OrderFact, *, location: bool = False) -> dict[str, str]:
    """ETag, and Location for what was just made."""
    headers = {"ETag": etag(order.version)}
    if location:
        headers["Location"] = f"/api/v1/orders/{order.ref}/"
    return headers
