"""Rules without code: which there are and in what order, what each did lately, and the builder."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.kernel.errors import DomainError, Invalid, NotFound, StaleVersion
from core.outbox.selectors import fired_on, rule_firings
from fulfillment.dashboard import rule_builder as builder
from fulfillment.dashboard.access import requires, staff
from fulfillment.dashboard.desk import act_once
from fulfillment.dashboard.desk import page as answer
from fulfillment.dashboard.order_scope import refs_in_scope
from fulfillment.dashboard.rule_words import EVENTS, fired_words, sentence
from orders.selectors.rulebook import RuleFact, all_rules, rule_by_id
from orders.services.rule_trials import TRIED, Trial, try_out
from orders.services.rules import change_rule, create_rule, delete_rule, move_rule, switch_rule

PERMISSION = "rules.manage"
LATELY = timedelta(days=30)
MANY = 1000
SHOWN = 100


@require_GET
@requires(PERMISSION)
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule in the order they are asked, as a sentence, with how often it fired in 30 days."""
    found = all_rules()
    fired = rule_firings([one.id for one in found], since=timezone.now() - LATELY, cap=MANY + 1)
    names = builder.shop_words()
    rows = [
        {
            "rule": one,
            "sentence": sentence(one.document, names),
            "fired": fired.get(one.id, 0),
            "last": one is found[-1],
        }
        for one in found
    ]
    return render(request, "dashboard/rules/index.html", {"rows": rows, "many": MANY})


@require_http_methods(["GET", "POST"])
@requires(PERMISSION)
def new_rule(request: HttpRequest) -> HttpResponse:
    """Build a rule, see what it would have done with the last orders, save it."""
    if request.method == "GET":
        return _build(request, builder.empty(), None)
    return _work(request, None)


@require_http_methods(["GET", "POST"])
@requires(PERMISSION)
def rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Change a rule; refused with the other's version when somebody else changed it in the meantime."""
    fact = _read(rule_id)
    if request.method == "GET":
        return _build(request, dict(fact.document), fact)
    return _work(request, fact)


@require_GET
@requires(PERMISSION)
def rule_fired(request: HttpRequest, rule_id: int) -> HttpResponse:
    """The orders on which the rule fired in 30 days, the newest first."""
    fact = _read(rule_id)
    entries = fired_on(rule_id, since=timezone.now() - LATELY, limit=SHOWN)
    seen = refs_in_scope(request, (ref for ref, _at, _data in entries))
    context = {
        "rule": fact,
        "sentence": sentence(fact.document, builder.shop_words()),
        "entries": [{"ref": ref, "at": at, "words": fired_words(data)} for ref, at, data in entries if ref in seen],
        "shown": SHOWN,
    }
    return render(request, "dashboard/rules/fired.html", context)


@require_POST
@requires(PERMISSION)
def move(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Ask the rule earlier (``way=up``) or later."""
    move_rule(_read(rule_id).id, up=request.POST.get("way") == "up", by=staff(request).actor, now=timezone.now())
    return redirect(f"{_list_url()}#rule-{rule_id}")


@require_POST
@requires(PERMISSION)
def switch(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Have the rule asked (``active=on``) or not."""
    active = request.POST.get("active") == "on"
    fact = switch_rule(_read(rule_id).id, active=active, by=staff(request).actor, now=timezone.now())
    words = _("“%(name)s” is asked from now on.") if active else _("“%(name)s” is not asked any more.")
    messages.success(request, words % {"name": fact.name})
    return redirect(f"{_list_url()}#rule-{rule_id}")


@require_POST
@requires(PERMISSION)
def delete(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Forget a rule; what it did stays done."""
    fact = _read(rule_id)
    text = request.POST.get("version", "")
    version = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    try:
        delete_rule(fact.id, expected_version=version, by=staff(request).actor, now=timezone.now())
    except StaleVersion as stale:
        return _build(request, dict(fact.document), fact, problem=str(stale), status=409)
    messages.success(request, _("“%(name)s” is deleted.") % {"name": fact.name})
    return redirect("dashboard:rules")


def _work(request: HttpRequest, fact: RuleFact | None) -> HttpResponse:
    document = builder.entered(request.POST)
    step = request.POST.get("step", "")
    if step != "save":
        return _build(request, document, fact, version=request.POST.get("version", ""), tried=bool(step))
    if not builder.was_tried(document, request.POST.get("tried", "")):
        problem = _("See what the rule would have done, then save it.")
        return _build(request, document, fact, version=request.POST.get("version", ""), problem=problem, status=422)
    by, now = staff(request).actor, timezone.now()
    text = request.POST.get("version", "")
    if fact is None:
        if not document["name"].strip():
            return _build(request, document, fact, status=422)

        def work() -> dict[str, Any]:
            return {"id": create_rule(document, by=by, now=now).id}

        problem, made = act_once(request, "create_rule", work)
        if problem:
            return _build(request, document, fact, problem=problem, status=422)
        return _saved(request, document["name"], made["id"])
    try:
        version = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
        saved = change_rule(fact.id, document, expected_version=version, by=by, now=now)
    except StaleVersion as stale:
        return _build(request, document, fact, problem=str(stale), theirs=fact, status=409)
    except Invalid:
        return _build(request, document, fact, version=text, status=422)
    except DomainError as refusal:
        return _build(request, document, fact, version=text, problem=str(refusal), status=422)
    return _saved(request, saved.name, saved.id)


def _saved(request: HttpRequest, name: str, rule_id: int) -> HttpResponse:
    messages.success(request, _("“%(name)s” is saved. It counts for what happens from now on.") % {"name": name})
    return redirect(f"{_list_url()}#rule-{rule_id}")


def _build(
    request: HttpRequest,
    document: dict[str, Any],
    fact: RuleFact | None,
    *,
    version: str = "",
    problem: str = "",
    theirs: RuleFact | None = None,
    tried: bool = True,
    status: int = 200,
) -> HttpResponse:
    """The builder with what is wrong beside each part, or with what the rule would have done."""
    errors: dict[str, list[str]] = {}
    trial: Trial | None = None
    untouched = request.method == "GET" and fact is None
    try:
        trial = None if untouched else try_out({**document, "name": document["name"] or "-"}, now=timezone.now())
    except Invalid as refusal:
        for one in refusal.errors:
            errors.setdefault(str(one["pointer"]), []).append(str(one["detail"]))
    if status == 422 and not document["name"].strip():
        errors.setdefault("/name", []).append(_("Give the rule a name."))
    names = builder.shop_words()
    seen = refs_in_scope(request, (one.ref for one in trial.matches)) if trial else set()
    context = {
        "rule": fact,
        "document": document,
        "version": version or (fact.version if fact else ""),
        "events": list(EVENTS.items()),
        "channels": builder.channel_choices(),
        "fields": builder.field_choices(str(document["event"])),
        "acts": builder.action_choices(),
        "conditions": builder.condition_rows(document, errors),
        "actions": builder.action_rows(document, errors),
        "nameless": "/name" in errors,
        "errors": errors if tried or status == 422 else {},
        "problem": problem,
        "theirs": sentence(theirs.document, names) if theirs else "",
        "sentence": "" if errors or untouched else sentence(document, names),
        "trial": trial,
        "matches": [one for one in trial.matches if one.ref in seen] if trial else [],
        "tried": builder.mark(document) if trial is not None else "",
        "most": TRIED,
    }
    return answer(request, "dashboard/rules/builder.html", "dashboard/rules/_builder.html", context, status=status)


def _read(rule_id: int) -> RuleFact:
    try:
        return rule_by_id(rule_id)
    except NotFound as error:
        raise Http404(_("There is no such rule.")) from error


def _list_url() -> str:
    return reverse("dashboard:rules")
