"""Whether an order can leave, and why it does not, as far as its buyer is told."""

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from fulfillment.portal.words import full_day
from orders.selectors.facts import HoldFact, KitFact, LineFact, OrderFact

# Reasons of promises that were made for the day on which stock comes.
KNOWN = frozenset({"backordered", "release_moved"})


def units_of(lines: Sequence[LineFact | KitFact]) -> tuple[int, int]:
    """(sent, wanted) of what is shipped at all."""
    counted = [one for one in lines if not isinstance(one, LineFact) or one.ships]
    return sum(one.shipped for one in counted), sum(one.quantity - one.cancelled for one in counted)


def day_is_open(order: OrderFact, today: date, zone: ZoneInfo) -> bool:
    """Whether nobody can say when it comes: all of it waits for stock, for the payment, or for a later day."""
    held, promise = _held_by(order), order.promise
    if "payment" in held or promise is None:
        return True
    until = _until(held, zone)
    if until is not None and until > promise.ship_by:
        return True
    missing = any(line.backordered and not (line.release_on and line.release_on > today) for line in order.lines)
    return missing and all_waits(order) and promise.reason not in KNOWN


def all_waits(order: OrderFact) -> bool:
    """Whether nothing of it can leave before stock comes."""
    shipped, wanted = units_of(order.lines)
    waiting = sum(line.backordered for line in order.lines)
    return bool(waiting) and not shipped and (order.ship_policy == "complete" or waiting >= wanted)


def _held_by(order: OrderFact) -> dict[str, HoldFact]:
    """{type: hold} of what stops the order."""
    return {one.type: one for one in order.holds if one.released_at is None}


def why_held(order: OrderFact, zone: ZoneInfo) -> str:
    """Why it does not leave, as far as it is the buyer's business."""
    held = _held_by(order)
    if "payment" in held:
        return _("We send it as soon as your payment has come.")
    if "address" in held:
        return _("We are not sure that your order would reach you, so it waits here.")
    until = _until(held, zone)
    if until is not None:
        return _("It waits here until %(day)s and is sent then.") % {"day": full_day(until)}
    if set(held) == {"stock"}:
        return _("We are waiting for stock. Your order leaves as soon as it arrives.")
    return _(
        "We are checking something in your order before we send it. You need not do anything: "
        "we write to you when we need you."
    )


def _until(held: Mapping[str, HoldFact], zone: ZoneInfo) -> date | None:
    """The day until which it only waits; None when something else stops it too."""
    hold = held.get("until_date")
    return hold.release_at.astimezone(zone).date() if hold and hold.release_at and len(held) == 1 else None
