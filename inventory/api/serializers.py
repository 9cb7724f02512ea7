"""What inventory's part of the API takes and answers."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import ListField

from core.rest.serializers import (
    Choice,
    Country,
    Day,
    Flag,
    HumanText,
    Instant,
    Properties,
    Quantity,
    RefText,
    Sku,
    StrictSerializer,
    WebAddress,
    Whole,
)
from inventory.models import KitKind, Removal, Tracking
from inventory.selectors import MovementRow, ProductDetail, StockRow
from inventory.selectors.reservations import HeldCart
from inventory.services.adjustment import AdjustmentFact
from inventory.services.holding import ReservationFact
from inventory.states import ADJUSTMENT_REASONS

MAX_ITEMS = 200


class CustomsIn(StrictSerializer):
    hs_code = RefText(max_length=12, required=False, allow_blank=True)
    origin_country = Country(required=False, allow_blank=True)


class KitPartIn(StrictSerializer):
    sku = Sku()
    quantity = Quantity()


class ProductPatch(StrictSerializer):
    """A product's changeable fields. A SKU never changes."""

    name = HumanText()
    barcodes = ListField(child=RefText(), required=False, max_length=50)
    weight_g = Whole(required=False)
    length_mm = Whole(required=False)
    width_mm = Whole(required=False)
    height_mm = Whole(required=False)
    image_url = WebAddress(required=False, allow_blank=True)
    customs = CustomsIn(required=False)
    kit = KitPartIn(many=True, required=False, max_length=50)  # type: ignore[call-arg]
    kit_kind = Choice(choices=KitKind.values, required=False)
    tracking = Choice(choices=Tracking.values, required=False)
    removal = Choice(choices=Removal.values, required=False)
    expiry_horizon_days = Whole(required=False, allow_null=True, max_value=3650)
    reorder_point = Whole(required=False, allow_null=True)
    ships = Flag(required=False)
    release_on = Day(required=False, allow_null=True)
    attributes = Properties(required=False)
    active = Flag(required=False)


class ProductIn(ProductPatch):
    sku = Sku()


class ProductFilters(StrictSerializer):
    search = HumanText(required=False, max_length=100)


class StockFilters(StrictSerializer):
    sku = Sku(required=False)
    warehouse = RefText(required=False, max_length=20)


class MovementFilters(StockFilters):
    since = Instant(required=False)
    document = RefText(required=False, max_length=24)


class AdjustmentIn(StrictSerializer):
    """Either ``delta``, or ``quantity`` with the ``expected_quantity`` it was counted against."""

    sku = Sku()
    warehouse = RefText(max_length=20)
    bin = RefText(max_length=40, required=False)
    reason = Choice(choices=sorted(ADJUSTMENT_REASONS))
    delta = Whole(required=False, min_value=-100_000, max_value=100_000)
    quantity = Whole(required=False, max_value=10_000_000)
    expected_quantity = Whole(required=False, max_value=10_000_000)
    note = HumanText(required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        absolute = {"quantity", "expected_quantity"} & set(attrs)
        if ("delta" in attrs) == bool(absolute) or len(absolute) == 1:
            detail = _("Send either delta, or quantity with expected_quantity.")
            raise ValidationError({"delta": [ErrorDetail(detail, code="either_or")]})
        if attrs.get("delta") == 0:
            raise ValidationError({"delta": [ErrorDetail(_("A delta of zero changes nothing."), code="min_value")]})
        return attrs


class ReservationItemIn(StrictSerializer):
    sku = Sku()
    quantity = Quantity()


class ReservationIn(StrictSerializer):
    items = ReservationItemIn(many=True, allow_empty=False, max_length=MAX_ITEMS)  # type: ignore[call-arg]
    expires_in_s = Whole(min_value=10, max_value=86_400, required=False)
    warehouse = RefText(max_length=20, required=False)


def product_columns(fields: dict[str, Any]) -> dict[str, Any]:
    """The columns of a product among validated fields; customs are two of them."""
    columns = {
        name: value for name, value in fields.items() if name not in {"sku", "barcodes", "kit", "kit_kind", "customs"}
    }
    columns.update(fields.get("customs", {}))
    return columns


def kit_of(fields: dict[str, Any]) -> list[tuple[str, int]] | None:
    """The kit as (sku, quantity) parts, None when the request names none."""
    if "kit" not in fields:
        return None
    return [(part["sku"], part["quantity"]) for part in fields["kit"]]


def show_product(detail: ProductDetail) -> dict[str, Any]:
    product = detail.product
    return {
        "sku": product.sku,
        "name": product.name,
        "barcodes": list(detail.barcodes),
        "weight_g": product.weight_g,
        "length_mm": product.length_mm,
        "width_mm": product.width_mm,
        "height_mm": product.height_mm,
        "image_url": product.image_url,
        "customs": {"hs_code": product.hs_code, "origin_country": product.origin_country},
        "kit": [{"sku": part.sku, "quantity": part.quantity} for part in detail.kit],
        "kit_kind": product.kit_kind,
        "tracking": product.tracking,
        "removal": product.removal,
        "expiry_horizon_days": product.expiry_horizon_days,
        "reorder_point": product.reorder_point,
        "ships": product.ships,
        "release_on": product.release_on,
        "attributes": detail.attributes,
        "active": product.active,
        "version": product.version,
    }


def show_stock(row: StockRow, available: int | None = None) -> dict[str, Any]:
    return {
        "sku": row.sku,
        "warehouse": row.warehouse,
        "on_hand": row.on_hand,
        "allocated": row.allocated,
        "reserved": row.reserved,
        "unavailable": row.unavailable,
        "available": row.available if available is None else available,
        "incoming": row.incoming,
        "backordered": row.backordered,
    }


def show_movement(row: MovementRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "sku": row.sku,
        "warehouse": row.warehouse,
        "quantity": row.quantity,
        "from": {"bin": row.from_bin, "kind": row.from_kind, "condition": row.from_condition},
        "to": {"bin": row.to_bin, "kind": row.to_kind, "condition": row.to_condition},
        "on_hand_change": row.effect,
        "lot": row.lot,
        "reason": row.reason,
        "document": row.document,
        "note": row.note,
        "by": {"kind": row.actor_kind, "name": row.actor_name},
        "at": row.at,
    }


def show_adjustment(fact: AdjustmentFact, movements: list[MovementRow]) -> dict[str, Any]:
    shown = [show_movement(row) for row in movements]
    return {
        "movement": shown[0] if shown else None,
        "movements": shown,
        "delta": fact.delta,
        "reason": fact.reason,
        "allocations_given_up": fact.given_up,
        "level": show_stock(fact.level),
    }


def show_reservation(fact: ReservationFact, warehouse: str, skus: dict[int, str]) -> dict[str, Any]:
    return {
        "id": fact.id,
        "warehouse": warehouse,
        "items": [{"sku": skus[product_id], "quantity": quantity} for product_id, quantity in fact.lines],
        "expires_at": fact.expires_at,
    }


def show_held(cart: HeldCart) -> dict[str, Any]:
    return {
        "id": cart.id,
        "warehouse": cart.warehouse,
        "items": [{"sku": sku, "quantity": quantity} for sku, quantity in cart.items],
        "expires_at": cart.expires_at,
        "open": cart.open,
    }


_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
_INSTANT = {"type": "string", "format": "date-time"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


_PART = _object(sku=_TEXT, quantity=_NUMBER)
_KIT_KIND = {"type": "string", "enum": list(KitKind.values)}
PRODUCT = _object(
    sku=_TEXT,
    name=_TEXT,
    barcodes=_list(_TEXT),
    weight_g=_NUMBER,
    length_mm=_NUMBER,
    width_mm=_NUMBER,
    height_mm=_NUMBER,
    image_url=_TEXT,
    customs=_object(hs_code=_TEXT, origin_country=_TEXT),
    kit=_list(_PART),
    kit_kind=_KIT_KIND,
    tracking=_TEXT,
    removal=_TEXT,
    expiry_horizon_days={"type": ["integer", "null"]},
    reorder_point={"type": ["integer", "null"]},
    ships={"type": "boolean"},
    release_on={"type": ["string", "null"], "format": "date"},
    attributes={"type": "object", "additionalProperties": {}},
    active={"type": "boolean"},
    version=_NUMBER,
)
LEVEL = _object(
    sku=_TEXT,
    warehouse=_TEXT,
    on_hand=_NUMBER,
    allocated=_NUMBER,
    reserved=_NUMBER,
    unavailable=_object(quality_control=_NUMBER, quarantined=_NUMBER, damaged=_NUMBER, safety_stock=_NUMBER),
    available=_NUMBER,
    incoming=_NUMBER,
    backordered=_NUMBER,
)
_PLACE = _object(bin=_TEXT, kind=_TEXT, condition=_TEXT)
MOVEMENT = _object(
    id=_NUMBER,
    sku=_TEXT,
    warehouse=_TEXT,
    quantity=_NUMBER,
    **{"from": _PLACE},
    to=_PLACE,
    on_hand_change=_NUMBER,
    lot=_TEXT,
    reason=_TEXT,
    document=_TEXT,
    note=_TEXT,
    by=_object(kind=_TEXT, name=_TEXT),
    at=_INSTANT,
)
ADJUSTMENT = _object(
    movement={"oneOf": [MOVEMENT, {"type": "null"}]},
    movements=_list(MOVEMENT),
    delta=_NUMBER,
    reason=_TEXT,
    allocations_given_up=_NUMBER,
    level=LEVEL,
)
RESERVATION = _object(id={"type": "string", "format": "uuid"}, warehouse=_TEXT, items=_list(_PART), expires_at=_INSTANT)
HELD = _object(
    id={"type": "string", "format": "uuid"},
    warehouse=_TEXT,
    items=_list(_PART),
    expires_at=_INSTANT,
    open={"type": "boolean"},
)
