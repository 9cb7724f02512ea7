"""Find what is late, and what its stock or a hold will make late; tell buyers once it is certain."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

from core.attention.keeping import Kept, WantedCase, keep_cases
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import NotFound
from core.kernel.locks import lock_one
from core.kernel.sweeps import each
from inventory.selectors import WarehouseFact, warehouse_by_id, warehouses_by_id
from inventory.selectors.promisable import arrivals
from orders.models import Order
from orders.planning.promises import dates_of, local_day
from orders.planning.waiting import Expected, Incoming, Need
from orders.selectors.calendars import Loads
from orders.selectors.due import HeldWork, WaitingLine, held_work, late_work, waiting_lines
from orders.services.locking import touch
from orders.services.promising import promised, renew_promise, terms_of, write_promise
from orders.states import OrderStatus

MOST_CASES = 500
"""Cases of one cause and warehouse at once; beyond that, one case more tells nobody anything."""
CHUNK = 1000
"""Lines read at once."""
MOST_LINES = 50_000
"""Lines looked at in one sweep, those that wait longest; it ends earlier once it has found all it may tell of."""
MOST_TOLD = 200
"""Orders renewed in one sweep, each in a transaction of its own; the next sweep goes on."""


RESOLUTIONS: Mapping[str, str] = {
    "late": gettext_noop("It has left, or ended."),
    "will_be_late": gettext_noop("It is in time again, or has left."),
}


@dataclass(frozen=True, slots=True)
class Overdue:
    """A backordered order, with the day its last units come (None: nobody knows) and to which warehouse."""

    order_id: int
    order_ref: str
    units: int
    sku: str
    promised: date | None
    comes_on: date | None
    leaves: date | None
    place: int


@dataclass(slots=True)
class _Waiting:
    """An order that waits: its line that is filled last, the arrival that fills it, and all units it waits for."""

    line: WaitingLine
    last: Expected | None
    units: int


def watch_late(warehouse_id: int, *, by: Actor, now: datetime) -> Kept:
    """Keep a case open for every part of an order that is past its day, and renew the promises that broke."""
    warehouse = warehouse_by_id(warehouse_id)
    today = local_day(now, warehouse.time_zone)
    late = late_work(warehouse_id, today=today, limit=MOST_CASES)
    wanted: dict[int, WantedCase] = {}
    for one in late:
        wanted.setdefault(
            one.order_id,
            WantedCase(
                dedupe_key=f"late:{one.order_id}:{warehouse_id}",
                summary=gettext_noop("The order is past its day and has not left."),
                subject_type="order",
                subject_id=one.order_id,
                timeline=one.order_ref,
                detail={
                    "days": (today - one.ship_by).days,
                    "ship_by": one.ship_by.isoformat(),
                    "stage": one.status,
                    "held": one.held,
                },
            ),
        )
    kept = _keep("late", "ship_by", warehouse_id, list(wanted.values()), by=by, now=now)
    broken = [one.order_id for one in late if one.promised is not None and one.promised < today and not one.held]
    first = list(dict.fromkeys(broken))[:MOST_TOLD]
    each(first, lambda order_id: renew_broken(order_id, warehouse_id, by=by, now=now))
    return kept


def watch_held(warehouse_id: int, *, by: Actor, now: datetime) -> Kept:
    """Keep a case open for every order that a hold will make late: due today, or held until a day after its own.

    No promise is made for it: when it leaves is for whoever releases it to say.
    """
    warehouse = warehouse_by_id(warehouse_id)
    today, zone = local_day(now, warehouse.time_zone), ZoneInfo(warehouse.time_zone)
    wanted: dict[int, WantedCase] = {}
    for one in held_work(warehouse_id, today=today, zone=zone, limit=MOST_CASES):
        wanted.setdefault(
            one.order_id,
            WantedCase(
                dedupe_key=f"will_be_late:{one.order_id}:{warehouse_id}",
                summary=_held_summary(one),
                subject_type="order",
                subject_id=one.order_id,
                timeline=one.order_ref,
                detail={"ship_by": one.ship_by.isoformat(), "until": one.until.isoformat() if one.until else None},
            ),
        )
    return _keep("will_be_late", "hold", warehouse_id, list(wanted.values()), by=by, now=now)


def _held_summary(one: HeldWork) -> str:
    if one.until is not None and one.until > one.ship_by:
        return gettext_noop("It is on hold until after the day it has to leave.")
    return gettext_noop("It has to leave today, and is on hold.")


@command
def renew_broken(order_id: int, warehouse_id: int, *, by: Actor, now: datetime) -> bool:
    """Make a new promise for an order whose day has passed, as if it were ready now; the buyer is told by one mail."""
    order = _confirmed(order_id)
    if order is None or order.open_holds or order.ship_by is None:
        return False
    if order.ship_by >= local_day(now, warehouse_by_id(warehouse_id).time_zone):
        return False
    return _touched(order, renew_promise(order, warehouse_id, reason="delayed", by=by, now=now))


def watch_backorders(warehouse_id: int, *, by: Actor, now: datetime) -> Kept:
    """Keep a case open for every order whose missing units come too late, or of which nobody knows when they come.

    Where it is known when they come, the promise is renewed to that day, and the buyer is told.
    """
    warehouse = warehouse_by_id(warehouse_id)
    found = overdue_backorders(warehouse, now=now)
    wanted = [
        WantedCase(
            dedupe_key=f"will_be_late:{one.order_id}:{warehouse_id}",
            summary=gettext_noop("What it waits for does not come in time for its promise.")
            if one.comes_on
            else gettext_noop("It waits for stock that nobody has announced."),
            subject_type="order",
            subject_id=one.order_id,
            timeline=one.order_ref,
            detail={
                "units": one.units,
                "sku": one.sku,
                "comes_on": one.comes_on.isoformat() if one.comes_on else None,
                "ship_by": one.promised.isoformat() if one.promised else None,
            },
        )
        for one in found[:MOST_CASES]
    ]
    kept = _keep("will_be_late", "stock", warehouse_id, wanted, by=by, now=now)
    certain = [one for one in found if one.comes_on is not None and one.leaves is not None]
    each(certain[:MOST_TOLD], lambda one: renew_to_arrival(one.order_id, one.place, one.comes_on, by=by, now=now))
    return kept


def overdue_backorders(warehouse: WarehouseFact, *, now: datetime) -> list[Overdue]:
    """Orders of the warehouse's channels that wait for units which come after their promise, or of which nobody knows
    when; oldest first, and no more than one sweep tells of.

    What is on its way to any warehouse that may ship an order fills who waits longest first, whatever the channel.
    Two statements for each chunk of lines, and one with several warehouses.
    """
    facts = {warehouse.id: warehouse}
    found: list[Overdue] = []
    certain = 0
    for orders in _waiting_orders(warehouse.id, today=local_day(now, warehouse.time_zone)):
        if others := {one.last.place for one in orders if one.last} - facts.keys():
            facts |= warehouses_by_id(others)
        for overdue in (_overdue(one, facts) for one in orders):
            if overdue is None:
                continue
            is_certain = overdue.leaves is not None
            if len(found) < MOST_CASES or (is_certain and certain < MOST_TOLD):
                found.append(overdue)
                certain += is_certain
        if len(found) >= MOST_CASES and certain >= MOST_TOLD:
            break
    return found


def _waiting_orders(warehouse_id: int, *, today: date) -> Iterator[list[_Waiting]]:
    """The orders of the warehouse's channels that wait, oldest first, with the arrival that fills them; in chunks."""
    incoming = Incoming(today=today)
    asked: set[tuple[int, int]] = set()
    orders: dict[int, _Waiting] = {}
    for lines in waiting_lines(warehouse_id, chunk=CHUNK, most=MOST_LINES):
        _ask(lines, asked, incoming)
        for line in lines:
            last = incoming.fill(Need(line.product_id, line.units, line.places))
            if line.home != warehouse_id:
                continue
            known = orders.get(line.order_id)
            if known is None:
                orders[line.order_id] = _Waiting(line, last, line.units)
                continue
            known.units += line.units
            if _later(last, known.last):
                known.line, known.last = line, last
        # The lines of an order stand together, but for others of the same moment.
        moment = lines[-1].placed_at
        whole = [pk for pk, one in orders.items() if one.line.placed_at < moment]
        yield [orders.pop(pk) for pk in whole]
    yield list(orders.values())


def _ask(lines: list[WaitingLine], asked: set[tuple[int, int]], incoming: Incoming) -> None:
    """Read what is on its way of the products to the places of the lines, as far as it was not read before."""
    new = {(line.product_id, place) for line in lines for place in line.places} - asked
    if not new:
        return
    products, places = {product_id for product_id, _place in new}, sorted({place for _product, place in new})
    for (product_id, place), rows in arrivals(products, places).items():
        if (product_id, place) not in asked:
            incoming.add(product_id, [Expected(one.on, one.units, place) for one in rows])
    asked.update((product_id, place) for product_id in products for place in places)


def _overdue(one: _Waiting, facts: Mapping[int, WarehouseFact]) -> Overdue | None:
    """The order when it leaves later than promised, or nobody knows when; None when it is in time."""
    line, last = one.line, one.last
    day, place = (last.on, last.place) if last else (None, line.places[0])
    leaves = _leaves_after(facts[place], line, day) if day is not None else None
    if leaves is not None and line.ship_by is not None and leaves <= line.ship_by:
        return None
    return Overdue(line.order_id, line.order_ref, one.units, line.sku, line.ship_by, day, leaves, place)


def _later(one: Expected | None, than: Expected | None) -> bool:
    """Whether it comes later; what nobody knows of comes last."""
    if one is None or than is None:
        return one is None and than is not None
    return (one.on or date.max) > (than.on or date.max)


def _leaves_after(warehouse: WarehouseFact, line: WaitingLine, day: date) -> date:
    terms = terms_of(warehouse, line.method, line.country)
    return dates_of(evening_of(day, warehouse), terms).ship_by


def evening_of(day: date, warehouse: WarehouseFact) -> datetime:
    """When what arrives on a day can be counted on: it is unloaded, checked and put away by the end of it."""
    return datetime.combine(day + timedelta(days=1), time(0), ZoneInfo(warehouse.time_zone))


@command
def renew_to_arrival(order_id: int, warehouse_id: int, comes_on: date | None, *, by: Actor, now: datetime) -> bool:
    """Promise an order for the day its missing units come, when that is later than was promised."""
    order = _confirmed(order_id)
    if order is None or comes_on is None:
        return False
    warehouse = warehouse_by_id(warehouse_id)
    dates = promised(
        warehouse,
        order.shipping_method,
        str(order.shipping_address.get("country", "")),
        ready_at=max(now, evening_of(comes_on, warehouse)),
        not_before=order.deliver_not_before,
        not_after=order.deliver_not_after,
        loads=Loads(now=now, without_order=order.pk),
    )
    return _touched(order, write_promise(order, dates, reason="backordered", by=by, now=now))


def _touched(order: Order, changed: bool) -> bool:
    """Who decides on the order by what it promised before has to look again."""
    if changed:
        touch(order)
    return changed


def _confirmed(order_id: int) -> Order | None:
    try:
        return lock_one(Order.objects.all(), pk=order_id, status=OrderStatus.CONFIRMED)
    except NotFound:
        return None


@command
def _keep(kind: str, cause: str, warehouse_id: int, wanted: list[WantedCase], *, by: Actor, now: datetime) -> Kept:
    return keep_cases(kind, cause, warehouse_id, wanted, resolution=RESOLUTIONS[kind], by=by, now=now)
