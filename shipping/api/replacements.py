"""Send again what got lost or came broken, over REST."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from core.kernel.errors import NotFound
from core.rest.etags import expected_version
from core.rest.idempotency import Answer, idempotent
from core.rest.serializers import Choice, Quantity, RefText, StrictSerializer, Whole, list_of
from core.rest.views import Endpoint
from orders.api.rendering import headers_of, order_json
from orders.api.schemas import ORDER
from orders.selectors.orders import access_order, order_by_id
from shipping.selectors.parcels import access_parcel
from shipping.services.replacing import REASONS, replace_lines, replace_parcel


class ReplacedLineIn(StrictSerializer):
    """Units of a line of the order."""

    id = Whole(min_value=1, max_value=2**63 - 1)
    quantity = Quantity()


class ReplacementIn(StrictSerializer):
    """What is sent again: a parcel (all of it, or some lines of it), or lines whatever parcel they were in."""

    parcel = RefText(required=False, max_length=24)
    lines = list_of(ReplacedLineIn(), max_length=200, required=False)
    reason = Choice(choices=[(one, one) for one in REASONS])

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A parcel, or lines, or both; each line once."""
        if "parcel" not in attrs and "lines" not in attrs:
            raise ValidationError({"lines": [ErrorDetail(_("Name a parcel, or lines."), code="required")]})
        ids = [line["id"] for line in attrs.get("lines", ())]
        if len(ids) != len(set(ids)):
            raise ValidationError({"lines": [ErrorDetail(_("A line is named twice."), code="duplicate")]})
        return attrs


class ReplacementsView(Endpoint):
    """Replacements of an order."""

    scopes: ClassVar = {"POST": "orders:write"}
    versioned: ClassVar = ("POST",)
    bodies: ClassVar = {"POST": ReplacementIn}
    answers: ClassVar = {"POST": ORDER}

    def post(self, request: Request, ref: str) -> HttpResponse:
        """Send units again as an order of its own, at no charge, by the fastest service; never the same unit twice."""
        asked = ReplacementIn.parse(request.data)
        units = {line["id"]: line["quantity"] for line in asked["lines"]} if "lines" in asked else None
        order = access_order(ref, channel_id=self.client.channel_id)
        if "parcel" in asked and access_parcel(asked["parcel"]).order_id != order.id:
            raise NotFound(_("The order has no such parcel."))
        told: dict[str, Any] = {
            "reason": asked["reason"],
            "expected_version": expected_version(request),
            "by": self.actor,
            "now": timezone.now(),
        }

        def work() -> Answer:
            if "parcel" in asked:
                placed = replace_parcel(asked["parcel"], units, **told)
            else:
                placed = replace_lines(order.ref, units or {}, **told)
            found = order_by_id(placed.id)
            return Answer(order_json(found), headers=headers_of(found, location=True))

        return idempotent(request, work)
