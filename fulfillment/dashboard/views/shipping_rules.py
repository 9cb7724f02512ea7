"""Shipping rules: from what value sending is free, what that does to the margin, and who is surprised."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fulfillment.dashboard import thresholds
from fulfillment.dashboard.access import requires, staff
from fulfillment.dashboard.desk import act_once
from fulfillment.dashboard.order_scope import refs_in_scope
from shipping.planning.upgrades import Spent
from shipping.selectors.costs import budgets, free_from_history, latest_upgrades
from shipping.services.budgets import switch_budget
from shipping.services.free_shipping import set_free_from
from shipping.services.upgrading import month_of_channel, spent_of

PERMISSION = "shipping.manage"


@require_GET
@requires(PERMISSION)
def shipping_rules(request: HttpRequest) -> HttpResponse:
    """``?service=&channel=&days=&margin=&percent=&at=``: nothing is saved by looking."""
    return _page(request)


@require_POST
@requires(PERMISSION)
def save_free_from(request: HttpRequest) -> HttpResponse:
    """Save the threshold looked at; empty means never free."""
    asked, now = thresholds.read(request.POST), timezone.now()
    if asked is None:
        return _page(request, problem=_("There is no service to set a threshold for."), status=422)
    figures = thresholds.page(asked, now=now)
    free_from = None if request.POST.get("never") else asked.at
    if free_from is None and not request.POST.get("never"):
        return _page(request, problem=_("Say from what value of goods it is free: a whole number."), status=422)
    before = request.POST.get("before", "")
    band = request.POST.get("band", "")
    band_id = int(band) if band.isascii() and band.isdigit() and len(band) < 12 else None

    def work() -> dict[str, Any]:
        set_free_from(
            asked.service.id,
            free_from,
            band_id=band_id,
            expected=_expected(asked, band_id, before),
            shown=figures["shown"],
            by=staff(request).actor,
            now=now,
        )
        return {"method": asked.service.method}

    problem, _answer = act_once(request, f"free_from:{asked.service.id}:{band_id}:{free_from}", work)
    if problem:
        return _page(request, problem=problem, status=422)
    if free_from is None:
        messages.success(request, _("%(name)s is never free now.") % {"name": asked.service.name})
    else:
        told = _("%(name)s is free from %(value)s %(currency)s on.")
        named = {"name": asked.service.name, "value": free_from, "currency": asked.channel.currency}
        messages.success(request, told % named)
    query = {"service": asked.service.method, "channel": asked.channel.code, "days": str(asked.days)}
    return redirect(f"{reverse('dashboard:shipping_rules')}?{urlencode(query)}")


@require_POST
@requires(PERMISSION)
def switch(request: HttpRequest, budget_id: int) -> HttpResponse:
    """Start or stop an upgrade budget."""
    active, now = request.POST.get("active") == "1", timezone.now()

    def work() -> dict[str, Any]:
        return {"name": switch_budget(budget_id, active=active, by=staff(request).actor, now=now)}

    problem, answer = act_once(request, f"budget:{budget_id}:{active}", work)
    if problem:
        return _page(request, problem=problem, status=422)
    told = _("%(name)s: buyers are surprised from now on.") if active else _("%(name)s: nobody is surprised any more.")
    messages.success(request, told % answer)
    return redirect(f"{reverse('dashboard:shipping_rules')}#budgets-h")


def _expected(asked: thresholds.Asked, band_id: int | None, before: str) -> Decimal | None:
    """What counted when the page was shown: the page says it, so that nobody overwrites what they did not see."""
    if not before:
        return None
    known = [asked.service.free_from, *(free for pk, _zone, _grams, _price, free in asked.service.bands)]
    return next((one for one in known if one is not None and str(one) == before), Decimal(-1))


def _page(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    now = timezone.now()
    asked = thresholds.read(request.GET if request.method == "GET" else request.POST)
    context: dict[str, Any] = {"problem": problem, "asked": asked}
    if asked is not None:
        context |= thresholds.page(asked, now=now)
        context["history"] = free_from_history(asked.service.id)
    rows = budgets()
    since = {channel_id: month_of_channel(channel_id, now) for channel_id in {row.channel_id for row in rows}}
    spent = spent_of([row.id for row in rows], since=min(since.values(), default=now))
    context["budgets"] = [{"budget": row, "spent": spent.get(row.id, Spent())} for row in rows]
    upgrades = latest_upgrades()
    seen = refs_in_scope(request, (one.order_ref for one in upgrades))
    context["upgrades"] = [one for one in upgrades if one.order_ref in seen]
    return render(request, "dashboard/shipping/rules.html", context, status=status)
