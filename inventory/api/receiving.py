"""Purchase orders, ship notices and receipts over REST."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from core.rest.idempotency import Answer, idempotent
from core.rest.pages import Position, cursor_page
from core.rest.views import Endpoint
from inventory.api import receiving_forms as forms
from inventory.api.named import named, products_named, warehouse_ids_named, warehouse_named
from inventory.selectors.places import warehouse_by_id, warehouses
from inventory.selectors.receiving import (
    PurchaseOrderFact,
    ReceiptFact,
    purchase_order,
    purchase_orders,
    receipt_fact,
    receipt_lines,
    receipts_page,
)
from inventory.selectors.ship_notices import ShipNoticeFact, ship_notice, ship_notices
from inventory.selectors.suppliers import supplier_by_code
from inventory.services.purchasing import create_purchase_order
from inventory.services.ship_notices import NoticeLine, create_ship_notice

T = TypeVar("T")


class PurchaseOrdersView(Endpoint):
    """Purchase orders, newest first; order from a supplier."""

    scopes = {"GET": "stock:read", "POST": "stock:write"}
    filters = forms.InboundFilters
    paged = True
    bodies = {"POST": forms.PurchaseOrderIn}
    answers = {"GET": forms.PURCHASE_ORDER, "POST": forms.PURCHASE_ORDER_DETAIL}

    def get(self, request: Request) -> Response:
        wanted = _filters(forms.InboundFilters.parse_query(request, paged=True))

        def fetch(at: Position | None, limit: int) -> Sequence[PurchaseOrderFact]:
            return purchase_orders(limit=limit, **wanted, **_side(at))

        return Response(cursor_page(request, fetch, by="id", render=forms.show_purchase_order))

    def post(self, request: Request) -> HttpResponse:
        fields = forms.PurchaseOrderIn.parse(request.data)

        def work() -> Answer:
            products = products_named([line["sku"] for line in fields["lines"]], "/lines/%d/sku")
            ref = create_purchase_order(
                supplier_id=named(lambda: supplier_by_code(fields["supplier"]), "/supplier").id,
                warehouse_id=warehouse_named(fields["warehouse"]).id,
                lines=[(product.id, line["quantity"]) for product, line in zip(products, fields["lines"], strict=True)],
                unit_costs={
                    product.id: line["unit_cost"]
                    for product, line in zip(products, fields["lines"], strict=True)
                    if "unit_cost" in line
                },
                expected_on=fields.get("expected_on"),
                note=fields.get("note", ""),
                by=self.actor,
                now=timezone.now(),
            )
            return Answer(
                forms.show_purchase_order(*purchase_order(ref)), headers={"Location": f"/api/v1/purchase-orders/{ref}/"}
            )

        return idempotent(request, work)


class PurchaseOrderView(Endpoint):
    """One purchase order with its lines."""

    scopes = {"GET": "stock:read"}
    answers = {"GET": forms.PURCHASE_ORDER_DETAIL}

    def get(self, request: Request, ref: str) -> Response:
        return Response(forms.show_purchase_order(*purchase_order(ref)))


class ShipNoticesView(Endpoint):
    """Advance ship notices, newest first; announce a delivery."""

    scopes = {"GET": "stock:read", "POST": "stock:write"}
    filters = forms.InboundFilters
    paged = True
    bodies = {"POST": forms.ShipNoticeIn}
    answers = {"GET": forms.SHIP_NOTICE, "POST": forms.SHIP_NOTICE_DETAIL}

    def get(self, request: Request) -> Response:
        wanted = _filters(forms.InboundFilters.parse_query(request, paged=True))

        def fetch(at: Position | None, limit: int) -> Sequence[ShipNoticeFact]:
            return ship_notices(limit=limit, **wanted, **_side(at))

        return Response(cursor_page(request, fetch, by="id", render=forms.show_ship_notice))

    def post(self, request: Request) -> HttpResponse:
        fields = forms.ShipNoticeIn.parse(request.data)

        def work() -> Answer:
            products = products_named([line["sku"] for line in fields["lines"]], "/lines/%d/sku")
            supplier_id = named(lambda: supplier_by_code(fields["supplier"]), "/supplier").id
            warehouse_id = warehouse_named(fields["warehouse"]).id
            lines = [
                NoticeLine(
                    product_id=product.id,
                    quantity=line["quantity"],
                    lot=line.get("lot", ""),
                    expires_on=line.get("expires_on"),
                    sscc=line.get("sscc", ""),
                )
                for product, line in zip(products, fields["lines"], strict=True)
            ]
            ref = named(
                lambda: create_ship_notice(
                    supplier_id=supplier_id,
                    warehouse_id=warehouse_id,
                    number=fields["number"],
                    lines=lines,
                    purchase_order_ref=fields.get("purchase_order", ""),
                    expected_on=fields.get("expected_on"),
                    by=self.actor,
                    now=timezone.now(),
                ),
                "/purchase_order",
            )
            return Answer(
                forms.show_ship_notice(*ship_notice(ref)), headers={"Location": f"/api/v1/ship-notices/{ref}/"}
            )

        return idempotent(request, work)


class ShipNoticeView(Endpoint):
    """One ship notice with its lines, cases and lots."""

    scopes = {"GET": "stock:read"}
    answers = {"GET": forms.SHIP_NOTICE_DETAIL}

    def get(self, request: Request, ref: str) -> Response:
        return Response(forms.show_ship_notice(*ship_notice(ref)))


class ReceiptsView(Endpoint):
    """What arrived, newest first."""

    scopes = {"GET": "stock:read"}
    filters = forms.ReceiptFilters
    paged = True
    answers = {"GET": forms.RECEIPT}

    def get(self, request: Request) -> Response:
        fields = forms.ReceiptFilters.parse_query(request, paged=True)
        codes = {one.id: one.code for one in warehouses(active_only=False)}

        def fetch(at: Position | None, limit: int) -> Sequence[ReceiptFact]:
            return receipts_page(
                warehouse_ids=warehouse_ids_named(fields.get("warehouse")),
                purchase_order_ref=fields.get("purchase_order", ""),
                ship_notice_ref=fields.get("ship_notice", ""),
                limit=limit,
                **_side(at),
            )

        return Response(
            cursor_page(request, fetch, by="id", render=lambda fact: forms.show_receipt(fact, codes[fact.warehouse_id]))
        )


class ReceiptView(Endpoint):
    """One receipt with its lines; those that were taken back have ``voided_at``."""

    scopes = {"GET": "stock:read"}
    answers = {"GET": forms.RECEIPT_DETAIL}

    def get(self, request: Request, ref: str) -> Response:
        fact = receipt_fact(ref)
        lines = receipt_lines(fact.ref, limit=5000)
        return Response(forms.show_receipt(fact, warehouse_by_id(fact.warehouse_id).code, lines))


def _side(at: Position | None) -> dict[str, Any]:
    if at is None:
        return {}
    return {"after_id" if at.backwards else "before_id": at.id}


def _filters(fields: dict[str, Any]) -> dict[str, Any]:
    return {"warehouse_ids": warehouse_ids_named(fields.get("warehouse")), "open_only": fields.get("open") == "true"}
