"""Orders over REST: parse, one command, render."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.kernel.errors import NotAllowed
from core.rest.etags import expected_version
from core.rest.idempotency import Answer, idempotent, idempotent_each
from core.rest.pages import Position, cursor_page, only_page
from core.rest.parsers import BulkJSONParser
from core.rest.views import Endpoint
from orders.api import schemas
from orders.api.reading import order_changes, order_request, refused
from orders.api.rendering import fate_json, headers_of, hold_json, order_json
from orders.api.serializers import (
    BulkIn,
    CancelIn,
    HoldIn,
    NothingIn,
    OrderFilters,
    OrderIn,
    OrderPatchIn,
    PaymentIn,
)
from orders.selectors.facts import HoldFact, OrderFact
from orders.selectors.lists import OrderFilter, order_facts_page
from orders.selectors.orders import access_order
from orders.selectors.timeline import story
from orders.services.bulk import Fate, place_orders
from orders.services.cancellation import cancel_order
from orders.services.editing import edit_order
from orders.services.holds import place_hold, release_hold
from orders.services.intake import place_order
from orders.services.payments import record_payment
from orders.services.requests import OrderRequest


class OrderEndpoint(Endpoint):
    """A view about orders of the key's channel; a key without one reads every channel's and places none."""

    @property
    def channel_id(self) -> int | None:
        """The only channel whose orders the key sees; None for all."""
        return self.client.channel_id

    def own_channel(self) -> int:
        """The channel the key places orders for. Raises NotAllowed (403) when it has none."""
        if self.client.channel_id is None:
            raise NotAllowed("This API key belongs to no channel, so it cannot place orders.")
        return self.client.channel_id

    def act(self, request: Request, ref: str, do: Callable[[], Any], *, status: int = 200) -> HttpResponse:
        """Do it once and answer with the order as it is then."""

        def work() -> Answer:
            done = do()
            order = done if isinstance(done, OrderFact) else access_order(ref, channel_id=self.channel_id)
            return Answer(order_json(order), status=status, headers=headers_of(order))

        return idempotent(request, work)


class OrdersView(OrderEndpoint):
    """Orders, newest first; place one."""

    scopes: ClassVar = {"GET": "orders:read", "POST": "orders:write"}
    filters = OrderFilters
    paged = True
    bodies: ClassVar = {"POST": OrderIn}
    looks_up: ClassVar = ("POST",)
    answers: ClassVar = {"GET": schemas.ORDER, "POST": schemas.ORDER}

    def get(self, request: Request) -> Response:
        """A page of the channel's orders, with their lines."""
        filters = OrderFilter(channel_id=self.channel_id, **OrderFilters.parse_query(request, paged=True))

        def fetch(at: Position | None, limit: int) -> list[OrderFact]:
            return order_facts_page(
                filters,
                value=at.value if at else None,
                pk=at.id if at else 0,
                backwards=bool(at and at.backwards),
                limit=limit,
            )

        return Response(cursor_page(request, fetch, by="placed_at", render=order_json))

    def post(self, request: Request) -> HttpResponse:
        """Place an order: allocated from stock at once, the rest backordered or refused, as the channel wants it."""
        channel_id, now = self.own_channel(), timezone.now()
        wanted = order_request(OrderIn.parse(request.data), now=now)

        def work() -> Answer:
            order = place_order(channel_id, wanted, by=self.actor, now=now)
            return Answer(order_json(order), headers=headers_of(order, location=True))

        return idempotent(request, work)


class BulkView(OrderEndpoint):
    """Place many orders."""

    parser_classes = (BulkJSONParser,)
    scopes: ClassVar = {"POST": "orders:write"}
    bodies: ClassVar = {"POST": BulkIn}
    answers: ClassVar = {"POST": schemas.FATES}
    statuses: ClassVar = {"POST": 200}

    def post(self, request: Request) -> HttpResponse:
        """Place up to 500 orders; ``results`` says of each, in their order, what became of it."""
        channel_id, now = self.own_channel(), timezone.now()
        found = BulkIn.parse(request.data)["orders"]

        def work() -> Answer:
            fates: list[Fate | None] = []
            fine: list[OrderRequest] = []
            for body in found:
                try:
                    fine.append(order_request(OrderIn.parse(body), now=now))
                    fates.append(None)
                except ValidationError as error:
                    fates.append(refused(body, error))
            placed = iter(place_orders(channel_id, fine, by=self.actor, now=now))
            return Answer({"results": [fate_json(fate or next(placed)) for fate in fates]}, status=200)

        return idempotent_each(request, work)


class OrderView(OrderEndpoint):
    """One order."""

    scopes: ClassVar = {"GET": "orders:read", "PATCH": "orders:write"}
    versioned: ClassVar = ("PATCH",)
    bodies: ClassVar = {"PATCH": OrderPatchIn}
    answers: ClassVar = {"GET": schemas.ORDER, "PATCH": schemas.ORDER}

    def get(self, request: Request, ref: str) -> Response:
        """The order with its lines, holds and promise."""
        order = access_order(ref, channel_id=self.channel_id)
        return Response(order_json(order), headers=headers_of(order))

    def patch(self, request: Request, ref: str) -> HttpResponse:
        """Change address, lines, note or method before picking begins; with ``If-Match`` only the version named."""
        changes = order_changes(OrderPatchIn.parse(request.data, partial=True))
        version, now = expected_version(request), timezone.now()
        return self.act(
            request,
            ref,
            lambda: edit_order(
                ref, changes, channel_id=self.channel_id, expected_version=version, by=self.actor, now=now
            ),
        )


class TimelineView(OrderEndpoint):
    """The story of an order."""

    scopes: ClassVar = {"GET": "orders:read"}
    answers: ClassVar = {"GET": schemas.STORY}

    def get(self, request: Request, ref: str) -> Response:
        """What happened to the order and its parcels and returns, oldest first."""
        order = access_order(ref, channel_id=self.channel_id)
        entries = [
            {
                "id": entry.id,
                "type": entry.type,
                "at": entry.at,
                "by": entry.by,
                "sentence": entry.sentence,
                "data": entry.data,
            }
            for entry in story(order.ref)
        ]
        return Response(only_page(entries))


class CancelView(OrderEndpoint):
    """Cancel an order, or some of it."""

    scopes: ClassVar = {"POST": "orders:write"}
    versioned: ClassVar = ("POST",)
    bodies: ClassVar = {"POST": CancelIn}
    answers: ClassVar = {"POST": schemas.ORDER}
    statuses: ClassVar = {"POST": 200}

    def post(self, request: Request, ref: str) -> HttpResponse:
        """Cancel what has not left the house; units already picked are put back by inspection."""
        found = CancelIn.parse(request.data)
        lines = [(line["id"], line["quantity"]) for line in found["lines"]] if "lines" in found else None
        version, now = expected_version(request), timezone.now()
        return self.act(
            request,
            ref,
            lambda: cancel_order(
                ref,
                reason=found["reason"],
                lines=lines,
                channel_id=self.channel_id,
                expected_version=version,
                by=self.actor,
                now=now,
            ),
        )


class HoldEndpoint(OrderEndpoint):
    """A view about the holds of an order."""

    def _answer(self, ref: str, hold: HoldFact, *, status: int) -> Answer:
        """The hold, with the version its order has by now."""
        order = access_order(ref, channel_id=self.channel_id)
        return Answer({**hold_json(hold), "order": order.ref}, status=status, headers=headers_of(order))


class HoldsView(HoldEndpoint):
    """Stop an order."""

    scopes: ClassVar = {"POST": "orders:write"}
    versioned: ClassVar = ("POST",)
    bodies: ClassVar = {"POST": HoldIn}
    answers: ClassVar = {"POST": schemas.HOLD_OF}

    def post(self, request: Request, ref: str) -> HttpResponse:
        """Place a hold; the floor stops at its next scan."""
        found = HoldIn.parse(request.data)
        version, now = expected_version(request), timezone.now()

        def work() -> Answer:
            hold = place_hold(
                ref,
                type=found["type"],
                reason=found["reason"],
                release_at=found.get("release_at"),
                channel_id=self.channel_id,
                expected_version=version,
                by=self.actor,
                now=now,
            )
            return self._answer(ref, hold, status=201)

        return idempotent(request, work)


class HoldReleaseView(HoldEndpoint):
    """Let an order go on."""

    scopes: ClassVar = {"POST": "orders:write"}
    versioned: ClassVar = ("POST",)
    bodies: ClassVar = {"POST": NothingIn}
    answers: ClassVar = {"POST": schemas.HOLD_OF}
    statuses: ClassVar = {"POST": 200}

    def post(self, request: Request, ref: str, hold_id: int) -> HttpResponse:
        """Release one hold."""
        NothingIn.parse(request.data)
        version, now = expected_version(request), timezone.now()

        def work() -> Answer:
            hold = release_hold(
                ref, hold_id, channel_id=self.channel_id, expected_version=version, by=self.actor, now=now
            )
            return self._answer(ref, hold, status=200)

        return idempotent(request, work)


class PaymentView(OrderEndpoint):
    """What the shop says of the payment."""

    scopes: ClassVar = {"POST": "orders:write"}
    versioned: ClassVar = ("POST",)
    bodies: ClassVar = {"POST": PaymentIn}
    answers: ClassVar = {"POST": schemas.ORDER}
    statuses: ClassVar = {"POST": 200}

    def post(self, request: Request, ref: str) -> HttpResponse:
        """Mirror the payment; paid or authorized releases the payment hold."""
        found = PaymentIn.parse(request.data)
        version, now = expected_version(request), timezone.now()
        return self.act(
            request,
            ref,
            lambda: record_payment(
                ref,
                found["payment_status"],
                channel_id=self.channel_id,
                expected_version=version,
                by=self.actor,
                now=now,
            ),
        )
