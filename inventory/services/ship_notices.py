"""Take in what suppliers announce, and count what came of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command, refuse_outside_transaction
from core.kernel.locks import lock_one
from core.kernel.refs import new_ref
from core.kernel.transitions import advance
from inventory.errors import DuplicateNotice, Invalid
from inventory.models import PurchaseOrder, ShipNotice, ShipNoticeLine
from inventory.planning.matching import Announced, Came, count_in, count_out
from inventory.states import PurchaseOrderStatus, ShipNoticeStatus


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """``quantity`` eaches of a product in a lot, in the case or pallet numbered ``sscc`` (18 digits)."""

    product_id: int
    quantity: int
    lot: str = ""
    expires_on: date | None = None
    sscc: str = ""


@command
def create_ship_notice(
    *,
    supplier_id: int,
    warehouse_id: int,
    number: str,
    lines: Sequence[NoticeLine],
    purchase_order_ref: str = "",
    expected_on: date | None = None,
    by: Actor,
    now: datetime,
) -> str:
    """Note what a supplier announces; returns the reference (ASN-…).

    ``number`` is the supplier's own and unique for it. Raises Invalid, DuplicateNotice, and NotFound for a purchase
    order that is not this supplier's or not for this warehouse.
    """
    if not number.strip() or not lines or any(line.quantity <= 0 for line in lines):
        raise Invalid(_("A ship notice has the supplier's number and at least one unit."))
    bought = None
    if purchase_order_ref:
        bought = lock_one(
            PurchaseOrder.objects.all(), ref=purchase_order_ref, supplier_id=supplier_id, warehouse_id=warehouse_id
        )
        if bought.status not in (PurchaseOrderStatus.ORDERED, PurchaseOrderStatus.PARTIALLY_RECEIVED):
            raise Invalid(_("This purchase order does not expect anything more."))
    notice = ShipNotice(
        ref=new_ref("ASN"),
        supplier_id=supplier_id,
        warehouse_id=warehouse_id,
        purchase_order=bought,
        number=number.strip()[:64],
        expected_on=expected_on,
        created_at=now,
    )
    ShipNotice.objects.bulk_create([notice], ignore_conflicts=True)
    made = ShipNotice.objects.filter(ref=notice.ref).first()
    if made is None:
        raise DuplicateNotice(_("This supplier's notice %(number)s is here already.") % {"number": notice.number})
    ShipNoticeLine.objects.bulk_create(
        [
            ShipNoticeLine(
                ship_notice=made,
                product_id=line.product_id,
                quantity=line.quantity,
                lot=line.lot.strip()[:40],
                expires_on=line.expires_on,
                sscc=line.sscc,
            )
            for line in lines
        ],
        batch_size=1000,
    )
    return made.ref


@command
def cancel_ship_notice(ref: str, *, by: Actor, now: datetime) -> None:
    """Say that the announced delivery does not come. Raises NotFound, IllegalTransition."""
    advance(lock_one(ShipNotice.objects.all(), ref=ref), ShipNoticeStatus.CANCELLED, by=by, now=now)


def count_notice(notice_id: int, came: Sequence[Came], *, by: Actor, now: datetime) -> frozenset[int]:
    """Count units that came to the notice's lines; returns the products of which more came than was announced.

    Runs in the caller's transaction and locks the notice. When all of it has come, it is received.
    """
    refuse_outside_transaction()
    notice = lock_one(ShipNotice.objects.all(), pk=notice_id)
    lines = _announced(notice)
    counted, over = count_in(came, lines)
    _add(counted)
    if notice.status == ShipNoticeStatus.EXPECTED and all(
        line.received + counted.get(line.id, 0) >= line.quantity for line in lines
    ):
        advance(notice, ShipNoticeStatus.RECEIVED, by=by, now=now)
    return over


def uncount_notice(notice_id: int, gone: Sequence[Came], *, by: Actor, now: datetime) -> None:
    """Take units whose receipt is voided off the notice's lines again: they are expected once more."""
    refuse_outside_transaction()
    notice = lock_one(ShipNotice.objects.all(), pk=notice_id)
    counted = count_out(gone, _announced(notice))
    _add({line_id: -units for line_id, units in counted.items()})
    if counted and notice.status == ShipNoticeStatus.RECEIVED:
        advance(notice, ShipNoticeStatus.EXPECTED, by=by, now=now)


def _announced(notice: ShipNotice) -> list[Announced]:
    rows: Iterable[tuple[int, int, int, int, str, str]] = (
        ShipNoticeLine.objects.filter(ship_notice=notice)
        .order_by("pk")
        .values_list("pk", "product_id", "quantity", "received", "lot", "sscc")
    )
    return [Announced(*row) for row in rows]


def _add(counted: dict[int, int]) -> None:
    rows = list(ShipNoticeLine.objects.filter(pk__in=counted))
    for row in rows:
        row.received += counted[row.pk]
    ShipNoticeLine.objects.bulk_update(rows, ["received"], batch_size=1000)
