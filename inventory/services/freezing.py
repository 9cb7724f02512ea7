"""Take a bin out of use for a while, and back."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.outbox.publish import NewEvent, publish
from inventory.errors import Invalid
from inventory.events import BIN_FROZEN, BIN_UNFROZEN
from inventory.models import Bin, BinStock


@dataclass(frozen=True, slots=True)
class Frozen:
    """A bin that was frozen. ``planned`` units in it are on pick lists already, which stay valid."""

    bin_id: int
    planned: int


@command
def freeze_bin(bin_id: int, *, reason: str, by: Actor, now: datetime) -> Frozen:
    """Stop the use of a bin: nothing is put in and nothing is planned out of it until it is unfrozen.

    What is planned out of it already is still fetched; the answer says how much that is. A frozen bin gets the new
    reason. Raises NotFound, and Invalid without a reason or for a virtual bin.
    """
    reason = " ".join(reason.split())[:200]
    if not reason:
        raise Invalid(_("Say why the bin is frozen."))
    row = lock_one(Bin.objects.all(), pk=bin_id)
    if row.is_virtual:
        raise Invalid(_("This is no bin that could be frozen."))
    planned = BinStock.objects.filter(bin_id=bin_id, to_pick__gt=0).aggregate(sum=Sum("to_pick"))["sum"] or 0
    row.frozen, row.frozen_reason = True, reason
    row.save(update_fields=["frozen", "frozen_reason"])
    _publish(BIN_FROZEN, row, {"bin": row.name, "reason": reason, "planned": planned}, by=by, now=now)
    return Frozen(bin_id, planned)


@command
def unfreeze_bin(bin_id: int, *, by: Actor, now: datetime) -> bool:
    """Use a frozen bin again; False when it was not frozen. Raises NotFound."""
    row = lock_one(Bin.objects.all(), pk=bin_id)
    if not row.frozen:
        return False
    row.frozen, row.frozen_reason = False, ""
    row.save(update_fields=["frozen", "frozen_reason"])
    _publish(BIN_UNFROZEN, row, {"bin": row.name}, by=by, now=now)
    return True


def _publish(event: str, row: Bin, data: dict[str, object], *, by: Actor, now: datetime) -> None:
    publish(NewEvent(type=event, subject_type="bin", subject_id=row.pk, timeline=row.code, data=data), by=by, now=now)
