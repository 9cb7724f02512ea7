"""Bins, how full they are, and how many more of a product fit, over REST."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from core.kernel.errors import NotFound
from core.rest.pages import Position, cursor_page
from core.rest.serializers import Choice, RefText, Sku, StrictSerializer
from core.rest.views import Endpoint
from inventory.models import BinKind
from inventory.models.place import VIRTUAL_KINDS
from inventory.planning.storing import PLENTY
from inventory.selectors.occupancy import BinRow, Occupancy, bin_rows, fits_by_zone, newest_bins
from inventory.selectors.places import bin_by_code, warehouse_by_code, warehouses, zones_of
from inventory.selectors.products import products_by_sku
from inventory.selectors.stock import BinContent, bin_content
from inventory.selectors.storing import fits_in

KINDS = sorted(set(BinKind.values) - {str(kind) for kind in VIRTUAL_KINDS})


class BinFilters(StrictSerializer):
    warehouse = RefText(required=False, max_length=20)
    kind = Choice(choices=KINDS, required=False)
    zone = RefText(required=False, max_length=20)


class FitsFilters(StrictSerializer):
    sku = Sku()
    warehouse = RefText(max_length=20)
    bin = RefText(max_length=40, required=False)


def show_occupancy(one: Occupancy) -> dict[str, Any]:
    return {
        "units": one.units,
        "volume_ml": -(-one.mm3 // 1000),
        "weight_g": one.grams,
        "units_percent": one.units_percent,
        "volume_percent": one.volume_percent,
        "weight_percent": one.weight_percent,
    }


def show_bin(row: BinRow, codes: dict[int, str]) -> dict[str, Any]:
    fact = row.fact
    return {
        "code": fact.code,
        "name": fact.name,
        "warehouse": codes[fact.warehouse_id],
        "zone": fact.zone,
        "kind": fact.kind,
        "pick_sequence": fact.pick_sequence,
        "stands_in": fact.parent_code,
        "frozen": fact.frozen,
        "frozen_reason": fact.frozen_reason,
        "one_product": fact.one_product,
        "capacity": {"units": fact.capacity_units, "volume_ml": fact.capacity_ml, "weight_g": fact.capacity_g},
        "products": row.products,
        "occupancy": show_occupancy(row.occupancy),
    }


def show_content(one: BinContent) -> dict[str, Any]:
    return {
        "sku": one.sku,
        "name": one.name,
        "lot": one.lot,
        "condition": one.condition,
        "quantity": one.quantity,
        "to_pick": one.to_pick,
    }


_TEXT, _NUMBER, _FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
_MAYBE = {"type": ["integer", "null"]}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


_BIN: dict[str, Any] = {
    "code": _TEXT,
    "name": _TEXT,
    "warehouse": _TEXT,
    "zone": _TEXT,
    "kind": _TEXT,
    "pick_sequence": _NUMBER,
    "stands_in": _TEXT,
    "frozen": _FLAG,
    "frozen_reason": _TEXT,
    "one_product": _FLAG,
    "capacity": _object(units=_MAYBE, volume_ml=_MAYBE, weight_g=_MAYBE),
    "products": _NUMBER,
    "occupancy": _object(
        units=_NUMBER,
        volume_ml=_NUMBER,
        weight_g=_NUMBER,
        units_percent=_MAYBE,
        volume_percent=_MAYBE,
        weight_percent=_MAYBE,
    ),
}
_CONTENT = _object(sku=_TEXT, name=_TEXT, lot=_TEXT, condition=_TEXT, quantity=_NUMBER, to_pick=_NUMBER)
BIN = _object(**_BIN)
BIN_WITH_CONTENT = _object(**_BIN, content={"type": "array", "items": _CONTENT})
FITS = _object(
    sku=_TEXT,
    warehouse=_TEXT,
    fits=_NUMBER,
    bins_with_room=_NUMBER,
    bins_without_limit=_NUMBER,
    zones={
        "type": "array",
        "items": _object(zone=_TEXT, fits=_NUMBER, bins_with_room=_NUMBER, bins_without_limit=_NUMBER),
    },
)


class BinsView(Endpoint):
    """Bins in use, newest first, with how full each is. Totes and pallets are bins too."""

    scopes = {"GET": "stock:read"}
    filters = BinFilters
    paged = True
    answers = {"GET": BIN}

    def get(self, request: Request) -> Response:
        wanted = BinFilters.parse_query(request, paged=True)
        codes = {one.id: one.code for one in warehouses(active_only=False)}
        here = [pk for pk, code in codes.items() if wanted.get("warehouse", code) == code]
        zones = (
            [zone.id for pk in here for zone in zones_of(pk) if zone.code == wanted["zone"]]
            if "zone" in wanted
            else None
        )

        def fetch(at: Position | None, limit: int) -> Sequence[BinRow]:
            return newest_bins(
                warehouse_ids=here,
                kinds=[wanted["kind"]] if "kind" in wanted else KINDS,
                zone_ids=zones,
                limit=limit,
                before_id=at.id if at and not at.backwards else None,
                after_id=at.id if at and at.backwards else None,
            )

        return Response(
            cursor_page(
                request, fetch, by="id", render=lambda row: show_bin(row, codes), place=lambda row: (row.id, row.id)
            )
        )


class BinView(Endpoint):
    """One bin by the code on its label, with what lies in it."""

    scopes = {"GET": "stock:read"}
    answers = {"GET": BIN_WITH_CONTENT}

    def get(self, request: Request, code: str) -> Response:
        fact = bin_by_code(code)
        if fact.kind not in KINDS:
            raise NotFound(_("No bin here has the code %(code)s.") % {"code": code[:40]})
        codes = {one.id: one.code for one in warehouses(active_only=False)}
        (row,) = bin_rows([fact.id])
        return Response(show_bin(row, codes) | {"content": [show_content(one) for one in bin_content(fact.id)]})


class FitsView(Endpoint):
    """How many more of a product fit into the storage bins of a warehouse, or into one bin.

    ``fits`` counts bins with a limit; ``bins_without_limit`` take any number besides.
    """

    scopes = {"GET": "stock:read"}
    filters = FitsFilters
    answers = {"GET": FITS}
    looks_up = ("GET",)

    def get(self, request: Request) -> Response:
        wanted = FitsFilters.parse_query(request)
        product = products_by_sku([wanted["sku"]]).get(wanted["sku"].casefold())
        if product is None:
            raise NotFound(_("There is no product %(sku)s.") % {"sku": wanted["sku"]})
        warehouse = warehouse_by_code(wanted["warehouse"])
        if "bin" in wanted:
            place = bin_by_code(wanted["bin"], warehouse_id=warehouse.id)
            units = fits_in(product.id, place.id)
            rows = [(place.zone, 0 if units == PLENTY else units, int(units > 0), int(units == PLENTY))]
        else:
            rows = [
                (one.zone, one.units, one.bins_with_room, one.unlimited)
                for one in fits_by_zone(product.id, warehouse.id)
            ]
        return Response(
            {
                "sku": product.sku,
                "warehouse": warehouse.code,
                "fits": sum(units for _zone, units, _bins, _unlimited in rows),
                "bins_with_room": sum(bins for _zone, _units, bins, _unlimited in rows),
                "bins_without_limit": sum(unlimited for _zone, _units, _bins, unlimited in rows),
                "zones": [
                    {"zone": zone, "fits": units, "bins_with_room": bins, "bins_without_limit": unlimited}
                    for zone, units, bins, unlimited in rows
                ],
            }
        )
