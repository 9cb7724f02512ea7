"""One order: where it is and why, what can be done about it, and everything that happened to it."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.accounts.people import people_who_may
from core.attention.selectors import cases_of
from core.kernel.errors import NotFound
from core.messaging.selectors import messages_of
from fulfillment.dashboard import story as stories
from fulfillment.dashboard.access import (
    current_warehouse,
    refuse_foreign_warehouse,
    requires,
    staff,
    visible_warehouses,
)
from fulfillment.dashboard.desk import act_once
from fulfillment.dashboard.forms.orders import CancelForm, HoldForm
from fulfillment.dashboard.order_extras import extras_of
from fulfillment.dashboard.order_words import OrderState, in_trouble, sentence, stage_names, stage_reached
from fulfillment.dashboard.packaging_panel import packaging_panel
from fulfillment.dashboard.promise_words import Version, versions_of
from fulfillment.dashboard.statuses import look_of
from fulfillment.dashboard.templatetags.floor import human
from inventory.selectors.places import WarehouseFact
from orders.selectors.allocation_words import left_words
from orders.selectors.facts import OrderFact
from orders.selectors.order_page import OrderPage, order_page
from orders.selectors.releasing import ReleaseFilter
from orders.selectors.timeline import StoryEntry, story
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold
from orders.services.holds import release_hold as let_go
from orders.states import OPEN_FULFILLMENT_ORDER
from returns.selectors.of_order import returns_on_page
from shipping.selectors.of_order import ParcelOnPage, parcels_on_page
from shipping.services.waves import release_next_wave

PACKED = "parcel.packed"
WITH_LABEL = ("label_purchased", "ready_for_pickup")


@require_GET
@requires("order.view")
def order(request: HttpRequest, ref: str) -> HttpResponse:
    """The order page; ``?show=`` picks a part of the timeline. A constant number of statements."""
    return _page(request, read_order(request, ref))


@require_POST
@requires("order.hold")
def hold_order(request: HttpRequest, ref: str) -> HttpResponse:
    """Stop the order with a reason."""
    page, form, now = read_order(request, ref), HoldForm(request.POST), timezone.now()
    if not form.is_valid():
        return _page(request, page, hold_form=form, dialog="hold-dialog", status=422)
    kind, reason = form.cleaned_data["type"], form.cleaned_data["reason"]
    until = form.release_at(ZoneInfo(current_warehouse(request).time_zone))

    def work() -> dict[str, Any]:
        by = staff(request).actor
        return {"id": place_hold(page.order.ref, type=kind, reason=reason, release_at=until, by=by, now=now).id}

    problem, _answer = act_once(request, f"hold:{page.order.ref}:{kind}", work)
    if problem:
        return _page(request, page, problem=problem, status=422)
    messages.success(request, _("%(ref)s is on hold. Work on it stops at the next scan.") % {"ref": page.order.ref})
    return redirect("dashboard:order", page.order.ref)


@require_POST
@requires("order.hold")
def release_hold(request: HttpRequest, ref: str, hold_id: int) -> HttpResponse:
    """Let the order go on, as far as that hold is concerned."""
    page, now = read_order(request, ref), timezone.now()

    def work() -> dict[str, Any]:
        return {"id": let_go(page.order.ref, hold_id, by=staff(request).actor, now=now).id}

    problem, _answer = act_once(request, f"release_hold:{hold_id}", work)
    if problem:
        return _page(request, page, problem=problem, status=422)
    messages.success(request, _("The hold is released."))
    return redirect("dashboard:order", page.order.ref)


@require_POST
@requires("order.cancel")
def cancel(request: HttpRequest, ref: str) -> HttpResponse:
    """Cancel the whole order, or units of some of its lines."""
    page, now = read_order(request, ref), timezone.now()
    form = CancelForm(request.POST, open_units=_open_units(page))
    try:
        lines = form.lines()
    except ValueError:
        return _page(request, page, problem=_("Cancel no more units than are still open."), status=422)
    if not form.is_valid():
        return _page(request, page, cancel_form=form, dialog="cancel-dialog", status=422)
    if lines == []:
        return _page(request, page, problem=_("Say how many units of which lines to cancel."), status=422)

    def work() -> dict[str, Any]:
        reason = form.cleaned_data["reason"]
        return {"ref": cancel_order(page.order.ref, reason=reason, lines=lines, by=staff(request).actor, now=now).ref}

    problem, _answer = act_once(request, f"cancel:{page.order.ref}:{lines}", work)
    if problem:
        return _page(request, page, problem=problem, status=422)
    units = sum(count for _line, count in lines) if lines else _open_total(page)
    words = ngettext("Cancelled %(count)d unit of %(ref)s.", "Cancelled %(count)d units of %(ref)s.", units)
    messages.success(request, words % {"count": units, "ref": page.order.ref})
    return redirect("dashboard:order", page.order.ref)


@require_POST
@requires("wave.release")
def release_order(request: HttpRequest, ref: str) -> HttpResponse:
    """Give what is in stock of the order to the floor, as a wave of its own."""
    page, now = read_order(request, ref), timezone.now()
    waiting = {one.warehouse_id for one in page.shipments if one.status == "allocated"}
    # What a third party ships is its own work; alone, it makes the refusal say so.
    warehouses = sorted(waiting & {one.id for one in visible_warehouses(request) if one.is_own} or waiting)

    def work() -> dict[str, Any]:
        filters = ReleaseFilter(order_refs=(page.order.ref,))
        waves = [
            release_next_wave(warehouse_id, limit=10, filters=filters, by=staff(request).actor, now=now)
            for warehouse_id in warehouses
        ]
        return {"waves": [wave.ref for wave in waves if wave and wave.orders]}

    problem, answer = act_once(request, f"release:{page.order.ref}", work)
    if problem or not answer["waves"]:
        problem = problem or _("It cannot be released now: it is on hold, waits for stock, or is on the floor already.")
        return _page(request, page, problem=problem, status=422)
    messages.success(request, _("Released to the floor in wave %(ref)s.") % {"ref": ", ".join(answer["waves"])})
    return redirect("dashboard:order", page.order.ref)


def read_order(request: HttpRequest, ref: str) -> OrderPage:
    """The order of the address, when the person may see it. Raises Http404."""
    try:
        page = order_page(ref)
    except NotFound as error:
        raise Http404(_("There is no order %(ref)s.") % {"ref": ref[:24]}) from error
    # The warehouses its parts ship from; one without parts belongs to its channel's.
    places = {shipment.warehouse_id for shipment in page.shipments} or {page.order.warehouse_id}
    if not any(staff(request).sees_warehouse(place) for place in places):
        refuse_foreign_warehouse(request, min(places))
    return page


def _open_units(page: OrderPage) -> dict[int, int]:
    """{line or kit id: how many of it can still be cancelled}."""
    return {one_id: units for one_id, _name, _sku, units in page.cancellable}


def _names(order: OrderFact, places: Sequence[WarehouseFact]) -> list[str]:
    """The warehouses a rule left the order, by name; those the person does not see in one word."""
    seen = [place.name for place in places if place.id in order.ship_from]
    return seen if len(seen) == len(order.ship_from) else [*seen, _("other warehouses")]


def _open_total(page: OrderPage) -> int:
    return sum(one.line.quantity - one.line.cancelled - one.line.shipped for one in page.lines)


def _state(
    page: OrderPage, parcels: list[ParcelOnPage], entries: list[StoryEntry], versions: list[Version]
) -> OrderState:
    order = page.order
    held = tuple(str(look_of(hold.type, "hold").word) for hold in order.holds if hold.released_at is None)
    return OrderState(
        status=order.status,
        fulfillment_status=order.fulfillment_status,
        return_status=order.return_status,
        cancel_reason=order.cancel_reason,
        holds=held,
        stages=tuple(one.status for one in page.shipments if one.status in OPEN_FULFILLMENT_ORDER),
        parcels=tuple(parcel.status for parcel in parcels),
        wanted=sum(one.line.quantity - one.line.cancelled for one in page.lines),
        waiting=sum(one.waiting for one in page.lines),
        shipped=sum(one.shipped for one in page.lines),
        ship_by=order.promise.ship_by if order.promise else None,
        packed_by=next((one.by for one in reversed(entries) if one.type == PACKED and one.actor_kind == "staff"), ""),
        carrier=next((human(one.carrier) for one in parcels if one.status in WITH_LABEL and one.carrier), ""),
        cut_off=versions[0].cut_off if versions else "",
    )


def _page(
    request: HttpRequest,
    page: OrderPage,
    *,
    problem: str = "",
    hold_form: forms.Form | None = None,
    cancel_form: forms.Form | None = None,
    dialog: str = "",
    status: int = 200,
) -> HttpResponse:
    order, places = page.order, visible_warehouses(request)
    parcels = parcels_on_page(order.id)
    entries = story(order.ref)
    versions = versions_of(order.id)
    state = _state(page, parcels, entries, versions)
    show = request.GET.get("show", "all")
    show = show if show in stories.KINDS else "all"
    counts = stories.counts(entries)
    zone = ZoneInfo(current_warehouse(request).time_zone)
    return render(
        request,
        "dashboard/order/index.html",
        {
            "page": page,
            "order": order,
            "places": places,
            "left": left_words(_names(order, places)),
            "problem": problem,
            "sentence": sentence(state),
            "stages": stage_names(),
            "stage": stage_reached(state),
            "trouble": in_trouble(state),
            "ship_by": state.ship_by if state.stages or state.waiting else None,
            "parcels": parcels,
            "packaging": packaging_panel(order, parcels, staff(request)),
            "returns": returns_on_page(order.ref),
            "cases": cases_of(order.ref),
            "mails": messages_of(order.ref),
            "promises": [entry for entry in entries if entry.type == "promise.changed"],
            "versions": versions,
            "open_holds": [hold for hold in order.holds if hold.released_at is None],
            "old_holds": [hold for hold in order.holds if hold.released_at is not None],
            "told": stories.tell(entries, show=show, zone=zone),
            "kinds": [
                {"name": name, "word": word, "count": counts[name]}
                for name, word in stories.KINDS.items()
                if counts[name] or name == "all"
            ],
            "show": show,
            "open_total": _open_total(page),
            "can_release": not page.open_holds and any(one.status == "allocated" for one in page.shipments),
            "hold_form": hold_form or HoldForm(),
            "cancel_form": cancel_form or CancelForm(),
            "dialog": dialog,
            "people": people_who_may("order.hold", current_warehouse(request).id),
            **extras_of(order, today=timezone.now().astimezone(zone).date()),
        },
        status=status,
    )
