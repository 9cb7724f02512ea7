"""The order's timeline as the page shows it: kinds, tones, and runs of scans folded into one line. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fulfillment.dashboard.rule_words import fired_words
from fulfillment.dashboard.statuses import look_of
from orders.selectors.timeline import StoryEntry

KINDS: dict[str, str | Promise] = {
    "all": gettext_lazy("All"),
    "stock": gettext_lazy("Stock"),
    "scans": gettext_lazy("Scans"),
    "parcels": gettext_lazy("Parcels"),
    "returns": gettext_lazy("Returns"),
    "mails": gettext_lazy("Mails"),
    "api": gettext_lazy("API"),
    "notes": gettext_lazy("Notes"),
}
_KIND_OF_SUBJECT = {
    "pick_line": "scans",
    "pick_list": "scans",
    "parcel": "parcels",
    "label_request": "parcels",
    "message": "mails",
    "return": "returns",
    "return_item": "returns",
    "inspection": "returns",
    "refund": "returns",
    "order": "notes",
    "promise": "notes",
    "shortage_choice": "stock",
}
_STOCK = frozenset(
    {
        "order.placed",
        "order.backordered",
        "order.backorder_filled",
        "order.lines_cancelled",
        "order.lines_returned",
        "fulfillment_order.short",
        "fulfillment_order.open",
        "fulfillment_order.allocated",
        "pick_line.short",
    }
)
_TONE = {
    "order.held": "hold",
    "order.hold_released": "ok",
    "order.backordered": "warn",
    "order.backorder_filled": "ok",
    "order.cancelled": "danger",
    "order.lines_cancelled": "warn",
    "promise.changed": "warn",
    "shortage_choice.asked": "warn",
    "shortage_choice.chosen": "ok",
    "shortage_choice.expired": "warn",
    "shortage_choice.withdrawn": "neutral",
    "fulfillment_order.short": "warn",
    "message.sent": "ok",
    "message.failed": "danger",
}
# What an inspection brings about, told between its steps.
_INSPECTED = frozenset({"return.item_decided", "order.lines_returned"})
# Fewer scans than this are told one by one.
FOLD = 3


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the timeline. ``folded`` holds the single scans of a run; ``day`` is set on the first line of a day."""

    kind: str
    tone: str
    what: str
    by: str
    at: datetime
    change: str
    facts: tuple[tuple[str, str], ...]
    folded: tuple["Told", ...] = ()
    day: date | None = None


def kind_of(entry: StoryEntry) -> str:
    """Which filter an entry belongs to; a step of the floor counts as its scans."""
    if entry.type in _STOCK:
        return "stock"
    return _KIND_OF_SUBJECT.get(entry.type.partition(".")[0], "scans")


def kinds_of(entry: StoryEntry) -> set[str]:
    """The filters an entry shows in: its own, and the API's when a program did it."""
    return {kind_of(entry), "api"} if entry.actor_kind == "api" else {kind_of(entry)}


def tell(entries: Sequence[StoryEntry], *, show: str, zone: ZoneInfo) -> list[Told]:
    """The entries of one kind (or ``all``), newest first, runs of scans folded, each day's first line marked."""
    kept = [entry for entry in reversed(entries) if show in ("all", "") or show in kinds_of(entry)]
    lines: list[Told] = []
    run: list[StoryEntry] = []
    for entry in kept:
        if run and _run_of(entry) != _run_of(run[0]):
            lines += _folded(run)
            run = []
        if _run_of(entry):
            run.append(entry)
        else:
            lines.append(_line(entry))
    lines += _folded(run)
    return _with_days(lines, zone)


def counts(entries: Iterable[StoryEntry]) -> dict[str, int]:
    """How many entries each filter has."""
    found = dict.fromkeys(KINDS, 0)
    for entry in entries:
        found["all"] += 1
        for kind in kinds_of(entry):
            found[kind] += 1
    return found


def _run_of(entry: StoryEntry) -> str:
    """Which run of small steps an entry belongs to; empty for what stands alone."""
    if entry.type.startswith("pick_line.") and not entry.type.endswith("short"):
        return "pick"
    return "inspect" if entry.type.startswith("inspection.") or entry.type in _INSPECTED else ""


def _folded(run: Sequence[StoryEntry]) -> list[Told]:
    if len(run) < FOLD:
        return [_line(entry) for entry in run]
    newest, oldest = run[0], run[-1]
    if _run_of(newest) == "pick":
        words = ngettext("%(count)d line picked", "%(count)d lines picked", len(run)) % {"count": len(run)}
    else:
        words = _inspected(run)
    took = newest.at - oldest.at
    if took >= timedelta(seconds=1):
        words = _("%(words)s in %(time)s") % {"words": words, "time": _span(took)}
    folded = tuple(_line(entry) for entry in run)
    return [Told(kind_of(newest), "info", words, newest.by, newest.at, "", (), folded=folded)]


def _inspected(run: Sequence[StoryEntry]) -> str:
    decided = sum(entry.type in ("inspection.passed", "inspection.failed") for entry in run)
    if decided:
        return ngettext("%(count)d inspection decided", "%(count)d inspections decided", decided) % {"count": decided}
    return ngettext("%(count)d step of inspection", "%(count)d steps of inspection", len(run)) % {"count": len(run)}


def _span(took: timedelta) -> str:
    seconds = int(took.total_seconds())
    if seconds < 60:
        return _("%(s)d s") % {"s": seconds}
    if seconds < 3600:
        return _("%(m)d min %(s)d s") % {"m": seconds // 60, "s": seconds % 60}
    return _("%(h)d h %(m)d min") % {"h": seconds // 3600, "m": seconds % 3600 // 60}


def _line(entry: StoryEntry) -> Told:
    subject, _dot, state = entry.type.partition(".")
    before, after = str(entry.data.get("before") or ""), str(entry.data.get("after") or "")
    change = ""
    if before and after:
        change = f"{look_of(before, subject).word} → {look_of(after, subject).word}"
    tone = _TONE.get(entry.type) or look_of(state, subject).tone
    if entry.type == "order.rule_fired":
        rule = ((_("rule"), str(entry.data.get("rule_id", ""))),)
        return Told(kind_of(entry), "info", fired_words(entry.data), entry.by, entry.at, change, rule)
    return Told(kind_of(entry), tone, entry.sentence, entry.by, entry.at, change, _facts(entry.data))


def _facts(data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The rest of what was written down, for those who want to know exactly. Events hold ids and figures only."""
    return tuple(
        (key.replace("_", " "), _value(value))
        for key, value in sorted(data.items())
        if key not in ("before", "after") and value not in (None, "", [], {})
    )


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join("×".join(str(part) for part in one) if isinstance(one, list) else str(one) for one in value)
    return str(value)


def _with_days(lines: Sequence[Told], zone: ZoneInfo) -> list[Told]:
    shown: list[Told] = []
    last: date | None = None
    for line in lines:
        day = line.at.astimezone(zone).date()
        new = day if day != last else None
        last = day
        shown.append(Told(line.kind, line.tone, line.what, line.by, line.at, line.change, line.facts, line.folded, new))
    return shown
