"""Count what lies in a bin, blind, while the floor goes on."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.kernel.refs import new_ref
from core.outbox.publish import NewEvent, publish
from inventory.errors import Invalid, NotFound
from inventory.events import COUNT_REQUESTED
from inventory.models import Bin, CountTask
from inventory.models.place import VIRTUAL_KINDS
from inventory.states import CountCause, CountStatus

OPEN = (CountStatus.REQUESTED, CountStatus.COUNTING, CountStatus.COUNTED, CountStatus.INVESTIGATING)


@command
def request_count(bin_id: int, *, cause: str, product_id: int | None = None, by: Actor, now: datetime) -> str:
    """Have a bin counted, of one product or of everything; returns the count's reference (CNT-…).

    One count of a bin is open at a time: a present one is returned, widened to the whole bin when it was to be of
    another product and nobody has begun. Raises NotFound, Invalid for a bin nothing lies in physically.
    """
    if cause not in CountCause.values:
        raise Invalid(_("This is not a reason to count."))
    place = Bin.objects.select_related("warehouse").filter(pk=bin_id).first()
    if place is None:
        raise NotFound(_("There is no such bin."))
    if place.kind in VIRTUAL_KINDS:
        raise Invalid(_("This bin is only a line in the books; there is nothing to count."))
    task = CountTask(
        ref=new_ref("CNT"),
        warehouse_id=place.warehouse_id,
        bin=place,
        product_id=product_id,
        cause=cause,
        due_on=now.astimezone(ZoneInfo(place.warehouse.time_zone)).date(),
        created_at=now,
    )
    while True:
        # ON CONFLICT DO NOTHING waits for a concurrent twin and says nothing about who won, hence the read.
        CountTask.objects.bulk_create([task], ignore_conflicts=True)
        found = CountTask.objects.filter(bin=place, status__in=OPEN).values_list("pk", "ref", "product_id").first()
        if found is not None:
            break
        task.pk = None  # ended between the two statements: ask afresh
    pk, ref, present_product = found
    if ref != task.ref:
        if present_product is not None and present_product != product_id:
            _widen(pk)
        return str(ref)
    publish(
        NewEvent(
            type=COUNT_REQUESTED,
            subject_type=CountTask.SUBJECT,
            subject_id=pk,
            timeline=ref,
            data={"bin_id": bin_id, "cause": str(cause)},
        ),
        by=by,
        now=now,
    )
    return str(ref)


def _widen(pk: int) -> None:
    task = lock_one(CountTask.objects.all(), pk=pk)
    if task.status == CountStatus.REQUESTED and task.round == 1:
        CountTask.objects.filter(pk=pk).update(product=None)
