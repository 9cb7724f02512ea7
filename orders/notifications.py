"""What customers are told about their orders: each thing once, in their language, if they may be told at all."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from core.kernel.countries import country_name
from core.kernel.tokens import public_token
from core.kernel.zones import zone_name
from core.messaging.rendering import supported_locale
from core.messaging.services import send_email_once
from core.outbox.facts import EventFact
from core.rest.currencies import money
from inventory.selectors import warehouse_by_id
from orders.planning.promises import local_day
from orders.selectors.bought import bought_units
from orders.selectors.calendar_page import promises_of
from orders.selectors.channels import channel_by_id
from orders.selectors.choices import choices_of, given_instead, question
from orders.selectors.doubts import open_doubts
from orders.selectors.facts import OrderFact, PromiseFact, Recipient
from orders.selectors.orders import order_by_id
from orders.selectors.rulebook import letter_of
from orders.selectors.work import recipients
from orders.services.deadlines import deadline_of
from orders.states import Choice

PAID = frozenset({"paid", "partially_refunded", "refunded"})
SATURDAY = 5
Tell = Callable[[OrderFact], Mapping[str, Any]]


def confirm_order(event: EventFact, *, now: datetime) -> None:
    """``order.placed``: thank the customer, and say what comes when and what comes later; or what is sent again.

    Nothing is said of an order that was cancelled before we could: its cancellation is told by itself.
    """
    order = order_by_id(event.subject_id)
    if order.status == "cancelled":
        return
    if order.kind == "replacement":
        _send(order, "replacement_on_its_way", order.ref, _sent_again, now=now)
        return

    def confirmation(order: OrderFact) -> Mapping[str, Any]:
        return {**_confirmation(order, now), "last_orders": _last_orders(order, now)}

    _send(order, "order_confirmation", order.ref, confirmation, now=now)


def tell_backordered(event: EventFact, *, now: datetime) -> None:
    """``order.backordered``: say what has to wait, unless the confirmation says it or it no longer waits.

    A channel that asks its buyers what to do says it with the question.
    """
    if event.data.get("cause") == "intake":
        return
    order = order_by_id(event.subject_id)
    if channel_by_id(order.channel_id).choice_days:
        return
    named = {int(line_id) for line_id, _units in event.data.get("lines", ())}
    waiting = {line.id: line.backordered for line in order.lines if line.id in named and line.backordered}
    if waiting:
        _send(order, "order_backordered", f"{order.ref}:{event.id}", lambda order: _waiting(order, waiting), now=now)


def tell_cancelled(event: EventFact, *, now: datetime) -> None:
    """``order.cancelled`` and ``order.lines_cancelled``: say what will not come, unless something comes instead."""
    if event.data.get("cause") == "substituted":
        return
    order = order_by_id(event.subject_id)
    units = {int(line_id): int(count) for line_id, count in event.data.get("lines", ())}
    told = {
        "whole": order.status == "cancelled",
        "rest": any(line.quantity > line.cancelled + line.shipped for line in order.lines),
        # What is only authorized was not paid yet, and what is sent again costs nothing.
        "paid": order.payment_status in PAID and order.kind != "replacement",
        "unanswered": event.data.get("cause") == "unanswered",
    }
    key = f"{order.ref}:{event.id}"
    _send(order, "order_cancelled", key, lambda order: {"items": _items(order, units), **told}, now=now)


def tell_delayed(event: EventFact, *, now: datetime) -> None:
    """``promise.changed``: give the new dates when they are the newest and later, or once that all has come sooner."""
    order = order_by_id(event.subject_id)
    promise = order.promise
    if promise is None or promise.version != event.data.get("version") or order.status != "confirmed":
        return
    if event.data.get("later"):
        since = _told_since(order.id, promise)
        if since == 1:
            return
        # Leaving later for the same days is no news: they are told once.
        key = f"{order.ref}:{since}"
    elif _came_sooner(order, promise):
        key = f"{order.ref}:sooner"
    else:
        return
    waiting = any(line.backordered for line in order.lines)
    filled = promise.reason == "backorder_filled"
    why = {
        "filled": filled and not waiting,
        "waiting": promise.reason == "backordered" or (filled and waiting),
        "paid": promise.reason == "paid",
        "changed": promise.reason in ("address_changed", "method_changed", "edited"),
    }
    _send(order, "order_delayed", key, lambda order: why, now=now)


def tell_by_rule(event: EventFact, *, now: datetime) -> None:
    """``order.rule_fired``: write what the rule has customers told, in one mail; most rules say nothing to them."""
    actions = event.data.get("actions", ())
    keys = [str(one.get("value")) for one in actions if one.get("do") == "message"]
    letter = letter_of(int(event.data["rule_id"])) if any(one.get("do") == "write" for one in actions) else ""
    order = order_by_id(event.subject_id)
    if order.status == "cancelled" or not (keys or letter):
        return
    _send(order, "order_note", f"{order.ref}:{event.id}", lambda order: {"notes": _notes(keys, letter)}, now=now)


def ask_for_address(event: EventFact, *, now: datetime) -> None:
    """``order.address_asked``: a link to correct the address, while it is still doubted."""
    order = order_by_id(event.subject_id)
    if order.status != "confirmed" or not open_doubts(order.id):
        return
    link = f"{settings.PUBLIC_URL}/a/{public_token('address', order.ref)}"
    _send(order, "address_needed", f"{order.ref}:{event.id}", lambda order: {"fix_url": link}, now=now)


def day(value: date) -> str:
    """A day in words of the active language."""
    # Translators: a date without its year, in Django's date format, such as "Friday 27 November".
    return date_format(value, _("l j F"))


def clock(moment: datetime, time_zone: str) -> str:
    """A moment on the clock of that zone, in words of the active language: ``Friday 27 November, 15:00 CET``."""
    local = moment.astimezone(ZoneInfo(time_zone))
    # Translators: a day and the time on it, such as "Friday 27 November, 15:00 CET".
    return _("%(day)s, %(time)s") % {
        "day": day(local.date()),
        "time": f"{time_format(local, 'H:i')} {zone_name(local)}",
    }


def ask_shortage_choice(event: EventFact, *, now: datetime) -> None:
    """``shortage_choice.asked``: say what is missing and by when to choose, with a link to the page of the choices."""
    order = order_by_id(int(event.data["order_id"]))
    asked = next((one for one in choices_of(order.id) if one.id == event.subject_id), None)
    if asked is None or not asked.is_open:
        return
    zone = warehouse_by_id(order.warehouse_id).time_zone
    possible = question(order, today=local_day(now, zone)).options
    default = channel_by_id(order.channel_id).choice_default

    def tell(order: OrderFact) -> Mapping[str, Any]:
        waiting = {line.id: line.backordered for line in order.lines}
        units = {line_id: waiting.get(line_id, 0) for line_id, _units in asked.lines}
        return {
            "items": _items(order, units),
            "deadline": answer_by(clock(asked.deadline, zone), default, possible),
            "choice_url": choice_url(order.ref),
        }

    _send(order, "shortage_choice", f"{order.ref}:{asked.id}", tell, now=now)


def tell_chosen_for(event: EventFact, *, now: datetime) -> None:
    """``shortage_choice.chosen``: say what comes instead when somebody at the desk chose it for the customer.

    What customers choose themselves they see on the page, and a cancellation has its own mail.
    """
    if event.data.get("by") == "customer" or event.data.get("choice") != Choice.SUBSTITUTE:
        return
    order = order_by_id(int(event.data["order_id"]))
    instead = given_instead([int(line_id) for line_id, _units in event.data.get("lines", ())])
    if instead and order.status == "confirmed":
        key = f"{order.ref}:chosen:{event.subject_id}"
        _send(order, "order_note", key, lambda order: {"notes": [_chosen(*one) for one in instead]}, now=now)


def tell_choice_default(event: EventFact, *, now: datetime) -> None:
    """``shortage_choice.expired``: say what was done because no answer came; a cancellation has its own mail."""
    order, choice = order_by_id(int(event.data["order_id"])), event.data.get("choice")
    key = f"{order.ref}:default:{event.subject_id}"
    named = [int(line_id) for line_id, _units in event.data.get("lines", ())]
    if choice == Choice.SUBSTITUTE:
        instead = given_instead(named)
        if instead:
            _send(order, "order_note", key, lambda order: {"notes": [_instead(*one) for one in instead]}, now=now)
    elif choice in (Choice.WAIT, Choice.SHIP_AVAILABLE):
        waiting = {line.id: line.backordered for line in order.lines if line.id in named and line.backordered}
        if waiting:
            told = {"default": choice}
            _send(order, "order_backordered", key, lambda order: {**_waiting(order, waiting), **told}, now=now)


def answer_by(until: str, default: str, possible: Sequence[str]) -> str:
    """By when to choose what happens to what is missing, and what happens when nobody does."""
    if default == Choice.SUBSTITUTE and default not in possible:
        default = Choice.WAIT
    otherwise = {
        "wait": _("If we hear nothing, we wait until it comes."),
        "ship_available": _("If we hear nothing, we send what is here and the rest later."),
        "substitute": _("If we hear nothing, we send something else of the same kind instead."),
        "cancel": _("If we hear nothing, we cancel what is missing."),
    }
    return _("Choose until %(day)s. %(else)s") % {"day": until, "else": otherwise[default]}


def choice_url(ref: str) -> str:
    """The signed address of the page where the customer says what happens to what is missing."""
    return f"{settings.PUBLIC_URL}/c/{public_token('choice', ref)}"


def tracking_url(ref: str) -> str:
    """The signed address of the order's public page."""
    return f"{settings.PUBLIC_URL}/t/{public_token('tracking', ref)}"


def _send(order: OrderFact, template: str, key: str, tell: Tell, *, now: datetime) -> None:
    recipient = recipients([order.id])[order.id]

    def context() -> Mapping[str, Any]:
        # Dates and amounts are put into words here, so they need the language before the template does.
        with translation.override(supported_locale(recipient.locale)):
            return {**_common(order, recipient), **tell(order)}

    send_email_once(
        dedupe_key=f"{template}:{key}",
        template=template,
        recipient=recipient.email,
        locale=recipient.locale,
        context=context,
        subject_type="order",
        subject_id=order.id,
        timeline=order.ref,
        now=now,
        allowed=recipient.may_email,
    )


def _common(order: OrderFact, recipient: Recipient) -> dict[str, Any]:
    return {
        "shop_name": recipient.channel_name,
        "support_email": recipient.support_email,
        "name": recipient.name,
        "order_ref": order.ref,
        "order_name": order.external_id or order.ref,
        "url": tracking_url(order.ref),
        "address": _address(recipient.address),
        **_window(order.promise if any(line.ships for line in order.lines) else None),
    }


def _told_since(order_id: int, promise: PromiseFact) -> int:
    """The first version of the promise since which the days have been those of the newest."""
    since = promise.version
    for one in promises_of(order_id):
        if (one.deliver_from, one.deliver_to) != (promise.deliver_from, promise.deliver_to):
            break
        since = one.version
    return since


def _came_sooner(order: OrderFact, promise: PromiseFact) -> bool:
    """Whether what was waited for came, so that all arrives a working day sooner or more than was said before."""
    said = promises_of(order.id)[1:2]
    if promise.reason != "backorder_filled" or not said or order.payment_status in ("pending", "failed"):
        return False
    days = range((said[0].deliver_to - promise.deliver_to).days)
    return any((promise.deliver_to + timedelta(days=count)).weekday() < SATURDAY for count in days)


def _window(promise: PromiseFact | None) -> dict[str, Any]:
    if promise is None:
        return {"ship_by": "", "deliver_from": "", "deliver_to": ""}
    return {
        "ship_by": day(promise.ship_by),
        "deliver_from": day(promise.deliver_from) if promise.deliver_from != promise.deliver_to else "",
        "deliver_to": day(promise.deliver_to),
    }


def _confirmation(order: OrderFact, now: datetime) -> Mapping[str, Any]:
    rows = [{"label": _("Items"), "value": money(order.goods_total, order.currency)}]
    if order.shipping_price:
        rows.append({"label": _("Shipping"), "value": money(order.shipping_price, order.currency)})
    rows.extend(
        {"label": charge.description or charge.code, "value": money(charge.amount, order.currency)}
        for charge in order.charges
    )
    rows.append({"label": _("In total"), "value": money(order.total, order.currency)})
    # What ships complete waits with what is missing.
    together = order.ship_policy == "complete" and any(line.backordered for line in order.lines)
    unpaid = order.payment_status in ("pending", "failed")
    # Of what was ordered ahead the day is known; of what is missing by surprise nobody may know it.
    today = local_day(now, warehouse_by_id(order.warehouse_id).time_zone)
    missing = any(line.backordered and not (line.release_on and line.release_on > today) for line in order.lines)
    # A question that follows says what can be done about it.
    asked = missing and bool(channel_by_id(order.channel_id).choice_days)
    items = _items(order, {line.id: 0 if together else line.allocated for line in order.lines})
    return {
        "items": items,
        "later": _items(order, {line.id: line.backordered + line.allocated * together for line in order.lines}),
        "rows": rows,
        "unpaid": unpaid,
        "missing": missing,
        "ships": any(line.ships for line in order.lines),
        "follows": "" if asked else "together" if together else "then" if items else "later" if missing else "",
        # The clock of the promise starts with the payment.
        **(_window(None) if unpaid else {}),
    }


def _sent_again(order: OrderFact) -> Mapping[str, Any]:
    first = order_by_id(order.replaces_id) if order.replaces_id else order
    return {
        "replaced_name": first.external_id or first.ref,
        "items": _items(order, {line.id: line.allocated for line in order.lines}),
        "later": _items(order, {line.id: line.backordered for line in order.lines}),
    }


def _last_orders(order: OrderFact, now: datetime) -> Mapping[str, Any] | None:
    """Until when to order again for a season that is near; None while none is."""
    channel = channel_by_id(order.channel_id)
    found = deadline_of(channel, order.shipping_method, str(order.shipping_address.get("country", "")), now=now)
    if found is None:
        return None
    return {
        "day": day(found.day),
        "moment": clock(found.last_order_at, found.time_zone),
        "url": f"{settings.PUBLIC_URL}/last-orders/{channel.code}",
    }


def _waiting(order: OrderFact, lines: Mapping[int, int]) -> Mapping[str, Any]:
    # Of an order that ships complete everything else waits as well.
    others = order.ship_policy != "complete" and any(line.allocated - line.shipped > 0 for line in order.lines)
    return {"items": _items(order, lines), "others": others}


def _chosen(missing: str, other: str, units: int) -> str:
    return _("%(missing)s is not in stock. We send you %(units)d × %(other)s instead, at the same price.") % {
        "missing": missing,
        "units": units,
        "other": other,
    }


def _instead(missing: str, other: str, units: int) -> str:
    return _(
        "%(missing)s is not in stock, and your answer did not reach us in time. "
        "We send you %(units)d × %(other)s instead, at the same price."
    ) % {"missing": missing, "units": units, "other": other}


def _notes(keys: list[str], letter: str) -> list[str]:
    words = {
        "checking": _(
            "We are checking something in your order before we send it. You need not do anything: "
            "we write to you when we need you."
        ),
        "takes_longer": _("Something in your order takes a little longer to get ready than usual."),
        "thanks": _("Thank you for ordering from us again."),
    }
    paragraphs = [part.strip() for part in letter.replace("\r", "").split("\n\n")]
    return [*(words[key] for key in keys if key in words), *(part for part in paragraphs if part)]


def _items(order: OrderFact, units: Mapping[int, int]) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "sku": one.sku, "quantity": one.quantity, **({"note": one.note} if one.note else {})}
        for one in bought_units(order, units)
    ]


def _address(address: Mapping[str, Any]) -> list[str]:
    place = " ".join(str(address.get(part, "")) for part in ("postal_code", "city") if address.get(part))
    parts = [address.get("name"), address.get("company"), address.get("line1"), address.get("line2"), place]
    country = country_name(str(address.get("country") or ""))
    return [str(part) for part in (*parts, address.get("region"), country) if part]
