"""The ledger and the stock of the past, over REST."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.kernel.errors import NotFound
from core.rest.pages import Position, cursor_page
from core.rest.serializers import Choice, Instant, RefText
from core.rest.views import Endpoint
from inventory.api.named import warehouse_ids_named
from inventory.api.serializers import MOVEMENT, MovementFilters, StockFilters, show_movement
from inventory.planning.documents import kind_of
from inventory.selectors.history import AtRow, level_of, stock_at
from inventory.selectors.ledger import MovementRow, ledger_page, product_ledger
from inventory.selectors.places import bin_by_code, warehouses
from inventory.selectors.products import products_by_sku

UNKNOWN = ("allocated", "reserved", "available", "incoming", "backordered")
"""What the ledger cannot say of the past: promises move no units."""


class StockThenFilters(StockFilters):
    """``kits=true`` lists the kits that are packed from components, which have no stock of their own."""

    at = Instant(required=False)
    kits = Choice(choices=["true", "false"], required=False)


class LedgerFilters(MovementFilters):
    """``bin`` is the code on a bin's label, or with ``warehouse`` its painted name."""

    until = Instant(required=False)
    bin = RefText(required=False, max_length=40)
    lot = RefText(required=False, max_length=40)


class MovementsView(Endpoint):
    """The stock ledger, newest first; of one ``sku`` by time, each movement with the ``balance`` after it.

    ``balance`` is on_hand over the warehouses asked for; null without a ``sku``, and with a filter that leaves out
    movements between (bin, document, lot).
    """

    scopes = {"GET": "stock:read"}
    filters = LedgerFilters
    paged = True
    answers = {
        "GET": {
            **MOVEMENT,
            "properties": {
                **MOVEMENT["properties"],
                "balance": {"type": ["integer", "null"]},
                "cause": {
                    "oneOf": [
                        {
                            "type": "object",
                            "properties": {"kind": {"type": "string"}, "ref": {"type": "string"}},
                            "required": ["kind", "ref"],
                        },
                        {"type": "null"},
                    ]
                },
            },
        }
    }

    def get(self, request: Request) -> Response:
        wanted = LedgerFilters.parse_query(request, paged=True)
        names: dict[str, Any] = {name: wanted[name] for name in ("document", "lot", "since", "until") if name in wanted}
        places = warehouse_ids_named(wanted.get("warehouse"))
        if places is not None:
            names["warehouse_ids"] = places
        if "bin" in wanted:
            names["bin_id"] = _bin_id(wanted["bin"], places)
        if "sku" not in wanted:
            return Response(cursor_page(request, lambda at, limit: _by_id(at, limit, names), by="id", render=_show))
        found = list(products_by_sku([wanted["sku"]]).values())

        def fetch(at: Position | None, limit: int) -> Sequence[MovementRow]:
            if not found:
                return []
            side: dict[str, Any] = {} if at is None else {"after" if at.backwards else "before": (at.value, at.id)}
            return product_ledger(found[0].id, limit=limit, **names, **side)

        return Response(cursor_page(request, fetch, by="at", render=_show))


def _by_id(at: Position | None, limit: int, names: dict[str, Any]) -> Sequence[MovementRow]:
    side: dict[str, Any] = {} if at is None else {"after_id" if at.backwards else "before_id": at.id}
    return ledger_page(limit=limit, **names, **side)


def _show(row: MovementRow) -> dict[str, Any]:
    return {**show_movement(row), "balance": row.balance, "cause": show_cause(row.document)}


def show_cause(document: str) -> dict[str, str] | None:
    """What made a movement: the kind of its document and its reference; None when it names none of ours."""
    kind = kind_of(document)
    return {"kind": kind, "ref": document} if kind else None


def stock_then(sku: str | None, warehouse: str | None, at: datetime) -> dict[str, Any]:
    """The answer to ``GET /stock/?at=&sku=``: a row for each warehouse, of one page. Raises ValidationError."""
    if sku is None:
        raise _refusal("sku", _("Name the product: the past is asked for one SKU at a time."))
    if at > timezone.now():
        raise _refusal("at", _("This moment has not come yet."))
    found = list(products_by_sku([sku]).values())
    places = [one for one in warehouses(active_only=warehouse is None) if warehouse in (None, one.code)]
    rows: dict[int, list[AtRow]] = {}
    if found:
        for row in stock_at(found[0].id, at, warehouse_ids=[one.id for one in places]):
            rows.setdefault(row.warehouse_id, []).append(row)
    return {
        "next": None,
        "previous": None,
        "results": [_show_then(found[0].sku, one.code, at, rows.get(one.id, [])) for one in places] if found else [],
    }


def _show_then(sku: str, warehouse: str, at: datetime, rows: Sequence[AtRow]) -> dict[str, Any]:
    level = level_of(rows)
    return {
        "sku": sku,
        "warehouse": warehouse,
        "as_of": at,
        "on_hand": level.on_hand,
        "unavailable": level.unavailable,
        "bins": [
            {"bin": one.bin_name, "lot": one.lot, "condition": one.condition, "quantity": one.units} for one in rows
        ],
        "unknown": list(UNKNOWN),
    }


def _bin_id(code: str, places: Sequence[int] | None) -> int:
    """The bin a filter names; one that does not exist matches nothing."""
    try:
        return bin_by_code(code, warehouse_id=places[0] if places else None).id
    except NotFound:
        return 0


def _refusal(name: str, detail: str) -> ValidationError:
    return ValidationError({name: [ErrorDetail(detail, code="invalid")]})


_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
LEVEL_THEN = {
    "type": "object",
    "properties": {
        "sku": _TEXT,
        "warehouse": _TEXT,
        "as_of": {"type": "string", "format": "date-time"},
        "on_hand": _NUMBER,
        "unavailable": {"type": "object", "additionalProperties": _NUMBER},
        "bins": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"bin": _TEXT, "lot": _TEXT, "condition": _TEXT, "quantity": _NUMBER},
                "required": ["bin", "condition", "lot", "quantity"],
            },
        },
        "unknown": {"type": "array", "items": _TEXT},
    },
    "required": ["as_of", "bins", "on_hand", "sku", "unavailable", "unknown", "warehouse"],
}
