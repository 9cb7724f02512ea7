"""What the addresses about availability take and answer."""

import re
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import ListField, empty

from core.rest.serializers import HumanText, Quantity, RefText, Sku, StrictSerializer, Whole, list_of
from inventory.planning.promising import Outlook
from inventory.selectors.changes import START, ChangedLevel, Place
from inventory.states import ADJUSTMENT_REASONS

MOST_SKUS, MOST_CHANGES, MOST_ADJUSTMENTS, LONGEST_WAIT_S = 1000, 1000, 500, 20
_CURSOR = re.compile(r"(\d{1,19})\.(\d{1,19})\.([0-9a-f]{0,16})")
_LARGEST = 2**63 - 1


class NumberInAddress(Whole):
    """A whole number in a query string, where everything is text."""

    def run_validation(self, data: Any = empty) -> Any:
        if isinstance(data, str) and data.isascii() and data.isdigit() and len(data) <= 10:
            data = int(data)
        return super().run_validation(data)


class AvailabilityIn(StrictSerializer):
    """Up to a thousand SKUs; ``quantity`` asks of each whether there are so many."""

    skus = ListField(child=Sku(), allow_empty=False, max_length=MOST_SKUS)
    warehouse = RefText(max_length=20, required=False)
    quantity = Quantity(required=False)


class PromisableFilters(StrictSerializer):
    sku = Sku()
    warehouse = RefText(required=False, max_length=20)
    quantity = NumberInAddress(required=False, min_value=1, max_value=100_000)


class ChangeFilters(StrictSerializer):
    """``since`` is the cursor of the answer before; without it the feed begins with everything."""

    since = RefText(required=False, max_length=60)
    limit = NumberInAddress(required=False, min_value=1, max_value=MOST_CHANGES)
    wait_s = NumberInAddress(required=False, min_value=0, max_value=LONGEST_WAIT_S)

    def validate_since(self, value: str) -> tuple[Place, str]:
        found = _CURSOR.fullmatch(value)
        if found is None or max(int(found[1]), int(found[2])) > _LARGEST:
            detail = _("This cursor is not one of ours. Leave it out to start anew.")
            raise ValidationError([ErrorDetail(detail, code="invalid")])
        return Place(int(found[1]), int(found[2])), found[3]


class SafetyIn(StrictSerializer):
    sku = Sku()
    warehouse = RefText(max_length=20)
    units = Whole(max_value=10_000_000)


class ExtensionIn(StrictSerializer):
    expires_in_s = Whole(min_value=10, max_value=86_400, required=False)


class CountedIn(StrictSerializer):
    """What a product's quantity is to be, and what it was when it was read."""

    sku = Sku()
    warehouse = RefText(max_length=20)
    bin = RefText(max_length=40, required=False)
    quantity = Whole(max_value=10_000_000)
    expected_quantity = Whole(max_value=10_000_000)
    reason = RefText(max_length=20, required=False)
    note = HumanText(required=False, allow_blank=True)

    def validate_reason(self, value: str) -> str:
        if value not in ADJUSTMENT_REASONS:
            raise ValidationError([ErrorDetail(_("This is not a reason for an adjustment."), code="invalid_choice")])
        return value


class CountsIn(StrictSerializer):
    items = list_of(CountedIn(), max_length=MOST_ADJUSTMENTS)


def place_of(wanted: dict[str, Any]) -> tuple[Place, str]:
    """Where in the feed a request goes on, and under which buffers it was followed so far."""
    found: tuple[Place, str] = wanted.get("since", (START, ""))
    return found


def cursor_of(place: Place, mark: str) -> str:
    return f"{place.xid}.{place.level_id}.{mark}"


def show_change(row: ChangedLevel, available: int) -> dict[str, Any]:
    return {
        "sku": row.sku,
        "warehouse": row.warehouse,
        "available": available,
        "on_hand": row.on_hand,
        "kit": False,
        "changed_at": row.changed_at,
    }


def show_outlook(sku: str, warehouse: str, found: Outlook, quantity: int | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "sku": sku,
        "warehouse": warehouse,
        "promisable": [{"from": day, "quantity": units} for day, units in found.steps],
        "late": found.late,
    }
    if quantity is not None:
        shown["first_day"] = found.first_day(quantity)
    return shown


_TEXT, _NUMBER, _FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
_DAY = {"type": "string", "format": "date"}


def _object(optional: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties.keys() - set(optional))}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


AVAILABILITY = _object(
    results=_list(_object(("enough",), sku=_TEXT, warehouse=_TEXT, available=_NUMBER, enough=_FLAG)),
    unknown=_list(_TEXT),
)
PROMISABLE = _object(
    results=_list(
        _object(
            ("first_day",),
            sku=_TEXT,
            warehouse=_TEXT,
            promisable=_list(_object((), quantity=_NUMBER, **{"from": _DAY})),
            late=_NUMBER,
            first_day={"type": ["string", "null"], "format": "date"},
        )
    )
)
CHANGES = _object(
    results=_list(
        _object(
            sku=_TEXT,
            warehouse=_TEXT,
            available=_NUMBER,
            on_hand=_NUMBER,
            kit=_FLAG,
            changed_at={"type": ["string", "null"], "format": "date-time"},
        )
    ),
    cursor=_TEXT,
    more=_FLAG,
)
SAFETY = _object(sku=_TEXT, warehouse=_TEXT, safety_stock=_NUMBER, available=_NUMBER)
COUNTS = _object(
    results=_list(
        _object(
            ("quantity", "delta", "code", "detail"),
            sku=_TEXT,
            warehouse=_TEXT,
            status={"type": "string", "enum": ["adjusted", "same", "stale", "refused"]},
            quantity=_NUMBER,
            delta=_NUMBER,
            code=_TEXT,
            detail=_TEXT,
        )
    )
)
