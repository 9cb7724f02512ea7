"""From checked JSON to what the services take."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from core.rest.problems import pointers
from orders.services.bulk import Fate
from orders.services.editing import OrderChanges
from orders.services.line_changes import LineChange
from orders.services.requests import ChargeRequest, CustomerRequest, LineRequest, OrderRequest


def order_request(found: Mapping[str, Any], *, now: datetime) -> OrderRequest:
    """The order that ``OrderIn`` found in a body; it was placed now when it does not say."""
    customer = found["customer"]
    return OrderRequest(
        external_id=found["external_id"],
        placed_at=found.get("placed_at") or now,
        currency=found.get("currency", ""),
        customer=CustomerRequest(
            email=customer["email"],
            name=customer["name"],
            phone=customer["phone"],
            locale=customer["locale"],
            notify_by=tuple(dict.fromkeys(customer.get("notify_by", ("email",)))),
        ),
        shipping_address=found["shipping_address"],
        billing_address=found.get("billing_address"),
        lines=tuple(
            LineRequest(
                sku=line["sku"],
                quantity=line["quantity"],
                unit_price=line["unit_price"],
                external_id=line["external_id"],
                note=line["note"],
                properties=line.get("properties", {}),
            )
            for line in found["lines"]
        ),
        charges=tuple(ChargeRequest(**charge) for charge in found.get("charges", ())),
        shipping_method=found["shipping_method"],
        shipping_price=found["shipping_price"],
        note=found["note"],
        gift=found.get("gift") or {},
        payment_status=found["payment_status"],
        reservation_id=found.get("reservation_id"),
        tags=tuple(found.get("tags", ())),
        purchase_order_number=found.get("purchase_order_number", ""),
        ship_complete=found.get("ship_complete"),
        deliver_not_before=found.get("deliver_not_before"),
        deliver_not_after=found.get("deliver_not_after"),
        pallet=found.get("pallet", False),
        total=found.get("total"),
    )


def refused(body: Any, error: ValidationError) -> Fate:
    """The fate of an order whose form is wrong."""
    external_id = body.get("external_id") if isinstance(body, Mapping) else None
    return Fate(
        external_id=external_id if isinstance(external_id, str) else "",
        status="rejected",
        code="invalid",
        detail=_("The order has fields that cannot be accepted."),
        errors=pointers(error.get_full_details()),
    )


def order_changes(found: Mapping[str, Any]) -> OrderChanges:
    """The changes that ``OrderPatchIn`` found in a body."""
    return OrderChanges(
        shipping_address=found.get("shipping_address"),
        billing_address=found.get("billing_address"),
        shipping_method=found.get("shipping_method"),
        note=found.get("note"),
        gift=found.get("gift"),
        lines=tuple(LineChange(**line) for line in found.get("lines", ())),
    )
