"""How many units the key's channel leaves to the others, over REST."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from core.kernel.errors import Invalid, NotAllowed
from core.rest.idempotency import Answer, idempotent
from core.rest.serializers import Sku, StrictSerializer, Whole, list_of
from core.rest.views import Endpoint
from inventory.selectors import products_by_id, products_by_sku
from orders.selectors.buffers import buffers_of
from orders.selectors.channels import channel_by_id
from orders.services.buffers import LARGEST, set_product_buffers, set_stock_buffer

_NUMBER, _TEXT = {"type": "integer"}, {"type": "string"}
BUFFERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "units": _NUMBER,
        "products": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"sku": _TEXT, "units": _NUMBER},
                "required": ["sku", "units"],
            },
        },
    },
    "required": ["products", "units"],
}


class ProductBufferIn(StrictSerializer):
    """A product's own buffer; null goes back to the channel's."""

    sku = Sku()
    units = Whole(max_value=LARGEST, allow_null=True)


class BuffersIn(StrictSerializer):
    """``units`` of every product; ``products`` that have a buffer of their own."""

    units = Whole(max_value=LARGEST, required=False)
    products = list_of(ProductBufferIn(), max_length=1000, required=False)


class BuffersView(Endpoint):
    """The last units that the key's channel leaves to the other channels. PATCH changes what it names."""

    scopes: ClassVar = {"GET": "stock:read", "PATCH": "stock:write"}
    bodies: ClassVar = {"PATCH": BuffersIn}
    answers: ClassVar = {"GET": BUFFERS, "PATCH": BUFFERS}

    def get(self, request: Request) -> Response:
        """The buffers as they are."""
        return Response(_shown(self._own_channel()))

    def patch(self, request: Request) -> HttpResponse:
        """Change them; orders placed before keep their units."""
        fields = BuffersIn.parse(request.data, partial=True)
        channel_id = self._own_channel()

        def work() -> Answer:
            self._change(channel_id, fields)
            return Answer(_shown(channel_id), status=200)

        return idempotent(request, work)

    def _change(self, channel_id: int, fields: dict[str, Any]) -> None:
        now = timezone.now()
        if "units" in fields:
            set_stock_buffer(channel_id, fields["units"], by=self.actor, now=now)
        if fields.get("products"):
            found = products_by_sku(one["sku"] for one in fields["products"])
            for number, one in enumerate(fields["products"]):
                if one["sku"].casefold() not in found:
                    detail = _("There is no product %(sku)s.") % {"sku": one["sku"]}
                    pointer = f"/products/{number}/sku"
                    raise Invalid(detail, errors=[{"pointer": pointer, "code": "unknown_sku", "detail": detail}])
            units = {found[one["sku"].casefold()].id: one["units"] for one in fields["products"]}
            set_product_buffers(channel_id, units, by=self.actor, now=now)

    def _own_channel(self) -> int:
        if self.client.channel_id is None:
            raise NotAllowed(_("This API key belongs to no channel, so it has no buffers."))
        return self.client.channel_id


def _shown(channel_id: int) -> dict[str, Any]:
    buffers = buffers_of(channel_by_id(channel_id))
    names = products_by_id(buffers.exceptions)
    rows = sorted((names[product_id].sku, units) for product_id, units in buffers.exceptions.items())
    return {"units": buffers.units, "products": [{"sku": sku, "units": units} for sku, units in rows]}
