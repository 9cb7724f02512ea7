"""Requests to third parties over REST: what a partner is asked to ship, its answer, and the parcels it sent."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from core.kernel.errors import NotAllowed
from core.rest.etags import etag, expected_version
from core.rest.idempotency import Answer, idempotent
from core.rest.pages import Position, cursor_page, keyset
from core.rest.serializers import Choice, HumanText, Quantity, RefText, StrictSerializer, WebAddress, Whole, list_of
from core.rest.views import Endpoint
from orders.selectors.requests import RequestFact, facts_of, matching, request_by_id
from orders.services.third_party import accept_request, reject_request
from shipping.api.schemas import REQUEST, SENT
from shipping.services.partners import PartnerParcel, ship_for_partner

OPTIONAL: dict[str, Any] = {"required": False, "allow_blank": True, "default": ""}


class RequestFilters(StrictSerializer):
    """Which requests are listed."""

    status = Choice(choices=[("requested", "requested"), ("accepted", "accepted")], required=False)


class AcceptIn(StrictSerializer):
    """``reference`` is the partner's own number for the work."""

    reference = RefText(max_length=64, **OPTIONAL)


class RejectIn(StrictSerializer):
    """Why the partner does not ship it."""

    reason = HumanText(max_length=300)


class SentItemIn(StrictSerializer):
    """Units of a line in a parcel."""

    line = Whole(min_value=1, max_value=2**53)
    quantity = Quantity()


class SentParcelIn(StrictSerializer):
    """A parcel the partner sent; without ``items`` it holds all that was still open."""

    carrier = RefText(max_length=40)
    tracking_number = RefText(max_length=60)
    service = HumanText(max_length=60, **OPTIONAL)
    tracking_url = WebAddress(max_length=300, **OPTIONAL)
    items = list_of(SentItemIn(), required=False, max_length=200)


class ShipIn(StrictSerializer):
    """The parcels of one request, all at once or one after the other."""

    parcels = list_of(SentParcelIn(), max_length=50)


def request_json(fact: RequestFact) -> dict[str, Any]:
    """A request as the partner sees it: where to, what, until when. ``held``: ship nothing now."""
    return {
        "id": fact.id,
        "version": fact.version,
        "order": fact.order_ref,
        "status": fact.request_status,
        "released": fact.status == "released",
        "held": fact.held,
        "reference": fact.external_ref,
        "note": fact.note,
        "requested_at": fact.requested_at,
        "answered_at": fact.answered_at,
        "ship_by": fact.ship_by,
        "shipping_method": fact.shipping_method,
        "purchase_order_number": fact.purchase_order_number,
        # Whoever declined, was not asked any more or has sent it all has no use for the person's address and words.
        "shipping_address": fact.address if fact.under_way else {},
        "buyer_note": fact.buyer_note if fact.under_way else "",
        "gift": fact.gift if fact.under_way else {},
        "items": [
            {
                "line": item.order_line_id,
                "sku": item.sku,
                "name": item.name,
                "quantity": item.quantity,
                "shipped": item.shipped,
                "properties": item.properties if fact.under_way else {},
                "note": item.note if fact.under_way else "",
            }
            for item in fact.items
        ],
    }


class PartnerEndpoint(Endpoint):
    """A view for a key that belongs to a third party's warehouse: it sees that warehouse's requests alone."""

    @property
    def warehouse_id(self) -> int:
        """The warehouse the key answers for. Raises NotAllowed (403) when it has none."""
        if self.client.warehouse_id is None:
            raise NotAllowed(_("This API key belongs to no warehouse, so there are no requests it could answer."))
        return self.client.warehouse_id


class RequestsView(PartnerEndpoint):
    """What the partner is asked to ship."""

    scopes: ClassVar = {"GET": "fulfillment:read"}
    filters = RequestFilters
    paged = True
    answers: ClassVar = {"GET": REQUEST}

    def get(self, request: Request) -> Response:
        """Requests that wait for an answer or for their parcels, newest first."""
        asked, warehouse_id = RequestFilters.parse_query(request, paged=True), self.warehouse_id

        rows = matching(warehouse_id, request_status=asked.get("status", ""))

        def fetch(at: Position | None, limit: int) -> list[RequestFact]:
            return facts_of(keyset(rows, "requested_at", at, limit))

        return Response(cursor_page(request, fetch, by="requested_at", render=request_json))


class RequestView(PartnerEndpoint):
    """One request."""

    scopes: ClassVar = {"GET": "fulfillment:read"}
    answers: ClassVar = {"GET": REQUEST}

    def get(self, request: Request, request_id: int) -> Response:
        """The request as it is now."""
        fact = request_by_id(request_id, warehouse_id=self.warehouse_id)
        return Response(request_json(fact), headers={"ETag": etag(fact.version)})


class AcceptView(PartnerEndpoint):
    """Take a request on."""

    scopes: ClassVar = {"POST": "fulfillment:write"}
    versioned: ClassVar = ("POST",)
    bodies: ClassVar = {"POST": AcceptIn}
    answers: ClassVar = {"POST": REQUEST}
    statuses: ClassVar = {"POST": 200}

    def post(self, request: Request, request_id: int) -> HttpResponse:
        """The work is the partner's from now on; ``released`` says when it may be shipped."""
        found, warehouse_id, now = AcceptIn.parse(request.data), self.warehouse_id, timezone.now()
        version = expected_version(request)

        def work() -> Answer:
            fact = accept_request(
                request_id,
                external_ref=found["reference"],
                warehouse_id=warehouse_id,
                expected_version=version,
                by=self.actor,
                now=now,
            )
            return Answer(request_json(fact), status=200, headers={"ETag": etag(fact.version)})

        return idempotent(request, work)


class RejectView(PartnerEndpoint):
    """Decline a request."""

    scopes: ClassVar = {"POST": "fulfillment:write"}
    versioned: ClassVar = ("POST",)
    bodies: ClassVar = {"POST": RejectIn}
    answers: ClassVar = {"POST": REQUEST}
    statuses: ClassVar = {"POST": 200}

    def post(self, request: Request, request_id: int) -> HttpResponse:
        """We look for another warehouse; this one is not asked for the order again."""
        found, warehouse_id, now = RejectIn.parse(request.data), self.warehouse_id, timezone.now()
        version = expected_version(request)

        def work() -> Answer:
            fact = reject_request(
                request_id,
                reason=found["reason"],
                warehouse_id=warehouse_id,
                expected_version=version,
                by=self.actor,
                now=now,
            )
            return Answer(request_json(fact), status=200, headers={"ETag": etag(fact.version)})

        return idempotent(request, work)


class ShipView(PartnerEndpoint):
    """Report parcels."""

    scopes: ClassVar = {"POST": "fulfillment:write"}
    versioned: ClassVar = ("POST",)
    bodies: ClassVar = {"POST": ShipIn}
    answers: ClassVar = {"POST": SENT}
    statuses: ClassVar = {"POST": 200}

    def post(self, request: Request, request_id: int) -> HttpResponse:
        """The parcels have left: the customer is told, and what is left of the request stays open."""
        found, warehouse_id, now = ShipIn.parse(request.data), self.warehouse_id, timezone.now()
        version = expected_version(request)
        parcels = [
            PartnerParcel(
                tracking_number=one["tracking_number"],
                carrier=one["carrier"],
                service=one["service"],
                tracking_url=one["tracking_url"],
                items=_summed(one.get("items", ())),
            )
            for one in found["parcels"]
        ]

        def work() -> Answer:
            sent = ship_for_partner(
                request_id,
                parcels,
                warehouse_id=warehouse_id,
                expected_version=version,
                by=self.actor,
                now=now,
            )
            fact = request_by_id(request_id, warehouse_id=warehouse_id)
            body = {**request_json(fact), "parcels": [one.ref for one in sent]}
            return Answer(body, status=200, headers={"ETag": etag(fact.version)})

        return idempotent(request, work)


def _summed(items: Any) -> dict[int, int]:
    units: dict[int, int] = {}
    for item in items:
        units[item["line"]] = units.get(item["line"], 0) + item["quantity"]
    return units
