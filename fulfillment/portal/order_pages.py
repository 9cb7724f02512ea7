"""What the public pages of one order share: the signed link to it, the page for any other link, and the frame."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from core.kernel.tokens import public_token, read_public_token
from fulfillment.portal.forms import LookupForm
from fulfillment.portal.pages import language_of, show
from orders.selectors.channels import ChannelFact
from orders.selectors.facts import OrderFact
from orders.selectors.orders import access_order


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
