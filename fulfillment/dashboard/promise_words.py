"""A promise, and why it will be broken, in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, time_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from orders.selectors.calendar_page import promises_of

REASONS: dict[str, str | Promise] = {
    "": gettext_lazy("First promise"),
    "backordered": gettext_lazy("It waits for stock"),
    "backorder_filled": gettext_lazy("What was missing came in"),
    "address_changed": gettext_lazy("The address changed"),
    "method_changed": gettext_lazy("The shipping method changed"),
    "edited": gettext_lazy("The order was changed"),
    "paid": gettext_lazy("The payment came"),
    "release_moved": gettext_lazy("The release day moved"),
    "delayed": gettext_lazy("It did not leave on its day"),
}

STAGES: dict[str, str | Promise] = {
    "release": gettext_lazy("To release"),
    "pick": gettext_lazy("To pick"),
    "pack": gettext_lazy("To pack"),
    "hand_over": gettext_lazy("To hand over"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """The dates of a promise, as the page has them."""

    ship_by: date
    deliver_from: date
    deliver_to: date
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an order's promise: why it was made, what its dates rest on, the cut-off it counted with."""

    version: int
    reason: str
    sentences: tuple[str, ...]
    cut_off: str = ""


def versions_of(order_id: int) -> list[Version]:
    """The versions of an order's promise in words, the newest first. One statement."""
    return [
        Version(
            one.version,
            reason_of(one.reason),
            tuple(explain(Told(one.ship_by, one.deliver_from, one.deliver_to, one.inputs))),
            str(one.inputs.get("cut_off", "")),
        )
        for one in promises_of(order_id)
    ]


def weekday(day: date) -> str:
    """A day with its weekday, such as “Mon 23 Nov”."""
    # Translators: Django date format of a day with its weekday, such as "n月j日 (D)" in Japanese.
    return date_format(day, pgettext("date format", "D j M"))


def reason_of(code: str) -> str:
    """Why a promise was made anew, in words."""
    return str(REASONS.get(code) or code.replace("_", " ").capitalize())


def explain(told: Told, *, service: str = "") -> list[str]:
    """What the dates were computed from, one sentence each, in the order of the computation.

    Promises of before the calendars kept less; what is not known is not said.
    """
    inputs = told.inputs
    sentences = [*_begins(inputs), *_handling(inputs), *_full(inputs)]
    sentences.append(_("It leaves by %(day)s.") % {"day": weekday(told.ship_by)})
    sentences += [*_road(inputs, service), *_window(inputs)]
    if told.deliver_from == told.deliver_to:
        sentences.append(_("It arrives on %(day)s.") % {"day": weekday(told.deliver_to)})
    else:
        sentences.append(
            _("It arrives between %(first)s and %(last)s.")
            % {"first": weekday(told.deliver_from), "last": weekday(told.deliver_to)}
        )
    return sentences


def _begins(inputs: Mapping[str, Any]) -> list[str]:
    told = []
    if inputs.get("earliest"):
        day = date.fromisoformat(inputs["earliest"])
        told.append(_("It is not released before %(day)s.") % {"day": weekday(day)})
    if not inputs.get("begins"):
        return told
    said = {"time": inputs.get("cut_off", ""), "day": weekday(date.fromisoformat(inputs["begins"]))}
    if inputs.get("missed") == "cut_off":
        told.append(_("Ready after the %(time)s cut-off, so it counts for %(day)s.") % said)
    elif inputs.get("missed") == "closed":
        told.append(_("Ready on a day the warehouse is closed, so it counts for %(day)s.") % said)
    elif not inputs.get("earliest"):
        told.append(_("Ready before the %(time)s cut-off, so it counts for %(day)s.") % said)
    return told


def _handling(inputs: Mapping[str, Any]) -> list[str]:
    within = inputs.get("within_days")
    if within is not None:
        words = ngettext(
            "The channel promises to ship within %(count)d working day.",
            "The channel promises to ship within %(count)d working days.",
            within,
        )
        return [words % {"count": within}]
    told = []
    if days := inputs.get("handling_days"):
        words = ngettext("Handling takes %(count)d working day.", "Handling takes %(count)d working days.", days)
        told.append(words % {"count": days})
    for name, handling, _transit in inputs.get("seasons", ()):
        if handling:
            words = ngettext(
                "%(name)s adds %(count)d working day of handling.",
                "%(name)s adds %(count)d working days of handling.",
                handling,
            )
            told.append(words % {"name": name, "count": handling})
    return told


def _full(inputs: Mapping[str, Any]) -> list[str]:
    told = []
    for day, taken, capacity in inputs.get("full", ()):
        if capacity:
            said = {"day": weekday(date.fromisoformat(day)), "taken": taken, "capacity": capacity}
            told.append(_("%(day)s is full (%(taken)s of %(capacity)s).") % said)
        else:
            told.append(_("Nothing is sent on %(day)s.") % {"day": weekday(date.fromisoformat(day))})
    return told


def _road(inputs: Mapping[str, Any], service: str) -> list[str]:
    if "transit_most" not in inputs:
        return []
    fewest, most = inputs["transit_fewest"], inputs["transit_most"]
    days = str(most) if fewest == most else f"{fewest}–{most}"
    words = ngettext("%(days)s day on the road with %(service)s.", "%(days)s days on the road with %(service)s.", most)
    plain = ngettext("%(days)s day on the road.", "%(days)s days on the road.", most)
    told = [(words if service else plain) % {"days": days, "service": service}]
    for name, _handling_days, transit in inputs.get("seasons", ()):
        if transit:
            words = ngettext(
                "%(name)s adds %(count)d day on the road.", "%(name)s adds %(count)d days on the road.", transit
            )
            told.append(words % {"name": name, "count": transit})
    return told


def _window(inputs: Mapping[str, Any]) -> list[str]:
    told = []
    if inputs.get("not_before"):
        day = weekday(date.fromisoformat(inputs["not_before"]))
        told.append(_("The buyer takes it in from %(day)s on.") % {"day": day})
    if inputs.get("not_after"):
        day = weekday(date.fromisoformat(inputs["not_after"]))
        told.append(_("The buyer wants it by %(day)s: that cannot be kept.") % {"day": day})
    return told


def late_figures(detail: Mapping[str, Any]) -> list[str]:
    """Why an order is late or will be, in words; empty for cases of other kinds."""
    cause = detail.get("cause")
    if cause == "floor":
        return _on_the_floor(detail)
    if cause == "ship_by":
        days = int(detail.get("days", 0))
        told = [ngettext("%(count)d day late", "%(count)d days late", days) % {"count": days}]
        if detail.get("held"):
            told.append(_("on hold"))
        return told
    if cause == "stock":
        return _for_stock(detail)
    if cause == "hold":
        return _by_a_hold(detail)
    return []


def _on_the_floor(detail: Mapping[str, Any]) -> list[str]:
    zone = ZoneInfo(str(detail.get("zone", "UTC")))

    def clock(name: str) -> str:
        return time_format(datetime.fromisoformat(str(detail[name])).astimezone(zone), "H:i")

    ahead = int(detail.get("ahead", 0))
    before = ngettext("%(count)d order is before it", "%(count)d orders are before it", ahead) % {"count": ahead}
    pace = _("at %(pace)s units an hour it is packed at %(time)s") % {
        "pace": detail.get("pace"),
        "time": clock("packed_at"),
    }
    return [before, pace, _("the cut-off is %(time)s") % {"time": clock("cut_off")}]


def _by_a_hold(detail: Mapping[str, Any]) -> list[str]:
    told = [_("has to leave on %(day)s") % {"day": weekday(date.fromisoformat(str(detail["ship_by"])))}]
    if detail.get("until"):
        told.append(_("on hold until %(day)s") % {"day": weekday(date.fromisoformat(str(detail["until"])))})
    return told


def _for_stock(detail: Mapping[str, Any]) -> list[str]:
    told = [_("of %(sku)s") % {"sku": detail.get("sku", "")}]
    if detail.get("comes_on"):
        told.append(_("expected on %(day)s") % {"day": weekday(date.fromisoformat(str(detail["comes_on"])))})
    if detail.get("ship_by"):
        told.append(_("promised for %(day)s") % {"day": weekday(date.fromisoformat(str(detail["ship_by"])))})
    return told
