"""What supervisors and the next-job card see of the floor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from shipping.models import Parcel, PickLine, PickList, PickTote, Wave

OPEN_LIST = ("released", "in_progress")


@dataclass(frozen=True, slots=True)
class NextJob:
    """The card of the home screen. ``mine`` when the picker is in the middle of it."""

    list_id: int
    ref: str
    ship_by: date
    orders: int
    lines: int
    lines_left: int
    mine: bool


@dataclass(frozen=True, slots=True)
class WaveRow:
    """A wave on the waves page."""

    id: int
    ref: str
    status: str
    method: str
    created_at: datetime
    released_at: datetime | None
    lists: int
    lists_done: int
    orders: int
    lines: int
    lines_done: int
    lines_short: int


@dataclass(frozen=True, slots=True)
class ListRow:
    """A pick list on a wave's page. ``zone`` is the only zone it walks, or empty."""

    id: int
    ref: str
    code: str
    status: str
    ship_by: date
    picker_id: int | None
    picker: str
    orders: int
    lines: int
    lines_done: int
    lines_short: int
    scans: int
    wrong_scans: int
    zone: str = ""


@dataclass(frozen=True, slots=True)
class LaneRow:
    """What one picker has of a wave, or, without a picker, what waits. ``ship_by`` is the first day still open."""

    picker_id: int | None
    picker: str
    lists: int
    lists_open: int
    lines: int
    lines_done: int
    lines_short: int
    ship_by: date | None


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """A carrier at the dock: parcels ready, gone today, and not ready yet."""

    carrier: str
    ready: int
    shipped: int
    waiting: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class WaitingTote:
    """An order in its tote, picked and waiting for a packer."""

    fulfillment_order_id: int
    order_ref: str
    tote: str
    ship_by: date
    picked_at: datetime | None


def next_job(user_id: int, warehouse_id: int) -> NextJob | None:
    """The list the picker is on, else the next one waiting, else None. At most three statements."""
    rows = PickList.objects.filter(warehouse_id=warehouse_id, status__in=OPEN_LIST)
    mine = rows.filter(picker_id=user_id).order_by("pk").first()
    row = mine or rows.filter(status="released", picker=None).order_by("ship_by", "pk").first()
    if row is None:
        return None
    count = PickLine.objects.filter(pick_list=row).aggregate(
        orders=Count("pick_tote", distinct=True),
        lines=Count("pk"),
        left=Count("pk", filter=Q(status__in=("pending", "skipped"))),
    )
    return NextJob(row.pk, row.ref, row.ship_by, count["orders"], count["lines"], count["left"], mine is not None)


def waiting_lists(warehouse_id: int, *, cap: int = 1000) -> int:
    """How many lists nobody works on, counted up to ``cap``."""
    rows = PickList.objects.filter(warehouse_id=warehouse_id, status="released", picker=None)
    return rows.order_by()[:cap].count()


def open_lists(warehouse_id: int, *, limit: int = 200) -> list[ListRow]:
    """The lists on the floor, most urgent first: for resuming, taking over and simulating. One statement."""
    rows = PickList.objects.filter(warehouse_id=warehouse_id, status__in=OPEN_LIST).order_by("ship_by", "pk")
    return _lists(rows[:limit])


def waves_page(warehouse_ids: Sequence[int] = (), *, open_only: bool = False, limit: int = 50) -> list[WaveRow]:
    """Waves, newest first, with what is done of them. Three statements."""
    rows = Wave.objects.order_by("-pk")
    if warehouse_ids:
        rows = rows.filter(warehouse_id__in=warehouse_ids)
    if open_only:
        rows = rows.filter(status__in=("draft", "released", "in_progress"))
    waves = list(rows[:limit])
    ids = [wave.pk for wave in waves]
    lists: dict[int, dict[str, Any]] = {
        row["wave_id"]: dict(row)
        for row in PickList.objects.filter(wave__in=ids)
        .values("wave_id")
        .annotate(
            lists=Count("pk", distinct=True),
            done=Count("pk", filter=Q(status__in=("completed", "cancelled")), distinct=True),
            orders=Count("totes", distinct=True),
        )
        .order_by()
    }
    lines: dict[int, dict[str, Any]] = {
        row["pick_list__wave_id"]: dict(row)
        for row in PickLine.objects.filter(pick_list__wave__in=ids)
        .values("pick_list__wave_id")
        .annotate(
            lines=Count("pk"),
            done=Count("pk", filter=Q(status="picked")),
            short=Count("pk", filter=Q(status="short")),
        )
        .order_by()
    }
    return [
        WaveRow(
            id=wave.pk,
            ref=wave.ref,
            status=str(wave.status),
            method=str(wave.method),
            created_at=wave.created_at,
            released_at=wave.released_at,
            lists=lists.get(wave.pk, {}).get("lists", 0),
            lists_done=lists.get(wave.pk, {}).get("done", 0),
            orders=lists.get(wave.pk, {}).get("orders", 0),
            lines=lines.get(wave.pk, {}).get("lines", 0),
            lines_done=lines.get(wave.pk, {}).get("done", 0),
            lines_short=lines.get(wave.pk, {}).get("short", 0),
        )
        for wave in waves
    ]


def wave_lists(wave_id: int, *, after: int = 0, limit: int | None = None) -> list[ListRow]:
    """The lists of a wave behind the one with id ``after``, the first ``limit`` of them. One statement."""
    return _lists(PickList.objects.filter(wave_id=wave_id, pk__gt=after).order_by("pk")[:limit])


def wave_lanes(wave_id: int) -> list[LaneRow]:
    """How far a wave is, picker by picker, those nobody took last. Two statements."""
    lists = PickList.objects.filter(wave_id=wave_id).order_by().values("picker_id", "picker__username")
    found = {
        row["picker_id"]: row
        for row in lists.annotate(
            lists=Count("pk"),
            lists_open=Count("pk", filter=Q(status__in=("draft", "released", "in_progress"))),
            ship_by=Min("ship_by", filter=Q(status__in=("draft", "released", "in_progress"))),
        )
    }
    lines: dict[int | None, dict[str, Any]] = {
        row["pick_list__picker_id"]: dict(row)
        for row in PickLine.objects.filter(pick_list__wave_id=wave_id)
        .exclude(status="cancelled")
        .values("pick_list__picker_id")
        .annotate(
            lines=Count("pk"), done=Count("pk", filter=Q(status="picked")), short=Count("pk", filter=Q(status="short"))
        )
        .order_by()
    }
    rows = [
        LaneRow(
            picker_id=key,
            picker=row["picker__username"] or "",
            lists=row["lists"],
            lists_open=row["lists_open"],
            lines=lines.get(key, {}).get("lines", 0),
            lines_done=lines.get(key, {}).get("done", 0),
            lines_short=lines.get(key, {}).get("short", 0),
            ship_by=row["ship_by"],
        )
        for key, row in found.items()
    ]
    return sorted(rows, key=lambda row: (row.picker_id is None, row.picker))


def handover_board(warehouse_id: int, *, since: datetime) -> list[HandoverRow]:
    """Each carrier with parcels in the house or gone since then. One statement."""
    rows = (
        Parcel.objects.filter(warehouse_id=warehouse_id)
        .filter(Q(status__in=("packed", "label_purchased", "ready_for_pickup")) | Q(shipped_at__gte=since))
        .values("carrier")
        .annotate(
            ready=Count("pk", filter=Q(status="ready_for_pickup")),
            gone=Count("pk", filter=Q(shipped_at__gte=since)),
            waiting=Count("pk", filter=Q(status__in=("packed", "label_purchased"))),
            oldest=Min("packed_at", filter=Q(status="ready_for_pickup")),
        )
        .order_by("carrier")
    )
    return [HandoverRow(row["carrier"], row["ready"], row["gone"], row["waiting"], row["oldest"]) for row in rows]


def ready_parcels(warehouse_id: int, *, carrier: str = "", limit: int = 500) -> list[tuple[int, str, str, str, date]]:
    """(id, ref, carrier, tracking number, ship by) of parcels at the dock, longest waiting first. One statement."""
    rows = Parcel.objects.filter(warehouse_id=warehouse_id, status="ready_for_pickup")
    if carrier:
        rows = rows.filter(carrier=carrier)
    found = rows.order_by("packed_at", "pk").values_list(
        "pk", "ref", "carrier", "tracking_number", "fulfillment_order__ship_by"
    )
    return [(pk, ref, name, number, ship_by) for pk, ref, name, number, ship_by in found[:limit]]


def totes_to_pack(warehouse_id: int, *, limit: int = 200) -> list[WaitingTote]:
    """Orders picked and waiting for a packer, most urgent first. One statement."""
    rows = (
        PickTote.objects.filter(
            released_at=None,
            pick_list__warehouse_id=warehouse_id,
            fulfillment_order__status__in=("picked", "packing"),
        )
        .order_by("fulfillment_order__ship_by", "fulfillment_order_id")
        .values_list(
            "fulfillment_order_id",
            "fulfillment_order__order_ref",
            "tote__name",
            "fulfillment_order__ship_by",
            "fulfillment_order__picked_at",
        )[:limit]
    )
    return [WaitingTote(*row) for row in rows]


def _lists(rows: "QuerySet[PickList]") -> list[ListRow]:
    found = rows.annotate(
        order_count=Count("totes", distinct=True),
        line_count=Count("lines", distinct=True),
        done_count=Count("lines", filter=Q(lines__status="picked"), distinct=True),
        short_count=Count("lines", filter=Q(lines__status="short"), distinct=True),
    ).select_related("picker", "zone")
    return [
        ListRow(
            id=row.pk,
            ref=row.ref,
            code=row.code,
            status=str(row.status),
            ship_by=row.ship_by,
            picker_id=row.picker_id,
            picker=row.picker.get_username() if row.picker else "",
            orders=row.order_count,
            lines=row.line_count,
            lines_done=row.done_count,
            lines_short=row.short_count,
            scans=row.scans,
            wrong_scans=row.wrong_scans,
            zone=row.zone.code if row.zone else "",
        )
        for row in found
    ]
