"""The parts of an order over REST: divide, join, move them, and let orders of one buyer go together."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.rest.etags import etag, expected_version
from core.rest.idempotency import Answer, idempotent
from core.rest.serializers import Quantity, RefText, StrictSerializer, Whole, list_of
from inventory.selectors import warehouse_by_code
from orders.api.schemas import COUNT, DAY, ID, TEXT, maybe, one_of, several, shape
from orders.api.views import OrderEndpoint
from orders.selectors.combining import combinable
from orders.selectors.orders import access_order
from orders.selectors.parts import PartFact, order_parts, part_of_order
from orders.services.combining import MOST_TOGETHER, combine
from orders.services.splitting import merge, reroute, split
from orders.states import FulfillmentOrderStatus, RequestStatus

MAX_LINES = 200
PART = shape(
    id=ID,
    warehouse=TEXT,
    status=one_of(FulfillmentOrderStatus),
    ship_by=DAY,
    release_on=maybe(DAY),
    request_status={"type": "string", "enum": ["", *(str(value) for value in RequestStatus.values)]},
    priority={"type": "integer"},
    movable={"type": "boolean"},
    lines=several(shape(id=ID, sku=TEXT, quantity=COUNT)),
)
PARTS = shape(results=several(PART))
COMPANIONS = shape(results=several(shape(ref=TEXT, status=TEXT, ship_by=maybe(DAY), combined={"type": "boolean"})))


class PartLineIn(StrictSerializer):
    """Units of an order line."""

    id = Whole(min_value=1, max_value=2**63 - 1)
    quantity = Quantity()


class SplitIn(StrictSerializer):
    """What goes into a part of its own."""

    lines = list_of(PartLineIn(), max_length=MAX_LINES)


class MergeIn(StrictSerializer):
    """The part that joins this one, so that the older of the two stays."""

    other = Whole(min_value=1, max_value=2**63 - 1)


class MoveIn(StrictSerializer):
    """The code of the warehouse it is to ship from; without ``lines`` all of it."""

    warehouse = RefText(max_length=20)
    lines = list_of(PartLineIn(), max_length=MAX_LINES, required=False)


class CombineIn(StrictSerializer):
    """The other orders, by reference."""

    refs = serializers.ListField(child=RefText(max_length=24), max_length=MOST_TOGETHER - 1, allow_empty=False)


class PartsEndpoint(OrderEndpoint):
    """A view about the parts of an order."""

    def after(self, request: Request, ref: str, do: Callable[[], Any]) -> HttpResponse:
        """Do it once and answer with the parts as they are then."""

        def work() -> Answer:
            do()
            version, parts = order_parts(ref, channel_id=self.channel_id)
            return Answer({"results": [part_json(one) for one in parts]}, status=200, headers={"ETag": etag(version)})

        return idempotent(request, work)


class PartsView(PartsEndpoint):
    """What ships from where."""

    scopes: ClassVar = {"GET": "orders:read"}
    answers: ClassVar = {"GET": PARTS}

    def get(self, request: Request, ref: str) -> Response:
        """The fulfilment orders of the order, the oldest first; ``movable`` while nobody has begun one."""
        version, parts = order_parts(ref, channel_id=self.channel_id)
        return Response({"results": [part_json(one) for one in parts]}, headers={"ETag": etag(version)})


class SplitView(PartsEndpoint):
    """Divide a part."""

    scopes: ClassVar = {"POST": "orders:write"}
    bodies: ClassVar = {"POST": SplitIn}
    answers: ClassVar = {"POST": PARTS}
    statuses: ClassVar = {"POST": 200}

    def post(self, request: Request, ref: str, part_id: int) -> HttpResponse:
        """Put units into a part of their own, in the same warehouse; 409 ``not_routable`` says why not."""
        units = _units(SplitIn.parse(request.data)["lines"])
        version, now = expected_version(request), timezone.now()

        def work() -> None:
            split(
                part_of_order(ref, part_id, channel_id=self.channel_id),
                units,
                channel_id=self.channel_id,
                expected_version=version,
                by=self.actor,
                now=now,
            )

        return self.after(request, ref, work)


class MergeView(PartsEndpoint):
    """Join two parts."""

    scopes: ClassVar = {"POST": "orders:write"}
    bodies: ClassVar = {"POST": MergeIn}
    answers: ClassVar = {"POST": PARTS}
    statuses: ClassVar = {"POST": 200}

    def post(self, request: Request, ref: str, part_id: int) -> HttpResponse:
        """Join another part of the order in the same warehouse with this one."""
        other = MergeIn.parse(request.data)["other"]
        version, now = expected_version(request), timezone.now()

        def work() -> None:
            merge(
                [part_of_order(ref, one, channel_id=self.channel_id) for one in (part_id, other)],
                channel_id=self.channel_id,
                expected_version=version,
                by=self.actor,
                now=now,
            )

        return self.after(request, ref, work)


class MoveView(PartsEndpoint):
    """Let a part ship from elsewhere."""

    scopes: ClassVar = {"POST": "orders:write"}
    bodies: ClassVar = {"POST": MoveIn}
    answers: ClassVar = {"POST": PARTS}
    statuses: ClassVar = {"POST": 200}

    def post(self, request: Request, ref: str, part_id: int) -> HttpResponse:
        """Give its units back where they are and allocate them in another warehouse of the channel: both or neither."""
        found = MoveIn.parse(request.data)
        units = _units(found["lines"]) if "lines" in found else None
        version, now = expected_version(request), timezone.now()

        def work() -> None:
            reroute(
                part_of_order(ref, part_id, channel_id=self.channel_id),
                warehouse_by_code(found["warehouse"]).id,
                units,
                channel_id=self.channel_id,
                expected_version=version,
                by=self.actor,
                now=now,
            )

        return self.after(request, ref, work)


class CombineView(OrderEndpoint):
    """Orders of one buyer to one address."""

    scopes: ClassVar = {"GET": "orders:read", "POST": "orders:write"}
    bodies: ClassVar = {"POST": CombineIn}
    answers: ClassVar = {"GET": COMPANIONS, "POST": COMPANIONS}
    statuses: ClassVar = {"POST": 200}

    def get(self, request: Request, ref: str) -> Response:
        """The open orders that could go out together with this one."""
        return Response(self._companions(ref))

    def post(self, request: Request, ref: str) -> HttpResponse:
        """Let them go out on one walk, each in a parcel of its own."""
        refs, now = CombineIn.parse(request.data)["refs"], timezone.now()

        def work() -> Answer:
            combine([ref, *refs], channel_id=self.channel_id, by=self.actor, now=now)
            return Answer(self._companions(ref), status=200)

        return idempotent(request, work)

    def _companions(self, ref: str) -> dict[str, Any]:
        order = access_order(ref, channel_id=self.channel_id)
        return {
            "results": [
                {"ref": one.ref, "status": one.status, "ship_by": one.ship_by, "combined": one.combined}
                for one in combinable(order.ref)
            ]
        }


def part_json(part: PartFact) -> dict[str, Any]:
    """How the API tells a part of an order."""
    return {
        "id": part.id,
        "warehouse": part.warehouse_code,
        "status": part.status,
        "ship_by": part.ship_by,
        "release_on": part.release_on,
        "request_status": part.request_status,
        "priority": part.priority,
        "movable": part.movable,
        "lines": [{"id": line.order_line_id, "sku": line.sku, "quantity": line.quantity} for line in part.lines],
    }


def _units(lines: list[dict[str, int]]) -> dict[int, int]:
    units: dict[int, int] = {}
    for line in lines:
        units[line["id"]] = units.get(line["id"], 0) + line["quantity"]
    return units
