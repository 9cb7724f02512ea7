"""What a customer is told about a return. Pure but for translation."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.translation import gettext as _

from core.kernel.zones import time_zone_of
from core.rest.currencies import money
from fulfillment.portal.following import Step
from fulfillment.portal.qr import qr_data_uri
from fulfillment.portal.words import full_day
from orders.selectors.facts import OrderFact
from returns import policy
from returns.selectors.reads import ReturnFact, ReturnItemFact
from returns.selectors.sources import local_day
from returns.states import Resolution, ReturnReason


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item with what came of it, in words."""

    name: str
    sku: str
    quantity: int
    reason: str
    outcome: str
    tone: str
    amount: str


@dataclass(slots=True)
class StatusView:
    """The status page of a return."""

    headline: str
    sentence: str
    tone: str
    steps: list[Step] = field(default_factory=list)
    items: list[ItemLine] = field(default_factory=list)
    how: list[str] = field(default_factory=list)
    qr: str = ""
    amount: str = ""
    amount_label: str = ""
    resolution: str = ""
    can_cancel: bool = False


_PLACE = {
    "requested": 0,
    "approved": 1,
    "in_transit": 1,
    "partially_received": 2,
    "received": 2,
    "inspecting": 2,
    "resolved": 3,
    "closed": 4,
}


def hides_prices(order: OrderFact) -> bool:
    """Whether whoever unpacks the order, and may have its link, is to see no price: a gift, or as the buyer asked."""
    return bool(order.gift.get("is_gift") or order.gift.get("hide_prices"))


def status_view(rma: ReturnFact, order: OrderFact) -> StatusView:
    """The status page of a return, in the active language; days are those of the destination."""
    zone = time_zone_of(str(order.shipping_address.get("country", "")))
    arrived = local_day(rma.received_at, zone)
    headline, sentence, tone = _answer(rma, local_day(rma.expires_at, zone), arrived)
    view = StatusView(headline=headline, sentence=sentence, tone=tone)
    view.steps = _steps(rma)
    told = not hides_prices(order)
    view.items = [_item(item, rma.currency if told else "") for item in rma.items]
    view.resolution = str(Resolution(rma.resolution).label)
    view.can_cancel = rma.kind == "customer" and rma.status in ("requested", "approved")
    if rma.status in ("approved", "in_transit") and rma.kind == "customer":
        view.how = _how(rma)
        view.qr = qr_data_uri(rma.ref)
    if rma.refund is not None and told:
        view.amount = money(rma.refund.amount, rma.refund.currency)
        view.amount_label = _("Paid back") if rma.refund.status == "succeeded" else _("To be paid back")
    return view


def _answer(rma: ReturnFact, send_by: date | None, arrived: date | None) -> tuple[str, str, str]:
    """(headline, sentence, tone)"""
    answer_by = full_day(arrived + timedelta(days=policy.time_to_inspect(rma.kind).days)) if arrived else ""
    match rma.status:
        case "requested":
            return (
                _("We are looking at your request"),
                _("Please keep the items until you hear from us. We write to you within two working days."),
                "info",
            )
        case "approved":
            return (
                _("Send it by %(day)s") % {"day": full_day(send_by)} if send_by else _("Your return is approved"),
                _("Your return is approved. Pack it, add the number below and hand it in."),
                "ok",
            )
        case "in_transit":
            return _("On its way back to us"), _("We write to you when it has arrived."), "info"
        case "partially_received" | "received" | "inspecting":
            return (
                _("It has arrived"),
                _("We are looking at it and write to you by %(day)s.") % {"day": answer_by},
                "info",
            )
        case "resolved":
            return _resolved(rma)
        case "closed":
            if rma.refund is not None:
                return (
                    _("Your money is on its way"),
                    _("It goes back the way you paid. Banks take up to five working days."),
                    "ok",
                )
            return _("This return is closed"), _("There is nothing left to do."), "neutral"
        case "rejected":
            return (
                _("We cannot take this return"),
                rma.reject_reason or _("Write to us if you see it differently."),
                "danger",
            )
        case "expired":
            return (
                _("This return has expired"),
                _("Nothing reached us in time. You can ask again while the items may still be returned."),
                "neutral",
            )
        case _:
            return _("This return is cancelled"), _("Keep the items. You can ask again at any time."), "neutral"


def _resolved(rma: ReturnFact) -> tuple[str, str, str]:
    if rma.refund is None:
        return _("We have looked at it"), _("The shop is preparing what you asked for and writes to you."), "ok"
    if rma.refund.status == "failed":
        return (
            _("We have looked at it"),
            _("The payment did not go through. We are working on it and write to you."),
            "warn",
        )
    return _("We have looked at it"), _("The shop has been told to pay your money back."), "ok"


def _steps(rma: ReturnFact) -> list[Step]:
    place = _PLACE.get(rma.status)
    if place is None:
        return []
    second = _("On its way") if rma.status == "in_transit" else _("Send it")
    words = [_("Approved"), second, _("Arrived"), _("Checked"), _("Settled")]
    last = len(words) - 1
    return [
        Step(
            number=index + 1,
            word=word,
            done=index < place or (rma.status == "closed" and index <= last),
            current=index == place and rma.status != "closed",
        )
        for index, word in enumerate(words)
    ]


def _item(item: ReturnItemFact, currency: str) -> ItemLine:
    outcome, tone = "", "neutral"
    if item.acceptance_status == "accepted":
        outcome, tone = _("Accepted"), "ok"
    elif item.acceptance_status == "needs_decision":
        outcome, tone = _("We are taking a second look"), "info"
    elif item.reception_status in ("missing", "wrong_item"):
        outcome, tone = _("Was not in the parcel"), "warn"
    elif item.acceptance_status == "rejected":
        outcome, tone = _("Not accepted"), "danger"
    elif item.reception_status == "short":
        outcome, tone = _("Not all of it was in the parcel"), "warn"
    elif item.reception_status == "unexpected":
        outcome, tone = _("Was not announced"), "warn"
    return ItemLine(
        name=item.name or item.sku,
        sku=item.sku,
        quantity=item.quantity,
        reason=str(ReturnReason(item.reason).label) if item.order_line_id else "",
        outcome=outcome,
        tone=tone,
        amount=money(item.refund_amount, currency) if item.refund_amount and currency else "",
    )


def _how(rma: ReturnFact) -> list[str]:
    free = policy.pays_the_way_back([item.reason for item in rma.items]) == "shop"
    return [
        _("Pack the items well, with everything that came with them."),
        _("Put a note with the number %(ref)s in the parcel, or show this code when you hand it in.")
        % {"ref": rma.ref},
        _("Hand it in. We pay the postage.")
        if free
        else _("Hand it in with a carrier of your choice and keep the receipt."),
    ]
