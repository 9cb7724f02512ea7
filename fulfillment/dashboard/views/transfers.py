"""Transfers between warehouses: which are open, asking for one, following it, calling it off, closing it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from fulfillment.dashboard.access import current_warehouse, requires, staff, visible_warehouses
from fulfillment.dashboard.desk import act_once, next_link, position_in
from fulfillment.dashboard.forms.transfers import TransferForm
from inventory.selectors.places import warehouses
from inventory.selectors.transfers import TransferFact, transfer_by_ref, transfers_page
from inventory.services.transfers import cancel_transfer, close_transfer, create_transfer

PAGE = 50
WORK, MANAGE = "transfer.work", "transfer.manage"


@require_GET
@requires(WORK)
def transfers(request: HttpRequest) -> HttpResponse:
    """Transfers from and to the warehouse, newest first; ``?all=1`` with those that are over."""
    warehouse = current_warehouse(request)
    at, everything = position_in(request, "id"), bool(request.GET.get("all"))
    rows = transfers_page(
        warehouse_ids=[warehouse.id],
        open_only=not everything,
        limit=PAGE + 1,
        before_id=at.id if at else None,
    )
    context = {
        "transfers": rows[:PAGE],
        "everything": everything,
        "warehouse": warehouse,
        "next": next_link(request, rows[PAGE - 1].id, rows[PAGE - 1].id, "id") if len(rows) > PAGE else "",
    }
    return render(request, "dashboard/transfers/index.html", context)


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def new_transfer(request: HttpRequest) -> HttpResponse:
    """Ask for products to be sent from this warehouse to another."""
    warehouse, now = current_warehouse(request), timezone.now()
    targets = [one for one in warehouses() if one.id != warehouse.id]
    form = TransferForm(request.POST if request.method == "POST" else None, targets=targets)
    problem = ""
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data

        def work() -> dict[str, Any]:
            ref = create_transfer(
                source_id=warehouse.id,
                target_id=int(clean["target"]),
                lines=clean["lines"],
                expected_on=clean["expected_on"],
                note=clean["note"],
                by=staff(request).actor,
                now=now,
            )
            return {"ref": ref}

        problem, answer = act_once(request, f"transfer:{warehouse.id}", work)
        if not problem:
            messages.success(request, _("%(ref)s is ordered. Its units are held until they are loaded.") % answer)
            return redirect("dashboard:transfer", answer["ref"])
    context = {"form": form, "problem": problem, "warehouse": warehouse, "targets": targets}
    status = 422 if problem or form.errors else 200
    return render(request, "dashboard/transfers/new.html", context, status=status)


@require_GET
@requires(WORK)
def transfer(request: HttpRequest, ref: str) -> HttpResponse:
    """A transfer: what was asked for, what left, what came, what is on its way."""
    return _page(request, read_transfer(request, ref))


@require_POST
@requires(MANAGE)
def cancel(request: HttpRequest, ref: str) -> HttpResponse:
    """Call it off before anything has left."""
    found, now = read_transfer(request, ref), timezone.now()

    def work() -> dict[str, Any]:
        cancel_transfer(found.ref, by=staff(request).actor, now=now)
        return {}

    return _after(request, found, "cancel", work, lambda _a: _("Called off. The units it held are free again."))


@require_POST
@requires(MANAGE)
def close(request: HttpRequest, ref: str) -> HttpResponse:
    """Say that nothing more arrives."""
    found, now = read_transfer(request, ref), timezone.now()

    def work() -> dict[str, Any]:
        return {"lost": close_transfer(found.ref, by=staff(request).actor, now=now)}

    def words(answer: dict[str, Any]) -> str:
        if not answer["lost"]:
            return _("Closed. Every unit arrived.")
        told = ngettext(
            "Closed. %(count)d unit never arrived; an exception says which.",
            "Closed. %(count)d units never arrived; an exception says which.",
            answer["lost"],
        )
        return told % {"count": answer["lost"]}

    return _after(request, found, "close", work, words)


def read_transfer(request: HttpRequest, ref: str) -> TransferFact:
    """That transfer, when it leaves or reaches a warehouse of the person's. Raises Http404."""
    try:
        found = transfer_by_ref(tidy_ref(ref))
    except NotFound as error:
        raise Http404(_("There is no such transfer.")) from error
    here = {warehouse.id for warehouse in visible_warehouses(request)}
    if not here & {found.source_id, found.target_id}:
        raise Http404(_("There is no such transfer."))
    return found


def _after(
    request: HttpRequest,
    found: TransferFact,
    act: str,
    work: Callable[[], dict[str, Any]],
    words: Callable[[dict[str, Any]], str],
) -> HttpResponse:
    problem, answer = act_once(request, f"{act}_transfer:{found.id}", work)
    if problem:
        return _page(request, read_transfer(request, found.ref), problem=problem, status=422)
    messages.success(request, words(answer))
    return redirect("dashboard:transfer", found.ref)


def _page(request: HttpRequest, found: TransferFact, *, problem: str = "", status: int = 200) -> HttpResponse:
    here = {warehouse.id for warehouse in visible_warehouses(request)}
    user = staff(request)
    context = {
        "transfer": found,
        "problem": problem,
        "to_load": sum(found.to_load().values()),
        "load_here": found.may_load and found.status != "draft" and found.source_id in here,
        "receive_here": found.may_receive and found.target_id in here and user.may("receive.work"),
        "may_cancel": found.status in ("draft", "ordered") and user.may(MANAGE),
        "may_close": found.status in ("in_transit", "partially_received", "received") and user.may(MANAGE),
    }
    return render(request, "dashboard/transfers/page.html", context, status=status)
