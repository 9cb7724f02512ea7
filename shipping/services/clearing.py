"""Close cases whose cause is over although nothing said so."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from core.attention.selectors import CaseFact, every_open_case
from core.attention.services import close_cases
from core.kernel.actors import Actor
from inventory.selectors.counting import counted_at
from orders.selectors.work import work_of
from shipping.models import LabelRequest, Parcel
from shipping.states import LabelRequestStatus, ParcelStatus

IN_A_BOX = (ParcelStatus.PACKED, ParcelStatus.LABEL_PURCHASED, ParcelStatus.READY_FOR_PICKUP)
WAITING = ("open", "scheduled", "allocated")


def clear_cases(*, by: Actor, now: datetime) -> int:
    """Close what is over: shelves counted, boxes opened or weighing right, labels and bins found.

    Returns how many were closed. Safe to run twice at once and to stop anywhere.
    """
    kinds: dict[str, Callable[[Sequence[CaseFact]], Collection[int]]] = {
        "short_pick": _counted,
        "no_pickable_stock": _not_waiting,
        "unpack": _unpacked,
        "label_failed": _not_packed,
        "weight": _not_open,
    }
    closed = 0
    for kind, over in kinds.items():
        cases = every_open_case(kind)
        done = over(cases) if cases else ()
        for case in cases:
            if case.id in done:
                closed += close_cases(dedupe_key=f"{_KEYS[kind]}:{case.subject_id}", resolution="over", by=by, now=now)
    return closed


_KEYS = {
    "short_pick": "short_pick",
    "no_pickable_stock": "no_pickable_stock",
    "unpack": "unpack",
    "label_failed": "label",
    "weight": "weight",
}


def _counted(cases: Sequence[CaseFact]) -> set[int]:
    last = counted_at(case.detail["bin_id"] for case in cases if case.detail.get("bin_id"))
    return {case.id for case in cases if last.get(case.detail.get("bin_id") or 0, case.opened_at) > case.opened_at}


def _not_waiting(cases: Sequence[CaseFact]) -> set[int]:
    waiting = {work.id for work in work_of(case.subject_id or 0 for case in cases) if work.status in WAITING}
    return {case.id for case in cases if case.subject_id not in waiting}


def _unpacked(cases: Sequence[CaseFact]) -> set[int]:
    """The box was emptied, has left, or got the label it was to get."""
    ids = [case.subject_id or 0 for case in cases]
    boxes = set(Parcel.objects.filter(pk__in=ids, status__in=IN_A_BOX).values_list("pk", flat=True))
    bought: dict[int, datetime] = {}
    for parcel_id, at in LabelRequest.objects.filter(
        parcel__in=ids, status=LabelRequestStatus.PURCHASED, settled_at__isnull=False
    ).values_list("parcel_id", "settled_at"):
        if at is not None:
            bought[parcel_id] = max(at, bought.get(parcel_id, at))
    return {
        case.id
        for case in cases
        if case.subject_id not in boxes or bought.get(case.subject_id or 0, case.opened_at) > case.opened_at
    }


def _not_packed(cases: Sequence[CaseFact]) -> set[int]:
    return _no_longer(ParcelStatus.PACKED, cases)


def _not_open(cases: Sequence[CaseFact]) -> set[int]:
    """The box was closed with another weight, or emptied."""
    return _no_longer(ParcelStatus.OPEN, cases)


def _no_longer(status: ParcelStatus, cases: Sequence[CaseFact]) -> set[int]:
    waiting = set(
        Parcel.objects.filter(pk__in=[case.subject_id for case in cases], status=status).values_list("pk", flat=True)
    )
    return {case.id for case in cases if case.subject_id not in waiting}
