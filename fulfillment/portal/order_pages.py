"""What the public pages of one order share: the page for a link that is not ours, and the frame."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.kernel.tokens import public_token
from fulfillment.portal.forms import LookupForm
from fulfillment.portal.pages import language_of, show
from orders.selectors.channels import ChannelFact
from orders.selectors.facts import OrderFact


def unknown_link(request: HttpRequest) -> HttpResponse:
    """What a link that is not ours shows: no blame, and the way to a good one (404)."""
    language = language_of(request)
    with translation.override(language):
        context = {"form": LookupForm(), "title": _("We cannot open this link")}
    return show(request, "portal/unknown.html", context, language=language, status=404)


def frame(order: OrderFact, channel: ChannelFact, token: str) -> dict[str, Any]:
    """What every such page names: the shop, where to ask, the order as its buyer knows it, and the ways on."""
    return {
        "shop_name": channel.name,
        "support_email": channel.support_email,
        "order_name": order.external_id or order.ref,
        "token": token,
        "tracking_token": public_token("tracking", order.ref),
    }


def see_other(page: str, **where: str) -> HttpResponse:
    """After a form was taken: go and read the page named ``portal:<page>`` (303)."""
    response = HttpResponseRedirect(reverse(f"portal:{page}", kwargs=where))
    response.status_code = 303
    return response
