"""Purchase orders, ship notices and receipts over REST."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from core.kernel.errors import Invalid, NotFound
from core.rest.idempotency import Answer, idempotent
from core.rest.pages import Position, cursor_page
from core.rest.views import Endpoint
from inventory.api import receiving_forms as forms
from inventory.selectors.places import warehouse_by_code, warehouse_by_id, warehouses
from inventory.selectors.products import ProductFact, products_by_sku
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
            products = _products(fields["lines"])
            ref = create_purchase_order(
                supplier_id=_named(lambda: supplier_by_code(fields["supplier"]), "/supplier").id,
                warehouse_id=_named(lambda: warehouse_by_code(fields["warehouse"]), "/warehouse").id,
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
            return Answer(forms.show_purchase_order(*purchase_order(ref)))

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
            products = _products(fields["lines"])
            supplier_id = _named(lambda: supplier_by_code(fields["supplier"]), "/supplier").id
            warehouse_id = _named(lambda: warehouse_by_code(fields["warehouse"]), "/warehouse").id
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
            ref = _named(
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
            return Answer(forms.show_ship_notice(*ship_notice(ref)))

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
                warehouse_ids=_warehouse_ids(fields),
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
    return {"warehouse_ids": _warehouse_ids(fields), "open_only": fields.get("open") == "true"}


def _warehouse_ids(fields: dict[str, Any]) -> list[int] | None:
    if "warehouse" not in fields:
        return None
    return [one.id for one in warehouses(active_only=False) if one.code == fields["warehouse"]]


def _named(find: Callable[[], T], pointer: str) -> T:
    """What a field names. Raises Invalid (400) pointing at the field where there is no such thing."""
    try:
        return find()
    except NotFound as refusal:
        errors = [{"pointer": pointer, "code": "unknown", "detail": refusal.detail}]
        raise Invalid(refusal.detail, errors=errors) from refusal


def _products(lines: Sequence[dict[str, Any]]) -> list[ProductFact]:
    """The product of each line. Raises Invalid (400) pointing at each SKU that is unknown."""
    found = products_by_sku(line["sku"] for line in lines)
    errors = [
        {
            "pointer": f"/lines/{number}/sku",
            "code": "unknown_sku",
            "detail": _("There is no product %(sku)s.") % {"sku": line["sku"]},
        }
        for number, line in enumerate(lines)
        if line["sku"].casefold() not in found
    ]
    if errors:
        raise Invalid(str(errors[0]["detail"]), errors=errors)
    return [found[line["sku"].casefold()] for line in lines]
