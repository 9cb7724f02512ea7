"""The exceptions inbox: what blocks, why, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from core.accounts.models import User
from core.attention.selectors import CaseFact, case, counts_by_kind, last_closed_at, open_cases
from core.attention.services import assign_case, resolve_case, snooze_case
from fulfillment.dashboard.access import current_warehouse, refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.case_fixes import Fix, Known, apply_fix, fixes_of
from fulfillment.dashboard.case_words import GROUPS, figures, group_of, kind_name
from fulfillment.dashboard.desk import act_once, next_link, page, position_in, text_in
from inventory.selectors.places import BinFact, bins_by_id
from inventory.selectors.products import ProductFact, products_by_id
from orders.selectors.doubts import AddressDoubt, address_doubts, ship_by_of

PAGE = 50
SNOOZES: dict[str, tuple[str | Promise, timedelta]] = {
    "hour": (gettext_lazy("1 hour"), timedelta(hours=1)),
    "day": (gettext_lazy("1 day"), timedelta(days=1)),
    "week": (gettext_lazy("1 week"), timedelta(days=7)),
}


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A case with the names of what it is about, the day it is to leave, and its fixes, best first.

    ``doubt`` is what is doubted about an address, side by side with what is suggested.
    """

    case: CaseFact
    kind: str
    facts: tuple[str, ...]
    fixes: tuple[Fix, ...]
    mine: bool
    about: str
    ship_by: date | None = None
    doubt: AddressDoubt | None = None


@require_GET
@requires("exception.view")
def exceptions(request: HttpRequest) -> HttpResponse:
    """``?group=&kind=&mine=1&snoozed=1&cursor=``: open cases, the oldest first."""
    warehouse, now, user = current_warehouse(request), timezone.now(), staff(request)
    here = (warehouse.id,)
    snoozed, mine = bool(request.GET.get("snoozed")), bool(request.GET.get("mine"))
    awake_at = None if snoozed else now
    counts = counts_by_kind(warehouse_ids=here, awake_at=awake_at)
    kind, group = text_in(request, "kind", limit=40), text_in(request, "group", limit=40)
    kinds = [name for name in counts if group_of(name) == group] if group else []
    at = position_in(request, "opened_at")
    rows = open_cases(
        kind or (group if group and not kinds else None),
        kinds=kinds,
        warehouse_ids=here,
        owner_id=user.pk if mine else None,
        awake_at=awake_at,
        after=(at.value, at.id) if at else None,
        limit=PAGE + 1,
    )
    more, rows = len(rows) > PAGE, rows[:PAGE]
    count = ngettext("%(count)d case", "%(count)d cases", len(rows)) % {"count": len(rows)}
    quiet = not (rows or kind or group or mine)
    context: dict[str, Any] = {
        "tabs": _tabs(counts),
        "group": group,
        "kind": kind,
        "kind_name": kind_name(kind) if kind else "",
        "mine": mine,
        "mine_url": _toggled(request, "mine", on=not mine),
        "snoozed": snoozed,
        "snoozed_url": _toggled(request, "snoozed", on=not snoozed),
        "cases": _shown(rows, user),
        "count": count,
        "next": next_link(request, rows[-1].opened_at, rows[-1].id, "opened_at") if more else "",
        "snoozes": [(name, word) for name, (word, _span) in SNOOZES.items()],
        "here": request.get_full_path(),
        "filtered": bool(kind or group or mine),
        "last_cleared": last_closed_at(here) if quiet else None,
    }
    return page(request, "dashboard/exceptions/index.html", "dashboard/exceptions/_list.html", context, say=count)


@require_POST
@requires("exception.work")
def fix(request: HttpRequest, case_id: int) -> HttpResponse:
    """Put it right at once, as the way out with that ``code`` says."""
    found, user, now = _case(request, case_id), staff(request), timezone.now()
    code = request.POST.get("code", "")

    def work() -> dict[str, Any]:
        return {"told": apply_fix(found, code, by=user.actor, now=now)}

    problem, answer = act_once(request, f"fix:{case_id}:{code}", work)
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, str(answer["told"]))
    return _back(request)


@require_POST
@requires("exception.work")
def assign(request: HttpRequest, case_id: int) -> HttpResponse:
    """Take the case, or with ``nobody`` give it back."""
    found, user, now = _case(request, case_id), staff(request), timezone.now()
    owner = None if request.POST.get("nobody") else user.pk

    def work() -> dict[str, Any]:
        assign_case(found.id, owner_id=owner, by=user.actor, now=now)
        return {}

    words = _("The case is yours.") if owner else _("The case is nobody's now.")
    return _answer(request, f"assign:{case_id}:{owner}", work, words)


@require_POST
@requires("exception.work")
def snooze(request: HttpRequest, case_id: int) -> HttpResponse:
    """Hide the case for a while (``for``: hour, day, week), or show it again."""
    found, user, now = _case(request, case_id), staff(request), timezone.now()
    span = SNOOZES.get(request.POST.get("for", ""))
    until: datetime | None = now + span[1] if span else None

    def work() -> dict[str, Any]:
        snooze_case(found.id, until=until, by=user.actor, now=now)
        return {}

    words = _("The case comes back in %(span)s.") % {"span": span[0]} if span else _("The case is back.")
    return _answer(request, f"snooze:{case_id}:{request.POST.get('for', '')}", work, words)


@require_POST
@requires("exception.work")
def resolve(request: HttpRequest, case_id: int) -> HttpResponse:
    """Close the case, saying how it ended."""
    found, user, now = _case(request, case_id), staff(request), timezone.now()
    note = request.POST.get("note", "").replace("\0", "").strip()[:300]
    if not note:
        messages.error(request, _("Say how it ended: the next one who meets this reads it."))
        return _back(request)

    def work() -> dict[str, Any]:
        resolve_case(found.id, resolution=note, by=user.actor, now=now)
        return {}

    return _answer(request, f"resolve:{case_id}", work, _("The case is closed."))


def _case(request: HttpRequest, case_id: int) -> CaseFact:
    found = case(case_id)
    if found is None:
        raise Http404(_("There is no such case."))
    if found.warehouse_id is not None:
        refuse_foreign_warehouse(request, found.warehouse_id)
    return found


def _answer(request: HttpRequest, act: str, work: Any, words: str) -> HttpResponse:
    problem, _kept = act_once(request, act, work)
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, words)
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    query = request.POST.get("back", "").partition("?")[2]
    url = reverse("dashboard:exceptions")
    return redirect(f"{url}?{query}" if query else url)


def _toggled(request: HttpRequest, name: str, *, on: bool) -> str:
    """The same list with ``name`` on or off, from its beginning."""
    query = request.GET.copy()
    query.pop("cursor", None)
    query.pop(name, None)
    if on:
        query[name] = "1"
    return f"?{query.urlencode()}"


def _tabs(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """All, then the groups in which there is something, as they matter."""
    groups: dict[str, int] = {}
    for kind, number in counts.items():
        groups[group_of(kind)] = groups.get(group_of(kind), 0) + number
    words = {**{name: word for name, (word, _kinds) in GROUPS.items()}, "other": _("Other")}
    return [
        {"group": "", "word": _("All"), "count": sum(counts.values())},
        *({"group": name, "word": word, "count": groups[name]} for name, word in words.items() if name in groups),
    ]


def _shown(cases: list[CaseFact], user: User) -> list[ShownCase]:
    """The names behind the ids in the cases' details are read for all of them at once."""
    known = Known(
        products=products_by_id(one.detail["product_id"] for one in cases if one.detail.get("product_id")),
        places=bins_by_id(one.detail["bin_id"] for one in cases if one.detail.get("bin_id")),
        doubts=address_doubts(one.detail["hold_id"] for one in cases if one.kind == "address"),
        may_pack=user.may("pack.work"),
    )
    days = ship_by_of(one.timeline for one in cases if one.timeline)
    return [
        ShownCase(
            case=one,
            kind=kind_name(one.kind),
            facts=_facts(one, known.products, known.places),
            fixes=fixes_of(one, known),
            mine=one.owner_id == user.pk,
            about=reverse("dashboard:go") + f"?code={one.timeline}" if one.timeline else "",
            ship_by=days.get(one.timeline),
            doubt=known.doubts.get(one.detail.get("hold_id") or 0) if one.kind == "address" else None,
        )
        for one in cases
    ]


def _facts(one: CaseFact, products: Mapping[int, ProductFact], places: Mapping[int, BinFact]) -> tuple[str, ...]:
    detail = one.detail
    facts = []
    if product := products.get(detail.get("product_id") or 0):
        facts.append(f"{product.name} ({product.sku})")
    if place := places.get(detail.get("bin_id") or 0):
        facts.append(place.name)
    if detail.get("missing"):
        words = ngettext("%(count)d unit missing", "%(count)d units missing", int(detail["missing"]))
        facts.append(words % {"count": int(detail["missing"])})
    facts += figures(detail)
    for name in ("return_ref", "parcel_ref", "tracking_number", "code", "invoice", "handler", "error", "warehouse"):
        if detail.get(name):
            facts.append(str(detail[name])[:120])
    if isinstance(detail.get("first"), list):
        facts += [str(line) for line in detail["first"][:3]]
    return tuple(facts)
