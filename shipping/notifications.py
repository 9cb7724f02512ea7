"""What customers are told about their parcels: each parcel its own content, once, if they may be told at all."""

from collections.abc import Mapping
from datetime import date, datetime
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
from inventory.selectors import warehouse_by_id
from orders.selectors.bought import bought_units
from orders.selectors.facts import OrderFact, Recipient
from orders.selectors.orders import order_by_id
from orders.selectors.public import is_sent_again
from orders.selectors.work import recipients
from shipping.selectors.bench import service_name
from shipping.selectors.parcels import ParcelDetail, parcel_by_id, parcels_of_order
from shipping.services.handover import AWAY

TROUBLE = frozenset({"exception", "delivery_failed"})
# Parcels that bring nothing more.
OVER = frozenset({"delivered", "return_to_sender", "lost"})


def tracking_page(order_ref: str) -> str:
    """The signed address of an order's public tracking page."""
    return f"{settings.PUBLIC_URL}/t/{public_token('tracking', order_ref)}"


def send_parcel_shipped(event: EventFact, *, now: datetime) -> None:
    """``parcel.shipped``: this parcel is on its way, with what is in it."""
    _send(event.subject_id, "parcel_shipped", f"parcel_shipped:{event.subject_id}", now=now)


def send_parcel_delivered(event: EventFact, *, now: datetime) -> None:
    """``parcel.delivered``: this parcel has arrived."""
    _send(event.subject_id, "parcel_delivered", f"parcel_delivered:{event.subject_id}", now=now)


def send_parcel_delayed(event: EventFact, *, now: datetime) -> None:
    """``parcel.exception``, ``parcel.delivery_failed``: something holds the parcel up. Once for each parcel.

    Nothing is said when it was over before we could say it.
    """
    if parcel_by_id(event.subject_id).status in TROUBLE:
        _send(event.subject_id, "parcel_delayed", f"parcel_delayed:{event.subject_id}", now=now)


def send_parcel_ready(event: EventFact, *, now: datetime) -> None:
    """``parcel.ready_for_collection``: it waits, and comes back when nobody collects it. Once for each parcel."""
    if parcel_by_id(event.subject_id).status == "ready_for_collection":
        _send(event.subject_id, "parcel_ready", f"parcel_ready:{event.subject_id}", now=now)


def send_parcel_lost(event: EventFact, *, now: datetime) -> None:
    """``parcel.lost``, a while later: say so, unless it turned up or is sent again, which has a mail of its own."""
    parcel = parcel_by_id(event.subject_id)
    if parcel.status == "lost" and not is_sent_again(parcel.order_id, parcel.ref, since=event.at):
        _send(parcel.id, "parcel_lost", f"parcel_lost:{parcel.id}", now=now)


def tell_upgraded(event: EventFact, *, now: datetime) -> None:
    """``order.upgraded``: tell of the surprise, unless it was taken back or is delivered before we could say it."""
    order = order_by_id(event.subject_id)
    if order.upgraded_from and order.shipping_method == event.data.get("to") and order.status == "confirmed":
        recipient = recipients([order.id])[order.id]
        send_email_once(
            dedupe_key=f"surprise_upgrade:{order.ref}:{order.shipping_method}",
            template="surprise_upgrade",
            recipient=recipient.email,
            locale=recipient.locale,
            context=lambda: _upgraded(order, recipient, now),
            subject_type="order",
            subject_id=order.id,
            timeline=order.ref,
            now=now,
            allowed=recipient.may_email,
        )


def _upgraded(order: OrderFact, recipient: Recipient, now: datetime) -> Mapping[str, Any]:
    today = now.astimezone(ZoneInfo(warehouse_by_id(order.warehouse_id).time_zone)).date()
    ahead = [line.release_on is not None and line.release_on > today for line in order.lines if line.backordered]
    # Nobody knows the day of what waits for money, or for stock that is not to be released.
    unknown = order.payment_status in ("pending", "failed") or not all(ahead)
    promise = None if unknown else order.promise
    with translation.override(supported_locale(recipient.locale)):
        first, last = (promise.deliver_from, promise.deliver_to) if promise else (None, None)
        return {
            "shop_name": recipient.channel_name,
            "support_email": recipient.support_email,
            "name": recipient.name,
            "order_ref": order.ref,
            "order_name": recipient.external_id or order.ref,
            "service": service_name(order.shipping_method),
            "url": tracking_page(order.ref),
            "deliver_from": _date(first) if first and first != last else "",
            "deliver_to": _date(last) if last else "",
        }


def _send(parcel_id: int, template: str, dedupe_key: str, *, now: datetime) -> None:
    parcel = parcel_by_id(parcel_id)
    recipient = recipients([parcel.order_id])[parcel.order_id]
    language = supported_locale(recipient.locale)

    def context() -> Mapping[str, Any]:
        order = order_by_id(parcel.order_id)
        others = [one for one in parcels_of_order(parcel.order_id) if one.id != parcel.id]
        done = OVER if template == "parcel_delivered" else AWAY
        warehouse = ZoneInfo(warehouse_by_id(parcel.warehouse_id).time_zone)
        there = ZoneInfo(time_zone_of(str(recipient.address.get("country", ""))))
        left = sum(line.quantity - line.cancelled - line.shipped for line in order.lines)
        with translation.override(language):
            return {
                "shop_name": recipient.channel_name,
                "support_email": recipient.support_email,
                "order_ref": parcel.order_ref,
                "order_name": recipient.external_id or parcel.order_ref,
                "name": recipient.name,
                "items": _items(order, parcel),
                "tracking_number": parcel.tracking_number,
                "carrier_url": parcel.tracking_url,
                "url": tracking_page(parcel.order_ref),
                "left_on": _day(parcel.shipped_at or now, warehouse),
                "delivered_on": _day(parcel.delivered_at, there),
                **_expected(order, now.astimezone(there).date()),
                "more_to_come": left > 0 or any(one.status not in done for one in others),
                "failed": parcel.status == "delivery_failed",
                "paid_back": order.payment_status == "refunded",
                "facts": _facts(parcel),
            }

    send_email_once(
        dedupe_key=dedupe_key,
        template=template,
        recipient=recipient.email,
        locale=recipient.locale,
        context=context,
        subject_type="parcel",
        subject_id=parcel.id,
        timeline=parcel.order_ref,
        now=now,
        allowed=recipient.may_email,
    )


def _expected(order: OrderFact, today: date) -> dict[str, Any]:
    """The days on which it may still come; none when all of them are over, for then nobody knows it."""
    promise = order.promise
    if promise is None or promise.deliver_to < today:
        return {"expected_from": "", "expected_to": "", "late": promise is not None}
    first = max(promise.deliver_from, today)
    return {
        "expected_from": _date(first) if first < promise.deliver_to else "",
        "expected_to": _date(promise.deliver_to),
        "late": False,
    }


def _items(order: OrderFact, parcel: ParcelDetail) -> list[dict[str, Any]]:
    """What is in the parcel; components that make a kit whole are told as the kit."""
    if not order.kits:
        return [
            {"name": one.name, "sku": one.sku, "quantity": one.quantity, "image_url": one.image_url}
            for one in parcel.items
        ]
    units: dict[int, int] = {}
    for item in parcel.items:
        units[item.order_line_id] = units.get(item.order_line_id, 0) + item.quantity
    images = {one.sku: one.image_url for one in parcel.items}
    return [
        {
            "name": one.name,
            "sku": one.sku,
            "quantity": one.quantity,
            "note": one.note,
            "image_url": images.get(one.sku, ""),
        }
        for one in bought_units(order, units)
    ]


def _facts(parcel: ParcelDetail) -> list[dict[str, str]]:
    found = [{"label": _("Parcel"), "value": parcel.ref}]
    if parcel.tracking_number:
        found.append({"label": _("Tracking number"), "value": parcel.tracking_number, "url": parcel.tracking_url})
    return found


def _day(moment: datetime | None, zone: ZoneInfo) -> str:
    return _date(moment.astimezone(zone)) if moment else ""


def _date(day: Any) -> str:
    # Translators: a date without its year, in Django's date format, such as "Friday 27 November".
    return date_format(day, _("l j F"))
