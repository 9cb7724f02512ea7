"""Transfers between warehouses over REST."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from core.rest.idempotency import Answer, idempotent
from core.rest.pages import Position, cursor_page
from core.rest.serializers import Choice, Day, Flag, HumanText, Quantity, RefText, Sku, StrictSerializer, list_of
from core.rest.views import Endpoint
from inventory.api.named import bin_named, products_named, warehouse_named
from inventory.errors import InsufficientStock
from inventory.selectors.transfers import TransferFact, transfer_by_ref, transfers_page
from inventory.services.transfer_shipping import Load, ship_transfer
from inventory.services.transfers import MAX_LINES, cancel_transfer, close_transfer, create_transfer
from inventory.states import Condition, TransferStatus


class TransferLineIn(StrictSerializer):
    sku = Sku()
    quantity = Quantity()


class TransferIn(StrictSerializer):
    """Units to send from ``source`` to ``target``; they are held at the source at once."""

    source = RefText(max_length=20)  # type: ignore[assignment]
    target = RefText(max_length=20)
    expected_on = Day(required=False)
    note = HumanText(required=False, allow_blank=True)
    lines = list_of(TransferLineIn(), max_length=MAX_LINES)


class LoadIn(StrictSerializer):
    """Units that leave a bin, by its code or its painted name."""

    sku = Sku()
    bin = RefText(max_length=40)
    quantity = Quantity()
    lot = RefText(max_length=40, required=False, allow_blank=True)
    condition = Choice(choices=Condition.values, required=False)


class ShipIn(StrictSerializer):
    """Without ``lines`` everything still to be sent leaves. ``complete`` false: more of it is sent later."""

    lines = list_of(LoadIn(), max_length=MAX_LINES, required=False)
    complete = Flag(required=False)


class TransferStepIn(StrictSerializer):
    pass


class TransferFilters(StrictSerializer):
    warehouse = RefText(required=False, max_length=20)
    status = Choice(choices=TransferStatus.values, required=False)


_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
_UNITS = {name: _NUMBER for name in ("quantity", "shipped", "received", "lost", "in_transit")}
_DAY = {"type": ["string", "null"], "format": "date"}
_HEAD: dict[str, Any] = {
    "ref": _TEXT,
    "status": {"type": "string", "enum": list(TransferStatus.values)},
    "source": _TEXT,
    "target": _TEXT,
    "expected_on": _DAY,
    "note": _TEXT,
    "created_at": {"type": "string", "format": "date-time"},
    "shipped_at": {"type": ["string", "null"], "format": "date-time"},
    **_UNITS,
}
_LINE: dict[str, Any] = {"sku": _TEXT, "lot": _TEXT, **_UNITS}
TRANSFER = {"type": "object", "properties": _HEAD, "required": sorted(_HEAD)}
TRANSFER_DETAIL = {
    "type": "object",
    "properties": {
        **_HEAD,
        "lines": {
            "type": "array",
            "items": {"type": "object", "properties": _LINE, "required": sorted(_LINE)},
        },
    },
    "required": sorted([*_HEAD, "lines"]),
}


def show_transfer(fact: TransferFact) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in _HEAD}


def show_detail(fact: TransferFact) -> dict[str, Any]:
    return {
        **show_transfer(fact),
        "lines": [{name: getattr(line, name) for name in _LINE} for line in fact.lines],
    }


class TransfersView(Endpoint):
    """Transfers, newest first; ask for one."""

    scopes = {"GET": "stock:read", "POST": "stock:write"}
    filters = TransferFilters
    paged = True
    bodies = {"POST": TransferIn}
    answers = {"GET": TRANSFER, "POST": TRANSFER_DETAIL}

    def get(self, request: Request) -> Response:
        wanted = TransferFilters.parse_query(request, paged=True)
        here = [warehouse_named(wanted["warehouse"], "/warehouse").id] if "warehouse" in wanted else None

        def fetch(at: Position | None, limit: int) -> Sequence[TransferFact]:
            side: dict[str, Any] = {} if at is None else {"after_id" if at.backwards else "before_id": at.id}
            return transfers_page(warehouse_ids=here, status=wanted.get("status"), limit=limit, **side)

        return Response(cursor_page(request, fetch, by="id", render=show_transfer))

    def post(self, request: Request) -> HttpResponse:
        fields = TransferIn.parse(request.data)

        def work() -> Answer:
            products = products_named([line["sku"] for line in fields["lines"]], "/lines/%d/sku")
            try:
                ref = create_transfer(
                    source_id=warehouse_named(fields["source"], "/source").id,
                    target_id=warehouse_named(fields["target"], "/target").id,
                    lines=[
                        (product.id, line["quantity"]) for product, line in zip(products, fields["lines"], strict=True)
                    ],
                    expected_on=fields.get("expected_on"),
                    note=fields.get("note", ""),
                    by=self.actor,
                    now=timezone.now(),
                )
            except InsufficientStock as refusal:
                skus = [product.sku for product in products]
                for error in refusal.errors:
                    error["pointer"] = f"/lines/{skus.index(error['sku'])}/quantity"
                raise
            return Answer(show_detail(transfer_by_ref(ref)), headers={"Location": f"/api/v1/transfers/{ref}/"})

        return idempotent(request, work)


class TransferView(Endpoint):
    """One transfer with its lines, a line for each lot that left."""

    scopes = {"GET": "stock:read"}
    answers = {"GET": TRANSFER_DETAIL}

    def get(self, request: Request, ref: str) -> Response:
        return Response(show_detail(transfer_by_ref(ref)))


class TransferShipView(Endpoint):
    """Send units on their way."""

    scopes = {"POST": "stock:write"}
    bodies = {"POST": ShipIn}
    answers = {"POST": TRANSFER_DETAIL}
    statuses = {"POST": 200}

    def post(self, request: Request, ref: str) -> HttpResponse:
        fields = ShipIn.parse(request.data)

        def work() -> Answer:
            source_id = transfer_by_ref(ref).source_id
            loads = None
            if "lines" in fields:
                products = products_named([line["sku"] for line in fields["lines"]], "/lines/%d/sku")
                loads = [
                    Load(
                        product.id,
                        bin_named(line["bin"], source_id, f"/lines/{number}/bin"),
                        line["quantity"],
                        line.get("lot", ""),
                        line.get("condition", Condition.SELLABLE),
                    )
                    for number, (product, line) in enumerate(zip(products, fields["lines"], strict=True))
                ]
            ship_transfer(ref, loads, complete=fields.get("complete", True), by=self.actor, now=timezone.now())
            return Answer(show_detail(transfer_by_ref(ref)), status=200)

        return idempotent(request, work)


class _StepView(Endpoint):
    """A step of a transfer that needs no more than its reference."""

    scopes = {"POST": "stock:write"}
    bodies = {"POST": TransferStepIn}
    answers = {"POST": TRANSFER_DETAIL}
    statuses = {"POST": 200}
    step: Callable[..., Any]

    def post(self, request: Request, ref: str) -> HttpResponse:
        TransferStepIn.parse(request.data)

        def work() -> Answer:
            type(self).step(ref, by=self.actor, now=timezone.now())
            return Answer(show_detail(transfer_by_ref(ref)), status=200)

        return idempotent(request, work)


class TransferCancelView(_StepView):
    """Call off a transfer of which nothing has left."""

    step = staticmethod(cancel_transfer)


class TransferCloseView(_StepView):
    """Say that nothing more arrives: what is missing is written off as lost."""

    step = staticmethod(close_transfer)
