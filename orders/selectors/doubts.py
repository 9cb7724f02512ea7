"""What is doubted about addresses: as it was found beside as it is suggested."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from orders.models import Hold, Order
from orders.states import HoldType

PARTS = ("name", "company", "line1", "line2", "postal_code", "city", "region", "country")


@dataclass(frozen=True, slots=True)
class AddressDoubt:
    """An address hold: ``rows`` are [(part of the address, found, suggested)], changed parts only where suggested.

    ``locale`` is the buyer's language, in which the address is most likely written.
    """

    hold_id: int
    order_ref: str
    reason: str
    address: Mapping[str, Any]
    rows: tuple[tuple[str, str, str], ...]
    may_mail: bool
    locale: str = ""

    @property
    def has_suggestion(self) -> bool:
        return any(suggested for _part, _found, suggested in self.rows)


def address_doubts(hold_ids: Iterable[int]) -> dict[int, AddressDoubt]:
    """{hold id: doubt} of open address holds. One statement."""
    rows = (
        Hold.objects.select_related("order", "order__channel")
        .filter(pk__in=set(hold_ids), released_at=None, type=HoldType.ADDRESS)
        .order_by("pk")
    )
    return {row.pk: _doubt(row) for row in rows}


def open_doubts(order_id: int) -> list[AddressDoubt]:
    """The open address holds of an order, the oldest first. One statement."""
    rows = Hold.objects.select_related("order", "order__channel").filter(
        order=order_id, released_at=None, type=HoldType.ADDRESS
    )
    return [_doubt(row) for row in rows.order_by("pk")]


def ship_by_of(refs: Iterable[str]) -> dict[str, date]:
    """{order: the day it is to leave} of open orders that have one. One statement."""
    rows = Order.objects.filter(ref__in=set(refs), status="confirmed", ship_by__isnull=False)
    return {ref: day for ref, day in rows.values_list("ref", "ship_by") if day}


def _doubt(hold: Hold) -> AddressDoubt:
    address: Mapping[str, Any] = hold.order.shipping_address
    findings = hold.detail.get("findings") or ([hold.detail] if hold.detail.get("field") else [])
    suggested: dict[str, str] = {}
    doubted: list[str] = []
    for finding in findings:
        place = str(finding.get("field", ""))
        doubted.append(place)
        if finding.get("suggested"):
            suggested |= {place: str(finding["suggested"]), **finding.get("also", {})}
    parts = [*PARTS, *(part for part in doubted if part and part not in PARTS)]
    return AddressDoubt(
        hold_id=hold.pk,
        order_ref=hold.order.ref,
        reason=hold.reason,
        address=address,
        rows=tuple(
            (part, str(address.get(part, "")), suggested.get(part, ""))
            for part in parts
            if address.get(part) or part in suggested or part in doubted
        ),
        may_mail=hold.order.channel.sends_messages and bool(hold.order.email) and "email" in hold.order.notify_by,
        locale=hold.order.locale,
    )
