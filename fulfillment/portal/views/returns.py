"""The public return portal: pick, review, send; the confirmation is the status page."""

import uuid
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.kernel.actors import CUSTOMER
from core.kernel.errors import DomainError, NotFound
from core.kernel.zones import time_zone_of
from core.rest.currencies import money
from fulfillment.portal.forms import ReturnForm, empty_form, read_form
from fulfillment.portal.order_pages import frame, see_other, unknown_link
from fulfillment.portal.pages import language_of, private, show
from fulfillment.portal.reminder import reminder
from fulfillment.portal.returning import hides_prices, status_view
from fulfillment.portal.sources import OrderPage, page_of
from fulfillment.portal.words import full_day
from orders.selectors.channels import channel_by_id
from orders.selectors.facts import OrderFact
from orders.selectors.public import order_by_public_token
from returns import policy
from returns.notifications import portal_url
from returns.selectors import ReturnFact, return_by_ref, returns_of_order
from returns.selectors.offers import Offer, estimate, why_not
from returns.selectors.sources import local_day
from returns.services.requests import cancel_return, request_return


@require_safe
def start(request: HttpRequest, token: str) -> HttpResponse:
    """What may be sent back, and the form."""
    order = order_by_public_token(token, purpose="return")
    if order is None:
        return unknown_link(request)
    language, page = language_of(request, order.locale), page_of(order, now=timezone.now())
    with translation.override(language):
        return _form_page(request, page, empty_form(page.offer, _untils(page.offer)), token, language)


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, token: str) -> HttpResponse:
    """Amount, deduction and date before anything is sent."""
    order = order_by_public_token(token, purpose="return")
    if order is None:
        return unknown_link(request)
    if request.method != "POST":
        return redirect("portal:return", token=token)
    language, page = language_of(request, order.locale), page_of(order, now=timezone.now())
    with translation.override(language):
        form = read_form(page.offer, _untils(page.offer), request.POST)
        if form.errors or "back" in request.POST:
            status = 422 if "back" not in request.POST else 200
            if status == 200:
                form.errors = []
            return _form_page(request, page, form, token, language, status=status)
        context = {
            **frame(order, page.channel, token),
            "form": form,
            **_sums(order, page.offer, form),
            "key": uuid.uuid4(),
        }
        return show(request, "portal/return_review.html", context, language=language)


@require_POST
def send(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for the return. The same form sent twice asks once."""
    order = order_by_public_token(token, purpose="return")
    if order is None:
        return unknown_link(request)
    now = timezone.now()
    language, page = language_of(request, order.locale), page_of(order, now=now)
    key = _key(request.POST.get("key", ""))
    with translation.override(language):
        already = next((rma for rma in returns_of_order(order.ref) if key and rma.source_key == key), None)
        if already is not None:
            return redirect("portal:return_status", token=token, ref=already.ref)
        form = read_form(page.offer, _untils(page.offer), request.POST)
        if form.errors:
            return _form_page(request, page, form, token, language, status=422)
        try:
            rma = request_return(
                order.ref, items=form.items, resolution=form.resolution, source_key=key, by=CUSTOMER, now=now
            )
        except DomainError as refusal:
            form.errors.append(("", str(refusal)))
            return _form_page(request, page, form, token, language, status=409)
    return see_other("return_status", token=token, ref=rma.ref)


@require_safe
def status(request: HttpRequest, token: str, ref: str) -> HttpResponse:
    """Confirmation and status page of one return."""
    found = _own_return(token, ref)
    if found is None:
        return unknown_link(request)
    order, rma = found
    language = language_of(request, order.locale)
    with translation.override(language):
        context = {**frame(order, channel_by_id(order.channel_id), token), "rma": rma, "view": status_view(rma, order)}
        return show(request, "portal/return_status.html", context, language=language)


@require_safe
def calendar(request: HttpRequest, token: str, ref: str) -> HttpResponse:
    """The last day to send a return, for the customer's calendar; 404 when there is nothing to send."""
    found = _own_return(token, ref)
    if found is None or found[1].status != "approved" or found[1].expires_at is None:
        return unknown_link(request)
    order, rma = found
    zone = time_zone_of(str(order.shipping_address.get("country", "")))
    day = local_day(rma.expires_at, zone)
    if day is None:
        return unknown_link(request)
    with translation.override(language_of(request, order.locale)):
        body = reminder(
            uid=f"{rma.ref}@fulfillment",
            day=day,
            summary=_("Last day to send back return %(ref)s") % {"ref": rma.ref},
            url=portal_url(order.ref, rma.ref),
            now=timezone.now(),
        )
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{rma.ref}.ics"'
    return private(response)


@require_POST
def cancel(request: HttpRequest, token: str, ref: str) -> HttpResponse:
    """Call a return off, while nothing of it has arrived."""
    found = _own_return(token, ref)
    if found is None:
        return unknown_link(request)
    order, rma = found
    language = language_of(request, order.locale)
    with translation.override(language):
        try:
            cancel_return(rma.ref, by=CUSTOMER, now=timezone.now())
        except DomainError as refusal:
            context = {
                **frame(order, channel_by_id(order.channel_id), token),
                "rma": rma,
                "view": status_view(rma, order),
                "refusal": str(refusal),
            }
            return show(request, "portal/return_status.html", context, language=language, status=409)
    return see_other("return_status", token=token, ref=rma.ref)


def _own_return(token: str, ref: str) -> tuple[OrderFact, ReturnFact] | None:
    order = order_by_public_token(token, purpose="return")
    if order is None:
        return None
    try:
        rma = return_by_ref(ref)
    except NotFound:
        return None
    return (order, rma) if rma.order_id == order.id and rma.kind != "put_back" else None


def _untils(offer: Offer) -> dict[int, str]:
    return {line.order_line_id: _day(line.until) for line in offer.lines}


def _day(day: date | None) -> str:
    return full_day(day) if day else ""


def _form_page(
    request: HttpRequest,
    page: OrderPage,
    form: ReturnForm,
    token: str,
    language: str,
    *,
    status: int = 200,
) -> HttpResponse:
    order, offer = page.order, page.offer
    shipped = [line for line in offer.others if line.shipped or line.code == "not_shipped"]
    context = {
        **frame(order, page.channel, token),
        "form": form,
        "window_days": offer.window_days,
        "others": [(line, why_not(line.code, _day(line.until))) for line in shipped],
        "returns": [
            (rma, reverse("portal:return_status", kwargs={"token": token, "ref": rma.ref}))
            for rma in returns_of_order(order.ref, kinds=["customer", "return_to_sender"])
        ],
    }
    return show(request, "portal/return_start.html", context, language=language, status=status)


def _sums(order: OrderFact, offer: Offer, form: ReturnForm) -> dict[str, Any]:
    chosen = form.chosen
    total = estimate(offer, [(one.line.order_line_id, one.quantity, one.reason) for one in chosen])
    reasons = dict(form.reasons)
    return {
        "rows": [
            {
                "choice": one,
                "reason": reasons[one.reason],
                "amount": money(one.line.worth(one.quantity), offer.currency),
            }
            for one in chosen
        ],
        "pays_back": form.resolution == "refund" and not hides_prices(order),
        "resolution_words": dict(form.resolutions)[form.resolution],
        "goods": money(total.goods, offer.currency),
        "charges": money(total.charges, offer.currency) if total.charges else "",
        "deduction": money(total.goods * 0, offer.currency),
        "amount": money(total.amount, offer.currency),
        "shop_pays": policy.pays_the_way_back([one.reason for one in chosen]) == "shop",
        "when": _("Within 7 days after your parcel has reached us."),
    }


def _key(text: str) -> str | None:
    try:
        return f"portal:{uuid.UUID(text)}"
    except ValueError:
        return None
