"""Lay in what goes with the goods, and take it from stock when the box is closed. Nothing here holds a parcel up."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from core.kernel.actors import Actor
from inventory.services import issuing
from shipping.models import Parcel, ParcelInsert
from shipping.planning.packaging import inserts_of
from shipping.planning.packing import Box, Thing, fits
from shipping.selectors.inserts import LaidIn, inserts_in, measured
from shipping.selectors.packagings import packagings_of
from shipping.states import ParcelStatus


def lay_out(
    parcels: Sequence[Parcel],
    content_of: Callable[[Iterable[int]], Mapping[int, Sequence[Thing]]],
    shelf: Callable[[], Sequence[Box]],
) -> None:
    """Decide by the packaging rules what goes into new parcels and which carton they take. Inner.

    A carton that does not hold what ``content_of`` says of the parcels (by id) is not taken. An order's first parcel
    gets all inserts, the others those for every one. Content and ``shelf`` are asked for only when a rule decides
    something. Five statements of its own at most, however many parcels.
    """
    decided = packagings_of({parcel.order_id for parcel in parcels})
    wanted = any(one.inserts or one.carton_id for one in decided.values())
    if not wanted:
        return
    seen = set(
        Parcel.objects.filter(order__in=decided)
        .exclude(pk__in=[parcel.pk for parcel in parcels])
        .exclude(status=ParcelStatus.CANCELLED)
        .values_list("order_id", flat=True)
    )
    rows = []
    for parcel in sorted(parcels, key=lambda one: one.pk):
        for insert in inserts_of(decided[parcel.order_id], first_parcel=parcel.order_id not in seen):
            rows.append(ParcelInsert(parcel=parcel, product_id=insert.product_id, quantity=insert.quantity))
        seen.add(parcel.order_id)
    ParcelInsert.objects.bulk_create(rows)
    laid = inserts_in([parcel.pk for parcel in parcels]) if rows else {}
    boxes = {box.carton_id: box for box in shelf()}
    content = content_of([parcel.pk for parcel in parcels])
    for parcel in parcels:
        box = boxes.get(decided[parcel.order_id].carton_id or 0)
        things = [*content.get(parcel.pk, ()), *measured(laid.get(parcel.pk, ()))]
        if box is not None and fits(things, box):
            parcel.carton_id = box.carton_id
    Parcel.objects.bulk_update([parcel for parcel in parcels if parcel.carton_id], ["carton"])


def confirm(parcel: Parcel, insert: LaidIn, *, there: bool) -> None:
    """The packer scanned the insert, or says that it is not there. The caller holds the parcel."""
    ParcelInsert.objects.filter(pk=insert.id, parcel=parcel).update(laid_in=there)


def missing(parcel: Parcel, product_id: int | None = None) -> int:
    """The packer says that inserts are not there: that one, or all that wait. Returns how many rows changed."""
    rows = ParcelInsert.objects.filter(parcel=parcel, issued=0)
    if product_id is not None:
        return rows.filter(product_id=product_id).update(laid_in=False)
    waiting = [one.id for one in inserts_in([parcel.pk]).get(parcel.pk, ()) if one.waits]
    return rows.filter(pk__in=waiting).update(laid_in=False)


def issue_inserts(
    parcels: Sequence[Parcel], *, laid: Mapping[int, Sequence[LaidIn]] | None = None, by: Actor, now: datetime
) -> dict[int, list[LaidIn]]:
    """Take the inserts of closed parcels from stock; returns what left with each parcel. Inner.

    ``laid`` are the parcels' inserts, where the caller, who holds the parcels, has read them.

    Units that are promised, or not there, do not leave; the row says how many did. The last of the statements of a
    packing, for it locks stock levels.
    """
    laid = inserts_in([parcel.pk for parcel in parcels]) if laid is None else laid
    by_id = {parcel.pk: parcel for parcel in parcels}
    going = [one for rows in laid.values() for one in rows if one.goes_in and not one.issued]
    wants = [
        issuing.IssueWant(
            key=_key(one.id),
            product_id=one.product_id,
            warehouse_id=by_id[one.parcel_id].warehouse_id,
            quantity=one.quantity,
            document=by_id[one.parcel_id].order_ref,
            note=by_id[one.parcel_id].ref,
        )
        for one in going
    ]
    issued = {one.key: one for one in issuing.issue(wants, by=by, now=now)}
    rows = []
    for one in going:
        got = issued.get(_key(one.id))
        if got is not None:
            rows.append(ParcelInsert(pk=one.id, issued=got.quantity, bin_id=got.bin_id, issued_at=now))
    if rows:
        ParcelInsert.objects.bulk_update(rows, ["issued", "bin", "issued_at"])
    units = {row.pk: row.issued for row in rows}
    return {
        parcel_id: [
            replace(one, issued=units[one.id], thing=replace(one.thing, quantity=units[one.id]))
            for one in found
            if one.id in units
        ]
        for parcel_id, found in laid.items()
    }


def give_back_inserts(parcels: Iterable[Parcel], *, by: Actor, now: datetime) -> None:
    """A closed parcel was cancelled: its inserts go back to the bins they came from. Inner; again changes nothing."""
    ids = list(ParcelInsert.objects.filter(parcel__in=list(parcels), issued__gt=0).values_list("pk", flat=True))
    if ids:
        issuing.take_back([_key(one) for one in ids], by=by, now=now)
        ParcelInsert.objects.filter(pk__in=ids).update(issued=0, bin=None, issued_at=None)


def _key(insert_id: int) -> str:
    return f"insert:{insert_id}"
