"""What a new wave meets on the floor: how fast its warehouse picks, and how much it still has to pick."""

from dataclasses import dataclass

from django.db.models import Count, F, Q, Sum

from shipping.models import PickLine, PickList
from shipping.planning.walk_time import Done, WalkPace, learn

RECENT_LISTS = 60
OPEN_LIST = ("released", "in_progress")


@dataclass(frozen=True, slots=True)
class FloorLoad:
    """Walks nobody has finished, what is left on them, and how many people are on one."""

    walks: int
    lines: int
    units: int
    pickers: int


def recent_pace(warehouse_id: int) -> WalkPace:
    """The pace of the warehouse's last lists, or the usual one. Two statements."""
    lists = PickList.objects.filter(warehouse_id=warehouse_id, status="completed").order_by("-pk")
    rows = PickLine.objects.filter(
        pick_list__in=list(lists.values_list("pk", flat=True)[:RECENT_LISTS]), status="picked", done_at__isnull=False
    ).values_list("pick_list_id", "bin_id", "picked", "done_at")
    return learn(Done(key, place, units, at) for key, place, units, at in rows.order_by() if at is not None)


def floor_load(warehouse_id: int) -> FloorLoad:
    """What is still to be picked there, and by how many. Two statements."""
    lists = PickList.objects.filter(warehouse_id=warehouse_id, status__in=OPEN_LIST).aggregate(
        walks=Count("pk"), pickers=Count("picker", distinct=True)
    )
    lines = PickLine.objects.filter(
        pick_list__warehouse_id=warehouse_id, pick_list__status__in=OPEN_LIST, status__in=("pending", "skipped")
    ).aggregate(lines=Count("pk"), units=Sum(F("quantity") - F("picked"), filter=Q(quantity__gt=0)))
    return FloorLoad(lists["walks"], lines["lines"], lines["units"] or 0, lists["pickers"])
