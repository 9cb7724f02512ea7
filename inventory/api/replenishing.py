"""Forecasts and purchase proposals over REST, to read."""

from collections.abc import Iterable, Sequence
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from core.kernel.errors import NotFound
from core.rest.pages import Position, cursor_page
from core.rest.serializers import Choice, RefText, Sku, StrictSerializer
from core.rest.views import Endpoint
from inventory.selectors.places import warehouse_by_code
from inventory.selectors.products import products_by_sku
from inventory.selectors.replenishing import ForecastFact, ProposalFact, forecasts_page, proposals_page
from inventory.states import ProposalStatus


class ForecastFilters(StrictSerializer):
    sku = Sku(required=False)


class ProposalFilters(StrictSerializer):
    warehouse = RefText(required=False, max_length=20)
    status = Choice(choices=ProposalStatus.values, required=False)


def show_forecast(fact: ForecastFact) -> dict[str, Any]:
    return {
        "sku": fact.sku,
        "warehouse": fact.warehouse,
        "method": fact.method,
        "daily_mean": round(fact.daily_mean, 3),
        "daily_deviation": round(fact.daily_deviation, 3),
        "wape": fact.wape,
        "wape_of_28_day_mean": fact.baseline_wape,
        "days_of_history": fact.days,
        "computed_at": fact.computed_at,
    }


def show_proposal(fact: ProposalFact) -> dict[str, Any]:
    return {
        "id": fact.id,
        "sku": fact.sku,
        "warehouse": fact.warehouse,
        "supplier": fact.supplier,
        "status": fact.status,
        "quantity": fact.quantity,
        "order_by": fact.order_by,
        "reason": fact.reason,
        "purchase_order": fact.purchase_order_ref,
        "created_at": fact.created_at,
    }


_TEXT, _WHOLE, _NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
_MAYBE_NUMBER = {"type": ["number", "null"]}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


FORECAST = _object(
    {
        "sku": _TEXT,
        "warehouse": _TEXT,
        "method": _TEXT,
        "daily_mean": _NUMBER,
        "daily_deviation": _NUMBER,
        "wape": _MAYBE_NUMBER,
        "wape_of_28_day_mean": _MAYBE_NUMBER,
        "days_of_history": _WHOLE,
        "computed_at": {"type": "string", "format": "date-time"},
    }
)
PROPOSAL = _object(
    {
        "id": _WHOLE,
        "sku": _TEXT,
        "warehouse": _TEXT,
        "supplier": _TEXT,
        "status": _TEXT,
        "quantity": _WHOLE,
        "order_by": {"type": ["string", "null"], "format": "date"},
        "reason": {"type": "object"},
        "purchase_order": _TEXT,
        "created_at": {"type": "string", "format": "date-time"},
    }
)


class ForecastsView(Endpoint):
    """What each product will sell a day in each warehouse, and how well that was told before."""

    scopes = {"GET": "stock:read"}
    filters = ForecastFilters
    paged = True
    answers = {"GET": FORECAST}

    def get(self, request: Request) -> Response:
        wanted = ForecastFilters.parse_query(request, paged=True)
        products: Iterable[int] | None = None
        if "sku" in wanted:
            products = [product.id for product in products_by_sku([wanted["sku"]]).values()]

        def fetch(at: Position | None, limit: int) -> Sequence[ForecastFact]:
            return forecasts_page(product_ids=products, limit=limit, **_side(at))

        return Response(cursor_page(request, fetch, by="id", render=show_forecast, place=lambda row: (row.id, row.id)))


class ProposalsView(Endpoint):
    """What the system proposes to order, newest first; a person decides in the dashboard."""

    scopes = {"GET": "stock:read"}
    filters = ProposalFilters
    paged = True
    answers = {"GET": PROPOSAL}

    def get(self, request: Request) -> Response:
        wanted = ProposalFilters.parse_query(request, paged=True)
        here = None
        if "warehouse" in wanted:
            try:
                here = [warehouse_by_code(wanted["warehouse"]).id]
            except NotFound:
                here = []

        def fetch(at: Position | None, limit: int) -> Sequence[ProposalFact]:
            return proposals_page(warehouse_ids=here, status=wanted.get("status", ""), limit=limit, **_side(at))

        return Response(cursor_page(request, fetch, by="id", render=show_proposal, place=lambda row: (row.id, row.id)))


def _side(at: Position | None) -> dict[str, int]:
    if at is None:
        return {}
    return {"after_id": at.id} if at.backwards else {"before_id": at.id}
