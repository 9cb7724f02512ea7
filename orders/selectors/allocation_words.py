"""The codes of ``planning.explaining`` in words, in the active language: one text for the page and the API."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from orders.planning.explained import Line
from orders.planning.explaining import Action, Candidate, Reason
from orders.states import HoldType

Words = Callable[[int, Mapping[str, Any]], str]


def day_words(value: date | None) -> str:
    """A day without its year: ``12 May``."""
    # Translators: a day without its year in Django's date format, such as "12 May".
    return date_format(value, _("j F")) if value else _("a day nobody knows yet")


def _units(count: int) -> str:
    return ngettext("%(count)d unit", "%(count)d units", count) % {"count": count}


def _of_coming(params: Mapping[str, Any]) -> str:
    told = _("%(ref)s due %(day)s: %(coming)d coming") % {
        "ref": params["ref"],
        "day": day_words(params["day"]),
        "coming": params["coming"],
    }
    return f"{told}, {_('%(count)d ahead in line') % {'count': params['ahead']}}" if params["ahead"] else told


def reason_words(reason: Reason) -> str:
    """Why units wait, or why a part of the order is not further: one sentence."""
    words = _WAITING.get(reason.code) or _PARTS.get(reason.code)
    return words(reason.units, reason.params) if words else reason.code.replace("_", " ").capitalize()


_WAITING: dict[str, Words] = {
    "not_confirmed": lambda n, p: _("The order is not confirmed yet, so nothing is promised to it."),
    "free_now": lambda n, p: _("%(units)s can be had in %(warehouse)s right now.") % {"units": _units(n), **p},
    "free_by_hand": lambda n, p: (
        ngettext(
            "%(units)s is free in %(warehouse)s; this channel gives stock by hand.",
            "%(units)s are free in %(warehouse)s; this channel gives stock by hand.",
            n,
        )
        % {"units": _units(n), **p}
    ),
    "kit_incomplete": lambda n, p: (
        ngettext(
            "%(units)s is in %(warehouse)s, but the kit also needs %(lacking)s.",
            "%(units)s are in %(warehouse)s, but the kit also needs %(lacking)s.",
            n,
        )
        % {"units": _units(n), **p}
    ),
    "kept_for_others": lambda n, p: (
        ngettext(
            "%(units)s in %(warehouse)s is kept for other channels.",
            "%(units)s in %(warehouse)s are kept for other channels.",
            n,
        )
        % {"units": _units(n), **p}
    ),
    "quality_control": lambda n, p: (
        ngettext(
            "%(units)s in %(warehouse)s waits for quality control.",
            "%(units)s in %(warehouse)s wait for quality control.",
            n,
        )
        % {"units": _units(n), **p}
    ),
    "coming": lambda n, p: (
        ngettext("%(units)s waits for %(coming)s.", "%(units)s wait for %(coming)s.", n)
        % {"units": _units(n), "coming": _of_coming(p)}
    ),
    "coming_promised": lambda n, p: (
        ngettext(
            "%(units)s waits: %(coming)d are on their way, and %(ahead)d are wanted by orders ahead in line.",
            "%(units)s wait: %(coming)d are on their way, and %(ahead)d are wanted by orders ahead in line.",
            n,
        )
        % {"units": _units(n), **p}
    ),
    "safety_stock": lambda n, p: (
        ngettext("%(units)s in %(warehouse)s is safety stock.", "%(units)s in %(warehouse)s are safety stock.", n)
        % {"units": _units(n), **p}
    ),
    "in_carts": lambda n, p: (
        ngettext(
            "%(units)s in %(warehouse)s lies in a cart that somebody may still pay for.",
            "%(units)s in %(warehouse)s lie in a cart that somebody may still pay for.",
            n,
        )
        % {"units": _units(n), **p}
    ),
    "declined": lambda n, p: (
        ngettext("%(units)s is at %(warehouse)s, which declined.", "%(units)s are at %(warehouse)s, which declined.", n)
        % {"units": _units(n), **p}
    ),
    "elsewhere": lambda n, p: (
        ngettext(
            "%(units)s is in %(warehouse)s, from where this channel does not ship.",
            "%(units)s are in %(warehouse)s, from where this channel does not ship.",
            n,
        )
        % {"units": _units(n), **p}
    ),
    "set_aside": lambda n, p: (
        ngettext(
            "%(units)s in %(warehouse)s is set aside or damaged.",
            "%(units)s in %(warehouse)s are set aside or damaged.",
            n,
        )
        % {"units": _units(n), **p}
    ),
    "promised": lambda n, p: (
        ngettext(
            "%(units)s waits: the %(promised)d that are here are promised to other orders, and none are on their way.",
            "%(units)s wait: the %(promised)d that are here are promised to other orders, and none are on their way.",
            n,
        )
        % {"units": _units(n), **p}
    ),
    "nothing": lambda n, p: (
        ngettext(
            "%(units)s waits: none are here, and none are on their way.",
            "%(units)s wait: none are here, and none are on their way.",
            n,
        )
        % {"units": _units(n)}
    ),
}
_STAGES: dict[str, Callable[[], str]] = {
    "released": lambda: _("On the floor, waiting for a picker."),
    "picking": lambda: _("Being picked."),
    "picked": lambda: _("Picked, waiting for a packer."),
    "packing": lambda: _("Being packed."),
    "packed": lambda: _("Packed, waiting for the carrier."),
}
_PARTS: dict[str, Words] = {
    "on_floor": lambda n, p: _STAGES[p["stage"]](),
    "held": lambda n, p: _("Held: %(holds)s.") % {"holds": ", ".join(p["holds"])},
    "scheduled": lambda n, p: _("Goes to the floor on %(day)s.") % {"day": day_words(p["day"])},
    "waits_for_rest": lambda n, p: _("All here, but the order ships complete: it waits for the rest."),
    "no_bin": lambda n, p: _("%(sku)s is promised, but no bin has enough of it to pick.") % p,
    "face_empty": lambda n, p: (
        _("Ready to pick. The pick face of %(sku)s holds too little; the rest comes from %(bin)s.") % p
    ),
    "requested": lambda n, p: _("%(warehouse)s was asked to ship it and has not answered.") % p,
    "accepted": lambda n, p: _("%(warehouse)s took it on and ships it.") % p,
    "to_be_requested": lambda n, p: _("%(warehouse)s is about to be asked to ship it.") % p,
    "ready": lambda n, p: _("Ready to pick in %(warehouse)s.") % p,
}


def verdict_words(verdict: Reason) -> str:
    """The whole order in one or two sentences."""
    params = verdict.params
    match verdict.code:
        case "cancelled":
            return _("Cancelled. Nothing is promised to it any more.")
        case "completed":
            return _("Everything has left.")
        case "not_confirmed":
            return _("Not confirmed yet. Nothing is promised.")
        case "nothing_open":
            return _("Nothing of it is to be picked.")
        case "ready":
            return _("Ready to pick")
        case "waits_all" | "waits_some":
            because = reason_words(params["because"]) if params["because"] else ""
            return " ".join(part for part in (_waiting(verdict), because) if part)
    return reason_words(verdict)


def left_words(names: Sequence[str]) -> str:
    """Where a rule left the order to ship from, by name; empty when it left it everything."""
    return _("A rule left it to ship from %(places)s only.") % {"places": ", ".join(names)} if names else ""


def hold_words(kind: str) -> str:
    """The kind of a hold within a sentence."""
    return _("staff") if kind == HoldType.OPERATOR else str(HoldType(kind).label).lower()


def _waiting(verdict: Reason) -> str:
    params = verdict.params
    if verdict.code == "waits_all":
        return _("Nothing of it is here.")
    told = _("%(here)d of %(lines)d lines are here.") % params if params["here"] else _("Part of it is here.")
    more = params["waiting_lines"] - 1
    if more > 0:
        told += " " + ngettext("%(count)d more line waits.", "%(count)d more lines wait.", more) % {"count": more}
    return told


def line_words(line: Line) -> str:
    """How much of a line is here: ``2 of 3 here, 1 waits``."""
    if not line.ships:
        return _("Is not shipped")
    if not line.waiting:
        return _("All of it has left") if line.shipped >= line.wanted else _("There is stock for all of it")
    if not line.here:
        words = ngettext("Nothing here, %(waiting)d waits", "Nothing here, %(waiting)d wait", line.waiting)
        return words % {"waiting": line.waiting}
    words = ngettext("%(here)d here, %(waiting)d waits", "%(here)d here, %(waiting)d wait", line.waiting)
    return words % {"here": line.here, "waiting": line.waiting}


_PLACES: dict[str, Callable[[], str]] = {
    "mine": lambda: _("Taken for this order"),
    "free": lambda: _("Can be had"),
    "empty": lambda: _("Nothing lies here"),
    "quality_control": lambda: _("Waits for quality control"),
    "quarantined": lambda: _("In quarantine"),
    "damaged": lambda: _("Damaged"),
    "recalled": lambda: _("The lot is recalled"),
    "too_old": lambda: _("Too close to its expiry"),
    "frozen": lambda: _("The bin is frozen"),
    "not_a_shelf": lambda: _("On its way through the house"),
    "not_served": lambda: _("This channel does not ship from here"),
    "declined": lambda: _("They declined this order"),
    "kept_back": lambda: _("Kept as safety stock or for other channels"),
    "promised": lambda: _("Promised to other orders"),
}


def candidate_words(candidate: Candidate) -> str:
    """Why a place can or cannot give units."""
    return _PLACES[candidate.code]() if candidate.code in _PLACES else candidate.code.replace("_", " ").capitalize()


def action_words(action: Action) -> str:
    """What a button that would help is called; empty for what is no act."""
    params = action.params
    words = {
        "fill": lambda: _("Take it from %(code)s") % params,
        "quality": lambda: _("Go to quality control"),
        "purchase_order": lambda: _("Look at %(ref)s") % params,
        "transfer_ref": lambda: _("Look at %(ref)s") % params,
        "transfer": lambda: _("Send it over"),
        "stock": lambda: _("Look at the stock of %(sku)s") % params,
        "purchase": lambda: _("Buy more %(sku)s") % params,
        "priority": lambda: _("Raise its priority"),
        "release_hold": lambda: _("Release the hold: %(word)s") % params,
        "ship_partial": lambda: _("Ship what is here"),
        "count": lambda: _("Have %(bin)s counted") % params,
        "replenish": lambda: _("Fill the pick face from %(from)s") % params,
        "reroute": lambda: _("Ship it from %(code)s instead") % params,
        "partner": lambda: _("Answer for them"),
        "cancel_request": lambda: _("Take it from elsewhere"),
        "substitute": lambda: _("Send something else instead"),
    }
    # Translators: fallback for a button without words of its own.
    return words[action.code]() if action.code in words else pgettext("button", "Open")
