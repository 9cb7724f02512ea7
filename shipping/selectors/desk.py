"""What the desk reads of waves and pick lists."""

from dataclasses import dataclass
from datetime import datetime

from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from shipping.models import PickList, PickTote, Wave
from shipping.selectors.floor import ListRow, wave_lists


@dataclass(frozen=True, slots=True)
class WavePage:
    """A wave with its lists; ``orders`` are (order ref, list id, tote, may be pulled) along the lists."""

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
    lists: tuple[ListRow, ...]
    orders: tuple["WaveOrder", ...]


@dataclass(frozen=True, slots=True)
class WaveOrder:
    """An order on a list of a wave. ``status`` is its part's; ``on_list`` while it is not taken off."""

    order_ref: str
    list_id: int
    position: int
    tote: str
    status: str
    on_list: bool


def wave_page(ref: str) -> WavePage:
    """That wave with lists and orders. Raises NotFound. Three statements."""
    wave = Wave.objects.filter(ref=tidy_ref(ref)[:24]).first()
    if wave is None:
        raise NotFound("There is no such wave.")
    orders = (
        PickTote.objects.filter(pick_list__wave=wave)
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
        lists=tuple(wave_lists(wave.pk)),
        orders=tuple(
            WaveOrder(order_ref, list_id, position, tote or "", status, released_at is None)
            for order_ref, list_id, position, tote, status, released_at in orders
        ),
    )


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
