"""Transfers between warehouses over REST."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from core.kernel.errors import Invalid, NotFound
from core.rest.idempotency import Answer, idempotent
from core.rest.pages import Position, cursor_page
from core.rest.serializers import Choice, Day, Flag, HumanText, Quantity, RefText, Sku, StrictSerializer, list_of
from core.rest.views import Endpoint
from inventory.errors import InsufficientStock
from inventory.selectors.places import bin_by_code, warehouse_by_code
from inventory.selectors.products import ProductFact, products_by_sku
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
        here = [_warehouse(wanted["warehouse"], "/warehouse")] if "warehouse" in wanted else None

        def fetch(at: Position | None, limit: int) -> Sequence[TransferFact]:
            side: dict[str, Any] = {} if at is None else {"after_id" if at.backwards else "before_id": at.id}
            return transfers_page(warehouse_ids=here, status=wanted.get("status"), limit=limit, **side)

        return Response(cursor_page(request, fetch, by="id", render=show_transfer))

    def post(self, request: Request) -> HttpResponse:
        fields = TransferIn.parse(request.data)

        def work() -> Answer:
            products = _products([line["sku"] for line in fields["lines"]])
            try:
                ref = create_transfer(
                    source_id=_warehouse(fields["source"], "/source"),
                    target_id=_warehouse(fields["target"], "/target"),
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
            return Answer(show_detail(transfer_by_ref(ref)))

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
                products = _products([line["sku"] for line in fields["lines"]])
                loads = [
                    Load(
                        product.id,
                        _bin(line["bin"], source_id, f"/lines/{number}/bin"),
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
        TransferStepIn.parse(request.data or {})

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


def _products(skus: Sequence[str]) -> list[ProductFact]:
    """The products named, in that order. Raises Invalid (400) pointing at each SKU that is unknown."""
    found = products_by_sku(skus)
    unknown = [number for number, sku in enumerate(skus) if sku.casefold() not in found]
    if unknown:
        raise Invalid(
            _("There is no product %(sku)s.") % {"sku": skus[unknown[0]]},
            errors=[
                {
                    "pointer": f"/lines/{number}/sku",
                    "code": "unknown_sku",
                    "detail": _("There is no product %(sku)s.") % {"sku": skus[number]},
                }
                for number in unknown
            ],
        )
    return [found[sku.casefold()] for sku in skus]


def _warehouse(code: str, pointer: str) -> int:
    return _named(lambda: warehouse_by_code(code).id, pointer)


def _bin(code: str, warehouse_id: int, pointer: str) -> int:
    return _named(lambda: bin_by_code(code, warehouse_id=warehouse_id).id, pointer)


def _named(find: Callable[[], int], pointer: str) -> int:
    """What a field names. Raises Invalid (400) pointing at the field when there is no such thing."""
    try:
        return find()
    except NotFound as refusal:
        raise Invalid(
            refusal.detail, errors=[{"pointer": pointer, "code": "unknown", "detail": refusal.detail}]
        ) from refusal
