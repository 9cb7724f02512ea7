"""Returns and refunds over REST: parse, one command, render."""

from typing import ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from core.rest.etags import etag, expected_version
from core.rest.idempotency import Answer, idempotent
from core.rest.pages import cursor_page
from core.rest.views import Endpoint
from returns.api.schemas import POLICY, REFUND, RETURN
from returns.api.serializers import (
    CancelIn,
    OrderQuery,
    OutcomeIn,
    RefundFilters,
    ReturnFilters,
    ReturnIn,
    offer_json,
    refund_json,
    return_json,
)
from returns.selectors.offers import return_offer
from returns.selectors.reads import (
    ReturnFilter,
    fact_of,
    refund_by_id,
    refund_fact,
    refunds_list,
    return_by_ref,
    returns_list,
)
from returns.services.requests import ItemRequest, cancel_return, request_return
from returns.services.resolution import record_outcome


class ReturnsView(Endpoint):
    """Returns, newest first; ask for one."""

    scopes: ClassVar = {"GET": "returns:read", "POST": "returns:write"}
    filters = ReturnFilters
    paged = True
    looks_up: ClassVar = ("POST",)
    bodies: ClassVar = {"POST": ReturnIn}
    answers: ClassVar = {"GET": RETURN, "POST": RETURN}

    def get(self, request: Request) -> Response:
        """A page of the channel's returns."""
        found = ReturnFilters.parse_query(request, paged=True)
        found["order_ref"] = found.pop("order", "")
        rows = returns_list(ReturnFilter(channel_id=self.client.channel_id, **found))
        return Response(cursor_page(request, rows, by="requested_at", render=lambda row: return_json(fact_of(row))))

    def post(self, request: Request) -> HttpResponse:
        """Open a return: approved at once within the policy, else requested."""
        wanted = ReturnIn.parse(request.data)
        items = [
            ItemRequest(
                order_line_id=item["line"],
                quantity=item["quantity"],
                reason=item["reason"],
                comment=item["comment"],
                resolution=item.get("resolution", ""),
            )
            for item in wanted["items"]
        ]
        now = timezone.now()

        def work() -> Answer:
            rma = request_return(
                wanted["order"],
                items=items,
                resolution=wanted["resolution"],
                channel_id=self.client.channel_id,
                by=self.actor,
                now=now,
            )
            return Answer(
                return_json(rma),
                headers={"Location": f"/api/v1/returns/{rma.ref}/", "ETag": etag(rma.version)},
            )

        return idempotent(request, work)


class PolicyView(Endpoint):
    """What may be returned of an order, until when, at whose cost."""

    scopes: ClassVar = {"GET": "returns:read"}
    filters = OrderQuery
    answers: ClassVar = {"GET": POLICY}
    looks_up: ClassVar = ("GET",)

    def get(self, request: Request) -> Response:
        """The policy for ``?order=``."""
        query = OrderQuery.parse_query(request)
        return Response(offer_json(return_offer(query["order"], channel_id=self.client.channel_id, now=timezone.now())))


class ReturnView(Endpoint):
    """One return."""

    scopes: ClassVar = {"GET": "returns:read"}
    answers: ClassVar = {"GET": RETURN}

    def get(self, request: Request, ref: str) -> Response:
        """The return with its items and its refund."""
        rma = return_by_ref(ref, channel_id=self.client.channel_id)
        return Response(return_json(rma), headers={"ETag": etag(rma.version)})


class CancelView(Endpoint):
    """Call a return off."""

    scopes: ClassVar = {"POST": "returns:write"}
    versioned: ClassVar = ("POST",)
    bodies: ClassVar = {"POST": CancelIn}
    answers: ClassVar = {"POST": RETURN}
    statuses: ClassVar = {"POST": 200}

    def post(self, request: Request, ref: str) -> HttpResponse:
        """Cancel the return while nothing of it has arrived."""
        CancelIn.parse(request.data)
        version, now = expected_version(request), timezone.now()

        def work() -> Answer:
            rma = cancel_return(ref, channel_id=self.client.channel_id, version=version, by=self.actor, now=now)
            return Answer(return_json(rma), status=200, headers={"ETag": etag(rma.version)})

        return idempotent(request, work)


class RefundsView(Endpoint):
    """Refund instructions, newest first: what the shop has to pay."""

    scopes: ClassVar = {"GET": "returns:read"}
    filters = RefundFilters
    paged = True
    answers: ClassVar = {"GET": REFUND}

    def get(self, request: Request) -> Response:
        """A page of the channel's refunds."""
        found = RefundFilters.parse_query(request, paged=True)
        rows = refunds_list(channel_id=self.client.channel_id, **found)
        return Response(
            cursor_page(request, rows, by="created_at", render=lambda row: refund_json(refund_fact(row, row.rma.ref)))
        )


class RefundView(Endpoint):
    """One refund instruction."""

    scopes: ClassVar = {"GET": "returns:read"}
    answers: ClassVar = {"GET": REFUND}

    def get(self, request: Request, refund_id: int) -> Response:
        """The instruction with its status."""
        refund = refund_by_id(refund_id, channel_id=self.client.channel_id)
        return Response(refund_json(refund), headers={"ETag": etag(refund.version)})


class OutcomeView(Endpoint):
    """What became of a refund."""

    scopes: ClassVar = {"POST": "returns:write"}
    versioned: ClassVar = ("POST",)
    bodies: ClassVar = {"POST": OutcomeIn}
    answers: ClassVar = {"POST": REFUND}
    statuses: ClassVar = {"POST": 200}

    def post(self, request: Request, refund_id: int) -> HttpResponse:
        """Report the outcome; the same report twice changes nothing."""
        told = OutcomeIn.parse(request.data)
        version, now = expected_version(request), timezone.now()

        def work() -> Answer:
            refund = record_outcome(
                refund_id,
                succeeded=told["outcome"] == "succeeded",
                failure=told["failure"],
                channel_id=self.client.channel_id,
                expected_version=version,
                by=self.actor,
                now=now,
            )
            return Answer(refund_json(refund), status=200, headers={"ETag": etag(refund.version)})

        return idempotent(request, work)
