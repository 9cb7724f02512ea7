"""What a customer is told about an order: the day first, then one sentence, then the rest. Pure but for translation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from fulfillment.dashboard.statuses import look_of
from fulfillment.portal.leaving import all_waits, day_is_open, units_of, why_held
from fulfillment.portal.words import full_day, moment, window
from orders.selectors.bought import bought_units
from orders.selectors.facts import OrderFact

HANDED_OVER = frozenset(
    {
        "shipped",
        "in_transit",
        "out_for_delivery",
        "ready_for_collection",
        "delivered",
        "delivery_failed",
        "exception",
        "return_to_sender",
        "lost",
    }
)
TROUBLE = frozenset({"delivery_failed", "exception", "lost"})
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Report:
    """Something that happened to a parcel; ``text`` is the carrier's own wording."""

    status: str
    at: datetime
    place: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """Units of an article, or kits, in a parcel; ``note`` says what is in a kit."""

    name: str
    sku: str
    quantity: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shipment:
    """A parcel of the order, with what is in it and what the carrier said."""

    ref: str
    status: str
    carrier: str
    tracking_number: str
    tracking_url: str
    packed_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    items: tuple[Content, ...]
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the stepper."""

    number: int
    word: str
    done: bool
    current: bool
    problem: bool = False


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event in words, at the destination's local time."""

    word: str
    when: str
    place: str
    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class ParcelView:
    """A parcel as the page shows it."""

    title: str
    ref: str
    tone: str
    word: str
    carrier: str
    tracking_number: str
    tracking_url: str
    items: tuple[Content, ...]
    newest: tuple[EventLine, ...]
    older: tuple[EventLine, ...]


@dataclass(slots=True)
class TrackingView:
    """The page: ``kicker`` says what the day means, ``apology`` stands before all when the order is late."""

    kicker: str
    headline: str
    sentence: str
    tone: str = "info"
    apology: str = ""
    state: str = ""
    steps: list[Step] = field(default_factory=list)
    parcels: list[ParcelView] = field(default_factory=list)
    waiting: list[Content] = field(default_factory=list)
    cancelled: list[Content] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Today:
    """The day where the order goes to (``there``, in ``zone``), and the one where it leaves (``here``)."""

    zone: ZoneInfo
    there: date
    here: date


def follow(
    order: OrderFact,
    shipments: Sequence[Shipment],
    *,
    time_zone: str,
    leaves_from: str,
    sent_again: bool = False,
    now: datetime,
) -> TrackingView:
    """The tracking page of an order at a moment, in the active language; days are those of the destination.

    ``leaves_from`` is the warehouse's time zone; ``sent_again`` whether what was lost is replaced.
    """
    zone = ZoneInfo(time_zone)
    today = Today(zone, now.astimezone(zone).date(), now.astimezone(ZoneInfo(leaves_from)).date())
    live = [one for one in shipments if one.status != "cancelled"]
    view = _sent_again(order) if sent_again else _answer(order, live, today)
    view.steps = _steps(view.state)
    view.parcels = [_parcel(one, number, len(live), zone) for number, one in enumerate(live, start=1)]
    view.waiting = _contents(order, {line.id: line.backordered for line in order.lines})
    if order.status != "cancelled":
        view.cancelled = _contents(order, {line.id: line.cancelled for line in order.lines})
    view.advice = _advice(view.state, live, bool(view.apology))
    return view


def _contents(order: OrderFact, units: Mapping[int, int]) -> list[Content]:
    return [Content(one.name, one.sku, one.quantity, one.note) for one in bought_units(order, units)]


def _sent_again(order: OrderFact) -> TrackingView:
    return TrackingView(
        kicker=_("Your order"),
        headline=_("We send it again"),
        sentence=_(
            "Something of your order %(replaced_name)s did not reach you as it should. We are sorry, "
            "and send it again at no charge."
        )
        % {"replaced_name": order.external_id or order.ref},
        state="replaced",
    )


def _answer(order: OrderFact, live: Sequence[Shipment], today: Today) -> TrackingView:
    if order.status == "cancelled":
        return TrackingView(
            kicker=_("Cancelled"),
            headline=_("This order was cancelled"),
            sentence=_("Nothing will be sent. If you have paid, the shop gives the money back."),
            tone="neutral",
            state="cancelled",
        )
    if not any(line.ships for line in order.lines):
        return TrackingView(
            kicker=_("Your order"),
            headline=_("Thank you for your order"),
            sentence=_("Nothing of it has to be shipped."),
            tone="ok",
            state="through",
        )
    shipped, wanted = units_of(order.lines)
    states = {one.status for one in live}
    if "return_to_sender" in states and states <= {"return_to_sender", "delivered"}:
        return TrackingView(
            kicker=_("Coming back"),
            headline=_("Your parcel is coming back to us"),
            sentence=_("The carrier could not deliver it. We write to you as soon as it is here."),
            tone="hold",
            state="problem",
        )
    delivered = [one for one in live if one.status == "delivered"]
    if shipped >= wanted and delivered and len(delivered) == len(live):
        last = max(one.delivered_at or one.shipped_at or order.placed_at for one in delivered)
        return TrackingView(
            kicker=_("Delivered"),
            headline=full_day(last.astimezone(today.zone).date()),
            sentence=_("Everything has arrived. We hope you like it."),
            tone="ok",
            state="delivered",
        )
    view = _expected(order, today, late_to_leave=shipped < wanted)
    view.state, view.sentence, tone = _sentence(order, live, shipped, wanted, today.zone)
    view.tone = "warn" if view.apology and tone != "danger" else tone
    if view.state == "out_for_delivery" and not _out_on(live, today):
        view.sentence = _("Your parcel is on its way to you.")
    elif view.state == "out_for_delivery":
        view.kicker, view.headline = _("Arrives"), _("Today")
    elif view.state == "ready_for_collection":
        view.kicker, view.headline = _("Ready"), _("Waiting for you")
    return view


def _out_on(live: Sequence[Shipment], today: Today) -> bool:
    """Whether the van left with it today: a carrier that went silent says nothing of the next day."""
    out = [one.at for parcel in live for one in parcel.reports if one.status == "out_for_delivery"]
    return not out or max(out).astimezone(today.zone).date() >= today.there


def _expected(order: OrderFact, now: Today, *, late_to_leave: bool) -> TrackingView:
    """The day, from the newest promise; late is said before anything else."""
    promise, today = order.promise, now.there
    if promise is None or day_is_open(order, today, now.zone):
        return TrackingView(kicker=_("Arrives"), headline=_("We do not know the day yet"), sentence="")
    if today > promise.deliver_to:
        return TrackingView(
            kicker=_("Was due"),
            headline=window(promise.deliver_from, promise.deliver_to),
            sentence="",
            apology=_(
                "Your order is late, and we are sorry. We do not know the new day yet and write to you when we do."
            ),
        )
    kicker = _("Arrives") if not late_to_leave else pgettext("delivery", "Expected")
    view = TrackingView(
        kicker=kicker, headline=window(max(promise.deliver_from, today), promise.deliver_to), sentence=""
    )
    if late_to_leave and now.here > promise.ship_by:
        view.apology = _("Your order left later than planned, and we are sorry. This is the day we expect now.")
        if not any(line.shipped for line in order.lines if line.ships):
            view.apology = _("Your order is leaving later than planned, and we are sorry.")
    return view


def _sentence(
    order: OrderFact, live: Sequence[Shipment], shipped: int, wanted: int, zone: ZoneInfo
) -> tuple[str, str, str]:
    """(state, sentence, tone) of an order that is neither over nor delivered."""
    states = {one.status for one in live}
    trouble = states & TROUBLE
    if trouble:
        words = {
            "delivery_failed": _(
                "The carrier could not deliver your parcel. It tries again, or tells you where it is."
            ),
            "exception": _("The carrier reports a problem with your parcel. We are looking into it."),
            "lost": _("Your parcel seems to be lost."),
        }
        return "problem", words[sorted(trouble)[-1]], "danger"
    if "ready_for_collection" in states:
        return "ready_for_collection", _("Your parcel waits for you at the pick-up point."), "ok"
    if "out_for_delivery" in states:
        return "out_for_delivery", _("Your parcel is in the delivery van."), "info"
    if states & HANDED_OVER:
        if shipped < wanted:
            # Kits are told as what was bought, as far as whole ones were sent.
            sent, of = units_of(order.bought)
            shipped, wanted = (sent, of) if sent else (shipped, wanted)
            return (
                "on_the_way",
                ngettext(
                    "%(sent)d of %(all)d item has been sent. The rest follows as soon as it is ready.",
                    "%(sent)d of %(all)d items have been sent. The rest follows as soon as it is ready.",
                    wanted,
                )
                % {"sent": shipped, "all": wanted},
                "info",
            )
        return "on_the_way", _("Your parcel is on its way to you."), "info"
    if order.open_holds:
        return "ordered", why_held(order, zone), "hold"
    if live and any(one.packed_at for one in live):
        return "packed", _("Your parcel is packed and waits for the carrier."), "info"
    if all_waits(order):
        return "ordered", _("We are waiting for stock. Your order leaves as soon as it arrives."), "warn"
    return "ordered", _("We have your order and are getting it ready."), "info"


_ORDERED = ("ordered", "packed", "on_the_way", "out_for_delivery", "delivered")


def _steps(state: str) -> list[Step]:
    if state in ("cancelled", "through", "replaced"):
        return []
    words = {
        "ordered": _("Ordered"),
        "packed": _("Packed"),
        "on_the_way": _("On its way"),
        "out_for_delivery": _("Out for delivery"),
        "delivered": _("Delivered"),
    }
    problem = state == "problem"
    place = {"problem": "on_the_way", "ready_for_collection": "out_for_delivery"}.get(state, state)
    at = _ORDERED.index(place)
    return [
        Step(
            number=index + 1,
            word=words[name],
            done=index < at or (index == at and state == "delivered"),
            current=index == at and state != "delivered",
            problem=problem and index == at,
        )
        for index, name in enumerate(_ORDERED)
    ]


def _parcel(one: Shipment, number: int, of: int, zone: ZoneInfo) -> ParcelView:
    look = look_of(one.status, "parcel")
    lines = _events(one, zone)
    return ParcelView(
        title=_("Your parcel") if of == 1 else _("Parcel %(number)d of %(of)d") % {"number": number, "of": of},
        ref=one.ref,
        tone=look.tone,
        word=str(look.word),
        carrier=one.carrier,
        tracking_number=one.tracking_number,
        tracking_url=one.tracking_url,
        items=one.items,
        newest=tuple(lines[:SHOWN]),
        older=tuple(lines[SHOWN:]),
    )


def _events(one: Shipment, zone: ZoneInfo) -> list[EventLine]:
    """The carrier's reports and our own two, newest first."""
    own = [
        Report(status, at) for status, at in (("shipped", one.shipped_at), ("packed", one.packed_at)) if at is not None
    ]
    found = []
    for report in sorted([*one.reports, *own], key=lambda report: report.at, reverse=True):
        look = look_of(report.status, "parcel")
        found.append(
            EventLine(
                word=str(look.word),
                when=moment(report.at, zone),
                place=report.place,
                text=report.text,
                tone=look.tone,
            )
        )
    return found


def _advice(state: str, live: Sequence[Shipment], late: bool) -> list[str]:
    """What the customer can do now."""
    if state == "delivered":
        return [_("Cannot find it? Ask the neighbours first, then write to us within 14 days.")]
    if state == "ordered":
        return [_("Is something wrong with the address? Write to us now: until it is packed we can change it.")]
    if state == "problem" and any(one.status == "lost" for one in live):
        return [_("Please write to us, and we put it right.")]
    if state == "problem":
        return [_("You do not have to do anything yet. If you know more than the carrier, write to us.")]
    if late:
        return [_("If nothing has come in three working days, write to us and we look for it.")]
    return []


def masked_address(address: Mapping[str, Any]) -> list[str]:
    """Enough of an address to know it again, and no more: initials, the first of the postcode, the town."""
    name = " ".join(f"{word[0]}." for word in str(address.get("name", "")).split()[:3])
    code = str(address.get("postal_code", "")).strip()
    shown = code[:2] + "•" * max(len(code) - 2, 0)
    return [line for line in (name, f"{shown} {address.get('city', '')}".strip()) if line]
