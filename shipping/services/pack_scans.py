"""Judge scans at the bench: units into the box, a carton, a number, the label on the box."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import close_cases, open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import NotFound
from core.kernel.locks import lock_one
from core.kernel.transitions import advance
from core.outbox.publish import published_together
from inventory.selectors import product_by_code
from orders.errors import WorkStopped
from orders.services import fulfilment
from shipping.errors import NotPacked, WeightOff
from shipping.models import Carton, Parcel, ParcelItem, PickTote
from shipping.planning.packing import Box
from shipping.selectors.commands import command_of
from shipping.selectors.inserts import LaidIn, inserts_of_parcel
from shipping.selectors.pack_jobs import PackItem, boxes, job_of, next_step, pack_items
from shipping.services import inserts as laying_in
from shipping.services.facts import ScanVerdict
from shipping.services.packing import finish
from shipping.states import ParcelStatus


class Say(Protocol):
    """Makes the verdict on a parcel with its fresh job."""

    def __call__(self, kind: str, title: str, message: str, go_on: str = "") -> ScanVerdict: ...


@command
@published_together
def scan_pack(
    parcel_ref: str,
    code: str,
    *,
    user_id: int | None = None,
    alt: Sequence[str] = (),
    quantity: int | None = None,
    weigh: bool = False,
    by: Actor,
    now: datetime,
) -> ScanVerdict:
    """Judge one scan at the bench and do what it means; docs/scan-contract.md names the verdicts.

    With the last unit the box is finished by itself (carton and weight as expected, unless ``weigh`` asks for the
    scale), and ``next`` is ``buy_label``: the caller then calls ``labels.purchase_label`` outside any transaction.
    Scanning the label (tracking number or parcel reference) proves that it is on this box:
    ``ready_for_pickup``. Raises NotFound.
    """
    parcel, shelf, verdict = _at_bench(parcel_ref, weigh=weigh)
    if user_id is not None and parcel.packer_id not in (None, user_id) and parcel.status == ParcelStatus.OPEN:
        return verdict("stop", _("Taken over"), _("Somebody else packs this parcel now. Scan your next tote."))
    if stop := _stop_of(parcel, verdict):
        return stop
    codes = [one.strip() for one in (code, *alt) if one.strip()]
    if parcel.status != ParcelStatus.OPEN:
        return _label_scan(parcel, codes, verdict, by=by, now=now)
    items = pack_items(parcel.pk)
    for one in codes:
        act = command_of(one)
        if act == "done":
            return _finish(parcel, verdict, by=by, now=now)
        if act is not None:
            return verdict("decision", "", _("Choose what to do."), act)
        item = next((item for item in items if one.casefold() in item.codes), None)
        if item is not None:
            units = quantity if quantity is not None else item.codes[one.casefold()]
            return _item_scan(parcel, item, units, verdict, weigh=weigh, by=by, now=now)
        insert = next((insert for insert in inserts_of_parcel(parcel.pk) if _is_code_of(one, insert)), None)
        if insert is not None:
            return _insert_scan(parcel, insert, verdict, weigh=weigh, by=by, now=now)
        carton = Carton.objects.filter(code__iexact=one, active=True).first() or _by_key(one, [b.code for b in shelf])
        if carton is not None:
            parcel.carton = carton
            parcel.save(update_fields=["carton"])
            return verdict("ok", "", _("Carton %(name)s. %(next)s") % {"name": carton.name, "next": _next(parcel)})
    return _unknown(parcel, items, codes, verdict)


@command
def leave_out(
    parcel_ref: str, product_id: int | None = None, *, weigh: bool = False, by: Actor, now: datetime
) -> ScanVerdict:
    """The packer says that an insert is not there: that product, or all that wait. The box goes on without it."""
    parcel, _shelf, verdict = _at_bench(parcel_ref, weigh=weigh)
    if refusal := _not_open(parcel, verdict):
        return refusal
    if not laying_in.missing(parcel, product_id):
        return verdict("already", "", _("Nothing else has to be laid in."))
    return _go_on(parcel, _("Noted: not there."), verdict, weigh=weigh, by=by, now=now)


@command
@published_together
def weigh_parcel(parcel_ref: str, weight_g: int, *, override: str = "", by: Actor, now: datetime) -> ScanVerdict:
    """The scale has settled: check the weight, and finish the box when every unit is in it."""
    parcel, _shelf, verdict = _at_bench(parcel_ref, weigh=True)
    if refusal := _not_open(parcel, verdict):
        return refusal
    if any(item.missing for item in pack_items(parcel.pk)):
        return verdict("wrong", _("Not yet"), _next(parcel))
    if override:
        parcel.weight_g = weight_g
        parcel.save(update_fields=["weight_g"])
    return _finish(parcel, verdict, weight_g=weight_g, by=by, now=now)


def confirm_label(parcel: Parcel, *, by: Actor, now: datetime) -> None:
    """The label was scanned on the box. The caller holds the parcel; confirming again changes nothing."""
    if parcel.status == ParcelStatus.LABEL_PURCHASED:
        advance(parcel, ParcelStatus.READY_FOR_PICKUP, by=by, now=now, label_confirmed_at=now)


def _at_bench(parcel_ref: str, *, weigh: bool) -> tuple[Parcel, Sequence[Box], Say]:
    """The parcel, held, with the cartons there are, and what says a verdict on it as it is by then. Raises NotFound."""
    parcel = lock_one(Parcel.objects.all(), ref=parcel_ref)
    shelf = boxes()

    def say(kind: str, title: str, message: str, go_on: str = "") -> ScanVerdict:
        job = job_of(parcel, pack_items(parcel.pk), shelf, weigh=weigh)
        return ScanVerdict(kind, title, message, job, go_on, parcel.ref)

    return parcel, shelf, say


def _stop_of(parcel: Parcel, verdict: Say) -> ScanVerdict | None:
    """The verdict that stops the packer: the parcel was cancelled or its order must stop. Holds the order."""
    if parcel.status == ParcelStatus.CANCELLED:
        return verdict("stop", _("Cancelled"), _("%(ref)s was cancelled. Put the units aside.") % {"ref": parcel.ref})
    if parcel.status in (ParcelStatus.OPEN, ParcelStatus.PACKED, ParcelStatus.LABEL_PURCHASED):
        try:
            fulfilment.lock_for_work([parcel.fulfillment_order_id], content=False)
        except WorkStopped as stopped:
            return verdict("stop", _("Stop"), str(stopped))
    return None


def _not_open(parcel: Parcel, verdict: Say) -> ScanVerdict | None:
    """The same, and that the box is closed already."""
    if parcel.status not in (ParcelStatus.OPEN, ParcelStatus.CANCELLED):
        return verdict("already", "", _("%(ref)s is packed already.") % {"ref": parcel.ref})
    return _stop_of(parcel, verdict)


def _label_scan(parcel: Parcel, codes: Sequence[str], verdict: Say, *, by: Actor, now: datetime) -> ScanVerdict:
    mine = {parcel.ref.casefold(), parcel.tracking_number.casefold()} - {""}
    if any(one.casefold() in mine for one in codes):
        if parcel.status == ParcelStatus.LABEL_PURCHASED:
            confirm_label(parcel, by=by, now=now)
            return verdict("done", "", _("%(ref)s is ready for pickup. Scan the next tote.") % {"ref": parcel.ref})
        if parcel.status == ParcelStatus.PACKED:
            return verdict("wrong", _("No label yet"), _("The label is being bought. Wait for it."), "buy_label")
        return verdict("already", "", _("%(ref)s is ready already.") % {"ref": parcel.ref})
    other = Parcel.objects.exclude(pk=parcel.pk)
    found = other.filter(ref__in=codes).first() or other.filter(tracking_number__in=codes).first()
    if found is not None:
        return verdict(
            "wrong",
            _("Wrong label"),
            _("This label belongs to %(other)s. Put the label of %(ref)s on this box.")
            % {"other": found.ref, "ref": parcel.ref},
        )
    if parcel.status == ParcelStatus.PACKED:
        return verdict("wrong", _("No label yet"), _("The label is being bought. Wait for it."), "buy_label")
    if parcel.status == ParcelStatus.LABEL_PURCHASED:
        return verdict("wrong", _("Not yet"), _("Put the label on the box and scan it."))
    return verdict("already", "", _("%(ref)s is ready. Scan the next tote.") % {"ref": parcel.ref})


def _item_scan(
    parcel: Parcel, item: PackItem, units: int, verdict: Say, *, weigh: bool, by: Actor, now: datetime
) -> ScanVerdict:
    if units > item.missing:
        if item.missing == 0:
            told = _("Every %(name)s is in the box already. Put this one aside.") % {"name": item.name}
        else:
            told = _("That would be %(units)d – only %(left)d × %(name)s is missing.") % {
                "units": units,
                "left": item.missing,
                "name": item.name,
            }
        return verdict("too_many", _("One too many"), told)
    left = units
    for row in ParcelItem.objects.filter(parcel=parcel, product_id=item.product_id).order_by("pk"):
        take = min(left, row.quantity - row.scanned)
        if take:
            row.scanned += take
            row.save(update_fields=["scanned"])
            left -= take
    told = _("%(name)s, %(taken)d of %(needed)d.") % {
        "name": item.name,
        "taken": item.scanned + units,
        "needed": item.quantity,
    }
    kind = "line_done" if item.missing == units else "ok"
    return _go_on(parcel, told, verdict, kind=kind, weigh=weigh, by=by, now=now)


def _insert_scan(parcel: Parcel, insert: LaidIn, verdict: Say, *, weigh: bool, by: Actor, now: datetime) -> ScanVerdict:
    if insert.laid_in:
        return verdict("already", "", _("%(name)s is laid in already.") % {"name": insert.name})
    laying_in.confirm(parcel, insert, there=True)
    told = _("%(name)s is laid in.") % {"name": insert.name}
    return _go_on(parcel, told, verdict, kind="line_done", weigh=weigh, by=by, now=now)


def _is_code_of(code: str, insert: LaidIn) -> bool:
    return code.casefold() in insert.codes or code.casefold() == insert.sku.casefold()


def _go_on(
    parcel: Parcel, told: str, verdict: Say, *, kind: str = "ok", weigh: bool, by: Actor, now: datetime
) -> ScanVerdict:
    """Close the box when everything is in it, else say what comes next."""
    items, inserts = pack_items(parcel.pk), inserts_of_parcel(parcel.pk)
    if next_step(parcel, items, inserts, weigh=weigh) == "finish":
        return _finish(parcel, verdict, by=by, now=now)
    return verdict(kind, "", f"{told} {_told_next(parcel, items, inserts)}")


def weight_key(parcel_id: int) -> str:
    """The dedupe key of the case of a box whose weight is off."""
    return f"weight:{parcel_id}"


def _finish(parcel: Parcel, verdict: Say, *, weight_g: int | None = None, by: Actor, now: datetime) -> ScanVerdict:
    try:
        finish(parcel, weight_g=weight_g, by=by, now=now)
    except NotPacked as missing:
        return verdict("wrong", _("Not yet"), str(missing))
    except WeightOff as off:
        open_case(
            kind="weight",
            dedupe_key=weight_key(parcel.pk),
            summary=gettext_noop("A box does not weigh what should be in it. Look what is missing or too much."),
            subject_type="parcel",
            subject_id=parcel.pk,
            timeline=parcel.order_ref,
            warehouse_id=parcel.warehouse_id,
            detail={"parcel_ref": parcel.ref, "grams": weight_g},
            now=now,
        )
        return verdict("wrong", _("Check the weight"), str(off))
    if weight_g is not None:
        close_cases(dedupe_key=weight_key(parcel.pk), resolution="weighs right", by=by, now=now)
    return verdict("line_done", "", _("Packed. Put the label on the box and scan it."), "buy_label")


def _unknown(parcel: Parcel, items: Sequence[PackItem], codes: Sequence[str], verdict: Say) -> ScanVerdict:
    missing = next((item for item in items if item.missing), None)
    for one in codes:
        try:
            product, _units = product_by_code(one)
        except NotFound:
            continue
        needed = missing.name if missing else parcel.ref
        return verdict(
            "wrong",
            _("Wrong item"),
            _("This is %(scanned)s – it is not in this order. You need %(wanted)s. Put it aside and scan again.")
            % {"scanned": product.name, "wanted": needed},
        )
    if PickTote.objects.filter(tote__code__in=[one.upper() for one in codes], released_at=None).exists():
        return verdict(
            "wrong", _("Not yet"), _("Finish %(ref)s first. %(next)s") % {"ref": parcel.ref, "next": _next(parcel)}
        )
    return verdict(
        "unknown",
        _("Unknown code"),
        _("Nothing here has the code %(code)s. Scan again.") % {"code": "".join(codes)[:40]},
    )


def _by_key(code: str, cartons: Sequence[str]) -> Carton | None:
    """Keys 1 to 9 choose a carton by its place on the shelf."""
    if len(code) == 1 and code.isdecimal() and 1 <= int(code) <= len(cartons):
        return Carton.objects.filter(code=cartons[int(code) - 1]).first()
    return None


def _next(parcel: Parcel) -> str:
    return _told_next(parcel, pack_items(parcel.pk), inserts_of_parcel(parcel.pk))


def _told_next(parcel: Parcel, items: Sequence[PackItem], inserts: Sequence[LaidIn]) -> str:
    missing = next((item for item in items if item.missing), None)
    if missing is not None:
        return _("Scan %(name)s, %(count)d to go.") % {"name": missing.name, "count": missing.missing}
    insert = next((one for one in inserts if one.waits), None)
    if insert is not None:
        return _("Lay in and scan %(name)s.") % {"name": insert.name}
    step = next_step(parcel, items)
    return _("Weigh the box.") if step == "weight" else _("Put the label on the box and scan it.")
