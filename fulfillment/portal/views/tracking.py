"""The public tracking page: the answer first, for whoever has the link."""

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from core.kernel.countries import country_name
from core.kernel.tokens import public_token
from fulfillment.portal.following import Shipment, follow, masked_address
from fulfillment.portal.order_pages import frame, unknown_link
from fulfillment.portal.pages import language_of, show
from fulfillment.portal.sources import page_of
from inventory.selectors import warehouse_by_id
from orders.selectors.choices import choices_of
from orders.selectors.facts import OrderFact
from orders.selectors.public import order_by_public_token, replacement_of
from returns.selectors import returns_of_order


@require_safe
def tracking(request: HttpRequest, token: str) -> HttpResponse:
    """Where the order of that token is. Anything else gets a calm page with the look-up (404)."""
    order = order_by_public_token(token)
    if order is None:
        return unknown_link(request)
    language, now = language_of(request, order.locale), timezone.now()
    country, return_token = str(order.shipping_address.get("country", "")), public_token("return", order.ref)
    with translation.override(language):
        page = page_of(order, now=now)
        lost = any(one.status == "lost" for one in page.shipments)
        again = replacement_of(order.id) if lost else ""
        view = follow(
            order,
            page.shipments,
            time_zone=page.offer.time_zone,
            leaves_from=warehouse_by_id(order.warehouse_id).time_zone,
            sent_again=bool(again),
            now=now,
        )
        context = {
            **frame(order, page.channel, token),
            "view": view,
            "choice_token": public_token("choice", order.ref) if _is_asked(order, now) else "",
            "again_token": public_token("tracking", again) if again else "",
            "address": [*masked_address(order.shipping_address), country_name(country)],
            "may_return": bool(page.offer.returnable) and not _all_lost(page.shipments),
            "returns": [
                (rma, reverse("portal:return_status", kwargs={"token": return_token, "ref": rma.ref}))
                for rma in returns_of_order(order.ref, kinds=["customer", "return_to_sender"])
            ],
            "return_token": return_token,
        }
    return show(request, "portal/tracking.html", context, language=language)


def _is_asked(order: OrderFact, now: datetime) -> bool:
    """Whether the customer may still say what happens to what is missing."""
    missing = order.status == "confirmed" and any(line.backordered for line in order.lines)
    return missing and any(one.is_open and one.deadline > now for one in choices_of(order.id))


def _all_lost(shipments: Sequence[Shipment]) -> bool:
    """Whether there were parcels and none of them can have come."""
    return bool(shipments) and all(one.status == "lost" for one in shipments)
