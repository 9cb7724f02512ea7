"""Shipments over REST: parse, one command, render."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.kernel.actors import system
from core.kernel.errors import Invalid
from core.kernel.tokens import public_token
from core.rest.etags import etag, expected_version
from core.rest.idempotency import Answer, idempotent
from core.rest.pages import Position, cursor_page, keyset, only_page
from core.rest.parsers import MAX_BYTES, parse_json
from core.rest.problems import TooLarge
from core.rest.views import Endpoint
from inventory.selectors import products_by_sku, warehouses
from orders.api.schemas import whole_list
from orders.selectors.channels import channel_by_id
from orders.selectors.orders import access_order
from shipping.api.schemas import RATES, SHIPMENT, STORED
from shipping.api.serializers import LostIn, RatesIn, ShipmentFilters
from shipping.carriers.registry import carrier_for
from shipping.selectors.parcels import (
    ParcelDetail,
    ParcelFilter,
    access_parcel,
    details,
    matching,
    parcel_by_id,
    parcels_of_order,
)
from shipping.services.rates import RateFact, rates_for
from shipping.services.tracking import check_signature, keep_notice, mark_lost


def shipment_json(parcel: ParcelDetail) -> dict[str, Any]:
    """A parcel as the API tells it; events newest first."""
    return {
        "ref": parcel.ref,
        "version": parcel.version,
        "order": parcel.order_ref,
        "status": parcel.status,
        "carrier": parcel.carrier,
        "service": parcel.service,
        "tracking_number": parcel.tracking_number,
        "tracking_url": parcel.tracking_url or f"{settings.PUBLIC_URL}/t/{public_token('tracking', parcel.order_ref)}",
        "weight_g": parcel.weight_g,
        "created_at": parcel.created_at,
        "shipped_at": parcel.shipped_at,
        "delivered_at": parcel.delivered_at,
        "items": [{"line": item.order_line_id, "sku": item.sku, "quantity": item.quantity} for item in parcel.items],
        "events": [
            {
                "status": event.status,
                "at": event.happened_at,
                "place": event.place,
                "text": event.text,
                "code": event.code,
            }
            for event in parcel.events
        ],
    }


def rate_json(rate: RateFact, currency: str) -> dict[str, Any]:
    """A service with its price and its promise."""
    return {
        "method": rate.method,
        "name": rate.name,
        "carrier": rate.carrier,
        "service": rate.service,
        "price": rate.price,
        "free_from": rate.free_from,
        "to_free": rate.to_free,
        "currency": currency,
        "promise": {"ship_by": rate.ship_by, "deliver_from": rate.deliver_from, "deliver_to": rate.deliver_to},
        "last_order_at": rate.last_order_at,
    }


class ShipmentEndpoint(Endpoint):
    """A view about parcels of the key's channel; a key without one reads every channel's."""

    @property
    def channel_id(self) -> int | None:
        return self.client.channel_id


class OrderShipmentsView(ShipmentEndpoint):
    """The parcels of an order."""

    scopes: ClassVar = {"GET": "shipments:read"}
    answers: ClassVar = {"GET": whole_list(SHIPMENT)}

    def get(self, request: Request, ref: str) -> Response:
        """Every parcel of the order that was not cancelled, oldest first."""
        order = access_order(ref, channel_id=self.channel_id)
        return Response(only_page([shipment_json(parcel) for parcel in parcels_of_order(order.id)]))


class ShipmentsView(ShipmentEndpoint):
    """Parcels, newest first."""

    scopes: ClassVar = {"GET": "shipments:read"}
    filters = ShipmentFilters
    paged = True
    answers: ClassVar = {"GET": SHIPMENT}

    def get(self, request: Request) -> Response:
        """A page of the channel's parcels."""
        asked = ShipmentFilters.parse_query(request, paged=True)
        filters = ParcelFilter(
            channel_id=self.channel_id,
            status=(asked["status"],) if "status" in asked else (),
            order_ref=asked.get("order", ""),
            tracking_number=asked.get("tracking_number", ""),
            carrier=asked.get("carrier", ""),
        )

        def fetch(at: Position | None, limit: int) -> Sequence[ParcelDetail]:
            return details(keyset(matching(filters), "created_at", at, limit))

        return Response(cursor_page(request, fetch, by="created_at", render=shipment_json))


class ShipmentView(ShipmentEndpoint):
    """One parcel."""

    scopes: ClassVar = {"GET": "shipments:read"}
    answers: ClassVar = {"GET": SHIPMENT}

    def get(self, request: Request, ref: str) -> Response:
        """The parcel with its content and its journey."""
        parcel = access_parcel(ref, channel_id=self.channel_id)
        return Response(shipment_json(parcel), headers={"ETag": etag(parcel.version)})


class LostView(ShipmentEndpoint):
    """Give a parcel up for lost."""

    scopes: ClassVar = {"POST": "shipments:write"}
    versioned: ClassVar = ("POST",)
    bodies: ClassVar = {"POST": LostIn}
    answers: ClassVar = {"POST": SHIPMENT}
    statuses: ClassVar = {"POST": 200}

    def post(self, request: Request, ref: str) -> HttpResponse:
        """The carrier does not find it any more; then it is sent again or paid back. Once more changes nothing."""
        LostIn.parse(request.data)
        parcel = access_parcel(ref, channel_id=self.channel_id)
        version, now = expected_version(request), timezone.now()

        def work() -> Answer:
            mark_lost(parcel.id, expected_version=version, by=self.actor, now=now)
            found = parcel_by_id(parcel.id)
            return Answer(shipment_json(found), status=200, headers={"ETag": etag(found.version)})

        return idempotent(request, work)


class RatesView(ShipmentEndpoint):
    """What sending something costs, and when it would arrive."""

    scopes: ClassVar = {"POST": "shipments:read"}
    bodies: ClassVar = {"POST": RatesIn}
    answers: ClassVar = {"POST": RATES}
    statuses: ClassVar = {"POST": 200}

    def post(self, request: Request) -> HttpResponse:
        """Services for items or a weight to a destination, cheapest first."""
        asked = RatesIn.parse(request.data)
        channel = channel_by_id(self.channel_id) if self.channel_id is not None else None
        if channel is not None:
            warehouse_id, currency = channel.warehouse_id, channel.currency
        else:
            found = warehouses()
            if not found:
                raise Invalid(_("There is no warehouse to send from."))
            warehouse_id, currency = found[0].id, ""
        weight_g = asked["weight_g"] if "weight_g" in asked else _weight_of(asked["items"])

        def work() -> Answer:
            rates = rates_for(
                warehouse_id,
                channel=channel,
                weight_g=weight_g,
                country=asked["destination"]["country"],
                postal_code=asked["destination"].get("postal_code", ""),
                value=asked["value"],
                arrive_by=asked.get("arrive_by"),
                now=timezone.now(),
            )
            return Answer({"weight_g": weight_g, "rates": [rate_json(rate, currency) for rate in rates]}, status=200)

        return idempotent(request, work)


class CarrierTrackingView(Endpoint):
    """A carrier's own webhook: no API key, but a signature (Standard Webhooks headers)."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    answers: ClassVar = {"POST": STORED}
    statuses: ClassVar = {"POST": 202}

    def post(self, request: Request, code: str) -> Response:
        """Check the signature, store the notice, answer; it is read afterwards. The same notice again is fine."""
        carrier_for(code)
        raw = request._request.body
        if len(raw) > MAX_BYTES:
            raise TooLarge(_("The body may have one megabyte at most."))
        now = timezone.now()
        message_id = request.META.get("HTTP_WEBHOOK_ID", "")
        check_signature(
            code,
            message_id=message_id,
            timestamp=request.META.get("HTTP_WEBHOOK_TIMESTAMP", ""),
            signatures=request.META.get("HTTP_WEBHOOK_SIGNATURE", ""),
            body=raw,
            now=now,
        )
        body = parse_json(raw)
        if not isinstance(body, dict):
            raise ValidationError({"non_field_errors": [ErrorDetail(_("Send a JSON object."), code="invalid")]})
        kept = keep_notice(code, message_id, body, by=system(f"carrier {code}"), now=now)
        return Response({"stored": kept}, status=202 if kept else 200)


def _weight_of(items: Sequence[dict[str, Any]]) -> int:
    products = products_by_sku(item["sku"] for item in items)
    errors = [
        {"pointer": f"/items/{index}/sku", "code": "unknown_sku", "detail": _("There is no such product.")}
        for index, item in enumerate(items)
        if item["sku"].casefold() not in products
    ]
    if errors:
        raise Invalid(_("Some of the products do not exist."), errors=errors)
    return sum(products[item["sku"].casefold()].weight_g * item["quantity"] for item in items)
