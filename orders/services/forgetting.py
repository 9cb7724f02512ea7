"""Erase a customer's personal data, and erase them again after an older backup was restored."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import TryAgain, command
from core.kernel.errors import NotFound
from core.kernel.sweeps import each
from core.outbox.publish import NewEvent, publish
from core.rest.etags import refuse_stale
from orders import ports
from orders.errors import CustomerBusy
from orders.events import CUSTOMER_ERASED
from orders.models import Customer, CustomerNote, Erasure, FulfillmentOrder, Hold, Order, OrderKit, OrderLine
from orders.selectors.customers import customer as known_customer
from orders.states import OrderStatus

OVER = frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED})
POSTCODE_KEPT = 2
"""Characters of a postal code that stay, with the country: enough for figures by region, too few for a household."""
CHUNK = 200


@command
def erase_customer(
    customer_id: int,
    *,
    channel_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> dict[str, int]:
    """Erase everything that says who a customer is, here and in the rooms above; returns {what: rows}.

    What tax law and the stock books need stays: references, dates, articles, amounts, the country and the beginning of
    the postal code. Customers merged into this one go with it. Erasing again changes nothing. Raises NotFound,
    StaleVersion, and CustomerBusy while an order, a return or a refund of theirs is still open.
    """
    held = _lock_orders(customer_id)
    customer = _lock(customer_id, channel_id)
    if expected_version is not None:
        refuse_stale(known_customer(customer_id).version, expected_version)
    people = [customer, *Customer.objects.select_for_update(of=("self",)).filter(merged_into=customer).order_by("pk")]
    orders = list(Order.objects.filter(customer__in=people).order_by("pk"))
    if not held.issuperset(order.pk for order in orders):
        raise TryAgain  # placed, or merged, until the customer was held; and orders are locked before customers
    open_refs = [order.ref for order in orders if order.status not in OVER]
    for ask in ports.busy_orders:
        open_refs += [ref for ref in ask([order.pk for order in orders]) if ref not in open_refs]
    if open_refs:
        raise CustomerBusy(
            _("There is still work for this customer: %(refs)s. Finish or cancel it first.")
            % {"refs": ", ".join(open_refs[:5])}
        )
    counts = {"customers": len(people), "orders": len(orders)}
    forgotten = ports.Forgotten(
        order_ids=tuple(order.pk for order in orders),
        refs=tuple(order.ref for order in orders),
        emails=tuple(sorted({one.email for one in people} | {one.email for one in orders})),
    )
    counts |= _blank_orders(orders)
    for forget in ports.forget_orders:
        counts |= forget(forgotten, now)
    counts["notes"] = CustomerNote.objects.filter(customer__in=people).delete()[0]
    for person in people:
        if person.erased_at is None:
            Erasure.objects.create(
                customer_id=person.pk,
                channel_id=person.channel_id,
                fingerprint=fingerprint(person.channel_id, person.email),
                requested_by=by.name,
                erased_at=now,
                counts=counts,
            )
        Customer.objects.filter(pk=person.pk).update(
            email=f"erased-{person.pk}@erased.invalid",
            name="",
            phone="",
            locale="en",
            notify_by=[],
            tags=[],
            erased_at=person.erased_at or now,
        )
    publish(NewEvent(CUSTOMER_ERASED, "customer", customer.pk, "", {"orders": len(orders)}), by=by, now=now)
    return counts


def erase_old_customers(*, keep: timedelta, by: Actor, now: datetime, limit: int = 500) -> int:
    """Erase customers whose last order was placed, completed or cancelled longer than ``keep`` ago; returns how many.

    All of them, ``limit`` at a time and one transaction a customer; those with open work are left for another night
    and keep nobody else waiting. Safe to stop anywhere.
    """
    young = Order.objects.filter(customer=OuterRef("pk"), placed_at__gt=now - keep)
    over = Q(completed_at__gt=now - keep) | Q(cancelled_at__gt=now - keep)
    fresh = Order.objects.filter(over | ~Q(status__in=OVER), customer=OuterRef("pk"))
    rows = Customer.objects.filter(erased_at=None, merged_into=None, created_at__lt=now - keep)
    old = rows.filter(~Exists(young), ~Exists(fresh)).order_by("pk").values_list("pk", flat=True)
    done = last = 0
    while found := list(old.filter(pk__gt=last)[:limit]):
        last = found[-1]
        done += each(found, lambda customer_id: _erased(customer_id, by=by, now=now))
    return done


def _erased(customer_id: int, *, by: Actor, now: datetime) -> bool:
    try:
        erase_customer(customer_id, by=by, now=now)
    except CustomerBusy:
        return False
    return True


def replay_erasures(records: Iterable[Mapping[str, Any]], *, by: Actor, now: datetime) -> int:
    """Erase again those named by ``records`` (``customer_id``, ``channel_id``, ``fingerprint``); returns how many.

    For use after a backup older than the erasures was restored. A customer who came back under another id is found by
    the fingerprint.
    """
    wanted = {(int(one["channel_id"]), str(one["fingerprint"])) for one in records}
    done = 0
    for channel_id in sorted({channel for channel, _print in wanted}):
        rows = Customer.objects.filter(channel_id=channel_id, erased_at=None).order_by("pk")
        for customer_id, email in list(rows.values_list("pk", "email").iterator(chunk_size=CHUNK)):
            if (channel_id, fingerprint(channel_id, email)) in wanted:
                erase_customer(customer_id, by=by, now=now)
                done += 1
    return done


def fingerprint(channel_id: int, email: str) -> str:
    """By what an erased customer is known again: a keyed hash, of no use without the installation's secret."""
    text = f"{channel_id}:{email.strip().lower()}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def _lock_orders(customer_id: int) -> set[int]:
    """Lock the orders of the customer, whom they were merged into and who was merged into these, by their keys."""
    kept = Customer.objects.filter(pk=customer_id).values_list("merged_into_id", flat=True).first() or customer_id
    people = Customer.objects.filter(Q(pk=kept) | Q(merged_into=kept))
    rows = Order.objects.select_for_update(of=("self",)).filter(customer__in=people).order_by("pk")
    return set(rows.values_list("pk", flat=True))


def _lock(customer_id: int, channel_id: int | None) -> Customer:
    rows = Customer.objects.select_for_update(of=("self",)).filter(pk=customer_id)
    customer = (rows if channel_id is None else rows.filter(channel_id=channel_id)).first()
    if customer is None:
        raise NotFound(_("There is no such customer."))
    if customer.merged_into_id is not None:
        return _lock(customer.merged_into_id, channel_id)
    return customer


def _blank_orders(orders: list[Order]) -> dict[str, int]:
    for order in orders:
        order.email = f"erased-{order.customer_id}@erased.invalid"
        order.customer_name = order.phone = order.note = ""
        order.notify_by = []
        order.shipping_address = _blank(order.shipping_address)
        order.billing_address = _blank(order.billing_address) if order.billing_address else None
        order.gift = {name: order.gift[name] for name in ("is_gift", "hide_prices") if name in order.gift}
        order.purchase_order_number = ""
        order.version += 1
    Order.objects.bulk_update(
        orders,
        [
            "email",
            "customer_name",
            "phone",
            "note",
            "notify_by",
            "shipping_address",
            "billing_address",
            "gift",
            "purchase_order_number",
            "version",
        ],
        batch_size=CHUNK,
    )
    return {
        "lines": OrderLine.objects.filter(order__in=orders).update(note="", properties={}),
        "kits": OrderKit.objects.filter(order__in=orders).update(note="", properties={}),
        "holds": Hold.objects.filter(order__in=orders).update(reason="", detail={}),
        "requests": FulfillmentOrder.objects.filter(order__in=orders).update(request_note=""),
    }


def _blank(address: Mapping[str, Any]) -> dict[str, str]:
    postcode = str(address.get("postal_code", "")).replace(" ", "")
    return {"country": str(address.get("country", "")), "postal_code": postcode[:POSTCODE_KEPT]}
