"""Type an order in: by telephone, at a fair, over the counter."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.kernel.errors import NotFound
from fulfillment.dashboard.access import requires, staff, visible_warehouses
from fulfillment.dashboard.desk import act_once
from fulfillment.dashboard.desk_order import (
    DeskLine,
    add_code,
    filled_in,
    lines_in,
    looked_up,
    request_of,
    services_for,
)
from fulfillment.dashboard.forms.desk_order import DeskOrderForm
from fulfillment.dashboard.templatetags.ui import price
from orders.selectors.channels import ChannelFact, channels
from orders.services.intake import place_order
from orders.states import ChannelKind
from shipping.services.rates import RateFact

TEMPLATE = "dashboard/orders/new.html"


@require_http_methods(["GET", "POST"])
@requires("order.create")
def new_order(request: HttpRequest) -> HttpResponse:
    """The form (GET). ``place`` places the order; anything else looks up what was typed and shows it again (POST)."""
    here = {warehouse.id: warehouse for warehouse in visible_warehouses(request)}
    mine = [one for one in channels() if one.kind == ChannelKind.MANUAL and one.active and one.warehouse_id in here]
    if not mine:
        return render(request, TEMPLATE, {"channels": ()})
    data: QueryDict = request.POST
    channel = next((one for one in mine if one.code == data.get("channel")), mine[0])
    country, now = here[channel.warehouse_id].country, timezone.now()
    if request.method == "GET":
        form = DeskOrderForm(
            channels=mine,
            methods=_methods(services_for(channel, (), QueryDict(), now=now), channel.currency),
            country=country,
        )
        return _page(request, form, channel, [])
    lines, wrong_code = lines_in(data), ""
    if "remove" in data:
        lines = [line for index, line in enumerate(lines) if str(index) != data["remove"]]
    elif code := data.get("code", "").replace("\0", "").strip():
        try:
            lines = add_code(lines, code, channel, now=now)
        except NotFound as unknown:
            wrong_code = unknown.detail
    lines = looked_up(lines, channel)
    data, buyer = filled_in(data, channel)
    rates = services_for(channel, lines, data, now=now)
    checked = "place" in data and not wrong_code
    form = DeskOrderForm(
        data if checked else None,
        channels=mine,
        methods=_methods(rates, channel.currency),
        country=country,
        shown=data.dict(),
    )
    shown: dict[str, Any] = {
        "buyer": buyer,
        "wrong_code": wrong_code,
        "typed": data.get("code", "") if wrong_code else "",
    }
    if not checked:
        return _page(request, form, channel, lines, status=422 if wrong_code else 200, **shown)
    problem = "" if lines else _("Add an article first: type or scan its code.")
    if not form.is_valid() or problem or any(line.error for line in lines):
        return _page(request, form, channel, lines, problem=problem, check=True, status=422, **shown)
    told = form.cleaned_data

    def work() -> dict[str, Any]:
        action = str(data["action_id"]).replace("-", "")[:32]
        wanted = request_of(told, lines, channel, rates, external_id=f"desk-{action}", now=now)
        placed = place_order(channel.id, wanted, by=staff(request).actor, now=now)
        return {"ref": placed.ref, "holds": placed.open_holds}

    problem, answer = act_once(request, f"desk_order:{channel.id}", work)
    if problem:
        lines = _with_errors(lines, answer.get("errors", ()))
        return _page(request, form, channel, lines, problem=problem, check=True, status=422, **shown)
    messages.success(request, _("%(ref)s is placed.") % {"ref": answer["ref"]})
    return redirect("dashboard:order", answer["ref"])


def _methods(rates: Sequence[RateFact], currency: str) -> list[tuple[str, str]]:
    return [(rate.method, f"{rate.name} · {price(rate.price, currency)}") for rate in rates]


def _with_errors(lines: Sequence[DeskLine], errors: Sequence[dict[str, Any]]) -> list[DeskLine]:
    """The lines with what intake said of each."""
    said = {
        str(error.get("pointer", "")).split("/")[2]: str(error.get("detail", ""))
        for error in errors
        if str(error.get("pointer", "")).startswith("/lines/")
    }
    return [_said(line, said.get(str(index), "")) for index, line in enumerate(lines)]


def _said(line: DeskLine, error: str) -> DeskLine:
    return DeskLine(line.sku, line.quantity, line.price, line.note, line.product, line.there, error or line.error)


def _page(
    request: HttpRequest,
    form: DeskOrderForm,
    channel: ChannelFact,
    lines: Sequence[DeskLine],
    *,
    check: bool = False,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "form": form,
        "channels": form.fields["channel"].choices,  # type: ignore[attr-defined]
        "currency": channel.currency,
        "lines": lines,
        "check": check,
        "goods": sum(line.total for line in lines),
        **more,
    }
    return render(request, TEMPLATE, context, status=status)
