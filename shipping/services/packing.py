"""Pack: every unit scanned into a box, the box weighed, the order's units moved from tote to staging."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import TryAgain, command
from core.kernel.errors import NotFound
from core.kernel.locks import lock_many, lock_one
from core.kernel.refs import new_ref, tidy_ref
from core.kernel.transitions import advance
from core.outbox.publish import published_together
from inventory.selectors import bin_by_code, default_bins
from orders.selectors.facts import AllocationFact, FulfillmentWork, Packed
from orders.selectors.work import fulfillment_orders_of
from orders.services import fulfilment
from shipping.errors import NotPackable, NotPacked, WeightOff
from shipping.models import Carton, Parcel, ParcelItem, PickTote
from shipping.planning.packing import expected_weight, tolerance, weight_difference
from shipping.selectors.inserts import inserts_of_parcel
from shipping.selectors.pack_jobs import PackItem, box_of, boxes, pack_items, things_in, things_of
from shipping.services.facts import ParcelFact
from shipping.services.inserts import issue_inserts, lay_out
from shipping.states import ParcelStatus

__all__ = ["choose_carton", "finish_parcel", "open_parcel", "pack_all", "set_weight", "split_parcel"]

PACKABLE = ("picked", "packing")


@command
def open_parcel(code: str, *, warehouse_id: int, user_id: int | None, by: Actor, now: datetime) -> ParcelFact:
    """The parcel to pack for a scanned tote, order or parcel; opened when there is none yet.

    Two packers with one tote get the same parcel: whoever comes second takes it over. Raises NotPackable with the
    reason (still being picked, packed already, an empty tote), WorkStopped, NotFound.
    """
    parcel = Parcel.objects.filter(ref=tidy_ref(code), warehouse_id=warehouse_id).first()
    if parcel is not None:
        return _reopen(lock_one(Parcel.objects.all(), pk=parcel.pk), user_id)
    slot_id = _slot_of(code, warehouse_id)
    fulfillment_order_id = PickTote.objects.values_list("fulfillment_order_id", flat=True).get(pk=slot_id)
    waiting = _waiting(fulfillment_order_id)
    if waiting is not None:
        return _reopen(lock_one(Parcel.objects.all(), pk=waiting.pk), user_id)
    (work,) = fulfilment.lock_for_work([fulfillment_order_id])
    if _waiting(fulfillment_order_id) is not None:
        raise TryAgain  # opened until the order was held; and a parcel is locked before its order
    return fact_of(_open(work, PickTote.objects.get(pk=slot_id), user_id, by=by, now=now))


@command
def choose_carton(parcel_id: int, carton_code: str, *, by: Actor, now: datetime) -> ParcelFact:
    """Put the content in that carton instead of the one suggested. Raises NotFound, NotPackable, WorkStopped."""
    parcel = _open_one(parcel_id)
    carton = Carton.objects.filter(code__iexact=carton_code, active=True).first()
    if carton is None:
        raise NotFound(_("There is no carton %(code)s.") % {"code": carton_code[:20]})
    parcel.carton = carton
    parcel.save(update_fields=["carton"])
    return fact_of(parcel)


@command
def set_weight(parcel_id: int, weight_g: int, *, override: str = "", by: Actor, now: datetime) -> ParcelFact:
    """What the scale shows, in grams. Raises WeightOff, naming what is likely missing or too much, and WorkStopped.

    ``override`` is the reason of someone who knows better; it is kept in the timeline.
    """
    parcel = _open_one(parcel_id)
    check_weight(parcel, pack_items(parcel.pk), weight_g, override=override)
    parcel.weight_g = weight_g
    parcel.save(update_fields=["weight_g"])
    return fact_of(parcel)


@command
def split_parcel(parcel_id: int, *, by: Actor, now: datetime) -> ParcelFact:
    """Close this box with what was scanned into it; the rest of the order goes into the next. Returns the next parcel.

    Raises NotPacked when nothing was scanned into this box, NotPackable when nothing is left for another, WorkStopped.
    """
    parcel = _open_one(parcel_id)
    items = list(ParcelItem.objects.filter(parcel=parcel).order_by("pk"))
    if not any(item.scanned for item in items):
        raise NotPacked(_("Scan what goes into this box first."))
    rest = [(item, item.quantity - item.scanned) for item in items if item.quantity > item.scanned]
    if not rest:
        raise NotPackable(_("Nothing is left for another box."))
    (work,) = fulfilment.lock_for_work([parcel.fulfillment_order_id])
    following = _new_parcel(work, parcel.tote_id, parcel.packer_id, now=now)
    ParcelItem.objects.bulk_create(
        [
            ParcelItem(
                parcel=following,
                allocation_id=item.allocation_id,
                order_line_id=item.order_line_id,
                product_id=item.product_id,
                quantity=left,
            )
            for item, left in rest
        ]
    )
    for item, left in rest:
        if item.scanned:
            item.quantity -= left
            item.save(update_fields=["quantity"])
        else:
            item.delete()
    _lay_out(following)
    return fact_of(following)


@command
@published_together
def finish_parcel(parcel_id: int, *, weight_g: int | None = None, by: Actor, now: datetime) -> ParcelFact:
    """Close the box: its units move from the tote to staging and the parcel is packed.

    Without a carton the one suggested is taken, without a weight the expected one. Raises NotPacked (422) naming the
    next step, WeightOff, WorkStopped. Finishing a packed parcel again changes nothing.
    """
    parcel = lock_one(Parcel.objects.all(), pk=parcel_id)
    if parcel.status != ParcelStatus.OPEN:
        return fact_of(parcel)
    return fact_of(finish(parcel, weight_g=weight_g, by=by, now=now))


@command
@published_together
def pack_all(fulfillment_order_id: int, *, user_id: int | None = None, by: Actor, now: datetime) -> ParcelFact:
    """Pack everything picked of an order into one parcel without scans: for simulations and bulk goods."""
    opened = Parcel.objects.filter(fulfillment_order_id=fulfillment_order_id, status=ParcelStatus.OPEN)
    held = {row.pk for row in lock_many(Parcel.objects.all(), opened.values_list("pk", flat=True))}
    (work,) = fulfilment.lock_for_work([fulfillment_order_id])
    parcel = _waiting(work.id)
    if parcel is not None and parcel.pk not in held:
        raise TryAgain  # opened until the order was held
    if parcel is None:
        slot = PickTote.objects.filter(fulfillment_order_id=work.id, released_at=None).first()
        parcel = _open(work, slot, user_id, scanned=True, by=by, now=now)
    else:
        ParcelItem.objects.filter(parcel=parcel).update(scanned=F("quantity"))
    return fact_of(finish(parcel, weight_g=None, work=work, by=by, now=now))


def finish(
    parcel: Parcel, *, weight_g: int | None, work: FulfillmentWork | None = None, by: Actor, now: datetime
) -> Parcel:
    """``finish_parcel`` for a parcel whose row the caller holds; ``work`` is its order, when that is locked already."""
    items = pack_items(parcel.pk, codes=False)
    missing = [item for item in items if item.missing]
    if not items:
        raise NotPacked(_("Nothing is in this box. Scan a tote."))
    if missing:
        raise NotPacked(
            _("%(count)d × %(name)s is not in the box yet. Scan it.")
            % {"count": missing[0].missing, "name": missing[0].name}
        )
    weight_g = weight_g if weight_g is not None else parcel.weight_g
    inserts = inserts_of_parcel(parcel.pk)
    box = box_of(parcel, items, boxes(), inserts)
    if weight_g is not None and parcel.weight_g != weight_g:
        check_weight(parcel, items, weight_g)
    if work is None:
        (work,) = fulfilment.lock_for_work([parcel.fulfillment_order_id])
    if _stage(parcel, work, by=by, now=now):
        PickTote.objects.filter(fulfillment_order_id=work.id, released_at=None).update(released_at=now)
    laid_in = issue_inserts([parcel], laid={parcel.pk: inserts}, by=by, now=now).get(parcel.pk, [])
    expected = expected_weight(things_in(items, laid_in), box)
    advance(
        parcel,
        ParcelStatus.PACKED,
        by=by,
        now=now,
        data={"units": sum(item.quantity for item in items), "order_ref": parcel.order_ref},
        carton_id=box.carton_id if box else None,
        weight_g=weight_g if weight_g is not None else expected,
        expected_weight_g=expected or 0,
        packed_at=now,
    )
    return parcel


def check_weight(parcel: Parcel, items: Sequence[PackItem], weight_g: int, *, override: str = "") -> None:
    """Raises WeightOff when the scale disagrees with the content by more than 30 g or 3 %; unknown weights pass."""
    inserts = inserts_of_parcel(parcel.pk)
    things = things_in(items, inserts)
    expected = expected_weight(things, box_of(parcel, items, boxes(), inserts))
    if expected is None or override:
        return
    off = weight_difference(things, expected_g=expected, measured_g=weight_g)
    if off is None:
        return
    named = {"grams": abs(off.grams), "quantity": off.quantity, "name": off.name, "unit": off.unit_weight_g}
    if off.grams > 0:
        told = _("%(grams)d g too heavy.") % named
        likely = _("That is about %(quantity)d × %(name)s (%(unit)d g) too many.") % named if off.quantity else ""
    else:
        told = _("%(grams)d g too light.") % named
        likely = _("That is about %(quantity)d × %(name)s (%(unit)d g) missing.") % named if off.quantity else ""
    raise WeightOff(
        " ".join(part for part in (told, likely, _("Check the box.")) if part),
        extra={"expected_g": expected, "tolerance_g": tolerance(expected), "measured_g": weight_g},
    )


def fact_of(parcel: Parcel) -> ParcelFact:
    """The fact of a parcel row."""
    return ParcelFact(
        id=parcel.pk,
        ref=parcel.ref,
        order_ref=parcel.order_ref,
        status=str(parcel.status),
        fulfillment_order_id=parcel.fulfillment_order_id,
        warehouse_id=parcel.warehouse_id,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        weight_g=parcel.weight_g,
    )


def _open_one(parcel_id: int) -> Parcel:
    parcel = lock_one(Parcel.objects.all(), pk=parcel_id)
    if parcel.status != ParcelStatus.OPEN:
        raise NotPackable(_("%(ref)s is packed already.") % {"ref": parcel.ref})
    fulfilment.lock_for_work([parcel.fulfillment_order_id], content=False)
    return parcel


def _reopen(parcel: Parcel, user_id: int | None) -> ParcelFact:
    if parcel.status == ParcelStatus.CANCELLED:
        raise NotPackable(_("%(ref)s was cancelled.") % {"ref": parcel.ref})
    if parcel.status == ParcelStatus.OPEN:
        fulfilment.lock_for_work([parcel.fulfillment_order_id], content=False)
        if user_id is not None and parcel.packer_id != user_id:
            parcel.packer_id = user_id
            parcel.save(update_fields=["packer"])
    return fact_of(parcel)


def _waiting(fulfillment_order_id: int) -> Parcel | None:
    """The first parcel of the order that is open."""
    rows = Parcel.objects.filter(fulfillment_order_id=fulfillment_order_id, status=ParcelStatus.OPEN)
    return rows.order_by("pk").first()


def _slot_of(code: str, warehouse_id: int) -> int:
    """The place on a cart that a scanned tote or order reference stands for."""
    slots = PickTote.objects.filter(released_at=None, pick_list__warehouse_id=warehouse_id)
    for work in fulfillment_orders_of(tidy_ref(code)):
        if work.warehouse_id == warehouse_id and work.status in PACKABLE:
            found = slots.filter(fulfillment_order_id=work.id).first()
            if found is not None:
                return found.pk
        elif work.status in ("released", "picking"):
            raise NotPackable(_("%(ref)s is still being picked.") % {"ref": work.order_ref})
    tote = bin_by_code(code, warehouse_id=warehouse_id)
    slot = slots.filter(tote_id=tote.id).first()
    if slot is None:
        raise NotPackable(_("No order is in %(name)s.") % {"name": tote.name})
    return slot.pk


def _open(
    work: FulfillmentWork,
    slot: PickTote | None,
    user_id: int | None,
    *,
    scanned: bool = False,
    by: Actor,
    now: datetime,
) -> Parcel:
    if work.status in ("released", "picking"):
        raise NotPackable(_("%(ref)s is still being picked.") % {"ref": work.order_ref})
    units = [one for one in work.allocations if one.status == "picked" and not one.packed]
    if work.status not in PACKABLE or not units:
        raise NotPackable(_("%(ref)s has nothing to pack.") % {"ref": work.order_ref})
    if work.status == "picked":
        fulfilment.mark_packing(work, by=by, now=now)
    parcel = _new_parcel(work, slot.tote_id if slot else None, user_id, now=now)
    ParcelItem.objects.bulk_create([_item(parcel, one, scanned=scanned) for one in units])
    _lay_out(parcel)
    return parcel


def _lay_out(parcel: Parcel) -> None:
    """What goes with the goods, and the carton a rule asks for, once the content of a new parcel is known."""
    lay_out([parcel], things_of, boxes)


def _new_parcel(work: FulfillmentWork, tote_id: int | None, user_id: int | None, *, now: datetime) -> Parcel:
    return Parcel.objects.create(
        ref=new_ref("SHP"),
        order_ref=work.order_ref,
        order_id=work.order_id,
        fulfillment_order_id=work.id,
        warehouse_id=work.warehouse_id,
        channel_id=work.channel_id,
        tote_id=tote_id,
        packer_id=user_id,
        created_at=now,
    )


def _item(parcel: Parcel, one: AllocationFact, *, scanned: bool) -> ParcelItem:
    return ParcelItem(
        parcel=parcel,
        allocation_id=one.id,
        order_line_id=one.order_line_id,
        product_id=one.product_id,
        quantity=one.quantity,
        scanned=one.quantity if scanned else 0,
    )


def _stage(parcel: Parcel, work: FulfillmentWork, *, by: Actor, now: datetime) -> bool:
    """Record the parcel's units as packed; where an allocation was split, the item follows its packed part.

    Returns whether everything picked of the order is packed now: its tote is empty.
    """
    staging = default_bins(parcel.warehouse_id)["staging"]
    items = list(ParcelItem.objects.filter(parcel=parcel).order_by("pk"))
    before = {one.id: one for one in work.allocations}
    all_packed = fulfilment.record_packed(
        work.id, [Packed(item.allocation_id, item.quantity, staging) for item in items], by=by, now=now
    )
    parts = [item for item in items if item.quantity < before[item.allocation_id].quantity]
    if not parts:
        return all_packed
    new = [one for one in _allocations(work.id) if one.packed and one.id not in before]
    for item in parts:
        match = next(
            one
            for one in new
            if one.order_line_id == item.order_line_id
            and one.quantity == item.quantity
            and one.lot == before[item.allocation_id].lot
        )
        new.remove(match)
        item.allocation_id = match.id
        item.save(update_fields=["allocation"])
    return all_packed


def _allocations(fulfillment_order_id: int) -> Sequence[AllocationFact]:
    (work,) = fulfilment.lock_for_work([fulfillment_order_id])
    return work.allocations
