"""The parts of an order over REST: divide, join, move them, and let orders of one buyer go together."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.kernel.errors import NotFound
from core.rest.etags import etag, expected_version
from core.rest.idempotency import Answer, idempotent
from core.rest.pages import only_page
from core.rest.serializers import Quantity, RefText, StrictSerializer, Whole, list_of
from inventory.selectors import warehouse_by_code
from orders.api.schemas import COUNT, DAY, ID, TEXT, maybe, one_of, several, shape, whole_list
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
PARTS = whole_list(PART)
COMPANIONS = whole_list(shape(ref=TEXT, status=TEXT, ship_by=maybe(DAY), combined={"type": "boolean"}))


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


def parts_answer(ref: str, channel_id: int | None) -> Answer:
    """The parts of an order as they are now, with its version."""
    version, parts = order_parts(ref, channel_id=channel_id)
    return Answer(only_page([part_json(one) for one in parts]), status=200, headers={"ETag": etag(version)})


def companions_answer(ref: str, channel_id: int | None) -> Answer:
    """The orders that go or could go together with one, with the version of that one."""
    order = access_order(ref, channel_id=channel_id)
    rows = [
        {"ref": one.ref, "status": one.status, "ship_by": one.ship_by, "combined": one.combined}
        for one in combinable(order.ref)
    ]
    return Answer(only_page(rows), status=200, headers={"ETag": etag(order.version)})


class PartsView(OrderEndpoint):
    """What ships from where."""

    scopes: ClassVar = {"GET": "orders:read"}
    answers: ClassVar = {"GET": PARTS}

    def get(self, request: Request, ref: str) -> Response:
        """The fulfilment orders of the order, the oldest first; ``movable`` while nobody has begun one."""
        answer = parts_answer(ref, self.channel_id)
        return Response(answer.data, headers=dict(answer.headers))


class PartsChange(OrderEndpoint):
    """A view that changes which parts an order has; ``If-Match`` names the version of the order in the address."""

    scopes: ClassVar = {"POST": "orders:write"}
    versioned: ClassVar = ("POST",)
    answers: ClassVar = {"POST": PARTS}
    statuses: ClassVar = {"POST": 200}

    def change(
        self, request: Request, ref: str, do: Callable[..., Any], answer: Callable[..., Answer] = parts_answer
    ) -> HttpResponse:
        """Call ``do`` once with what all these commands are told, then answer with how it is afterwards."""
        told = {
            "channel_id": self.channel_id,
            "expected_version": expected_version(request),
            "by": self.actor,
            "now": timezone.now(),
        }

        def work() -> Answer:
            do(**told)
            return answer(ref, self.channel_id)

        return idempotent(request, work)

    def part(self, ref: str, part_id: int) -> int:
        """The part's id, if it is one of the order's. Raises NotFound."""
        return part_of_order(ref, part_id, channel_id=self.channel_id)


class SplitView(PartsChange):
    """Divide a part."""

    bodies: ClassVar = {"POST": SplitIn}

    def post(self, request: Request, ref: str, part_id: int) -> HttpResponse:
        """Put units into a part of their own, in the same warehouse; 409 ``not_routable`` says why not."""
        units = _units(SplitIn.parse(request.data)["lines"])
        return self.change(request, ref, lambda **told: split(self.part(ref, part_id), units, **told))


class MergeView(PartsChange):
    """Join two parts."""

    bodies: ClassVar = {"POST": MergeIn}

    def post(self, request: Request, ref: str, part_id: int) -> HttpResponse:
        """Join another part of the order in the same warehouse with this one."""
        both = (part_id, MergeIn.parse(request.data)["other"])
        return self.change(request, ref, lambda **told: merge([self.part(ref, one) for one in both], **told))


class MoveView(PartsChange):
    """Let a part ship from elsewhere."""

    bodies: ClassVar = {"POST": MoveIn}

    def post(self, request: Request, ref: str, part_id: int) -> HttpResponse:
        """Give its units back where they are and allocate them in another warehouse of the channel: both or neither."""
        found = MoveIn.parse(request.data)
        units = _units(found["lines"]) if "lines" in found else None

        def work(**told: Any) -> None:
            reroute(self.part(ref, part_id), _warehouse_named(found["warehouse"]), units, **told)

        return self.change(request, ref, work)


class CombineView(PartsChange):
    """Orders of one buyer to one address."""

    scopes: ClassVar = {"GET": "orders:read", "POST": "orders:write"}
    bodies: ClassVar = {"POST": CombineIn}
    answers: ClassVar = {"GET": COMPANIONS, "POST": COMPANIONS}

    def get(self, request: Request, ref: str) -> Response:
        """The open orders that could go out together with this one."""
        answer = companions_answer(ref, self.channel_id)
        return Response(answer.data, headers=dict(answer.headers))

    def post(self, request: Request, ref: str) -> HttpResponse:
        """Let them go out on one walk, each in a parcel of its own."""
        refs = CombineIn.parse(request.data)["refs"]
        return self.change(request, ref, lambda **told: combine([ref, *refs], **told), companions_answer)


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


def _warehouse_named(code: str) -> int:
    try:
        return warehouse_by_code(code).id
    except NotFound as refusal:
        errors = [{"pointer": "/warehouse", "code": "unknown", "detail": refusal.detail}]
        raise NotFound(refusal.detail, errors=errors) from refusal


def _units(lines: list[dict[str, int]]) -> dict[int, int]:
    units: dict[int, int] = {}
    for line in lines:
        units[line["id"]] = units.get(line["id"], 0) + line["quantity"]
    return units
