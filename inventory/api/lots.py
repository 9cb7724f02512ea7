"""Lots and serial numbers over REST: look up, trace, recall. References alone, never a person."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.rest.idempotency import Answer, idempotent
from core.rest.pages import only_page
from core.rest.serializers import HumanText, RefText, StrictSerializer
from core.rest.views import Endpoint
from inventory.api.history import show_cause
from inventory.selectors.lots import LotFact, lot_fact, lots_numbered
from inventory.selectors.places import warehouses
from inventory.selectors.tracing import Arrival, Delivered, LotTrace, lots_sent_with, trace_lot
from inventory.services.recalling import RecallFact, recall_lot


class LotFilters(StrictSerializer):
    """``order``: the lots that went out with an order, or one parcel of it; ``number``: those of that number."""

    order = RefText(required=False, max_length=24)
    number = RefText(required=False, max_length=40)


class RecallIn(StrictSerializer):
    reason = HumanText(max_length=200)


_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
_MAYBE_INSTANT = {"type": ["string", "null"], "format": "date-time"}
_INSTANT = {"type": "string", "format": "date-time"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


_FACT = {
    "sku": _TEXT,
    "number": _TEXT,
    "expires_on": {"type": ["string", "null"], "format": "date"},
    "sellable_until": {"type": ["string", "null"], "format": "date"},
    "first_received_at": _MAYBE_INSTANT,
    "recalled_at": _MAYBE_INSTANT,
    "recall_reason": _TEXT,
}
LOT = _object(**_FACT)
LOTS = _object(
    next={"type": "null"},
    previous={"type": "null"},
    results=_list({**LOT, "properties": {**_FACT, "units": {"type": ["integer", "null"]}}}),
)
_CAUSE = {"oneOf": [_object(kind=_TEXT, ref=_TEXT), {"type": "null"}]}
TRACE = _object(
    lot=LOT,
    units=_object(arrived=_NUMBER, here=_NUMBER, delivered=_NUMBER, returned=_NUMBER),
    arrivals=_list(
        _object(receipt=_TEXT, purchase_order=_TEXT, supplier=_TEXT, warehouse=_TEXT, quantity=_NUMBER, at=_INSTANT)
    ),
    here=_list(_object(warehouse=_TEXT, bin=_TEXT, condition=_TEXT, quantity=_NUMBER)),
    delivered=_list(
        _object(
            order=_TEXT,
            customer_ref=_TEXT,
            parcels=_list(_TEXT),
            warehouse=_TEXT,
            quantity=_NUMBER,
            returned=_NUMBER,
            returns=_list(_TEXT),
            at=_INSTANT,
        )
    ),
    moves=_list(
        _object(id=_NUMBER, quantity=_NUMBER, reason=_TEXT, cause=_CAUSE, at=_INSTANT, **{"from": _TEXT}, to=_TEXT)
    ),
    truncated={"type": "boolean"},
)
RECALL = _object(lot=LOT, set_aside=_NUMBER, already_picked=_NUMBER, orders=_list(_TEXT))


class LotsView(Endpoint):
    """Find lots: backward from an order, or by number."""

    scopes = {"GET": "stock:read"}
    filters = LotFilters
    answers = {"GET": LOTS}

    def get(self, request: Request) -> Response:
        wanted = LotFilters.parse_query(request)
        if "order" in wanted:
            rows = [{**show_lot(one), "units": units} for one, units in lots_sent_with(wanted["order"])]
        elif "number" in wanted:
            rows = [{**show_lot(one), "units": None} for one in lots_numbered(wanted["number"], limit=200)]
        else:
            raise ValidationError({"order": [ErrorDetail(_("Name an order or a number."), code="required")]})
        return Response(only_page(rows))


class LotTraceView(Endpoint):
    """A lot or serial number from supplier to customer and back, in one answer."""

    scopes = {"GET": "stock:read"}
    answers = {"GET": TRACE}

    def get(self, request: Request, sku: str, number: str) -> Response:
        return Response(show_trace(trace_lot(lot_fact(sku, number))))


class LotRecallView(Endpoint):
    """Recall a lot: nothing of it is sold any more, and the orders that got some are named."""

    scopes = {"POST": "stock:write"}
    bodies = {"POST": RecallIn}
    answers = {"POST": RECALL}
    statuses = {"POST": 200}

    def post(self, request: Request, sku: str, number: str) -> HttpResponse:
        fields = RecallIn.parse(request.data)

        def work() -> Answer:
            lot = lot_fact(sku, number)
            done = recall_lot(lot.id, reason=fields["reason"], by=self.actor, now=timezone.now())
            return Answer(show_recall(lot_fact(sku, number), done), status=200)

        return idempotent(request, work)


def show_lot(lot: LotFact) -> dict[str, Any]:
    return {
        "sku": lot.sku,
        "number": lot.number,
        "expires_on": lot.expires_on,
        "sellable_until": lot.sellable_until,
        "first_received_at": lot.first_received_at,
        "recalled_at": lot.recalled_at,
        "recall_reason": lot.recall_reason,
    }


def show_recall(lot: LotFact, done: RecallFact) -> dict[str, Any]:
    return {
        "lot": show_lot(lot),
        "set_aside": done.units,
        "already_picked": done.carried,
        "orders": list(done.orders),
    }


def show_trace(trace: LotTrace) -> dict[str, Any]:
    codes = {one.id: one.code for one in warehouses(active_only=False)}
    return {
        "lot": show_lot(trace.lot),
        "units": {
            "arrived": trace.units_arrived,
            "here": trace.units_here,
            "delivered": trace.units_delivered,
            "returned": trace.units_returned,
        },
        "arrivals": [_arrival(one) for one in trace.arrivals],
        "here": [
            {
                "warehouse": codes.get(one.warehouse_id, ""),
                "bin": one.bin_name,
                "condition": one.condition,
                "quantity": one.quantity,
            }
            for one in trace.here
        ],
        "delivered": _delivered(trace.delivered),
        "moves": [
            {
                "id": row.id,
                "quantity": row.quantity,
                "from": row.from_bin,
                "to": row.to_bin,
                "reason": row.reason,
                "cause": show_cause(row.document),
                "at": row.at,
            }
            for row in trace.movements
        ],
        "truncated": trace.cut,
    }


def _arrival(one: Arrival) -> dict[str, Any]:
    return {
        "receipt": one.receipt,
        "purchase_order": one.purchase_order,
        "supplier": one.supplier,
        "warehouse": one.warehouse,
        "quantity": one.units,
        "at": one.at,
    }


def _delivered(rows: Sequence[Delivered]) -> list[dict[str, Any]]:
    return [
        {
            "order": one.order,
            "customer_ref": one.customer_ref,
            "parcels": list(one.parcels),
            "warehouse": one.warehouse,
            "quantity": one.units,
            "returned": one.returned,
            "returns": list(one.returns),
            "at": one.at,
        }
        for one in rows
    ]
