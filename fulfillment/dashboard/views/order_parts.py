"""Where the parts of an order ship from, and what a supervisor can change about it, each with its effect beside it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.kernel.errors import DomainError
from fulfillment.dashboard.access import refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.desk import act_once
from fulfillment.dashboard.order_scope import refs_in_scope
from fulfillment.dashboard.templatetags.ui import day_of
from fulfillment.dashboard.views.order import read_order
from orders.selectors.combining import combinable
from orders.selectors.order_page import OrderPage
from orders.selectors.parts import MoveOption, PartFact, move_options, order_parts, part_of_order
from orders.services.combining import combine as let_go_together
from orders.services.promising import promised
from orders.services.splitting import merge, reroute, split


@dataclass(frozen=True, slots=True)
class Way:
    """Where units of a part can go: ``value`` of its radio button, its ``name`` and the ``effect`` it has."""

    value: str
    name: str
    effect: str
    possible: bool = True


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A part with the ways its units can go; ``number`` counts the parts of the order."""

    number: int
    part: PartFact
    ways: tuple[Way, ...]

    @property
    def can_change(self) -> bool:
        return any(way.possible for way in self.ways)


@require_GET
@requires("order.view")
def parts(request: HttpRequest, ref: str) -> HttpResponse:
    """The parts of the order. A constant number of statements for each warehouse of its channel."""
    return _page(request, read_order(request, ref))


@require_POST
@requires("order.route")
def change_part(request: HttpRequest, ref: str, part_id: int) -> HttpResponse:
    """Put units of a part where ``to`` says: ``own``, ``part:<id>`` or ``warehouse:<id>``."""
    page, now, by = read_order(request, ref), timezone.now(), staff(request).actor
    kind, _colon, number = request.POST.get("to", "").partition(":")
    target, units, version = _number(number), _units(request), page.order.version
    _refuse_foreign(request, page, part_id, target if kind == "warehouse" else None)

    def work() -> dict[str, Any]:
        part = part_of_order(page.order.ref, part_id)
        if kind == "own":
            done = split(part, units, by=by, now=now)
        elif kind == "part":
            done = merge([part, part_of_order(page.order.ref, target)], by=by, now=now)
        elif kind == "warehouse":
            done = reroute(part, target, units, by=by, now=now)
        else:
            raise DomainError(_("Choose where these units go."))
        return {"id": done.fulfillment_order_id}

    problem, _answer = act_once(request, f"part:{part_id}:{kind}:{number}:{sorted(units.items())}:{version}", work)
    if problem:
        return _page(request, page, problem=problem, status=422)
    said = {
        "own": _("These units are a part of their own now."),
        "part": _("The two parts are one now."),
        "warehouse": _("These units ship from there now."),
    }
    messages.success(request, said[kind])
    return redirect("dashboard:order_parts", page.order.ref)


@require_POST
@requires("order.route")
def combine(request: HttpRequest, ref: str) -> HttpResponse:
    """Let the order and those that are ticked go out together."""
    page, now = read_order(request, ref), timezone.now()
    others = [other.replace("\0", "")[:24] for other in request.POST.getlist("refs")]
    if refs_in_scope(request, others) != set(others):
        raise Http404(_("There is no such order."))

    def work() -> dict[str, Any]:
        return {"refs": let_go_together([page.order.ref, *others], by=staff(request).actor, now=now).refs}

    problem, answer = act_once(request, f"combine:{page.order.ref}:{sorted(others)}", work)
    if problem:
        return _page(request, page, problem=problem, status=422)
    messages.success(request, _("%(refs)s go out together.") % {"refs": ", ".join(answer["refs"])})
    return redirect("dashboard:order_parts", page.order.ref)


def _refuse_foreign(request: HttpRequest, page: OrderPage, part_id: int, warehouse_id: int | None) -> None:
    """What lies, or would lie, in a warehouse outside the person's scope does not exist for them."""
    for one in page.shipments:
        if one.id == part_id:
            refuse_foreign_warehouse(request, one.warehouse_id)
    if warehouse_id is not None:
        refuse_foreign_warehouse(request, warehouse_id)


def _units(request: HttpRequest) -> dict[int, int]:
    """{order_line_id: units} of the form's number fields; what is no number counts as none."""
    found = {}
    for name, value in request.POST.items():
        line, units = _number(name.removeprefix("line_")), _number(str(value).strip())
        if name.startswith("line_") and line and units:
            found[line] = units
    return found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _page(request: HttpRequest, page: OrderPage, *, problem: str = "", status: int = 200) -> HttpResponse:
    order = page.order
    _version, found = order_parts(order.ref)
    mine = [one for one in found if staff(request).sees_warehouse(one.warehouse_id)]
    options = {
        part_id: [one for one in places if staff(request).sees_warehouse(one.warehouse.id)]
        for part_id, places in (move_options(order.channel_id, mine) if page.is_open else {}).items()
    }
    shown = [
        ShownPart(number, part, tuple(_ways(page, part, found, options.get(part.id, []))))
        for number, part in enumerate((one for one in found if one.status != "cancelled"), start=1)
    ]
    companions = combinable(order.ref)
    seen = refs_in_scope(request, (one.ref for one in companions))
    return render(
        request,
        "dashboard/parts/index.html",
        {
            "page": page,
            "order": order,
            "parts": shown,
            "waiting": [one for one in page.lines if one.waiting],
            "companions": [one for one in companions if one.ref in seen],
            "problem": problem,
        },
        status=status,
    )


def _ways(page: OrderPage, part: PartFact, found: list[PartFact], options: list[MoveOption]) -> list[Way]:
    if not part.movable or not page.is_open:
        return []
    ways = []
    if sum(line.quantity for line in part.lines) > 1:
        ways.append(Way("own", _("A part of its own, here"), _("It can be picked and sent by itself.")))
    numbers = {one.id: place for place, one in enumerate((one for one in found if one.status != "cancelled"), start=1)}
    ways += [
        Way(
            f"part:{other.id}",
            _("Joined with part %(number)d") % {"number": numbers[other.id]},
            _("All of both leaves in one parcel by %(day)s.") % {"day": day_of(min(part.ship_by, other.ship_by))},
        )
        for other in found
        if other.id != part.id
        and other.movable
        and (other.warehouse_id, other.release_on) == (part.warehouse_id, part.release_on)
    ]
    ways += [_to_warehouse(page, part, option) for option in options]
    return ways


def _to_warehouse(page: OrderPage, part: PartFact, option: MoveOption) -> Way:
    order, place = page.order, option.warehouse
    country = str(order.shipping_address.get("country", ""))
    leaves = promised(place, order.shipping_method, country, ready_at=timezone.now(), earliest=part.release_on).ship_by
    said = []
    if option.lacking:
        said += [
            _("Has %(there)d of %(wanted)d × %(sku)s.") % {"there": there, "wanted": wanted, "sku": sku}
            for sku, wanted, there in option.lacking
        ]
    else:
        said.append(_("Has all of it."))
    said.append(_("Leaves by %(day)s.") % {"day": day_of(leaves)})
    if order.promise is not None and leaves > order.promise.ship_by:
        said.append(_("Later than promised: the customer is told."))
    if not place.is_own:
        said.append(_("They are asked first."))
    possible = any(there for _sku, _wanted, there in option.lacking) or not option.lacking or _has_others(part, option)
    return Way(f"warehouse:{place.id}", place.name, " ".join(said), possible)


def _has_others(part: PartFact, option: MoveOption) -> bool:
    return len({line.sku for line in part.lines}) > len(option.lacking)
