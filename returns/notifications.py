"""What customers are told about their returns: each thing once, in their language, if they may be told at all."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.kernel.tokens import public_token
from core.kernel.zones import time_zone_of
from core.messaging.rendering import supported_locale
from core.messaging.services import send_email_once
from core.outbox.facts import EventFact
from core.rest.currencies import money
from orders.selectors.facts import Recipient
from orders.selectors.work import recipients
from returns import policy
from returns.selectors.reads import ReturnFact, return_by_ref

TOLD_ABOUT = frozenset({"customer"})
TOLD_ABOUT_MONEY = frozenset({"customer", "return_to_sender"})


def portal_url(order_ref: str, return_ref: str = "") -> str:
    """The signed address of an order's return portal, or of one return's status page."""
    address = f"{settings.PUBLIC_URL}/r/{public_token('return', order_ref)}"
    return f"{address}/{return_ref}" if return_ref else address


def tracking_url(order_ref: str) -> str:
    """The signed address of an order's tracking page."""
    return f"{settings.PUBLIC_URL}/t/{public_token('tracking', order_ref)}"


def day(moment: datetime, time_zone: str) -> str:
    """The day of a moment at the destination, in words of the active language."""
    # Translators: a date without its year, in Django's date format, such as "Friday 27 November".
    return date_format(moment.astimezone(ZoneInfo(time_zone)), _("l j F"))


def send_return_approved(event: EventFact, *, now: datetime) -> None:
    """Tell the customer that a return is approved and how to send it."""
    rma = return_by_ref(str(event.data["return_ref"]))
    if rma.kind in TOLD_ABOUT:
        _send(rma, "return_approved", _approved, now=now)


def send_return_rejected(event: EventFact, *, now: datetime) -> None:
    """Tell the customer that a return is not possible, and why."""
    rma = return_by_ref(str(event.data["return_ref"]))
    if rma.kind in TOLD_ABOUT:
        _send(rma, "return_rejected", _rejected, now=now)


def send_return_received(event: EventFact, *, now: datetime) -> None:
    """Tell the customer that a return has arrived, or a parcel that never did; once however many parcels it came in."""
    rma = return_by_ref(str(event.data["return_ref"]))
    if rma.kind in TOLD_ABOUT:
        _send(rma, "return_received", _received, now=now)
    elif rma.kind == "return_to_sender":
        _send(rma, "order_note", _came_back, now=now)


def send_refund_issued(event: EventFact, *, now: datetime) -> None:
    """Tell the customer that the shop has paid the money back."""
    rma = return_by_ref(str(event.data["return_ref"]))
    if rma.kind in TOLD_ABOUT_MONEY and rma.refund is not None:
        _send(rma, "refund_issued", _refunded, now=now)


def send_portal_links(event: EventFact, *, now: datetime) -> None:
    """Mail the links of an order's public pages to its customer; a look-up that found nothing mails nothing."""
    if not event.subject_id:
        return
    recipient = recipients([event.subject_id])[event.subject_id]

    def context() -> Mapping[str, Any]:
        return {
            "shop_name": recipient.channel_name,
            "order_name": recipient.external_id or recipient.order_ref,
            "tracking_url": tracking_url(recipient.order_ref),
            "return_url": portal_url(recipient.order_ref),
        }

    send_email_once(
        dedupe_key=f"portal_links:{event.id}",
        template="portal_links",
        recipient=recipient.email,
        locale=recipient.locale,
        context=context,
        subject_type="order",
        subject_id=event.subject_id,
        timeline=recipient.order_ref,
        now=now,
    )


Tell = Callable[[ReturnFact, Recipient, str], Mapping[str, Any]]


def _send(rma: ReturnFact, template: str, tell: Tell, *, now: datetime) -> None:
    recipient = recipients([rma.order_id])[rma.order_id]
    language = supported_locale(recipient.locale)

    def context() -> Mapping[str, Any]:
        zone = time_zone_of(str(recipient.address.get("country", "")))
        # Dates and amounts are put into words here, so they need the language before the template does.
        with translation.override(language):
            return {
                "shop_name": recipient.channel_name,
                "support_email": recipient.support_email,
                "return_ref": rma.ref,
                "order_ref": rma.order_ref,
                "order_name": recipient.external_id or rma.order_ref,
                "url": portal_url(rma.order_ref, rma.ref),
                "items": [{"name": item.name, "sku": item.sku, "quantity": item.quantity} for item in rma.items],
                **tell(rma, recipient, zone),
            }

    send_email_once(
        dedupe_key=f"{template}:{rma.ref}",
        template=template,
        recipient=recipient.email,
        locale=recipient.locale,
        context=context,
        subject_type="return",
        subject_id=rma.id,
        timeline=rma.order_ref,
        now=now,
        allowed=recipient.may_email,
    )


def _approved(rma: ReturnFact, recipient: Recipient, zone: str) -> Mapping[str, Any]:
    return {
        "send_by": day(rma.expires_at, zone) if rma.expires_at else "",
        "shop_pays": policy.pays_the_way_back([item.reason for item in rma.items]) == "shop",
    }


def _rejected(rma: ReturnFact, recipient: Recipient, zone: str) -> Mapping[str, Any]:
    return {"reason": rma.reject_reason}


def _received(rma: ReturnFact, recipient: Recipient, zone: str) -> Mapping[str, Any]:
    arrived = rma.received_at or rma.requested_at
    return {
        "arrived_on": day(arrived, zone),
        "answer_by": day(arrived + policy.time_to_inspect(rma.kind), zone),
        "items": [
            {"name": item.name, "sku": item.sku, "quantity": item.received} for item in rma.items if item.received
        ],
    }


def _came_back(rma: ReturnFact, recipient: Recipient, zone: str) -> Mapping[str, Any]:
    told = [
        _("Your parcel came back to us: the carrier could not deliver it. We look at it now."),
        _("If you want it sent again, or to another address, please write to us."),
    ]
    return {"notes": told, "url": tracking_url(rma.order_ref)}


def _refunded(rma: ReturnFact, recipient: Recipient, zone: str) -> Mapping[str, Any]:
    refund = rma.refund
    if refund is None:
        return {}
    rows = [{"label": _("Items"), "value": money(refund.goods_amount, refund.currency)}]
    if refund.charges_amount:
        rows.append({"label": _("Postage and charges"), "value": money(refund.charges_amount, refund.currency)})
    rows.append({"label": _("In total"), "value": money(refund.amount, refund.currency)})
    return {
        "amount": money(refund.amount, refund.currency),
        "rows": rows,
        "items": [
            {"name": item.name, "sku": item.sku, "quantity": item.accepted} for item in rma.items if item.accepted
        ],
    }
