"""/styleguide: every component in every state, and a job of ten lines to try the scanner on."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fulfillment.dashboard.access import requires
from fulfillment.dashboard.scanning import Scan, UnreadableScan, answer, read_scan, refuse
from fulfillment.dashboard.statuses import LOOKS, TONES

SESSION_KEY = "styleguide_job"
OTHER_THING = "5901234999999"
LONG_NAME = "Mary-Louise Featherstonehaugh-Cholmondeley"


class SampleForm(forms.Form):
    """Only to show how fields look; nothing reads it."""

    name = forms.CharField(label=gettext_lazy("Name"), help_text=gettext_lazy("As it stands on the door."))
    postcode = forms.CharField(label=gettext_lazy("Postcode"))
    country = forms.ChoiceField(
        label=gettext_lazy("Country"), choices=[("SE", "Sverige"), ("TH", "ไทย"), ("JP", "日本")]
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))


@dataclass(frozen=True)
class Line:
    place: str
    bin_code: str
    barcode: str
    name: str


LINES = tuple(
    Line(f"A-{n:02d}-2-B", f"LA{n:02d}K2Q", f"59012341234{n:02d}", name)
    for n, name in enumerate(
        (
            "Mug, green",
            "Mug, blue",
            "Teapot, white",
            "Bunting, 12 flags",
            "Lantern, small",
            "Lantern, large",
            "Cake tin, set of 3",
            "แก้วเซรามิก สีเขียว",
            "湯のみ 青",
            "Köksklocka, röd",
        ),
        start=1,
    )
)


def _fresh() -> dict[str, Any]:
    return {"at": 0, "seen": {}, "log": []}


def _steps() -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    for number, line in enumerate(LINES, start=1):
        show = {"place": line.place, "name": line.name, "quantity": "1×", "line": f"{number}/{len(LINES)}"}
        steps.append({"step": "bin", "expect": [line.bin_code], "show": {**show, "ask": _("Scan the place")}})
        steps.append(
            {
                "step": "item",
                "expect": [line.barcode],
                "line_done": True,
                "show": {**show, "ask": _("Scan the item")},
            }
        )
    return [*steps, {"step": "done"}]


def _job(state: dict[str, Any]) -> dict[str, Any]:
    at = state["at"]
    steps = _steps()
    line = LINES[min(at // 2, len(LINES) - 1)]
    return {
        "line": line,
        "ask": steps[min(at, len(steps) - 2)]["show"]["ask"],
        "number": min(at // 2 + 1, len(LINES)),
        "total": len(LINES),
        "lines_done": at // 2,
        "finished": at >= len(steps) - 1,
        "log": state["log"],
        "data": {
            "ref": "DEMO",
            "at": at,
            "known": {other.barcode: other.name for other in LINES} | {OTHER_THING: "Candle, vanilla"},
            "always": [],
            "steps": steps,
        },
    }


def _job_html(request: HttpRequest, state: dict[str, Any]) -> str:
    return render_to_string("dashboard/styleguide/_job.html", {"job": _job(state)}, request=request)


@require_GET
@requires("home.view")
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    now = timezone.now()
    bound = SampleForm({"name": "", "postcode": "", "country": "SE"})
    bound.is_valid()
    return render(
        request,
        "dashboard/styleguide/index.html",
        {
            "tones": TONES,
            "statuses": sorted(LOOKS),
            "now": now,
            "due_soon": now + timedelta(minutes=41, seconds=30),
            "due_later": now + timedelta(hours=5, minutes=20),
            "due_days": now + timedelta(days=3),
            "overdue": now - timedelta(hours=1, minutes=5),
            "yesterday": now - timedelta(hours=20),
            "last_month": now - timedelta(days=40),
            "amount": Decimal("1240.50"),
            "stages": [_("Placed"), _("Allocated"), _("Picked"), _("Packed"), _("Shipped")],
            "form": SampleForm(),
            "bound_form": bound,
            "rows": _rows(),
            "address": {
                "name": "ณัฐธิดา วงศ์สุวรรณ",
                "line1": "88/12 ซอยสุขุมวิท 24",
                "city": "กรุงเทพมหานคร",
                "postal_code": "10110",
                "country": "THAILAND",
            },
        },
    )


def _rows() -> list[dict[str, Any]]:
    now = timezone.now()
    keys = ("ref", "customer", "lang", "items", "due", "status", "total", "currency", "placed")
    rows = (
        ("ORD-7K3M9Q2X", "山田 花子", "ja", 3, timedelta(minutes=35), "picking", "12400", "JPY", timedelta(hours=2)),
        (
            "ORD-4F8T2N6C",
            "ณัฐธิดา วงศ์สุวรรณ",
            "th",
            12,
            -timedelta(hours=3),
            "allocated",
            "3180",
            "THB",
            timedelta(hours=26),
        ),
        ("ORD-9W5R1B7H", "Åsa Lindström", "sv", 1, timedelta(hours=6), "packed", "449", "SEK", timedelta(minutes=12)),
        ("ORD-2D6Y8J4S", LONG_NAME, "en", 144, timedelta(days=2), "on_hold", "1240.50", "GBP", timedelta(days=3)),
    )
    return [dict(zip(keys, (*row[:4], now + row[4], *row[5:8], now - row[8]), strict=True)) for row in rows]


@require_GET
@requires("home.view")
def scan_playground(request: HttpRequest) -> HttpResponse:
    """The floor frame with the sample job; ``?reset`` starts it anew."""
    if "reset" in request.GET:
        request.session[SESSION_KEY] = _fresh()
    state = request.session.get(SESSION_KEY) or _fresh()
    return render(request, "dashboard/styleguide/floor.html", {"job": _job(state)})


@require_POST
@requires("home.view")
def playground_scan(request: HttpRequest) -> JsonResponse:
    """The sample job's half of the scan contract; its state lives in the session."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return refuse("unknown", _("Not read"), _("This could not be read. Scan again."))
    key = request.session.session_key
    with transaction.atomic():
        # A device that heard nothing asks again while the first request is still at work: the second waits for it, and
        # reads what it wrote. A session by itself is written as it was read.
        Session.objects.select_for_update().get(pk=key)
        session = SessionStore(key)
        state = session.get(SESSION_KEY) or _fresh()
        told = _take(request, scan, state)
        session[SESSION_KEY] = state
        session.save()
    return told


def _take(request: HttpRequest, scan: Scan, state: dict[str, Any]) -> JsonResponse:
    key = str(scan.id)
    if key in state["seen"]:
        return answer(state["seen"][key], _("Counted before."), html=_job_html(request, state))
    if scan.action == "reset":
        state.update(_fresh())
        return answer("ok", _("Started again."), html=_job_html(request, state))
    if scan.action:
        state["seen"][key] = "ok"
        state["log"].append(scan.action)
        return answer("ok", _("Noted: %(what)s.") % {"what": scan.action}, html=_job_html(request, state))
    return _judge(request, scan, state, _steps())


def _judge(request: HttpRequest, scan: Scan, state: dict[str, Any], steps: list[dict[str, Any]]) -> JsonResponse:
    step = steps[state["at"]]
    line = LINES[min(state["at"] // 2, len(LINES) - 1)]
    names = {other.barcode: other.name for other in LINES} | {OTHER_THING: "Candle, vanilla"}
    places = {other.bin_code: other.place for other in LINES}
    wanted = set(step.get("expect", []))
    if not wanted.intersection(reading.upper() for reading in scan.readings()):
        if scan.code == line.barcode and step["step"] == "bin":
            return refuse("wrong", _("Place first"), _("Scan the place %(place)s first.") % {"place": line.place})
        if state["at"] and scan.code in steps[state["at"] - 1].get("expect", []):
            return refuse("too_many", _("One too many"), _("This was counted already. Put it back."), status=409)
        seen = names.get(scan.code) or places.get(scan.code)
        if seen is None:
            return refuse("unknown", _("Not known"), _("Nothing has this code. Scan the printed one."))
        text = _("This is %(seen)s – you need %(name)s from %(place)s. Scan again.")
        return refuse("wrong", _("Wrong one"), text % {"seen": seen, "name": line.name, "place": line.place})
    state["at"] += 1
    done = state["at"] >= len(steps) - 1
    verdict = "done" if done else "line_done" if step.get("line_done") else "ok"
    state["seen"][str(scan.id)] = verdict
    state["log"].append(scan.code)
    text = _("Job done.") if done else _("Right: %(name)s.") % {"name": line.name}
    return answer(verdict, text, html=_job_html(request, state))
