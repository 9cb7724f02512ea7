"""Find what is on the floor and does not move."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from django.utils.translation import gettext_noop

from core.attention.selectors import every_open_case
from core.attention.services import close_cases, open_case
from core.kernel.actors import Actor
from core.outbox.selectors import newest_at
from inventory.selectors import WarehouseFact, warehouses
from orders.models import FulfillmentOrder
from orders.planning.promises import local_day

QUIET_FOR: Mapping[str, timedelta] = MappingProxyType(
    {
        "released": timedelta(hours=4),
        "picking": timedelta(minutes=45),
        "picked": timedelta(hours=2),
        "packing": timedelta(minutes=45),
        "packed": timedelta(hours=24),
    }
)
"""How long nothing may happen to a part of an order in each stage before somebody looks."""

MOST = 2000


def stuck_key(fulfillment_order_id: int) -> str:
    """The dedupe key of the case of a part that does not move."""
    return f"stuck:{fulfillment_order_id}"


def watch_stuck(*, by: Actor, now: datetime) -> tuple[int, int]:
    """Open a case for what does not move on the floor, close those of what moves again or is over: (opened, closed).

    Nothing is opened on a day the warehouse does not work. Cases of third parties that do not answer are left alone.
    Safe to run twice at once and to stop anywhere.
    """
    quiet = _quiet(now)
    for row, since in quiet.values():
        open_case(
            kind="stuck",
            dedupe_key=stuck_key(row.pk),
            summary=_SUMMARIES[row.status],
            subject_type="fulfillment_order",
            subject_id=row.pk,
            timeline=row.order_ref,
            warehouse_id=row.warehouse_id,
            detail={"stage": str(row.status), "since": since.isoformat()},
            now=now,
        )
    return len(quiet), _close(set(quiet), by=by, now=now)


_SUMMARIES = {
    "released": gettext_noop("It is on the floor, and nobody has begun to pick it."),
    "picking": gettext_noop("Picking began, and then nothing happened. Ask the picker, or give the list to another."),
    "picked": gettext_noop("It is picked, and nobody packs it. Find its tote."),
    "packing": gettext_noop("Packing began, and then nothing happened. Look at the bench."),
    "packed": gettext_noop("It is packed and was not handed over. Look for the parcel."),
}


def _quiet(now: datetime) -> dict[int, tuple[FulfillmentOrder, datetime]]:
    """{id: (part, when something last happened to it)} of what has been quiet for too long."""
    places = {one.id: one for one in warehouses() if one.is_own and _works(one, now)}
    rows = list(
        FulfillmentOrder.objects.filter(
            warehouse__in=list(places),
            status__in=list(QUIET_FOR),
            released_at__lte=now - min(QUIET_FOR.values()),
            order__open_holds=0,
        ).order_by("released_at", "pk")[:MOST]
    )
    last = newest_at({row.order_ref for row in rows})
    found = {}
    for row in rows:
        since = max(filter(None, [last.get(row.order_ref), row.released_at]))
        if now - since >= QUIET_FOR[row.status]:
            found[row.pk] = (row, since)
    return found


def _works(place: WarehouseFact, now: datetime) -> bool:
    day = local_day(now, place.time_zone)
    return day.weekday() in place.working_weekdays and day not in place.closed_days


def _close(quiet: set[int], *, by: Actor, now: datetime) -> int:
    """What moves again, is held or is over is stuck no longer; of what is still quiet, the words follow its stage."""
    cases = [case for case in every_open_case("stuck") if case.detail.get("stage")]
    stages = dict(
        FulfillmentOrder.objects.filter(pk__in=[case.subject_id for case in cases], order__open_holds=0).values_list(
            "pk", "status"
        )
    )
    last = newest_at({case.timeline for case in cases})
    closed = 0
    for case in cases:
        pk = case.subject_id or 0
        stays = stages.get(pk) == case.detail["stage"] and (
            pk in quiet or last.get(case.timeline, case.opened_at) <= case.opened_at
        )
        if not stays:
            closed += close_cases(dedupe_key=stuck_key(pk), resolution="moves again", by=by, now=now)
    return closed
