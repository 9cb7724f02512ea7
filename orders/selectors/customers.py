"""Who buys, what they bought, and everything that is kept of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import Lower

from core.kernel.errors import NotFound
from core.kernel.fingerprints import fingerprint
from orders import ports
from orders.models import Channel, Customer, CustomerNote, Erasure, Order, OrderLine

SUGGESTED = 10


@dataclass(frozen=True, slots=True)
class CustomerFact:
    """A buyer of one channel. ``merged_into_id`` and ``erased_at`` say that there is nobody behind it any more."""

    id: int
    channel_id: int
    channel_name: str
    email: str
    name: str
    phone: str
    locale: str
    notify_by: tuple[str, ...]
    tags: tuple[str, ...]
    created_at: datetime
    merged_into_id: int | None
    erased_at: datetime | None

    @property
    def version(self) -> int:
        """A figure of everything that may change of it: for comparing, not for counting."""
        known = (self.email, self.name, self.phone, self.locale, self.notify_by, self.tags)
        return fingerprint(self.id, known, self.merged_into_id, self.erased_at is not None)


@dataclass(frozen=True, slots=True)
class NoteFact:
    """What a colleague wrote down."""

    id: int
    text: str
    written_by: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerFigures:
    """``orders`` without cancelled ones; ``spent`` [(currency, amount)]: sums of two currencies are never mixed."""

    orders: int
    cancelled: int
    units: int
    returned: int
    last_placed_at: datetime | None
    spent: tuple[tuple[str, Decimal], ...]


_FIELDS = (
    "pk",
    "channel_id",
    "channel__name",
    "email",
    "name",
    "phone",
    "locale",
    "notify_by",
    "tags",
    "created_at",
    "merged_into_id",
    "erased_at",
)


def customer(customer_id: int, *, channel_ids: Sequence[int] | None = None) -> CustomerFact:
    """That customer. Raises NotFound, also for one of another channel than those given. One statement."""
    rows = _facts(_of(channel_ids).filter(pk=customer_id))
    if not rows:
        raise NotFound("There is no such customer.")
    return rows[0]


def customers(
    search: str = "", *, channel_ids: Sequence[int] | None = None, before: int | None = None, limit: int = 50
) -> list[CustomerFact]:
    """The newest customers with an id below ``before``, or those found: by e-mail address, or by how the name begins.

    One statement. Those merged into others are left out.
    """
    rows = _of(channel_ids).filter(merged_into=None)
    text = search.strip()
    if "@" in text:
        rows = rows.annotate(lower=Lower("email")).filter(lower=text.lower(), channel_id__in=_channels(channel_ids))
    elif text:
        rows = rows.annotate(lower=Lower("name")).filter(lower__startswith=text.lower())
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return _facts(rows.order_by("-pk")[:limit])


def notes(customer_id: int, *, limit: int = 100) -> list[NoteFact]:
    """What colleagues wrote down, newest first."""
    rows = CustomerNote.objects.filter(customer_id=customer_id).order_by("-pk")[:limit]
    return [NoteFact(row.pk, row.text, row.written_by, row.written_at) for row in rows]


def figures(customer_id: int) -> CustomerFigures:
    """What a customer's orders come to; cost grows with their own orders. Three statements."""
    own = Order.objects.filter(customer_id=customer_id)
    totals = own.aggregate(
        orders=Count("pk", filter=~Q(status="cancelled")),
        cancelled=Count("pk", filter=Q(status="cancelled")),
        last=Max("placed_at"),
    )
    lines = OrderLine.objects.filter(order__in=own).aggregate(
        units=Sum(F("quantity") - F("cancelled")), returned=Sum("returned")
    )
    spent = (
        own.exclude(status="cancelled")
        .order_by("currency")
        .values_list("currency")
        .annotate(total=Sum(F("goods_total") + F("shipping_price") + F("charges_total")))
    )
    return CustomerFigures(
        orders=totals["orders"],
        cancelled=totals["cancelled"],
        units=lines["units"] or 0,
        returned=lines["returned"] or 0,
        last_placed_at=totals["last"],
        spent=tuple(spent),
    )


def order_refs(customer_id: int, *, limit: int = 200) -> list[str]:
    """References of a customer's newest orders."""
    rows = Order.objects.filter(customer_id=customer_id).order_by("-placed_at", "-pk")
    return list(rows.values_list("ref", flat=True)[:limit])


def likely_duplicates(known: CustomerFact, *, channel_ids: Sequence[int] | None = None) -> list[CustomerFact]:
    """Customers that are probably the same person: the same address in another channel, or the same name and phone."""
    rows = _of(channel_ids).filter(merged_into=None, erased_at=None).exclude(pk=known.id)
    same = Q(lower_email=known.email.lower(), channel_id__in=_channels(channel_ids))
    found = _facts(rows.annotate(lower_email=Lower("email")).filter(same).order_by("pk")[:SUGGESTED])
    if known.name:
        named = rows.annotate(lower=Lower("name")).filter(lower=known.name.lower()).order_by("pk")[: SUGGESTED * 5]
        digits = _digits(known.phone)
        found += [
            one
            for one in _facts(named)
            if one.id not in {other.id for other in found} and (not digits or _digits(one.phone) == digits)
        ]
    return found[:SUGGESTED]


def personal_data(known: CustomerFact) -> dict[str, Any]:
    """Everything that is kept of a customer, as JSON-ready values: to hand over when they ask for it."""
    people = [known.id, *Customer.objects.filter(merged_into=known.id).values_list("pk", flat=True)]
    orders = list(Order.objects.filter(customer__in=people).order_by("placed_at", "pk").prefetch_related("lines"))
    data: dict[str, Any] = {
        "customer": {
            "channel": known.channel_name,
            "email": known.email,
            "name": known.name,
            "phone": known.phone,
            "language": known.locale,
            "told_by": list(known.notify_by),
            "tags": list(known.tags),
            "since": known.created_at.isoformat(),
        },
        "notes": [
            {"text": note.text, "by": note.written_by, "at": note.written_at.isoformat()} for note in notes(known.id)
        ],
        "orders": [_order(order) for order in orders],
    }
    for ask in ports.personal_data:
        data |= ask([order.ref for order in orders])
    return data


def erasures(*, after: int = 0, limit: int = 10_000) -> list[dict[str, Any]]:
    """The erasures on record, oldest first: to keep beside the backups, and to replay after one was restored."""
    rows = Erasure.objects.filter(pk__gt=after).order_by("pk")[:limit]
    return [
        {
            "id": row.pk,
            "customer_id": row.customer_id,
            "channel_id": row.channel_id,
            "fingerprint": row.fingerprint,
            "erased_at": row.erased_at.isoformat(),
        }
        for row in rows
    ]


def _order(order: Order) -> dict[str, Any]:
    return {
        "ref": order.ref,
        "number": order.external_id,
        "placed_at": order.placed_at.isoformat(),
        "status": order.status,
        "email": order.email,
        "name": order.customer_name,
        "phone": order.phone,
        "shipping_address": order.shipping_address,
        "billing_address": order.billing_address,
        "note": order.note,
        "gift": order.gift,
        "currency": order.currency,
        "total": str(order.goods_total + order.shipping_price + order.charges_total),
        "lines": [
            {
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "unit_price": str(line.unit_price),
                "note": line.note,
                "properties": line.properties,
                "shipped": line.shipped,
                "returned": line.returned,
            }
            for line in order.lines.all()
        ],
    }


def _of(channel_ids: Sequence[int] | None) -> "QuerySet[Customer]":
    rows = Customer.objects.all()
    return rows if channel_ids is None else rows.filter(channel_id__in=channel_ids)


def _channels(channel_ids: Sequence[int] | None) -> Sequence[int]:
    """The unique index leads with the channel, so every channel is named."""
    return list(Channel.objects.values_list("pk", flat=True)) if channel_ids is None else channel_ids


def _facts(rows: "QuerySet[Customer, Any]") -> list[CustomerFact]:
    found = []
    for row in rows.values_list(*_FIELDS):
        values: list[Any] = [*row]
        values[7], values[8] = tuple(values[7]), tuple(values[8])
        found.append(CustomerFact(*values))
    return found


def _digits(phone: str) -> str:
    """The last eight digits: with or without the country code, it is the same phone."""
    return "".join(sign for sign in phone if sign.isdigit())[-8:]
