"""The public tracking page: the answer first, for whoever has the link."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_countries import countries

from core.kernel.errors import NotFound
from core.kernel.tokens import public_token, read_public_token
from fulfillment.portal.following import follow, masked_address
from fulfillment.portal.forms import LookupForm
from fulfillment.portal.pages import language_of, show
from fulfillment.portal.sources import page_of
from orders.selectors.facts import OrderFact
from orders.selectors.orders import access_order
from returns.selectors import returns_of_order


@require_safe
def tracking(request: HttpRequest, token: str) -> HttpResponse:
    """Where the order of that token is. Anything else gets a calm page with the look-up (404)."""
    order = order_of("tracking", token)
    if order is None:
        return unknown_link(request)
    language, now = language_of(request, order.locale), timezone.now()
    country, return_token = str(order.shipping_address.get("country", "")), public_token("return", order.ref)
    with translation.override(language):
        page = page_of(order, now=now)
        context = {
            "shop_name": page.channel.name,
            "support_email": page.channel.support_email,
            "order_name": order.external_id or order.ref,
            "view": follow(order, page.shipments, time_zone=page.offer.time_zone, now=now),
            "address": [*masked_address(order.shipping_address), str(countries.name(country))],
            "may_return": bool(page.offer.returnable),
            "returns": [
                (rma, reverse("portal:return_status", kwargs={"token": return_token, "ref": rma.ref}))
                for rma in returns_of_order(order.ref, kinds=["customer", "return_to_sender"])
            ],
            "return_token": return_token,
        }
    return show(request, "portal/tracking.html", context, language=language)


def order_of(purpose: str, token: str) -> OrderFact | None:
    """The order a token was signed for, None for anything else."""
    ref = read_public_token(purpose, token)
    if ref is None:
        return None
    try:
        return access_order(ref)
    except NotFound:
        return None


def unknown_link(request: HttpRequest) -> HttpResponse:
    """What a link that is not ours shows: no blame, and the way to a good one."""
    language = language_of(request)
    with translation.override(language):
        context = {"form": LookupForm(), "title": _("We cannot open this link")}
    return show(request, "portal/unknown.html", context, language=language, status=404)
