"""What the desk reads of waves and pick lists."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from core.outbox.selectors import timeline
from shipping.events import WAVE_RELEASE_WANTED
from shipping.models import PickList, PickTote, Wave
from shipping.selectors.floor import LaneRow, ListRow, wave_lanes, wave_lists
from shipping.states import PickListStatus, WaveStatus


@dataclass(frozen=True, slots=True)
class WavePage:
    """A wave: how far each picker is, and some of its lists with the orders on them.

    ``being_released`` while a worker gives the draft to the floor: ``orders_gone`` of ``orders_in`` are there by now,
    and both are 0 at any other time. ``more_after`` is the id of the last list shown when there are more, else 0.
    """

    id: int
    ref: str
    warehouse_id: int
    status: str
    method: str
    orders_per_list: int
    created_by: str
    created_at: datetime
    released_at: datetime | None
    completed_at: datetime | None
    being_released: bool
    orders_gone: int
    orders_in: int
    lanes: tuple[LaneRow, ...]
    lists: tuple[ListRow, ...]
    orders: tuple["WaveOrder", ...]
    more_after: int

    @property
    def is_open(self) -> bool:
        """Whether something of it may still be worked or taken back."""
        return self.status in ("draft", "released", "in_progress")

    @property
    def lines(self) -> int:
        return sum(lane.lines for lane in self.lanes)

    @property
    def lines_done(self) -> int:
        return sum(lane.lines_done for lane in self.lanes)

    @property
    def lines_short(self) -> int:
        return sum(lane.lines_short for lane in self.lanes)

    @property
    def list_count(self) -> int:
        return sum(lane.lists for lane in self.lanes)


@dataclass(frozen=True, slots=True)
class WaveOrder:
    """An order on a list of a wave. ``status`` is its part's; ``on_list`` while it is not taken off."""

    order_ref: str
    list_id: int
    position: int
    tote: str
    status: str
    on_list: bool


LISTS_SHOWN = 50


def wave_page(ref: str, *, after: int = 0) -> WavePage:
    """That wave, how far it is, and its lists behind the one with id ``after`` with their orders. Raises NotFound.

    Seven statements at most, whatever its size.
    """
    wave = Wave.objects.filter(ref=tidy_ref(ref)[:24]).first()
    if wave is None:
        raise NotFound("There is no such wave.")
    lists = wave_lists(wave.pk, after=after, limit=LISTS_SHOWN + 1)
    shown = lists[:LISTS_SHOWN]
    orders = (
        PickTote.objects.filter(pick_list__in=[row.id for row in shown])
        .order_by("pick_list_id", "position")
        .values_list(
            "fulfillment_order__order_ref",
            "pick_list_id",
            "position",
            "tote__name",
            "fulfillment_order__status",
            "released_at",
        )
    )
    wanted = wave.status == WaveStatus.DRAFT and any(
        entry.type == WAVE_RELEASE_WANTED for entry in timeline(wave.ref, limit=20)
    )
    gone = {"gone": 0, "all": 0}
    if wanted:
        drafted = Q(pick_list__status=PickListStatus.DRAFT)
        gone = PickTote.objects.filter(pick_list__wave=wave).aggregate(
            gone=Count("pk", filter=~drafted), all=Count("pk", filter=~drafted | Q(released_at=None))
        )
    return WavePage(
        id=wave.pk,
        ref=wave.ref,
        warehouse_id=wave.warehouse_id,
        status=str(wave.status),
        method=str(wave.method),
        orders_per_list=wave.orders_per_list,
        created_by=wave.created_by,
        created_at=wave.created_at,
        released_at=wave.released_at,
        completed_at=wave.completed_at,
        being_released=wanted,
        orders_gone=gone["gone"],
        orders_in=gone["all"],
        lanes=tuple(wave_lanes(wave.pk)),
        lists=tuple(shown),
        orders=tuple(
            WaveOrder(order_ref, list_id, position, tote or "", status, released_at is None)
            for order_ref, list_id, position, tote, status, released_at in orders
        ),
        more_after=shown[-1].id if len(lists) > LISTS_SHOWN else 0,
    )


def list_in_wave(list_id: int, wave_id: int) -> bool:
    """Whether the list is one of the wave's. One statement."""
    return PickList.objects.filter(pk=list_id, wave_id=wave_id).exists()


def order_in_wave(order_ref: str, wave_id: int) -> bool:
    """Whether the order is, or was, on a list of the wave. One statement."""
    return PickTote.objects.filter(fulfillment_order__order_ref=order_ref, pick_list__wave_id=wave_id).exists()


@dataclass(frozen=True, slots=True)
class ListFound:
    """A pick list behind a scanned code."""

    id: int
    ref: str
    wave_ref: str
    warehouse_id: int


def pick_list_by_code(code: str) -> ListFound | None:
    """The pick list with that scan code or reference; None when there is none. At most two statements."""
    code = code.strip().upper()[:24]
    for name, value in (("code", code), ("ref", tidy_ref(code)[:24])):
        row = PickList.objects.filter(**{name: value}).values_list("pk", "ref", "wave__ref", "warehouse_id").first()
        if row is not None:
            return ListFound(*row)
    return None


def tote_content(bin_id: int) -> str:
    """The order whose goods are in that tote; empty when it is free. One statement."""
    rows = PickTote.objects.filter(tote=bin_id, released_at=None)
    return rows.values_list("fulfillment_order__order_ref", flat=True).first() or ""
