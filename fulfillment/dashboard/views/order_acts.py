"""What is done to many orders of the list at once."""

from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.accounts.people import person_who_may
from core.kernel.errors import DomainError
from fulfillment.dashboard.access import current_warehouse, requires, staff, visible_warehouses
from fulfillment.dashboard.desk import act_once, number_in
from fulfillment.dashboard.forms.orders import HoldForm
from fulfillment.dashboard.views.orders import asked_for
from orders.planning.decisions import PlannedHold
from orders.selectors.lists import OrderFilter, refs_of
from orders.selectors.releasing import ReleaseFilter
from orders.services.bulk_acts import MOST, PRIORITIES, assign_orders, hold_orders, prioritize_orders, tag_orders
from orders.services.editing import OrderChanges, edit_order
from shipping.selectors.services import shipping_methods
from shipping.services.waves import release_next_wave

MOST_SLIPS = 100
MOST_METHODS = 100
"""Orders whose service is changed at once: each has its promise renewed in a transaction of its own."""


@require_POST
@requires("wave.release")
def release(request: HttpRequest) -> HttpResponse:
    """Release the chosen orders to the floor as one wave; says which could not go."""
    refs, warehouse, now = _refs(request), current_warehouse(request), timezone.now()
    if not refs:
        messages.warning(request, _("Select the orders to release first."))
        return back_to_list(request)

    def work() -> dict[str, Any]:
        wave = release_next_wave(
            warehouse.id, limit=len(refs), filters=ReleaseFilter(order_refs=refs), by=staff(request).actor, now=now
        )
        return {"ref": wave.ref, "orders": wave.orders} if wave else {"ref": "", "orders": 0}

    problem, answer = act_once(request, f"release:{','.join(refs)}", work)
    if problem:
        messages.error(request, problem)
    elif not answer["orders"]:
        messages.warning(
            request,
            _("None of these can be released now: they are on hold, wait for stock, or are on the floor already."),
        )
    else:
        words = ngettext(
            "Released %(count)d order in wave %(ref)s.", "Released %(count)d orders in wave %(ref)s.", answer["orders"]
        )
        messages.success(request, words % {"count": answer["orders"], "ref": answer["ref"]})
        _say_rest(request, len(refs) - int(answer["orders"]))
    return back_to_list(request)


@require_POST
@requires("order.hold")
def hold(request: HttpRequest) -> HttpResponse:
    """Put a hold on each of the chosen orders that is still open."""
    refs, now, form = _refs(request), timezone.now(), HoldForm(request.POST)
    if not refs or not form.is_valid():
        messages.warning(request, _("Select orders and say why they have to wait."))
        return back_to_list(request)
    until = form.release_at(ZoneInfo(current_warehouse(request).time_zone))
    if until is not None and until <= now:
        messages.warning(request, _("A hold ends on a later day than today."))
        return back_to_list(request)
    planned = PlannedHold(form.cleaned_data["type"], form.cleaned_data["reason"], release_at=until)
    held = _act(
        request,
        f"hold:{planned.type}:{','.join(refs)}",
        lambda: len(hold_orders(refs, planned, by=staff(request).actor, now=now)),
    )
    if held is not None:
        words = ngettext("%(count)d order is on hold.", "%(count)d orders are on hold.", held)
        messages.success(request, words % {"count": held})
        _say_rest(request, len(refs) - held)
    return back_to_list(request)


@require_POST
@requires("order.hold")
def tag(request: HttpRequest) -> HttpResponse:
    """Add the tag to the chosen orders, or with ``off`` take it away."""
    refs, now = _refs(request), timezone.now()
    text = " ".join(request.POST.get("tag", "").replace("\0", "").split())[:41]
    if not refs or not text:
        messages.warning(request, _("Select orders and type a tag."))
        return back_to_list(request)
    off = bool(request.POST.get("off"))
    add, remove = ([], [text]) if off else ([text], [])
    return _changed(
        request,
        f"tag:{off}:{text}:{','.join(refs)}",
        lambda: len(tag_orders(refs, add=add, remove=remove, by=staff(request).actor, now=now)),
    )


@require_POST
@requires("order.hold")
def prioritize(request: HttpRequest) -> HttpResponse:
    """Let the chosen orders go before or after the others of their day."""
    refs, now, text = _refs(request), timezone.now(), request.POST.get("priority", "")
    if not refs or text not in {str(one) for one in PRIORITIES}:
        messages.warning(request, _("Select orders and choose a priority."))
        return back_to_list(request)
    return _changed(
        request,
        f"priority:{text}:{','.join(refs)}",
        lambda: len(prioritize_orders(refs, int(text), by=staff(request).actor, now=now)),
    )


@require_POST
@requires("order.hold")
def assign(request: HttpRequest) -> HttpResponse:
    """Give the chosen orders to a colleague who may work on them here, or with an empty ``owner`` to nobody."""
    refs, now, text = _refs(request), timezone.now(), request.POST.get("owner", "")
    here = current_warehouse(request).id
    owner_id = number_in(request, "owner", 0, low=0, high=10**9)
    owner = person_who_may(owner_id, "order.hold", here) if owner_id else None
    if not refs or (text and owner is None):
        messages.warning(request, _("Select orders and choose who looks after them."))
        return back_to_list(request)
    given_to = owner.id if owner else None
    return _changed(
        request,
        f"assign:{given_to}:{','.join(refs)}",
        lambda: len(assign_orders(refs, given_to, by=staff(request).actor, now=now)),
    )


@require_POST
@requires("order.hold")
def change_service(request: HttpRequest) -> HttpResponse:
    """Send the chosen orders by another service, where it is not too late; each gets its promise renewed."""
    refs, now, method = _refs(request), timezone.now(), request.POST.get("method", "")
    if not refs or method not in dict(shipping_methods()):
        messages.warning(request, _("Select orders and choose a service."))
        return back_to_list(request)
    if len(refs) > MOST_METHODS:
        messages.warning(request, _("Choose %(most)d orders at most at once.") % {"most": MOST_METHODS})
        return back_to_list(request)
    by = staff(request).actor

    def each() -> int:
        changed = 0
        for ref in refs:
            try:
                edit_order(ref, OrderChanges(shipping_method=method), by=by, now=now)
            except DomainError:  # being picked or gone meanwhile: the others still change, and the rest is told
                continue
            changed += 1
        return changed

    changed = _act(request, f"service:{method}:{','.join(refs)}", each)
    if changed is not None:
        words = ngettext(
            "%(count)d order goes by the other service.", "%(count)d orders go by the other service.", changed
        )
        messages.success(request, words % {"count": changed})
        _say_rest(request, len(refs) - changed)
    return back_to_list(request)


@require_POST
@requires("order.view")
def slips(request: HttpRequest) -> HttpResponse:
    """The packing slips of the chosen orders in one document: the newest hundred of them."""
    refs = _refs(request)[:MOST_SLIPS]
    if not refs:
        messages.warning(request, _("Select the orders whose slips to print."))
        return back_to_list(request)
    return redirect(f"{reverse('dashboard:order_slips')}?{urlencode({'ref': refs}, doseq=True)}")


def _act(request: HttpRequest, act: str, do: Callable[[], int]) -> int | None:
    """How many orders changed; None after a refusal, which is said."""
    problem, answer = act_once(request, act, lambda: {"count": do()})
    if problem:
        messages.error(request, problem)
        return None
    return int(answer["count"])


def _changed(request: HttpRequest, act: str, do: Callable[[], int]) -> HttpResponse:
    """Do it and say how many orders it changed; those that were so already need no word."""
    changed = _act(request, act, do)
    if changed is not None:
        words = ngettext("%(count)d order changed.", "%(count)d orders changed.", changed)
        messages.success(request, words % {"count": changed})
    return back_to_list(request)


def _refs(request: HttpRequest) -> list[str]:
    if request.POST.get("all_matching"):
        asked = asked_for(request, QueryDict(request.POST.get("asked", "")[:2000]))
        return sorted(refs_of(asked.filters, limit=MOST))
    ticked: Sequence[str] = sorted({ref[:24] for ref in request.POST.getlist("ref") if "\0" not in ref})[:MOST]
    if not ticked:
        return []
    here = [warehouse.id for warehouse in visible_warehouses(request)]
    return sorted(refs_of(OrderFilter(warehouse_ids=here, refs=ticked), limit=MOST))


def _say_rest(request: HttpRequest, rest: int) -> None:
    if rest > 0:
        words = ngettext(
            "%(count)d order stays as it is: it is on hold, waits for stock, is on the floor or has left.",
            "%(count)d orders stay as they are: on hold, waiting for stock, on the floor or gone.",
            rest,
        )
        messages.warning(request, words % {"count": rest})


def back_to_list(request: HttpRequest) -> HttpResponse:
    """To the list as it was, with its view and filters."""
    target = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None) or not target.startswith("/"):
        return redirect("dashboard:orders")
    return redirect(target)
