"""Work orders over REST: order kits to be assembled or taken apart, and book what is done."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from core.rest.idempotency import Answer, idempotent
from core.rest.pages import Position, cursor_page
from core.rest.serializers import Choice, Day, Flag, Quantity, RefText, Sku, StrictSerializer, list_of
from core.rest.views import Endpoint
from inventory.api.named import bin_named, products_named, warehouse_named
from inventory.selectors.assembling import WorkOrderDetail, WorkOrderFact, work_order, work_orders_page
from inventory.services.assembling import cancel_work_order, complete_kits, create_work_order, release_work_order
from inventory.states import WorkOrderKind, WorkOrderStatus


class WorkOrderIn(StrictSerializer):
    """``quantity`` kits to assemble, or to take apart. Without ``release`` false, what they use is held at once."""

    sku = Sku()
    warehouse = RefText(max_length=20)
    quantity = Quantity()
    kind = Choice(choices=WorkOrderKind.values, required=False)
    due_on = Day(required=False)
    release = Flag(required=False)


class LotIn(StrictSerializer):
    """The lot or serial number of what comes of the work."""

    sku = Sku()
    lot = RefText(max_length=40)


class CompleteIn(StrictSerializer):
    """Kits that are done; they lie in ``bin``, by default where deliveries arrive."""

    quantity = Quantity()
    bin = RefText(max_length=40, required=False)
    lots = list_of(LotIn(), max_length=50, required=False)


class NothingIn(StrictSerializer):
    pass


class WorkOrderFilters(StrictSerializer):
    warehouse = RefText(required=False, max_length=20)
    status = Choice(choices=WorkOrderStatus.values, required=False)


_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
_HEAD: dict[str, Any] = {
    "ref": _TEXT,
    "kind": {"type": "string", "enum": list(WorkOrderKind.values)},
    "status": {"type": "string", "enum": list(WorkOrderStatus.values)},
    "sku": _TEXT,
    "name": _TEXT,
    "warehouse": _TEXT,
    "quantity": _NUMBER,
    "completed": _NUMBER,
    "due_on": {"type": ["string", "null"], "format": "date"},
    "created_at": {"type": "string", "format": "date-time"},
}
_LINE: dict[str, Any] = {
    "sku": _TEXT,
    "name": _TEXT,
    "per_kit": _NUMBER,
    "moved": _NUMBER,
    "held": _NUMBER,
    "available": _NUMBER,
}
WORK_ORDER = {"type": "object", "properties": _HEAD, "required": sorted(_HEAD)}
WORK_ORDER_DETAIL = {
    "type": "object",
    "properties": {
        **_HEAD,
        "can_make": _NUMBER,
        "lines": {"type": "array", "items": {"type": "object", "properties": _LINE, "required": sorted(_LINE)}},
    },
    "required": sorted([*_HEAD, "can_make", "lines"]),
}


def show_work_order(fact: WorkOrderFact) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in _HEAD}


def show_detail(detail: WorkOrderDetail) -> dict[str, Any]:
    return {
        **show_work_order(detail.order),
        "can_make": detail.can_make,
        "lines": [{name: getattr(line, name) for name in _LINE} for line in detail.lines],
    }


class WorkOrdersView(Endpoint):
    """Work orders, newest first; order kits to be assembled or taken apart."""

    scopes = {"GET": "stock:read", "POST": "stock:write"}
    filters = WorkOrderFilters
    paged = True
    bodies = {"POST": WorkOrderIn}
    answers = {"GET": WORK_ORDER, "POST": WORK_ORDER_DETAIL}

    def get(self, request: Request) -> Response:
        wanted = WorkOrderFilters.parse_query(request, paged=True)
        here = [warehouse_named(wanted["warehouse"]).id] if "warehouse" in wanted else None

        def fetch(at: Position | None, limit: int) -> Sequence[WorkOrderFact]:
            side = {} if at is None else {"after_id" if at.backwards else "before_id": at.id}
            return work_orders_page(limit=limit, warehouse_ids=here, status=wanted.get("status", ""), **side)

        return Response(cursor_page(request, fetch, by="id", render=show_work_order))

    def post(self, request: Request) -> HttpResponse:
        fields = WorkOrderIn.parse(request.data)

        def work() -> Answer:
            ref = create_work_order(
                product_id=products_named([fields["sku"]], "/sku")[0].id,
                warehouse_id=warehouse_named(fields["warehouse"]).id,
                quantity=fields["quantity"],
                kind=fields.get("kind", WorkOrderKind.ASSEMBLE),
                due_on=fields.get("due_on"),
                release=fields.get("release", True),
                by=self.actor,
                now=timezone.now(),
            )
            return Answer(show_detail(work_order(ref)), headers={"Location": f"/api/v1/work-orders/{ref}/"})

        return idempotent(request, work)


class WorkOrderView(Endpoint):
    """One work order with its components and how many kits there is enough of everything for."""

    scopes = {"GET": "stock:read"}
    answers = {"GET": WORK_ORDER_DETAIL}

    def get(self, request: Request, ref: str) -> Response:
        return Response(show_detail(work_order(ref)))


class WorkOrderCompleteView(Endpoint):
    """Book kits as done: components leave their bins, kits lie in theirs."""

    scopes = {"POST": "stock:write"}
    bodies = {"POST": CompleteIn}
    answers = {"POST": WORK_ORDER_DETAIL}
    statuses = {"POST": 200}

    def post(self, request: Request, ref: str) -> HttpResponse:
        fields = CompleteIn.parse(request.data)

        def work() -> Answer:
            place = fields.get("bin")
            warehouse_id = work_order(ref).order.warehouse_id
            complete_kits(
                ref,
                fields["quantity"],
                bin_id=bin_named(place, warehouse_id, "/bin") if place else None,
                lots={
                    products_named([one["sku"]], f"/lots/{number}/sku")[0].id: one["lot"]
                    for number, one in enumerate(fields.get("lots", ()))
                },
                by=self.actor,
                now=timezone.now(),
            )
            return Answer(show_detail(work_order(ref)), status=200)

        return idempotent(request, work)


class _StepView(Endpoint):
    """A step of a work order that needs no more than its reference."""

    scopes = {"POST": "stock:write"}
    bodies = {"POST": NothingIn}
    answers = {"POST": WORK_ORDER_DETAIL}
    statuses = {"POST": 200}
    step: Callable[..., Any]

    def post(self, request: Request, ref: str) -> HttpResponse:
        NothingIn.parse(request.data)

        def work() -> Answer:
            type(self).step(ref, by=self.actor, now=timezone.now())
            return Answer(show_detail(work_order(ref)), status=200)

        return idempotent(request, work)


class WorkOrderReleaseView(_StepView):
    """Hold what a draft uses and give it to the floor."""

    step = staticmethod(release_work_order)


class WorkOrderCancelView(_StepView):
    """Call off what is not done; what was held for it is free again."""

    step = staticmethod(cancel_work_order)
