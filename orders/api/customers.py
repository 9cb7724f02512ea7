"""Customers over REST: what is known of them, their wishes, and their right to see and to be forgotten."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.rest.etags import etag, expected_version
from core.rest.fields import Choice, Email, HumanText, Language, Phone
from core.rest.idempotency import Answer, idempotent
from core.rest.pages import only_page
from core.rest.serializers import StrictSerializer
from core.rest.views import Endpoint
from orders.api.schemas import whole_list
from orders.api.serializers import NothingIn
from orders.selectors.customers import CustomerFact, customer, customers, personal_data
from orders.services.customers import WAYS, CustomerChanges, change_customer
from orders.services.forgetting import erase_customer

_TEXT = {"type": "string"}
CUSTOMER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "version": {"type": "integer"},
        "email": _TEXT,
        "name": _TEXT,
        "phone": _TEXT,
        "locale": _TEXT,
        "notify_by": {"type": "array", "items": {"type": "string", "enum": list(WAYS)}},
        "tags": {"type": "array", "items": _TEXT},
        "created_at": {"type": "string", "format": "date-time"},
        "erased": {"type": "boolean"},
    },
    "required": ["id", "version", "email", "name", "phone", "locale", "notify_by", "tags", "created_at", "erased"],
}
CUSTOMERS = whole_list(CUSTOMER)
ERASED = {"type": "object", "additionalProperties": {"type": "integer"}}


class CustomerFilters(StrictSerializer):
    """Whose customer is looked for."""

    email = Email()


class CustomerPatch(StrictSerializer):
    """What a shop may change; ``notify_by`` is the consent to messages about orders, also about those under way."""

    name = HumanText(max_length=200, allow_blank=True, required=False)
    phone = Phone(max_length=40, allow_blank=True, required=False)
    locale = Language(max_length=10, required=False)
    notify_by = serializers.ListField(child=Choice(choices=[(way, way) for way in WAYS]), max_length=2, required=False)
    tags = serializers.ListField(child=HumanText(max_length=40), max_length=20, required=False)


class CustomerEndpoint(Endpoint):
    """A key of a channel meets the customers of that channel only."""

    @property
    def channel_ids(self) -> list[int] | None:
        """The channels whose customers the key may see; None for all."""
        return None if self.client.channel_id is None else [self.client.channel_id]


class CustomersView(CustomerEndpoint):
    """Customers by e-mail address."""

    scopes: ClassVar = {"GET": "customers:read"}
    filters = CustomerFilters
    answers: ClassVar = {"GET": CUSTOMERS}

    def get(self, request: Request) -> Response:
        """The customers with that e-mail address: one a channel."""
        email = CustomerFilters.parse_query(request)["email"]
        return Response(only_page([_shown(one) for one in customers(email, channel_ids=self.channel_ids)]))


class CustomerView(CustomerEndpoint):
    """One customer."""

    scopes: ClassVar = {"GET": "customers:read", "PATCH": "customers:write"}
    versioned: ClassVar = ("PATCH",)
    bodies: ClassVar = {"PATCH": CustomerPatch}
    answers: ClassVar = {"GET": CUSTOMER, "PATCH": CUSTOMER}

    def get(self, request: Request, customer_id: int) -> Response:
        """What is known of them."""
        found = customer(customer_id, channel_ids=self.channel_ids)
        return Response(_shown(found), headers={"ETag": etag(found.version)})

    def patch(self, request: Request, customer_id: int) -> HttpResponse:
        """Change their name, phone, language, tags or the ways they want to be told."""
        changes = CustomerChanges(**CustomerPatch.parse(request.data, partial=True))
        version = expected_version(request)

        def work() -> Answer:
            change_customer(
                customer_id,
                changes,
                channel_id=self.client.channel_id,
                expected_version=version,
                by=self.actor,
                now=timezone.now(),
            )
            found = customer(customer_id, channel_ids=self.channel_ids)
            return Answer(_shown(found), status=200, headers={"ETag": etag(found.version)})

        return idempotent(request, work)


class CustomerDataView(CustomerEndpoint):
    """Everything that is kept of a customer."""

    scopes: ClassVar = {"GET": "customers:read"}
    answers: ClassVar = {"GET": {"type": "object", "additionalProperties": True}}

    def get(self, request: Request, customer_id: int) -> Response:
        """Customer, notes, orders, parcels, returns and messages, to hand over when they ask for it."""
        return Response(personal_data(customer(customer_id, channel_ids=self.channel_ids)))


class CustomerErasureView(CustomerEndpoint):
    """The right to be forgotten."""

    scopes: ClassVar = {"POST": "customers:write"}
    versioned: ClassVar = ("POST",)
    bodies: ClassVar = {"POST": NothingIn}
    answers: ClassVar = {"POST": ERASED}
    statuses: ClassVar = {"POST": 200}

    def post(self, request: Request, customer_id: int) -> HttpResponse:
        """Erase their personal data; refused while an order, return or refund is open. Erasing again is harmless."""
        NothingIn.parse(request.data)
        version = expected_version(request)

        def work() -> Answer:
            counts = erase_customer(
                customer_id,
                channel_id=self.client.channel_id,
                expected_version=version,
                by=self.actor,
                now=timezone.now(),
            )
            return Answer(counts, status=200)

        return idempotent(request, work)


def _shown(one: CustomerFact) -> dict[str, Any]:
    return {
        "id": one.id,
        "version": one.version,
        "email": one.email,
        "name": one.name,
        "phone": one.phone,
        "locale": one.locale,
        "notify_by": list(one.notify_by),
        "tags": list(one.tags),
        "created_at": one.created_at,
        "erased": one.erased_at is not None,
    }
