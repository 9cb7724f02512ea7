"""What is to be done at a bin: picks planned, counts asked for, pick faces to fill, pallets that stand there."""

from dataclasses import dataclass

from django.db.models import Q, Sum

from inventory.models import Bin, BinStock, CountTask, ReplenishmentTask
from inventory.selectors.places import BinFact, bins_by_id
from inventory.states import CountStatus, TaskStatus

OPEN_COUNTS = (CountStatus.REQUESTED, CountStatus.COUNTING, CountStatus.COUNTED, CountStatus.INVESTIGATING)


@dataclass(frozen=True, slots=True)
class PlaceTask:
    """``kind`` is pick, count, bring (units come here) or fetch (they go elsewhere); ``quantity`` units, 0 of a count.

    ``status`` is that of a count; ``other`` is the bin at the other end.
    """

    kind: str
    ref: str = ""
    status: str = ""
    sku: str = ""
    quantity: int = 0
    other: str = ""


def tasks_at(bin_id: int, *, limit: int = 20) -> list[PlaceTask]:
    """Open work at a bin, picks first. Three queries."""
    picks = BinStock.objects.filter(bin_id=bin_id, to_pick__gt=0).values("product__sku")
    tasks = [
        PlaceTask("pick", sku=row["product__sku"], quantity=row["units"])
        for row in picks.annotate(units=Sum("to_pick")).order_by("product__sku")[:limit]
    ]
    counts = CountTask.objects.filter(bin_id=bin_id, status__in=OPEN_COUNTS).order_by("pk")
    tasks += [
        PlaceTask("count", ref=ref, status=status, sku=sku or "")
        for ref, status, sku in counts.values_list("ref", "status", "product__sku")[:limit]
    ]
    refills = ReplenishmentTask.objects.filter(Q(from_bin_id=bin_id) | Q(to_bin_id=bin_id), status=TaskStatus.OPEN)
    rows = refills.order_by("pk").values_list(
        "ref", "product__sku", "quantity", "from_bin_id", "from_bin__name", "to_bin__name"
    )
    tasks += [
        PlaceTask("fetch", ref=ref, sku=sku, quantity=quantity, other=to_name)
        if from_id == bin_id
        else PlaceTask("bring", ref=ref, sku=sku, quantity=quantity, other=from_name)
        for ref, sku, quantity, from_id, from_name, to_name in rows[:limit]
    ]
    return tasks


def pallets_in(bin_id: int, *, limit: int = 50) -> list[BinFact]:
    """The pallets that stand in a bin, by name. Two queries."""
    ids = list(Bin.objects.filter(parent_id=bin_id, active=True).order_by("name").values_list("pk", flat=True)[:limit])
    found = bins_by_id(ids)
    return [found[pk] for pk in ids]
