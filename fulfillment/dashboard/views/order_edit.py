"""Change an order: edit, see what it does, save; and see what a cancellation does."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.kernel.errors import DomainError, StaleVersion
from core.outbox.selectors import timeline
from fulfillment.dashboard.access import requires, staff
from fulfillment.dashboard.desk import act_once
from fulfillment.dashboard.forms.order_edit import OrderEditForm, nothing_changes
from fulfillment.dashboard.forms.orders import CancelForm
from fulfillment.dashboard.views.order import read_order
from inventory.selectors import warehouses
from orders.selectors.order_page import OrderPage
from orders.selectors.timeline import story
from orders.services.edit_preview import EditPreview, preview_cancel, preview_edit
from orders.services.editing import edit_order
from shipping.selectors.services import shipping_methods


@require_http_methods(["GET", "POST"])
@requires("order.edit")
def edit(request: HttpRequest, ref: str) -> HttpResponse:
    """The form (GET); ``save`` makes the change, anything else shows what it would do (POST)."""
    page = read_order(request, ref)
    if not page.can_edit:
        messages.warning(request, _("This order is over, so it can no longer be changed."))
        return redirect("dashboard:order", page.order.ref)
    methods = shipping_methods()
    if request.method != "POST":
        form = OrderEditForm(order=page.order, methods=methods, seen=_last_event(page))
        return _page(request, page, form)
    form = OrderEditForm(request.POST, order=page.order, methods=methods)
    if not form.is_valid():
        return _page(request, page, form, status=422)
    changes = form.changes()
    version, now = form.cleaned_data["version"], timezone.now()
    if version == page.order.version and nothing_changes(changes):
        return _page(request, page, form, problem=_("Nothing is changed yet."), status=422)
    if "save" not in request.POST:
        try:
            shown = preview_edit(ref, changes, expected_version=version, by=staff(request).actor, now=now)
        except StaleVersion:
            return _stale(request, read_order(request, ref), form)
        except DomainError as refusal:
            return _page(request, page, form, problem=_told(refusal), status=422)
        return _page(request, page, form, preview=shown)

    def work() -> dict[str, Any]:
        done = edit_order(ref, changes, expected_version=version, by=staff(request).actor, now=now)
        return {"version": done.version}

    problem, answer = act_once(request, f"edit:{page.order.ref}:{version}", work)
    if answer.get("code") == StaleVersion.code:
        return _stale(request, read_order(request, ref), form)
    if problem:
        return _page(request, page, form, problem=problem, status=422)
    messages.success(request, _("%(ref)s is changed.") % {"ref": page.order.ref})
    return redirect("dashboard:order", page.order.ref)


@require_GET
@requires("order.cancel")
def cancel_lines(request: HttpRequest, ref: str) -> HttpResponse:
    """The fields of the units to cancel, line by line: an order of many has them when they are asked for."""
    return render(request, "dashboard/order/_cancel_lines.html", {"page": read_order(request, ref)})


@require_POST
@requires("order.cancel")
def cancel_preview(request: HttpRequest, ref: str) -> HttpResponse:
    """What a cancellation would do, with the button that does it."""
    page = read_order(request, ref)
    form = CancelForm(request.POST, open_units={one_id: units for one_id, _n, _s, units in page.cancellable})
    try:
        lines = form.lines()
        if not form.is_valid() or lines == []:
            raise ValueError
        shown = preview_cancel(ref, lines=lines, by=staff(request).actor, now=timezone.now())
    except ValueError:
        messages.warning(request, _("Say why, and how many units of which lines to cancel."))
        return redirect("dashboard:order", page.order.ref)
    except DomainError as refusal:
        messages.error(request, _told(refusal))
        return redirect("dashboard:order", page.order.ref)
    kept = [(name, value) for name, value in request.POST.items() if name == "what" or name.startswith("line_")]
    context = {
        "order": page.order,
        "preview": shown,
        "effects": _effects(shown),
        "kept": kept,
        "reason": form.cleaned_data["reason"],
    }
    return render(request, "dashboard/order/cancel.html", context)


def _stale(request: HttpRequest, page: OrderPage, form: OrderEditForm) -> HttpResponse:
    """Somebody else changed the order since: say what happened, keep what was typed, and go on from there."""
    since = form.cleaned_data.get("seen", 0)
    meanwhile = story(page.order.ref, after=since)[-8:]
    data = request.POST.copy()
    data["version"], data["seen"] = str(page.order.version), str(_last_event(page))
    fresh = OrderEditForm(data, order=page.order, methods=shipping_methods())
    fresh.is_valid()
    return _page(request, page, fresh, meanwhile=meanwhile, stale=True, status=412)


def _last_event(page: OrderPage) -> int:
    entries = timeline(page.order.ref)
    return max((entry.id for entry in entries), default=0)


def _told(refusal: DomainError) -> str:
    details = " ".join(str(error.get("detail", "")) for error in refusal.errors if error.get("detail"))
    return f"{refusal} {details}".strip()


def _effects(shown: EditPreview) -> dict[str, Any]:
    names = {one.id: one.name for one in warehouses()}
    return {
        "lines": [line for line in shown.lines if line.changed],
        "shipments": [(one, names.get(one.warehouse_id, "")) for one in shown.shipments],
    }


def _page(
    request: HttpRequest,
    page: OrderPage,
    form: OrderEditForm,
    *,
    preview: EditPreview | None = None,
    meanwhile: Any = (),
    stale: bool = False,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "page": page,
        "order": page.order,
        "form": form,
        "preview": preview,
        "effects": _effects(preview) if preview else None,
        "meanwhile": meanwhile,
        "stale": stale,
        "problem": problem,
    }
    return render(request, "dashboard/order/edit.html", context, status=status)
