"""What staff change about customers: their wishes, notes on them, and duplicates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid, NotFound
from core.kernel.locks import lock_many
from core.outbox.publish import NewEvent, publish
from core.rest.etags import refuse_stale
from orders.errors import CustomerGone
from orders.events import CUSTOMER_CHANGED, CUSTOMER_MERGED
from orders.models import Customer, CustomerNote, Order
from orders.selectors.customers import customer as known_customer

WAYS = ("email", "sms")


@dataclass(frozen=True, slots=True)
class CustomerChanges:
    """What is to change; None leaves a thing as it is."""

    name: str | None = None
    phone: str | None = None
    locale: str | None = None
    notify_by: Sequence[str] | None = None
    tags: Sequence[str] | None = None


@command
def change_customer(
    customer_id: int,
    changes: CustomerChanges,
    *,
    channel_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> None:
    """Change what is known of a customer. Language and the ways to be told count for the orders they have, too.

    The next order a shop sends brings its own name, language and ways along. Raises NotFound, CustomerGone,
    StaleVersion.
    """
    if changes.locale is not None or changes.notify_by is not None:
        _lock_orders(customer_id)
    customer = _lock([customer_id], channel_id=channel_id)[customer_id]
    if expected_version is not None:
        refuse_stale(known_customer(customer_id).version, expected_version)
    columns = {
        name: value
        for name in ("name", "phone", "locale", "notify_by", "tags")
        if (value := getattr(changes, name)) is not None
    }
    if not columns:
        return
    if unknown := [way for way in columns.get("notify_by", ()) if way not in WAYS]:
        raise Invalid(_("There is no way to tell customers called %(way)s.") % {"way": unknown[0]})
    for name in ("notify_by", "tags"):
        if name in columns:
            columns[name] = list(dict.fromkeys(columns[name]))
    Customer.objects.filter(pk=customer.pk).update(**columns)
    wishes = {name: columns[name] for name in ("locale", "notify_by") if name in columns}
    if wishes:
        Order.objects.filter(customer=customer).update(**wishes, version=F("version") + 1)
    data = {"fields": sorted(columns)}
    publish(NewEvent(CUSTOMER_CHANGED, "customer", customer.pk, "", data), by=by, now=now)


@command
def write_note(customer_id: int, text: str, *, by: Actor, now: datetime) -> int:
    """Note something about a customer, for colleagues only; returns the note's id. Raises NotFound, CustomerGone."""
    customer = _lock([customer_id])[customer_id]
    text = text.strip()[:1000]
    if not text:
        raise Invalid(_("The note is empty."))
    return CustomerNote.objects.create(customer=customer, text=text, written_by=by.name, written_at=now).pk


@command
def merge_customers(keep_id: int, gone_id: int, *, by: Actor, now: datetime) -> int:
    """Make two customers one: orders, notes and tags go to ``keep_id``; returns how many orders went.

    Later orders under the address of the other one are the kept one's. The orders keep the names and addresses they
    were placed with. Raises NotFound, CustomerGone when one of them was merged away or erased, Invalid for the same.
    """
    if keep_id == gone_id:
        raise Invalid(_("These are the same customer."))
    _lock_orders(gone_id)
    # Whole rows: an order that is being written for one of them is waited for, and waits.
    rows = _lock([keep_id, gone_id], no_key=False)
    keep, gone = rows[keep_id], rows[gone_id]
    moved = Order.objects.filter(customer=gone).update(customer=keep, version=F("version") + 1)
    CustomerNote.objects.filter(customer=gone).update(customer=keep)
    Customer.objects.filter(merged_into=gone).update(merged_into=keep)
    Customer.objects.filter(pk=gone.pk).update(merged_into=keep)
    Customer.objects.filter(pk=keep.pk).update(tags=list(dict.fromkeys([*keep.tags, *gone.tags])))
    data = {"gone_id": gone.pk, "orders": moved}
    publish(NewEvent(CUSTOMER_MERGED, "customer", keep.pk, "", data), by=by, now=now)
    return moved


def _lock_orders(customer_id: int) -> None:
    """Orders before customers, and by their keys, as whoever works on several orders locks them."""
    lock_many(Order.objects.all(), Order.objects.filter(customer=customer_id).values_list("pk", flat=True))


def _lock(customer_ids: Sequence[int], *, channel_id: int | None = None, no_key: bool = True) -> dict[int, Customer]:
    rows = Customer.objects.select_for_update(of=("self",), no_key=no_key).filter(pk__in=customer_ids).order_by("pk")
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    found = {row.pk: row for row in rows}
    if len(found) != len(customer_ids):
        raise NotFound(_("There is no such customer."))
    for row in found.values():
        if row.erased_at is not None:
            raise CustomerGone(_("This customer's data were erased."))
        if row.merged_into_id is not None:
            raise CustomerGone(_("This customer was merged into another one. Open that one."))
    return found
