"""Why an order can or cannot be picked, and the act that helps."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.kernel.errors import NotFound
from fulfillment.dashboard.access import refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.allocation import FIELDS, Asked, buttons, do
from fulfillment.dashboard.desk import act_once
from orders.planning.explaining import Candidate, LineExplained
from orders.selectors.allocation_story import AllocationStory, allocation_story
from orders.selectors.allocation_words import candidate_words, left_words, line_words, reason_words

LONG = 30
"""More lines than this, and the places looked at come line by line."""


@require_GET
@requires("order.view")
def allocation(request: HttpRequest, ref: str) -> HttpResponse:
    """The verdict, what would help, every line with the places looked at, and what was tried.

    ``?line=<id>`` opens the places of a line of a long order; HTMX is given these alone.
    """
    story, line = _read(request, ref), request.GET.get("line", "")
    htmx = getattr(request, "htmx", None)
    one = next((one for one in story.explanation.lines if str(one.line.id) == line), None)
    if htmx and not htmx.history_restore_request and one is not None:
        context = {"item": _line(request, story, one, short=True, asked=True)}
        response = render(request, "dashboard/order/_places.html", context)
    else:
        response = _page(request, story)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
@requires("order.route")
def unblock(request: HttpRequest, ref: str) -> HttpResponse:
    """Do what a button of the page says (``code``)."""
    story, now = _read(request, ref), timezone.now()
    numbers = {
        name: int(text)
        for name in FIELDS
        if (text := request.POST.get(name, "")).isascii() and text.isdigit() and len(text) < 18
    }
    code = request.POST.get("code", "")
    if "part_id" in numbers and numbers["part_id"] not in {part.id for part, _why in story.explanation.parts}:
        raise Http404(_("There is no such part of this order."))
    asked = Asked(story.order.id, story.order.ref, numbers)

    def work() -> dict[str, Any]:
        return {"told": do(code, asked, by=staff(request).actor, now=now)}

    problem, answer = act_once(request, f"unblock:{story.order.ref}:{code}:{sorted(numbers.items())}", work)
    if problem:
        return _page(request, story, problem=problem, status=422)
    messages.success(request, str(answer["told"]))
    return redirect("dashboard:order_allocation", story.order.ref)


def _read(request: HttpRequest, ref: str) -> AllocationStory:
    try:
        story = allocation_story(ref, now=timezone.now())
    except NotFound as error:
        raise Http404(_("There is no order %(ref)s.") % {"ref": ref[:24]}) from error
    places = story.warehouse_ids or (story.channel.warehouse_id,)
    if not any(staff(request).sees_warehouse(place) for place in places):
        refuse_foreign_warehouse(request, min(places))
    return story


def _page(request: HttpRequest, story: AllocationStory, *, problem: str = "", status: int = 200) -> HttpResponse:
    explanation = story.explanation
    short, asked = len(explanation.lines) > LONG, request.GET.get("line", "")
    lines = [_line(request, story, one, short=short, asked=asked == str(one.line.id)) for one in explanation.lines]
    helps = buttons(explanation.actions, story.order.ref, staff(request))
    shown = [button for button in helps if button.key] if short else helps
    context = {
        "order": story.order,
        "problem": problem,
        "verdict": story.verdict,
        "left": left_words([name for _code, name in story.left]),
        "tone": _tone(explanation.verdict.code),
        "buttons": shown,
        "more": len(helps) - len(shown),
        "short": short,
        "parts": [(part, reason_words(reason)) for part, reason in explanation.parts],
        "lines": lines,
        "attempts": story.attempts[::-1],
    }
    return render(request, "dashboard/order/allocation.html", context, status=status)


def _line(
    request: HttpRequest, story: AllocationStory, one: LineExplained, *, short: bool, asked: bool
) -> dict[str, Any]:
    """A line with its places; of a long order those of the line asked for alone, and beside them what would help it."""
    shown: dict[str, Any] = {
        "line": one.line,
        "words": line_words(one.line),
        "reasons": [reason_words(reason) for reason in one.reasons],
        "open": bool(one.candidates) and (asked or not short),
        "asked": short and asked,
        "places": "",
    }
    if shown["open"]:
        shown["candidates"] = [_place(request, story, one, candidate) for candidate in one.candidates]
    elif one.candidates:
        count = len(one.candidates)
        shown["places"] = ngettext("%(count)d place looked at", "%(count)d places looked at", count) % {"count": count}
    if shown["asked"]:
        actions = [action for reason in one.reasons for action in reason.actions]
        shown["buttons"] = [replace(one, key="") for one in buttons(actions, story.order.ref, staff(request))]
    return shown


def _place(request: HttpRequest, story: AllocationStory, one: LineExplained, candidate: Candidate) -> dict[str, Any]:
    level = candidate.level
    return {
        "one": candidate,
        "others": max(0, level.allocated - level.mine),
        "to": story.promised_to.get((one.line.product_id, level.warehouse_id), []),
        "why": candidate_words(candidate),
        "seen": staff(request).sees_warehouse(level.warehouse_id),
    }


def _tone(code: str) -> str:
    if code in ("ready", "on_floor", "completed", "face_empty", "accepted"):
        return "ok"
    if code == "held":
        return "hold"
    return "info" if code in ("scheduled", "requested", "to_be_requested", "cancelled", "nothing_open") else "warn"
