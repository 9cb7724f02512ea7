"""Promises: how the day goes, what can be promised, until when to order, and what if."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.kernel.countries import country_name
from core.kernel.errors import DomainError
from fulfillment.dashboard.access import current_warehouse, requires
from fulfillment.dashboard.desk import act_once, text_in, warehouse_day
from fulfillment.dashboard.forms.promises import (
    AskForm,
    CutOffForm,
    DayForm,
    SeasonForm,
    UsualForm,
    WhatIfForm,
)
from fulfillment.dashboard.promise_words import STAGES, Told, explain
from inventory.selectors.places import WarehouseFact
from inventory.services.warehouse_days import close_day, set_daily_capacity
from orders.planning.last_orders import last_order
from orders.planning.promises import cut_off_moment
from orders.selectors.calendar_page import cut_offs_of, seasons_of
from orders.selectors.calendars import Loads, book
from orders.selectors.due import promised_days
from orders.services.calendar_keeping import add_season, remove_season, set_capacity_day, set_service_cut_off
from orders.services.promising import promised, terms_of
from orders.services.what_if import WhatIf, what_if
from shipping.services.last_orders import LastOrders, last_orders
from shipping.services.watching import Day, foresee

SHOWN_DAYS = 21
FARTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class ShownDay:
    """A day of the calendar: what is promised for it and how much room there is (None: no limit)."""

    day: date
    open: bool
    promised: int
    capacity: int | None
    today: bool
    special: bool

    @property
    def free(self) -> int | None:
        return None if self.capacity is None else max(self.capacity - self.promised, 0)

    @property
    def is_full(self) -> bool:
        return self.open and self.free == 0


@require_GET
@requires("order.view")
def promises(request: HttpRequest) -> HttpResponse:
    """The day, the calendar, the last moments; ``?method=&country=&at=&by=`` asks, ``?close=&capacity=…`` what if."""
    return _page(request)


@require_POST
@requires("promise.manage")
def change_day(request: HttpRequest) -> HttpResponse:
    """Close or open a day, or give it a capacity of its own."""
    warehouse, form = current_warehouse(request), DayForm(request.POST)

    def keep() -> None:
        close_day(warehouse.id, form.cleaned_data["day"], closed=form.cleaned_data["closed"])
        set_capacity_day(warehouse.id, form.cleaned_data["day"], form.cleaned_data["shipments"])

    return _keep(request, form, "day", keep, _("The day is set. Promises made before stay."))


@require_POST
@requires("promise.manage")
def change_usual(request: HttpRequest) -> HttpResponse:
    """How many shipments leave on a usual day."""
    warehouse, form = current_warehouse(request), UsualForm(request.POST)

    def keep() -> None:
        set_daily_capacity(warehouse.id, form.cleaned_data["shipments"])

    return _keep(request, form, "usual", keep, _("The usual day is set."))


@require_POST
@requires("promise.manage")
def change_cut_off(request: HttpRequest) -> HttpResponse:
    """The cut-off of one service in this warehouse."""
    warehouse = current_warehouse(request)
    form = CutOffForm(request.POST, services=_services(_table(request, warehouse)))

    def keep() -> None:
        set_service_cut_off(warehouse.id, form.cleaned_data["method"], form.cleaned_data["cut_off"])

    return _keep(request, form, "cut_off", keep, _("The cut-off is set."))


@require_POST
@requires("promise.manage")
def new_season(request: HttpRequest) -> HttpResponse:
    """Write a season for this warehouse."""
    warehouse = current_warehouse(request)
    form = SeasonForm(request.POST, services=_services(_table(request, warehouse)))

    def keep() -> None:
        add_season(warehouse.id, form.asked())

    return _keep(request, form, "season", keep, _("The season counts from now on."))


@require_POST
@requires("promise.manage")
def end_season(request: HttpRequest, season_id: int) -> HttpResponse:
    """Take a season back."""
    warehouse = current_warehouse(request)

    def work() -> dict[str, Any]:
        return {"gone": remove_season(warehouse.id, season_id)}

    problem, _answer = act_once(request, f"promise_season_gone:{season_id}", work)
    if problem:
        return _page(request, problem=problem, status=422)
    messages.success(request, _("The season is gone. Promises made before stay."))
    return redirect("dashboard:promises")


def _keep(request: HttpRequest, form: Form, name: str, keep: Callable[[], None], words: str) -> HttpResponse:
    """Do what the form asks and say so; a form that is not right is shown again in its dialog, as it was typed."""

    def work() -> dict[str, Any]:
        keep()
        return {}

    if form.is_valid():
        act = f"promise_{name}:{current_warehouse(request).id}:{form.cleaned_data}"
        problem, _answer = act_once(request, act, work)
        if not problem:
            messages.success(request, words)
            return redirect("dashboard:promises")
        form.add_error(None, problem)
    dialog = f"{name.replace('_', '-')}-dialog"
    return _page(request, forms={f"{name}_form": form}, dialog=dialog, status=422)


def _page(
    request: HttpRequest,
    *,
    forms: dict[str, Any] | None = None,
    dialog: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    warehouse, now = current_warehouse(request), timezone.now()
    today = warehouse_day(warehouse, now)
    table = _table(request, warehouse)
    services = _services(table)
    asked_for = text_in(request, "for", limit=10)
    ask = AskForm(request.GET if "method" in request.GET else None, services=services, zone=warehouse.time_zone)
    change = WhatIfForm(request.GET if "capacity" in request.GET or "close" in request.GET else None)
    misunderstood = bool(asked_for) and asked_for != table.arrive_by.isoformat()
    if ask.errors or change.errors or misunderstood:
        status = 422
    day = foresee(warehouse, now=now) if warehouse.is_own else None
    context: dict[str, Any] = {
        "warehouse": warehouse,
        "day": day,
        "stages": [(STAGES[one.stage], one) for one in day.stages] if day else [],
        "days": _days(warehouse, today),
        "ask_form": ask,
        "answer": _answer(warehouse, ask, dict(services), now) if ask.is_bound and ask.is_valid() else None,
        "what_if_form": change,
        "what_if": _what_if(warehouse, change, day, now) if change.is_bound and change.is_valid() else None,
        "table": table,
        "last_rows": [(country_name(code), cells) for code, cells in table.rows],
        "misunderstood": misunderstood,
        "seasons": [
            (one, dict(services).get(one.method, one.method), country_name(one.destination))
            for one in seasons_of(warehouse.id, today=today)
        ],
        "cut_offs": [(dict(services).get(m, m), at) for m, at in sorted(cut_offs_of(warehouse.id).items())],
        "day_form": DayForm(),
        "usual_form": UsualForm(initial={"shipments": warehouse.daily_capacity}),
        "cut_off_form": CutOffForm(services=services),
        "season_form": SeasonForm(services=services),
        "problem": problem,
        "dialog": dialog,
        **(forms or {}),
    }
    return render(request, "dashboard/promises/index.html", context, status=status)


def _table(request: HttpRequest, warehouse: WarehouseFact) -> LastOrders:
    """The last moments for the day asked for (``for``), else for the end of the next season."""
    today = warehouse_day(warehouse, timezone.now())
    try:
        arrive_by: date | None = date.fromisoformat(text_in(request, "for", limit=10))
    except ValueError:
        arrive_by = None
    if arrive_by is not None and not today <= arrive_by <= today + FARTHEST:
        arrive_by = None
    return last_orders(warehouse.id, arrive_by=arrive_by, now=timezone.now())


def _services(table: LastOrders) -> list[tuple[str, str]]:
    return list(table.services) or [("standard", "standard")]


def _days(warehouse: WarehouseFact, today: date) -> list[ShownDay]:
    until = today + timedelta(days=SHOWN_DAYS - 1)
    taken = promised_days(warehouse.id, since=today, until=until)
    special = book().capacity.get(warehouse.id, {})
    return [
        ShownDay(
            day=day,
            open=day.weekday() in warehouse.working_weekdays and day not in warehouse.closed_days,
            promised=taken.get(day, 0),
            capacity=special.get(day, warehouse.daily_capacity),
            today=day == today,
            special=day in special or day in warehouse.closed_days,
        )
        for day in (today + timedelta(days=n) for n in range(SHOWN_DAYS))
    ]


def _answer(warehouse: WarehouseFact, form: AskForm, names: dict[str, str], now: datetime) -> dict[str, Any]:
    asked = form.cleaned_data
    at, by = asked["at"] or now, asked["by"]
    dates = promised(warehouse, asked["method"], asked["country"], ready_at=at, loads=Loads(now=now))
    told = Told(dates.ship_by, dates.deliver_from, dates.deliver_to, dates.inputs)
    found: dict[str, Any] = {"dates": dates, "sentences": explain(told, service=names.get(asked["method"], ""))}
    if by is not None:
        terms, loads = terms_of(warehouse, asked["method"], asked["country"]), Loads(now=now)
        if by <= now.date() + FARTHEST:
            loads.read_ahead(warehouse.id, terms, by)
            found["last"] = last_order(terms, by, now=now, load=loads.of(warehouse.id, terms))
        found |= {"by": by, "in_time": dates.deliver_to <= by}
    return found


def _what_if(warehouse: WarehouseFact, form: WhatIfForm, day: Day | None, now: datetime) -> dict[str, Any]:
    asked = form.cleaned_data
    found: dict[str, Any] = {}
    if asked["close"] is not None or asked["capacity"] is not None:
        try:
            answer: WhatIf = what_if(
                warehouse, close=asked["close"], day=asked["day"], capacity=asked["capacity"], now=now
            )
        except DomainError as error:
            return {"problem": str(error.detail)}
        found["calendar"] = answer
    if asked["cut_off"] is not None and day is not None:
        moment = cut_off_moment(day.today, asked["cut_off"], warehouse.time_zone)
        waiting = [one for one in day.orders if one.projection.slowest != "hand_over"]
        late = [one for one in waiting if one.projection.packed_at > moment]
        found |= {
            "cut_off": asked["cut_off"],
            "cut_off_now": len(day.late),
            "cut_off_late": len(late),
            "cut_off_of": len(waiting),
        }
    return found
