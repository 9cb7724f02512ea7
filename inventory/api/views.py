"""Products and stock over REST: parse, one command, answer."""

import contextlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from core.kernel.errors import Invalid
from core.rest.etags import etag, expected_version
from core.rest.idempotency import Answer, idempotent
from core.rest.pages import Position, cursor_page
from core.rest.views import Endpoint
from inventory import selectors
from inventory.api import serializers
from inventory.api.availability_forms import ExtensionIn
from inventory.api.history import LEVEL_THEN, StockThenFilters, stock_then
from inventory.api.named import bin_named, products_named, warehouse_ids_named, warehouse_named
from inventory.errors import InsufficientStock, ReservationClosed
from inventory.models import KitKind
from inventory.selectors import KitPart, ProductDetail, ProductFact, WarehouseFact
from inventory.selectors.reservations import held_cart
from inventory.selectors.sellable import left_for
from inventory.selectors.stock_shown import ShownRow, shown, shown_kits, shown_of
from inventory.services.adjustment import adjust_stock
from inventory.services.carts import extend_reservation
from inventory.services.holding import release_reservation, reserve_items
from inventory.services.products import create_product, update_product

HOLD_S = 900
"""How long a cart holds its stock when the request does not say."""


class ProductsView(Endpoint):
    """Products, newest first; add one."""

    scopes = {"GET": "products:read", "POST": "products:write"}
    filters = serializers.ProductFilters
    paged = True
    bodies = {"POST": serializers.ProductIn}
    answers = {"GET": serializers.PRODUCT, "POST": serializers.PRODUCT}

    def get(self, request: Request) -> Response:
        wanted = serializers.ProductFilters.parse_query(request, paged=True)

        def fetch(at: Position | None, limit: int) -> Sequence[ProductDetail]:
            return selectors.products_page(limit=limit, search=wanted.get("search", ""), **_side(at))

        return Response(
            cursor_page(
                request,
                fetch,
                by="id",
                render=serializers.show_product,
                place=lambda row: (row.product.id, row.product.id),
            )
        )

    def post(self, request: Request) -> HttpResponse:
        fields = serializers.ProductIn.parse(request.data)

        def work() -> Answer:
            detail = create_product(
                sku=fields["sku"],
                barcodes=fields.get("barcodes", ()),
                kit=serializers.kit_of(fields) or (),
                kit_kind=fields.get("kit_kind"),
                by=self.actor,
                now=timezone.now(),
                **serializers.product_columns(fields),
            )
            product = detail.product
            return Answer(
                serializers.show_product(detail),
                headers={"Location": f"/api/v1/products/{quote(product.sku)}/", "ETag": etag(product.version)},
            )

        return idempotent(request, work)


class ProductView(Endpoint):
    """One product, by its SKU in whatever case."""

    scopes = {"GET": "products:read", "PATCH": "products:write"}
    versioned = ("PATCH",)
    bodies = {"PATCH": serializers.ProductPatch}
    answers = {"GET": serializers.PRODUCT, "PATCH": serializers.PRODUCT}

    def get(self, request: Request, sku: str) -> Response:
        detail = selectors.product_detail(sku)
        return Response(serializers.show_product(detail), headers={"ETag": etag(detail.product.version)})

    def patch(self, request: Request, sku: str) -> HttpResponse:
        fields = serializers.ProductPatch.parse(request.data, partial=True)
        version = expected_version(request)

        def work() -> Answer:
            detail = update_product(
                sku,
                changes=serializers.product_columns(fields),
                barcodes=fields.get("barcodes"),
                kit=serializers.kit_of(fields),
                kit_kind=fields.get("kit_kind"),
                expected_version=version,
                by=self.actor,
                now=timezone.now(),
            )
            return Answer(serializers.show_product(detail), status=200, headers={"ETag": etag(detail.product.version)})

        return idempotent(request, work)


class StockView(Endpoint):
    """Stock levels: one row for each product and warehouse. ``available`` is without what the key's channel leaves.

    Asked for by ``sku`` a product has a row in every active warehouse, zeros where it was never stocked; a kit counts
    by its components. ``kits=true`` lists such kits instead of levels. With ``at`` and ``sku``: what lay there at that
    past moment; ``unknown`` names what the ledger cannot say of the past.
    """

    scopes = {"GET": "stock:read"}
    filters = StockThenFilters
    paged = True
    answers = {"GET": {"oneOf": [serializers.LEVEL, LEVEL_THEN]}}

    def get(self, request: Request) -> Response:
        wanted = StockThenFilters.parse_query(request, paged=True)
        if "at" in wanted:
            return Response(stock_then(wanted.get("sku"), wanted.get("warehouse"), wanted["at"]))
        if "sku" in wanted:
            return self._of_product(request, wanted)
        if wanted.get("kits") == "true":
            return self._of_kits(request, wanted)
        warehouses = warehouse_ids_named(wanted.get("warehouse"))

        def fetch(at: Position | None, limit: int) -> Sequence[ShownRow]:
            rows = selectors.stock_rows(warehouse_ids=warehouses, limit=limit, **_side(at))
            return shown(rows, channel_id=self.client.channel_id)

        return Response(
            cursor_page(
                request,
                fetch,
                by="id",
                render=lambda one: serializers.show_stock(one.row, one.available),
                place=lambda one: (one.row.level_id, one.row.level_id),
            )
        )

    def _of_kits(self, request: Request, wanted: dict[str, Any]) -> Response:
        places = _places(wanted)

        def fetch(at: Position | None, limit: int) -> Sequence[ShownRow]:
            return shown_kits(
                places,
                channel_id=self.client.channel_id,
                limit=limit,
                beyond=(int(at.value), at.id) if at else None,
                newer=bool(at and at.backwards),
            )

        return Response(
            cursor_page(
                request,
                fetch,
                by="kit",
                render=lambda one: serializers.show_stock(one.row, one.available),
                place=lambda one: (one.row.product_id, one.row.warehouse_id),
            )
        )

    def _of_product(self, request: Request, wanted: dict[str, Any]) -> Response:
        products = selectors.products_by_sku([wanted["sku"]]).values()
        places = _places(wanted)
        rows = [row for one in products for row in shown_of(one, places, channel_id=self.client.channel_id)]

        def fetch(at: Position | None, limit: int) -> Sequence[ShownRow]:
            if at is None:
                return rows[:limit]
            if at.backwards:
                return [one for one in reversed(rows) if one.row.warehouse_id > at.id][:limit]
            return [one for one in rows if one.row.warehouse_id < at.id][:limit]

        return Response(
            cursor_page(
                request,
                fetch,
                by="warehouse",
                render=lambda one: serializers.show_stock(one.row, one.available),
                place=lambda one: (one.row.warehouse_id, one.row.warehouse_id),
            )
        )


class AdjustmentsView(Endpoint):
    """Correct the stock of a product, by a delta or by a count."""

    scopes = {"POST": "stock:write"}
    bodies = {"POST": serializers.AdjustmentIn}
    answers = {"POST": serializers.ADJUSTMENT}

    def post(self, request: Request) -> HttpResponse:
        fields = serializers.AdjustmentIn.parse(request.data)

        def work() -> Answer:
            product = products_named([fields["sku"]], "/sku")[0]
            warehouse = warehouse_named(fields["warehouse"])
            place = fields.get("bin")
            fact = adjust_stock(
                product_id=product.id,
                warehouse_id=warehouse.id,
                bin_id=bin_named(place, warehouse.id, "/bin") if place else None,
                reason=fields["reason"],
                delta=fields.get("delta"),
                quantity=fields.get("quantity"),
                expected_quantity=fields.get("expected_quantity"),
                note=fields.get("note", ""),
                by=self.actor,
                now=timezone.now(),
            )
            rows = selectors.ledger_page(product_id=product.id, limit=200) if fact.movement_ids else []
            mine = [row for row in rows if row.id in fact.movement_ids]
            return Answer(serializers.show_adjustment(fact, mine))

        return idempotent(request, work)


class ReservationsView(Endpoint):
    """Hold stock for a cart, all items or none, from one warehouse."""

    scopes = {"POST": "stock:write"}
    bodies = {"POST": serializers.ReservationIn}
    answers = {"POST": serializers.RESERVATION}

    def post(self, request: Request) -> HttpResponse:
        fields = serializers.ReservationIn.parse(request.data)
        skus = [item["sku"] for item in fields["items"]]

        def work() -> Answer:
            products = products_named(skus, "/items/%d/sku")
            stocked = _stocked(products, [item["quantity"] for item in fields["items"]])
            items = [(part.product_id, part.quantity) for _item, part in stocked]
            warehouse = (
                warehouse_named(fields["warehouse"])
                if "warehouse" in fields
                else _warehouse_with(items, self.client.channel_id)
            )
            try:
                fact = reserve_items(
                    items,
                    warehouse_id=warehouse.id,
                    expires_in=timedelta(seconds=fields.get("expires_in_s", HOLD_S)),
                    channel_id=self.client.channel_id,
                    by=self.actor,
                    now=timezone.now(),
                )
            except InsufficientStock as refusal:
                _point_at_items(refusal, stocked)
                raise
            names = {part.product_id: part.sku for _item, part in stocked}
            return Answer(
                serializers.show_reservation(fact, warehouse.code, names),
                headers={"Location": f"/api/v1/stock/reservations/{fact.id}/"},
            )

        return idempotent(request, work)


class ReservationView(Endpoint):
    """A cart's hold. To end one that has ended already changes nothing."""

    scopes = {"GET": "stock:read", "DELETE": "stock:write"}
    answers = {"GET": serializers.HELD}

    def get(self, request: Request, reservation_id: UUID) -> Response:
        return Response(serializers.show_held(held_cart(reservation_id, channel_id=self.client.channel_id)))

    def delete(self, request: Request, reservation_id: UUID) -> HttpResponse:
        channel_id = self.client.channel_id

        def work() -> Answer:
            with contextlib.suppress(ReservationClosed):
                release_reservation(reservation_id, channel_id=channel_id, by=self.actor, now=timezone.now())
            return Answer(None, status=204)

        return idempotent(request, work)


class ReservationExtendView(Endpoint):
    """Let a cart's hold end so many seconds from now (900 when it does not say)."""

    scopes = {"POST": "stock:write"}
    bodies = {"POST": ExtensionIn}
    answers = {"POST": serializers.HELD}
    statuses = {"POST": 200}

    def post(self, request: Request, reservation_id: UUID) -> HttpResponse:
        expires_in = timedelta(seconds=ExtensionIn.parse(request.data).get("expires_in_s", HOLD_S))
        channel_id = self.client.channel_id

        def work() -> Answer:
            extend_reservation(
                reservation_id, expires_in=expires_in, channel_id=channel_id, by=self.actor, now=timezone.now()
            )
            return Answer(serializers.show_held(held_cart(reservation_id, channel_id=channel_id)), status=200)

        return idempotent(request, work)


def _side(at: Position | None) -> dict[str, Any]:
    if at is None:
        return {}
    return {"after_id" if at.backwards else "before_id": at.id}


def _product_ids(wanted: dict[str, Any]) -> list[int] | None:
    """The product a filter names: None without the filter, nothing when there is no such product."""
    if "sku" not in wanted:
        return None
    return [fact.id for fact in selectors.products_by_sku([wanted["sku"]]).values()]


def _places(wanted: dict[str, Any]) -> list[WarehouseFact]:
    """The warehouse a filter names, all active ones without the filter, none when there is no such warehouse."""
    code = wanted.get("warehouse")
    return [one for one in selectors.warehouses(active_only=code is None) if code in (None, one.code)]


def _warehouse_with(items: Sequence[tuple[int, int]], channel_id: int | None) -> WarehouseFact:
    """The first warehouse that has all the items, else the first at all, which then refuses by name."""
    places = selectors.warehouses()
    if not places:
        raise Invalid(_("There is no warehouse yet."))
    wanted: dict[int, int] = {}
    for product_id, quantity in items:
        wanted[product_id] = wanted.get(product_id, 0) + quantity
    there = left_for(channel_id, selectors.availability(wanted, [place.id for place in places]))
    for place in places:
        if all(there.get((product_id, place.id), 0) >= quantity for product_id, quantity in wanted.items()):
            return place
    return places[0]


def _stocked(products: Sequence[ProductFact], quantities: Sequence[int]) -> list[tuple[int, KitPart]]:
    """[(number of the item, what it takes from stock)]: of a kit its components."""
    kits = selectors.explode(product.id for product in products if product.kit_kind == KitKind.VIRTUAL)
    return [
        (number, KitPart(part.product_id, part.sku, part.quantity * quantity))
        for number, (product, quantity) in enumerate(zip(products, quantities, strict=True))
        for part in kits.get(product.id, (KitPart(product.id, product.sku, 1),))
    ]


def _point_at_items(refusal: InsufficientStock, stocked: Sequence[tuple[int, KitPart]]) -> None:
    for error in refusal.errors:
        number = next(number for number, part in stocked if part.sku == error["sku"])
        error["pointer"] = f"/items/{number}/quantity"
