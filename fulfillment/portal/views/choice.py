"""The public page where a customer says what happens to what is missing of an order."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.kernel.actors import CUSTOMER
from core.kernel.errors import DomainError
from fulfillment.portal.choosing import choice_view
from fulfillment.portal.order_pages import frame, see_other, unknown_link
from fulfillment.portal.pages import language_of, show
from inventory.selectors import warehouse_by_id
from orders.planning.promises import local_day
from orders.selectors.channels import channel_by_id
from orders.selectors.choices import choices_of, question
from orders.selectors.facts import OrderFact
from orders.selectors.public import order_by_public_token
from orders.services.choices import choose
from orders.states import Choice


@require_http_methods(["GET", "HEAD", "POST"])
def choice(request: HttpRequest, token: str) -> HttpResponse:
    """Show the question or what was decided (GET); take the answer (POST), the same one twice as one."""
    order = order_by_public_token(token, purpose="choice")
    if order is None:
        return unknown_link(request)
    language = language_of(request, order.locale)
    if request.method != "POST":
        return _page(request, order, token, language)
    wanted = request.POST.get("choice", "")
    with translation.override(language):
        if wanted not in Choice.values:
            return _page(request, order, token, language, problem=_("Choose one of these first."), status=422)
        try:
            choose(order.ref, wanted, by=CUSTOMER, now=timezone.now())
        except DomainError as refusal:
            return _page(request, order, token, language, problem=str(refusal), status=409)
    return see_other("choice", token=token)


def _page(
    request: HttpRequest, order: OrderFact, token: str, language: str, *, problem: str = "", status: int = 200
) -> HttpResponse:
    channel = channel_by_id(order.channel_id)
    zone = warehouse_by_id(order.warehouse_id).time_zone
    now = timezone.now()
    asked = question(order, today=local_day(now, zone))
    newest = next(iter(choices_of(order.id)), None)
    with translation.override(language):
        context = {
            **frame(order, channel, token),
            "view": choice_view(order, newest, asked, default=channel.choice_default, time_zone=zone, now=now),
            "problem": problem,
        }
    return show(request, "portal/choice.html", context, language=language, status=status)
