"""What the API takes of orders."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from core.rest.serializers import (
    Choice,
    Country,
    Currency,
    Day,
    Email,
    Flag,
    HumanText,
    Identifier,
    Instant,
    Language,
    Money,
    Phone,
    Properties,
    Quantity,
    RefText,
    Sku,
    StrictSerializer,
    Whole,
    list_of,
)
from orders.states import FulfillmentStatus, HoldType, OrderStatus, PaymentStatus

MAX_LINES = 200
MAX_BULK = 500
OPTIONAL: dict[str, Any] = {"required": False, "allow_blank": True, "default": ""}


class AddressIn(StrictSerializer):
    """A postal address; ``country`` is ISO 3166 alpha-2."""

    name = HumanText(max_length=200, **OPTIONAL)
    company = HumanText(max_length=200, **OPTIONAL)
    line1 = HumanText(max_length=200)
    line2 = HumanText(max_length=200, **OPTIONAL)
    city = HumanText(max_length=120)
    region = HumanText(max_length=120, **OPTIONAL)
    postal_code = HumanText(max_length=20, **OPTIONAL)
    country = Country()
    phone = Phone(**OPTIONAL)
    instructions = HumanText(multiline=True, max_length=500, **OPTIONAL)


class CustomerIn(StrictSerializer):
    """The buyer. ``notify_by`` is the consent to messages about the order; without it, e-mail."""

    name = HumanText(max_length=200, **OPTIONAL)
    email = Email()
    phone = Phone(**OPTIONAL)
    locale = Language(max_length=10, **OPTIONAL)
    notify_by = serializers.ListField(
        child=Choice(choices=[("email", "email"), ("sms", "sms")]), required=False, max_length=2
    )


class OrderLineIn(StrictSerializer):
    """``quantity`` units of a product."""

    external_id = RefText(**OPTIONAL)
    sku = Sku()
    quantity = Quantity()
    unit_price = Money(required=False, default=Decimal("0.00"))
    note = HumanText(multiline=True, max_length=500, **OPTIONAL)
    properties = Properties(required=False)


class ChargeIn(StrictSerializer):
    """Money that is no goods, such as postage or a discount (negative)."""

    code = RefText(max_length=40)
    description = HumanText(max_length=200, **OPTIONAL)
    amount = Money(min_value=Decimal("-9999999999.99"))


class GiftIn(StrictSerializer):
    """Whether it is a gift, and what the card says."""

    is_gift = Flag(required=False, default=True)
    message = HumanText(multiline=True, max_length=500, **OPTIONAL)
    hide_prices = Flag(required=False, default=False)


class OrderIn(StrictSerializer):
    """An order as the channel places it."""

    money_currency = "currency"

    external_id = RefText()
    placed_at = Instant(required=False)
    currency = Currency(required=False)
    customer = CustomerIn()
    shipping_address = AddressIn()
    billing_address = AddressIn(required=False, allow_null=True)
    lines = list_of(OrderLineIn(), max_length=MAX_LINES)
    charges = list_of(ChargeIn(), max_length=50, allow_empty=True, required=False)
    shipping_method = RefText(max_length=40, required=False, default="standard")
    shipping_price = Money(required=False, default=Decimal("0.00"))
    note = HumanText(multiline=True, max_length=1000, **OPTIONAL)
    gift = GiftIn(required=False, allow_null=True)
    payment_status = Choice(choices=PaymentStatus.choices, required=False, default="paid")
    reservation_id = Identifier(required=False, allow_null=True)
    tags = serializers.ListField(child=RefText(max_length=40), required=False, max_length=20)
    purchase_order_number = HumanText(max_length=60, **OPTIONAL)
    ship_complete = Flag(required=False, allow_null=True)
    deliver_not_before = Day(required=False, allow_null=True)
    deliver_not_after = Day(required=False, allow_null=True)
    pallet = Flag(required=False, default=False)
    total = Money(required=False, allow_null=True, max_digits=14)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        first, last = attrs.get("deliver_not_before"), attrs.get("deliver_not_after")
        if first and last and last < first:
            raise serializers.ValidationError(
                {"deliver_not_after": "The last day of delivery is not before the first."}, code="min_value"
            )
        return attrs


class BulkIn(StrictSerializer):
    """Many orders. Each is checked by itself, so that a broken one refuses only itself."""

    orders = serializers.ListField(child=serializers.JSONField(), max_length=MAX_BULK, allow_empty=False)


class LineChangeIn(StrictSerializer):
    """A line by its ``id``, with the quantity it is to have (0 cancels it); or a new one, by its ``sku``.

    ``note`` and ``properties`` stay as they are when they are left out.
    """

    id = Whole(min_value=1, max_value=2**63 - 1, required=False)
    sku = Sku(required=False)
    quantity = Quantity(min_value=0)
    unit_price = Money(required=False, default=Decimal("0.00"))
    note = HumanText(multiline=True, max_length=500, required=False, allow_blank=True)
    properties = Properties(required=False)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        if ("id" in attrs) == ("sku" in attrs):
            raise serializers.ValidationError("Name the line by its id, or a new one by its sku.", code="required")
        if "sku" in attrs and not attrs["quantity"]:
            raise serializers.ValidationError({"quantity": "A new line has at least one unit."}, code="min_value")
        return attrs


class OrderPatchIn(StrictSerializer):
    """What is to change; what is left out stays."""

    shipping_address = AddressIn(required=False)
    billing_address = AddressIn(required=False)
    lines = list_of(LineChangeIn(), max_length=MAX_LINES, required=False)
    shipping_method = RefText(max_length=40, required=False)
    note = HumanText(multiline=True, max_length=1000, required=False, allow_blank=True)
    gift = GiftIn(required=False)


class CancelLineIn(StrictSerializer):
    """Units of a line that are no longer wanted."""

    id = Whole(min_value=1, max_value=2**63 - 1)
    quantity = Quantity()


class CancelIn(StrictSerializer):
    """Without ``lines`` the whole order."""

    reason = HumanText(max_length=200, **OPTIONAL)
    lines = list_of(CancelLineIn(), max_length=MAX_LINES, required=False)


class HoldIn(StrictSerializer):
    """Why the order is to stop, and until when."""

    type = Choice(choices=HoldType.choices)
    reason = HumanText(max_length=300, **OPTIONAL)
    release_at = Instant(required=False, allow_null=True)


class NothingIn(StrictSerializer):
    """Nothing has to be said."""


class PaymentIn(StrictSerializer):
    """What the shop says of the payment."""

    payment_status = Choice(choices=PaymentStatus.choices)


class OrderFilters(StrictSerializer):
    """How a list of orders is narrowed."""

    status = Choice(choices=OrderStatus.choices, required=False)
    fulfillment_status = Choice(choices=FulfillmentStatus.choices, required=False)
    placed_after = Instant(required=False)
    placed_before = Instant(required=False)
    external_id = RefText(required=False)
    email = Email(required=False)
