"""A pick list by what is scanned or written in a URL."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from shipping.models import PickList, PickTote


@dataclass(frozen=True, slots=True)
class PickListFact:
    """A pick list and who is on it. ``picker`` is a user name, empty when nobody is."""

    id: int
    ref: str
    warehouse_id: int
    status: str
    ship_by: date
    picker_id: int | None
    picker: str
    scans: int

    @property
    def is_open(self) -> bool:
        return self.status in ("released", "in_progress")


def pick_list_by_code(code: str) -> PickListFact:
    """The list with that reference or printed code. Raises NotFound. One statement."""
    row = (
        PickList.objects.select_related("picker")
        .filter(Q(ref=tidy_ref(code)[:24]) | Q(code=code.strip().upper()[:20]))
        .first()
    )
    if row is None:
        raise NotFound(_("There is no such pick list."))
    return PickListFact(
        id=row.pk,
        ref=row.ref,
        warehouse_id=row.warehouse_id,
        status=str(row.status),
        ship_by=row.ship_by,
        picker_id=row.picker_id,
        picker=row.picker.get_username() if row.picker else "",
        scans=row.scans,
    )


def totes_of(pick_list_id: int) -> list[str]:
    """The names of the totes on the cart of a list, by place. One statement."""
    rows = PickTote.objects.filter(pick_list=pick_list_id, tote__isnull=False).order_by("position")
    return list(rows.values_list("tote__name", flat=True))
