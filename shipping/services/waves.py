"""Release work to the floor: which orders, on which walks, from which bins."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.selectors import open_cases
from core.attention.services import close_cases, open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.kernel.refs import new_ref, scan_code
from core.kernel.transitions import advance, advance_many
from inventory.services.picking import BinPick, PickWant, plan_picks, unplan_picks
from orders.selectors.facts import FulfillmentWork, Releasable
from orders.selectors.work import ReleaseFilter, releasable
from orders.services import fulfilment
from shipping.errors import NothingToRelease
from shipping.models import CarrierService, PickList, PickTote, Wave
from shipping.planning.waves import Candidate, into_walks
from shipping.services.facts import LeftOut, WaveFact
from shipping.services.pick_work import write_lines
from shipping.states import PickListStatus, PickMethod, WaveStatus

# One transaction, whose memory and locks grow with it.
MAX_ORDERS = 10_000


@command
def create_wave(
    warehouse_id: int,
    *,
    limit: int = 100,
    method: str = PickMethod.DISCRETE,
    orders_per_list: int = 1,
    filters: ReleaseFilter | None = None,
    by: Actor,
    now: datetime,
) -> WaveFact:
    """Draft a wave of the most urgent releasable orders: ship-by, then service, then age.

    An order is in one open wave at most; what another wave takes at the same moment is left out. Nothing is planned or
    reserved before ``release_wave``. Raises NothingToRelease.
    """
    return _create(warehouse_id, limit, method, orders_per_list, filters, by=by, now=now)


@command
def release_wave(wave_id: int, *, by: Actor, now: datetime) -> WaveFact:
    """Give a drafted wave to the floor: plan bins, write pick lines along the walk, mark the orders released.

    Orders that were held, cancelled or released meanwhile, or that no bin can serve whole, are left out and say why;
    the last kind opens an exception case. The same number of statements however many orders there are.
    Raises IllegalTransition when the wave is no draft; a wave of which nothing is left is cancelled.
    """
    return _release(lock_one(Wave.objects.all(), pk=wave_id), by=by, now=now)


@command
def release_next_wave(
    warehouse_id: int,
    *,
    limit: int = 100,
    method: str = PickMethod.DISCRETE,
    orders_per_list: int = 1,
    filters: ReleaseFilter | None = None,
    by: Actor,
    now: datetime,
) -> WaveFact | None:
    """Draft and release the most urgent orders in one step; None when nothing can be released."""
    try:
        drafted = _create(warehouse_id, limit, method, orders_per_list, filters, by=by, now=now)
    except NothingToRelease:
        return None
    return _release(lock_one(Wave.objects.all(), pk=drafted.id), by=by, now=now)


def _create(
    warehouse_id: int,
    limit: int,
    method: str,
    orders_per_list: int,
    filters: ReleaseFilter | None,
    *,
    by: Actor,
    now: datetime,
) -> WaveFact:
    limit = max(1, min(limit, MAX_ORDERS))
    candidates = _candidates(warehouse_id, limit, filters)
    if not candidates:
        raise NothingToRelease(_("No order waits to be released."))
    per_list = max(1, orders_per_list) if method == PickMethod.CLUSTER else 1
    wave = Wave.objects.create(
        ref=new_ref("WAV"),
        warehouse_id=warehouse_id,
        method=method,
        orders_per_list=per_list,
        created_by=by.name,
        created_at=now,
    )
    walks = into_walks(candidates, orders_per_walk=per_list)
    lists = PickList.objects.bulk_create(
        [
            PickList(
                pk=pk,
                ref=new_ref("PCK"),
                code=scan_code("P", pk),
                wave=wave,
                warehouse_id=warehouse_id,
                status=PickListStatus.DRAFT,
                ship_by=min(one.ship_by for one in walk),
                created_at=now,
            )
            for pk, walk in zip(_next_ids(len(walks)), walks, strict=True)
        ]
    )
    totes = [
        PickTote(pick_list=row, fulfillment_order_id=one.fulfillment_order_id, position=position)
        for row, walk in zip(lists, walks, strict=True)
        for position, one in enumerate(walk, start=1)
    ]
    # In one order for everybody, so that two waves drafted at once wait for each other instead of for ever. Of an order
    # wanted twice the second copy is not written: the unique constraint decides, not the reading above.
    totes.sort(key=lambda tote: tote.fulfillment_order_id)
    PickTote.objects.bulk_create(totes, ignore_conflicts=True)
    kept = dict(PickTote.objects.filter(pick_list__wave=wave).values_list("fulfillment_order_id", "pick_list_id"))
    taken = [one for one in candidates if one.fulfillment_order_id not in kept]
    PickList.objects.filter(wave=wave).exclude(pk__in=set(kept.values())).delete()
    if not kept:
        raise NothingToRelease(_("Every order that could be released is in another wave."))
    return WaveFact(
        id=wave.pk,
        ref=wave.ref,
        status=wave.status,
        pick_list_ids=tuple(sorted(set(kept.values()))),
        orders=len(kept),
        lines=0,
        units=0,
        left_out=tuple(LeftOut(one.fulfillment_order_id, one.order_ref, "taken") for one in taken),
    )


def _next_ids(count: int) -> list[int]:
    """Ids drawn before the rows are written, because a list's code is made of its id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('shipping_picklist', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [row[0] for row in cursor.fetchall()]


def _candidates(warehouse_id: int, limit: int, filters: ReleaseFilter | None) -> list[Candidate]:
    """The most urgent orders that are in no open wave."""
    drafted = PickTote.objects.filter(
        released_at=None, pick_list__status=PickListStatus.DRAFT, pick_list__warehouse=warehouse_id
    )
    taken = set(drafted.values_list("fulfillment_order_id", flat=True))
    rows: Sequence[Releasable] = releasable(warehouse_id, limit + len(taken), filters)
    ranks = dict(CarrierService.objects.values_list("method", "transit_days_max"))
    free = [row for row in rows if row.id not in taken][:limit]
    return [
        Candidate(row.id, row.order_ref, row.ship_by, ranks.get(row.shipping_method, 99), row.placed_at, row.lines)
        for row in free
    ]


def _release(wave: Wave, *, by: Actor, now: datetime) -> WaveFact:
    totes = list(PickTote.objects.filter(pick_list__wave=wave, released_at=None).order_by("pick_list_id", "position"))
    by_order = {tote.fulfillment_order_id: tote for tote in totes}
    works, stops = fulfilment.lock_workable(by_order)
    ready = [work for work in works if work.status == "allocated"]
    left_out = [LeftOut(key, "", "held") for key in stops]
    left_out += [LeftOut(work.id, work.order_ref, "not_allocated") for work in works if work.status != "allocated"]
    picks, short = _plan(ready, now=now)
    for work in short:
        left_out.append(LeftOut(work.id, work.order_ref, "no_bin"))
        open_case(
            kind="no_pickable_stock",
            dedupe_key=f"no_pickable_stock:{work.id}",
            summary=gettext_noop("Stock is allocated, but no bin has it to pick."),
            subject_type="fulfillment_order",
            subject_id=work.id,
            timeline=work.order_ref,
            warehouse_id=work.warehouse_id,
            detail={"allocation_ids": [one.id for one in work.allocations]},
            now=now,
        )
    missing = {work.id for work in short}
    going = [work for work in ready if work.id not in missing]
    gone = [tote.pk for tote in totes if tote.fulfillment_order_id not in {work.id for work in going}]
    PickTote.objects.filter(pk__in=gone).delete()
    lists = {row.pk: row for row in PickList.objects.filter(wave=wave).order_by("pk")}
    used = {by_order[work.id].pick_list_id for work in going}
    empty = [row for key, row in lists.items() if key not in used]
    if empty:
        advance_many(empty, PickListStatus.CANCELLED, by=by, now=now)
    if not going:
        advance(wave, WaveStatus.CANCELLED, by=by, now=now)
        return WaveFact(wave.pk, wave.ref, wave.status, (), 0, 0, 0, tuple(left_out))
    lines = write_lines(going, picks, by_order)
    fulfilment.mark_released([work.id for work in going], by=by, now=now)
    _close_cases({work.id for work in going}, by=by, now=now)
    advance_many([lists[key] for key in sorted(used)], PickListStatus.RELEASED, by=by, now=now)
    units = sum(line.quantity for line in lines)
    advance(
        wave,
        WaveStatus.RELEASED,
        by=by,
        now=now,
        data={"orders": len(going), "lines": len(lines), "units": units},
        released_at=now,
    )
    return WaveFact(wave.pk, wave.ref, wave.status, tuple(sorted(used)), len(going), len(lines), units, tuple(left_out))


def _close_cases(fulfillment_order_ids: set[int], *, by: Actor, now: datetime) -> None:
    for case in open_cases("no_pickable_stock", limit=1000):
        if case.subject_id in fulfillment_order_ids:
            close_cases(dedupe_key=f"no_pickable_stock:{case.subject_id}", resolution="released", by=by, now=now)


def _plan(works: Sequence[FulfillmentWork], *, now: datetime) -> tuple[dict[int, list[BinPick]], list[FulfillmentWork]]:
    """Bins for every allocation, and the works some unit of which no bin can give, whose plans are taken back."""
    wants = {
        one.id: PickWant(one.id, one.product_id, work.warehouse_id, one.quantity)
        for work in works
        for one in work.allocations
        if one.status == "allocated"
    }
    picks: dict[int, list[BinPick]] = {}
    for pick in plan_picks(list(wants.values()), now=now):
        picks.setdefault(int(pick.key), []).append(pick)
    got = {key: sum(pick.quantity for pick in picks.get(key, ())) for key in wants}
    short = [
        work
        for work in works
        if not work.allocations or any(one.id in wants and got[one.id] < one.quantity for one in work.allocations)
    ]
    back = [
        (one.product_id, pick.bin_id, pick.lot, pick.quantity)
        for work in short
        for one in work.allocations
        for pick in picks.pop(one.id, ())
    ]
    unplan_picks(back)
    return picks, short
