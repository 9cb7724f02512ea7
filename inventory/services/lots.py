"""Know the lots and serial numbers that arrive, and say in what condition their units may be stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import refuse_outside_transaction
from core.kernel.locks import lock_one
from core.outbox.publish import NewEvent, publish
from inventory.errors import LotMismatch, LotRequired, SerialTaken
from inventory.events import LOT_EXPIRY_CORRECTED
from inventory.models import BinStock, Lot, Tracking
from inventory.selectors.lots import LotFact, fact_of_lot
from inventory.selectors.products import ProductFact
from inventory.states import Condition

__all__ = ["LotFact", "NewLot", "arrival_condition", "correct_expiry", "note_lots", "require_lot"]

LotKey = tuple[int, str]
"""(product_id, number)"""


@dataclass(frozen=True, slots=True)
class NewLot:
    """A lot or serial number as a label, a notice or a person names it; what is not known stays None."""

    product_id: int
    number: str
    expires_on: date | None = None
    supplier_id: int | None = None


_NEW = """
INSERT INTO inventory_lot (product_id, number, expires_on, supplier_id, first_received_at, recall_reason)
SELECT product_id, number, expires_on, supplier_id, %s, ''
FROM unnest(%s::bigint[], %s::text[], %s::date[], %s::bigint[]) AS row (product_id, number, expires_on, supplier_id)
ORDER BY product_id, number
ON CONFLICT (product_id, number) DO NOTHING
"""


def note_lots(lots: Sequence[NewLot], *, now: datetime) -> dict[LotKey, LotFact]:
    """Make the lots that are new, complete those of which less was known, and lock them all; {key: fact}.

    Runs in the caller's transaction, before bins and levels are locked; two statements, and one for each lot that
    is completed. Lots without a number are left out. Raises LotMismatch when an expiry date is known and another
    was given: the goods, or the label, are not what they seem.
    """
    refuse_outside_transaction()
    wanted: dict[LotKey, NewLot] = {}
    for one in lots:
        if not one.number:
            continue
        known = wanted.setdefault((one.product_id, one.number), one)
        if known.expires_on and one.expires_on and known.expires_on != one.expires_on:
            raise _mismatch(one.number, known.expires_on, one.expires_on)
        wanted[one.product_id, one.number] = NewLot(
            one.product_id,
            one.number,
            known.expires_on or one.expires_on,
            known.supplier_id or one.supplier_id,
        )
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            _NEW,
            [
                now,
                [one.product_id for one in wanted.values()],
                [one.number for one in wanted.values()],
                [one.expires_on for one in wanted.values()],
                [one.supplier_id for one in wanted.values()],
            ],
        )
    rows = (
        Lot.objects.select_for_update(of=("self",), no_key=True)
        .select_related("product")
        .filter(
            product_id__in=sorted({product_id for product_id, _number in wanted}),
            number__in=sorted({number for _product, number in wanted}),
        )
        .order_by("pk")
    )
    facts: dict[LotKey, LotFact] = {}
    for row in rows:
        told = wanted.get((row.product_id, row.number))
        if told is None:
            continue
        if row.expires_on and told.expires_on and row.expires_on != told.expires_on:
            raise _mismatch(row.number, row.expires_on, told.expires_on)
        _complete(row, told, now)
        facts[row.product_id, row.number] = fact_of_lot(row)
    return facts


def correct_expiry(lot_id: int, expires_on: date | None, *, by: Actor, now: datetime) -> None:
    """Set what a lot's expiry really is, after its goods and papers were looked at, in the caller's transaction.

    Raises NotFound.
    Units that may no longer be sold are set aside by the next sweep; those set aside before stay so.
    """
    row = lock_one(Lot.objects.all(), pk=lot_id)
    if row.expires_on == expires_on:
        return
    before, row.expires_on = row.expires_on, expires_on
    row.save(update_fields=["expires_on"])
    publish(
        NewEvent(
            type=LOT_EXPIRY_CORRECTED,
            subject_type="lot",
            subject_id=row.pk,
            data={
                "product_id": row.product_id,
                "lot": row.number,
                "before": before.isoformat() if before else None,
                "after": expires_on.isoformat() if expires_on else None,
            },
        ),
        by=by,
        now=now,
    )


def arrival_condition(lot: LotFact, *, today: date) -> Condition:
    """In what condition units of a lot arrive, or lie: quarantined when it is recalled, expired or inside its
    product's expiry horizon, else sellable. ``today`` is the warehouse's own."""
    return Condition.SELLABLE if lot.is_sellable(today) else Condition.QUARANTINED


def require_lot(product: ProductFact, lot: str, quantity: int) -> None:
    """Refuse units whose product is tracked and that do not say which lot or serial number they are.

    A serial number is one unit, and is in stock once: two receivers who scan the same one at once come one after
    the other here. Raises LotRequired or SerialTaken. One query more for a serial number, in a transaction.
    """
    if product.tracking == Tracking.NONE:
        return
    if not lot:
        if product.tracking == Tracking.SERIAL:
            raise LotRequired(_("Scan the serial number of %(sku)s first.") % {"sku": product.sku})
        raise LotRequired(_("Scan or type the lot of %(sku)s first.") % {"sku": product.sku})
    if product.tracking != Tracking.SERIAL:
        return
    if quantity != 1:
        raise LotRequired(_("A serial number is one unit. Scan each unit of %(sku)s by itself.") % {"sku": product.sku})
    refuse_outside_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"serial:{product.id}:{lot}"])
    where = (
        BinStock.objects.filter(product_id=product.id, lot=lot, quantity__gt=0)
        .values_list("bin__name", flat=True)
        .first()
    )
    if where is not None:
        raise SerialTaken(
            _("Serial number %(lot)s is in stock already, in %(bin)s. Check the label.") % {"lot": lot, "bin": where}
        )


def _complete(row: Lot, told: NewLot, now: datetime) -> None:
    changed = []
    if told.expires_on and row.expires_on is None:
        row.expires_on = told.expires_on
        changed.append("expires_on")
    if told.supplier_id and row.supplier_id is None:
        row.supplier_id = told.supplier_id
        changed.append("supplier_id")
    if row.first_received_at is None:
        row.first_received_at = now
        changed.append("first_received_at")
    if changed:
        row.save(update_fields=changed)


def _mismatch(number: str, known: date, told: date) -> LotMismatch:
    return LotMismatch(
        _("Lot %(number)s expires on %(known)s, but this label says %(told)s. Put the goods aside and ask.")
        % {"number": number, "known": known.isoformat(), "told": told.isoformat()}
    )
