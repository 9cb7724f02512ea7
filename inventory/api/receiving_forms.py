"""What the part of the API for incoming goods takes and answers."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError

from core.rest.serializers import (
    Choice,
    Day,
    HumanText,
    Money,
    Quantity,
    RefText,
    Sku,
    StrictSerializer,
    list_of,
)
from inventory.planning.gs1 import read_gs1
from inventory.selectors.receiving import PurchaseOrderFact, PurchaseOrderLineFact, ReceiptFact, ReceiptLineFact
from inventory.selectors.ship_notices import ShipNoticeFact, ShipNoticeLineFact

MAX_LINES = 1000


class PurchaseOrderLineIn(StrictSerializer):
    sku = Sku()
    quantity = Quantity()
    unit_cost = Money(decimal_places=4, required=False)


class PurchaseOrderIn(StrictSerializer):
    """Goods to order from a supplier, named by its code. The same SKU twice is summed."""

    supplier = RefText(max_length=40)
    warehouse = RefText(max_length=20)
    expected_on = Day(required=False)
    note = HumanText(required=False, allow_blank=True)
    lines = list_of(PurchaseOrderLineIn(), max_length=MAX_LINES)


class ShipNoticeLineIn(StrictSerializer):
    """``sscc`` is the number of the case or pallet, as it is on its label."""

    sku = Sku()
    quantity = Quantity()
    lot = RefText(max_length=40, required=False, allow_blank=True)
    expires_on = Day(required=False)
    sscc = RefText(max_length=24, required=False, allow_blank=True)

    def validate_sscc(self, text: str) -> str:
        """Eighteen digits with a right check digit; a ``00`` before them is the label's, not the number's."""
        if not text:
            return ""
        sscc = read_gs1(text).sscc
        if not sscc:
            detail = _("An SSCC has 18 digits, the last of which is a check digit.")
            raise ValidationError([ErrorDetail(detail, code="sscc")])
        return sscc


class ShipNoticeIn(StrictSerializer):
    """A delivery on its way; ``number`` is the supplier's own and may be sent once."""

    supplier = RefText(max_length=40)
    warehouse = RefText(max_length=20)
    number = RefText(max_length=64)
    purchase_order = RefText(max_length=24, required=False)
    expected_on = Day(required=False)
    lines = list_of(ShipNoticeLineIn(), max_length=MAX_LINES)


class InboundFilters(StrictSerializer):
    """``open=true`` leaves those that still expect something."""

    warehouse = RefText(max_length=20, required=False)
    open = Choice(choices=["true", "false"], required=False)


class ReceiptFilters(StrictSerializer):
    warehouse = RefText(max_length=20, required=False)
    purchase_order = RefText(max_length=24, required=False)
    ship_notice = RefText(max_length=24, required=False)


def show_purchase_order(fact: PurchaseOrderFact, lines: list[PurchaseOrderLineFact] | None = None) -> dict[str, Any]:
    """A purchase order; with ``lines`` in detail."""
    shown: dict[str, Any] = {
        "ref": fact.ref,
        "supplier": fact.supplier,
        "warehouse": fact.warehouse,
        "status": fact.status,
        "expected_on": fact.expected_on,
        "ordered_at": fact.ordered_at,
        "ordered_units": fact.ordered_units or 0,
        "received_units": fact.received_units or 0,
        "note": fact.note,
    }
    if lines is not None:
        shown["lines"] = [
            {"sku": one.sku, "quantity": one.quantity, "received": one.received, "unit_cost": _cost(one)}
            for one in lines
        ]
    return shown


def show_ship_notice(fact: ShipNoticeFact, lines: list[ShipNoticeLineFact] | None = None) -> dict[str, Any]:
    """A ship notice; with ``lines`` in detail."""
    shown: dict[str, Any] = {
        "ref": fact.ref,
        "number": fact.number,
        "supplier": fact.supplier,
        "warehouse": fact.warehouse,
        "purchase_order": fact.purchase_order_ref or None,
        "status": fact.status,
        "expected_on": fact.expected_on,
        "created_at": fact.created_at,
        "announced_units": fact.announced_units,
        "received_units": fact.received_units,
    }
    if lines is not None:
        shown["lines"] = [
            {
                "sku": one.sku,
                "quantity": one.quantity,
                "received": one.received,
                "lot": one.lot,
                "expires_on": one.expires_on,
                "sscc": one.sscc,
            }
            for one in lines
        ]
    return shown


def show_receipt(fact: ReceiptFact, warehouse: str, lines: list[ReceiptLineFact] | None = None) -> dict[str, Any]:
    """A receipt; with ``lines`` in detail."""
    shown: dict[str, Any] = {
        "ref": fact.ref,
        "warehouse": warehouse,
        "purchase_order": fact.purchase_order_ref or None,
        "ship_notice": fact.ship_notice_ref or None,
        "transfer": fact.transfer_ref or None,
        "supplier": fact.supplier or None,
        "opened_at": fact.opened_at,
        "closed_at": fact.closed_at,
        "voided_at": fact.voided_at,
        "void_reason": fact.void_reason,
        "units": fact.units,
    }
    if lines is not None:
        shown["lines"] = [
            {
                "sku": one.sku or None,
                "scanned_code": one.scanned_code,
                "quantity": one.quantity,
                "discrepancy": one.discrepancy,
                "condition": one.condition,
                "lot": one.lot,
                "expires_on": one.expires_on,
                "sscc": one.sscc,
                "bin": one.bin_name,
                "note": one.note,
                "voided_at": one.voided_at,
                "at": one.at,
            }
            for one in lines
        ]
    return shown


def _cost(line: PurchaseOrderLineFact) -> str | None:
    return None if line.unit_cost is None else format(line.unit_cost, "f")


_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
_NAME = {"type": ["string", "null"]}
_DAY = {"type": ["string", "null"], "format": "date"}
_INSTANT = {"type": "string", "format": "date-time"}
_MAYBE = {"type": ["string", "null"], "format": "date-time"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _detailed(kind: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    return _object(**kind["properties"], lines={"type": "array", "items": line})


PURCHASE_ORDER = _object(
    ref=_TEXT,
    supplier=_TEXT,
    warehouse=_TEXT,
    status=_TEXT,
    expected_on=_DAY,
    ordered_at=_MAYBE,
    ordered_units=_NUMBER,
    received_units=_NUMBER,
    note=_TEXT,
)
PURCHASE_ORDER_DETAIL = _detailed(
    PURCHASE_ORDER, _object(sku=_TEXT, quantity=_NUMBER, received=_NUMBER, unit_cost=_NAME)
)
SHIP_NOTICE = _object(
    ref=_TEXT,
    number=_TEXT,
    supplier=_TEXT,
    warehouse=_TEXT,
    purchase_order=_NAME,
    status=_TEXT,
    expected_on=_DAY,
    created_at=_INSTANT,
    announced_units=_NUMBER,
    received_units=_NUMBER,
)
SHIP_NOTICE_DETAIL = _detailed(
    SHIP_NOTICE,
    _object(sku=_TEXT, quantity=_NUMBER, received=_NUMBER, lot=_TEXT, expires_on=_DAY, sscc=_TEXT),
)
RECEIPT = _object(
    ref=_TEXT,
    warehouse=_TEXT,
    purchase_order=_NAME,
    ship_notice=_NAME,
    transfer=_NAME,
    supplier=_NAME,
    opened_at=_INSTANT,
    closed_at=_MAYBE,
    voided_at=_MAYBE,
    void_reason=_TEXT,
    units={"type": "object", "additionalProperties": _NUMBER},
)
RECEIPT_DETAIL = _detailed(
    RECEIPT,
    _object(
        sku=_NAME,
        scanned_code=_TEXT,
        quantity=_NUMBER,
        discrepancy=_TEXT,
        condition=_TEXT,
        lot=_TEXT,
        expires_on=_DAY,
        sscc=_TEXT,
        bin=_TEXT,
        note=_TEXT,
        voided_at=_MAYBE,
        at=_INSTANT,
    ),
)
