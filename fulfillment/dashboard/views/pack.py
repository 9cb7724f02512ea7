"""Pack: a tote, every unit, the label. The box closes and its label prints by themselves."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from core.accounts.models import User
from core.attention.services import open_case
from core.kernel.errors import DomainError, NotFound
from fulfillment.dashboard.access import current_warehouse, refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.floorwork import Judged, act_once, not_read, number_in, refused_by, respond
from fulfillment.dashboard.packing import pack_page
from fulfillment.dashboard.scanning import Scan, UnreadableScan, read_scan
from fulfillment.dashboard.slips import wants_slip
from orders.services.holds import place_hold
from shipping.selectors.bench import BenchParcel, bench_parcel, next_box, parcels_at_hand
from shipping.selectors.floor import totes_to_pack
from shipping.selectors.pack_jobs import pack_job
from shipping.services.facts import ScanVerdict
from shipping.services.labels import purchase_label
from shipping.services.pack_scans import leave_out, scan_pack, weigh_parcel
from shipping.services.packing import choose_carton, finish_parcel, open_parcel, split_parcel

PERMISSION = "pack.work"
WEIGH_KEY = "weigh_each_box"
REASONS = {
    "missing": gettext_noop("Something is missing"),
    "damaged": gettext_noop("Something is damaged"),
    "wrong_item": gettext_noop("Something is in the tote that does not belong to the order"),
    "no_box": gettext_noop("No box fits"),
    "other": gettext_noop("Something else"),
}


@require_GET
@requires(PERMISSION)
def pack(request: HttpRequest) -> HttpResponseBase:
    """The bench, waiting for a tote."""
    return render(request, "dashboard/pack/start.html", _start(request))


@require_GET
@requires(PERMISSION)
def pack_parcel(request: HttpRequest, ref: str) -> HttpResponseBase:
    """A box, with what is in it and what is missing."""
    return render(request, "dashboard/pack/job.html", _page(request, _parcel(request, ref)))


@require_POST
@requires(PERMISSION)
def pack_scan(request: HttpRequest) -> JsonResponse:
    """A scan with no box on the bench: a tote, an order or a parcel opens one."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    user, warehouse = staff(request), current_warehouse(request)

    def work() -> Mapping[str, Any]:
        parcel = open_parcel(scan.code, warehouse_id=warehouse.id, user_id=user.pk, by=user.actor, now=timezone.now())
        return {"verdict": "ok", "message": _("%(ref)s is open.") % {"ref": parcel.order_ref}, "ref": parcel.ref}

    judged = act_once(request, scan, scope=f"pack:start:{warehouse.id}", work=work)
    ref = judged.more.get("ref", "")
    if not ref:
        return respond(judged, _html(request, "start", _start(request)))
    page = _page(request, _parcel(request, ref))
    return respond(judged, _html(request, "job", page), message=f"{judged.message} {page['ask']}.".replace("..", "."))


@require_POST
@requires(PERMISSION)
def pack_parcel_scan(request: HttpRequest, ref: str) -> JsonResponse:
    """A scan or a button while a box is on the bench."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    parcel, now = _parcel(request, ref), timezone.now()
    if scan.action == "scale":
        request.session[WEIGH_KEY] = not request.session.get(WEIGH_KEY, False)
    weigh = bool(request.session.get(WEIGH_KEY, False))
    jobs: list[Mapping[str, Any]] = []

    def work() -> Mapping[str, Any]:
        told = _act(parcel, scan, staff(request), now, weigh=weigh)
        jobs[:] = [told.job] if told.job else []
        return {"verdict": told.verdict, "title": told.title, "message": told.message, "next": told.next}

    judged = act_once(request, scan, scope=f"pack:{parcel.id}", work=work)
    after = judged.more.get("next", "")
    if after == "buy_label":
        return _label(request, judged, parcel, print_it=not judged.refused)
    if after == "print_slip":
        page, urls = _page(request, _parcel(request, ref)), [reverse("dashboard:slip", args=[parcel.ref])]
        return respond(judged, _html(request, "job", page), print_urls=urls)
    if after == "set_aside":
        return respond(judged, _html(request, "start", _start(request)))
    page = _page(request, _parcel(request, ref), jobs[0] if jobs and not judged.code else None)
    page["problem"] = after == "problem"
    if judged.verdict == "done" and page.get("following"):
        page = _page(request, page["following"])
        return respond(judged, _html(request, "job", page), message=_("Now the next box of the same order."))
    return respond(judged, _html(request, "job", page))


def _act(parcel: BenchParcel, scan: Scan, user: User, now: datetime, *, weigh: bool) -> ScanVerdict:
    by = user.actor
    if scan.action == "carton":
        choose_carton(parcel.id, str(scan.values.get("carton", "")), by=by, now=now)
        return ScanVerdict("ok", "", _("Box changed."))
    if scan.action == "weight":
        grams = number_in(scan.values, "grams", most=99_000)
        if not grams:
            return ScanVerdict("wrong", _("No weight"), _("Type the grams the scale shows, then press Enter."))
        return weigh_parcel(parcel.ref, grams, override=str(scan.values.get("override", ""))[:200], by=by, now=now)
    if scan.action == "scale":
        return ScanVerdict("ok", "", _("Every box is weighed.") if weigh else _("Boxes take their expected weight."))
    if scan.action == "finish":
        finish_parcel(parcel.id, by=by, now=now)
        return ScanVerdict("line_done", "", _("Packed. Put the label on the box and scan it."), {}, "buy_label")
    if scan.action == "leave_out":
        product = number_in(scan.values, "product", most=2**62)
        return leave_out(parcel.ref, product, weigh=weigh, by=by, now=now)
    if scan.action == "slip":
        return ScanVerdict("ok", "", _("Printing the slip."), {}, "print_slip")
    if scan.action in ("label", "reprint"):
        return ScanVerdict("ok", "", _("Printing the label."), {}, "buy_label")
    if scan.action == "split":
        split_parcel(parcel.id, by=by, now=now)
        finish_parcel(parcel.id, by=by, now=now)
        return ScanVerdict("line_done", "", _("This box is closed. The rest goes into the next."), {}, "buy_label")
    if scan.action == "problem":
        return _set_aside(parcel, str(scan.values.get("reason", "")), user, now)
    if scan.action:
        return ScanVerdict("wrong", _("Not here"), _("This button does nothing here. Reload the page."))
    codes = scan.readings() or [""]
    told = scan_pack(parcel.ref, codes[0], alt=codes[1:], user_id=user.pk, weigh=weigh, by=by, now=now)
    if told.next in ("split", "reprint"):
        return _act(parcel, replace(scan, code="", action=told.next), user, now, weigh=weigh)
    if told.next == "short":
        return ScanVerdict("decision", "", _("What is the problem?"), told.job, "problem")
    if told.next not in ("", "buy_label"):
        return ScanVerdict("wrong", _("Not here"), _("This card does nothing at the bench."), told.job)
    return told


def _set_aside(parcel: BenchParcel, reason: str, user: User, now: datetime) -> ScanVerdict:
    """Hold the order with a case for the supervisor: nothing leaves the house until somebody looked."""
    reason = reason if reason in REASONS else "other"
    place_hold(parcel.order_ref, type="operator", reason=REASONS[reason], by=user.actor, now=now)
    open_case(
        kind="pack_problem",
        dedupe_key=f"pack_problem:{parcel.id}",
        summary=gettext_noop("A packer set an order aside. Look at the box, then release the hold."),
        subject_type="parcel",
        subject_id=parcel.id,
        timeline=parcel.order_ref,
        warehouse_id=parcel.warehouse_id,
        detail={"reason": reason, "parcel": parcel.ref},
        fixes=[{"label": gettext_noop("Open the order"), "url": f"/orders/{parcel.order_ref}"}],
        now=now,
    )
    told = _("%(ref)s is on hold and a supervisor sees it. Put the box aside and scan the next tote.")
    return ScanVerdict("ok", "", told % {"ref": parcel.order_ref}, {}, "set_aside")


def _label(request: HttpRequest, judged: Judged, parcel: BenchParcel, *, print_it: bool) -> JsonResponse:
    """Buy the label outside any transaction and print it, with the slip of a box just closed.

    A refusal shows the one way out.
    """
    trouble: Judged | None = None
    try:
        purchase_label(parcel.ref, by=staff(request).actor, now=timezone.now())
    except DomainError as error:
        trouble = refused_by(error)
    page = _page(request, _parcel(request, parcel.ref))
    if trouble is None:
        urls = [reverse("dashboard:label", args=[parcel.ref, "pdf"])] if print_it else None
        if urls and parcel.status == "open" and wants_slip(parcel.order_id):
            urls.append(reverse("dashboard:slip", args=[parcel.ref]))
        return respond(judged, _html(request, "job", page), print_urls=urls)
    if trouble.code == "not_packed":
        return respond(trouble, _html(request, "job", page))
    page["trouble"] = trouble.message
    if trouble.verdict == "stop":
        return respond(trouble, _html(request, "job", page))
    # The box is packed all the same; what is left to do is a question, not a mistake.
    told = Judged("decision", "", _("Packed, but there is no label. %(why)s") % {"why": trouble.message})
    return respond(told, _html(request, "job", page))


def _parcel(request: HttpRequest, ref: str) -> BenchParcel:
    """That parcel, in the person's scope. Raises Http404."""
    try:
        parcel = bench_parcel(ref)
    except NotFound as error:
        raise Http404 from error
    refuse_foreign_warehouse(request, parcel.warehouse_id)
    return parcel


def _start(request: HttpRequest) -> dict[str, Any]:
    warehouse = current_warehouse(request)
    totes = totes_to_pack(warehouse.id, limit=100)
    return {"totes": totes[:8], "waiting": len(totes), "mine": parcels_at_hand(staff(request).pk, warehouse.id)}


def _page(request: HttpRequest, parcel: BenchParcel, job: Mapping[str, Any] | None = None) -> dict[str, Any]:
    weigh = bool(request.session.get(WEIGH_KEY, False))
    page = pack_page(parcel, job or pack_job(parcel.ref, weigh=weigh))
    page |= {"weigh": weigh, "reasons": [(key, _(text)) for key, text in REASONS.items()]}
    if page["job"]["step"] == "done":
        page |= {"following": next_box(parcel), **_start(request)}
    return page


def _html(request: HttpRequest, name: str, page: Mapping[str, Any]) -> str:
    return render_to_string(f"dashboard/pack/_{name}.html", dict(page), request=request)
