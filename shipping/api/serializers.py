"""What the API takes about shipments."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError

from core.rest.serializers import (
    Choice,
    Country,
    Day,
    Money,
    Quantity,
    RefText,
    Sku,
    StrictSerializer,
    Text,
    Whole,
    list_of,
)
from shipping.states import ParcelStatus


class ShipmentFilters(StrictSerializer):
    """Which shipments a list shows."""

    status = Choice(choices=ParcelStatus.choices, required=False)
    order = RefText(required=False, max_length=24)
    tracking_number = RefText(required=False, max_length=60)
    carrier = RefText(required=False, max_length=40)


class LostIn(StrictSerializer):
    """Nothing has to be said."""


class RateItemIn(StrictSerializer):
    """An article and how many of it."""

    sku = Sku()
    quantity = Quantity()


class DestinationIn(StrictSerializer):
    """Where to."""

    country = Country()
    postal_code = Text(required=False, allow_blank=True, max_length=20)
    city = Text(required=False, allow_blank=True, max_length=120)
    region = Text(required=False, allow_blank=True, max_length=120)


class RatesIn(StrictSerializer):
    """What is to be sent: its items, or its weight in grams (``weight`` is ``weight_g`` by another name)."""

    items = list_of(RateItemIn(), max_length=200, required=False)
    weight_g = Whole(required=False, min_value=1, max_value=1_000_000)
    weight = Whole(required=False, min_value=1, max_value=1_000_000)
    destination = DestinationIn()
    value = Money(required=False, default=Decimal(0))
    arrive_by = Day(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of items and the weight, which is ``weight_g`` from here on."""
        if len(attrs.keys() & {"items", "weight_g", "weight"}) != 1:
            detail = _("Send either items or weight_g.")
            raise ValidationError({"weight_g": [ErrorDetail(detail, code="required")]})
        if "weight" in attrs:
            attrs["weight_g"] = attrs.pop("weight")
        return attrs
