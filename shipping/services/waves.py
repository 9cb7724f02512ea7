"""Release work to the floor: which orders, on which walks, from which bins."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.bulk import NewCase, close_all, open_all
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import IllegalTransition
from core.kernel.locks import Among, lock_one
from core.kernel.refs import new_ref
from core.kernel.transitions import advance, advance_set
from core.outbox.publish import published_together
from inventory.selectors.pick_bins import zones_of_bins
from inventory.selectors.places import warehouse_by_id
from inventory.services.picking import BinPick, PickWant, plan_picks, unplan_picks
from orders.selectors.releasing import ReleaseFilter
from orders.services.releasing import ReleaseWork, lock_releasable, release_to_floor
from shipping.errors import NothingToRelease, SomebodyElsesWarehouse
from shipping.models import PickLine, PickList, PickTote, Wave
from shipping.planning.waves import plan_walks
from shipping.selectors.wave_candidates import MAX_ORDERS, WaveAsk, gather
from shipping.services.facts import LeftOut, WaveFact
from shipping.services.wave_rows import NewList, Slot, ToFetch, drop_totes, lock_lists, write_lines, write_lists
from shipping.states import PickListStatus, PickMethod, WaveStatus

__all__ = [
    "MAX_ORDERS",
    "WaveAsk",
    "create_wave",
    "draft_wave",
    "end_release",
    "release_next_wave",
    "release_now",
    "release_part",
    "release_wave",
]


class _Gone(NamedTuple):
    """What went to the floor, and what did not."""

    lists: tuple[int, ...]
    orders: int
    lines: int
    units: int
    left_out: list[LeftOut]


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
    """``draft_wave`` of the most urgent releasable orders. Raises NothingToRelease, SomebodyElsesWarehouse."""
    ask = WaveAsk(warehouse_id, limit, method, orders_per_list, filters or ReleaseFilter())
    return _create(ask, by=by, now=now)[1]


@command
def draft_wave(ask: WaveAsk, *, by: Actor, now: datetime) -> WaveFact:
    """Draft a wave of the most urgent orders that match: priority, then ship-by, then service, then age.

    An order is in one open wave at most; what another wave takes at the same moment is left out. Nothing is planned or
    reserved before ``release_wave``. The same number of statements however many orders there are.
    Raises NothingToRelease, SomebodyElsesWarehouse.
    """
    return _create(ask, by=by, now=now)[1]


@command
@published_together
def release_wave(wave_id: int, *, by: Actor, now: datetime) -> WaveFact:
    """Give a drafted wave to the floor: plan bins, write pick lines along the walk, mark the orders released.

    Orders that were held, cancelled or released meanwhile, or that no bin can serve whole, are left out and say why;
    the last kind opens an exception case. The same number of statements however many orders there are.
    Raises IllegalTransition when the wave is no draft; a wave of which nothing is left is cancelled.
    """
    return _release(wave_id, by=by, now=now)


@command
@published_together
def release_part(wave_id: int, *, at_most: int, by: Actor, now: datetime) -> bool:
    """Give the next lists of a drafted wave, of about that many orders, to the floor; whether lists are left to give.

    The wave is a draft until ``end_release``; the lists given out are walked meanwhile. What ``release_wave`` does in
    one transaction a large wave does in several: nobody waits for its bins and orders longer than a part takes. Taken
    back in between, nothing is left to give. Doing it again goes on where it stopped.
    """
    drafted = PickTote.objects.filter(pick_list__wave=wave_id, pick_list__status="draft", released_at=None)
    last = drafted.order_by("pick_list_id").values_list("pick_list_id", flat=True)[at_most - 1 : at_most].first()
    upto = {} if last is None else {"pk__lte": last}
    lists = lock_lists(wave_id, status=PickListStatus.DRAFT, **upto)
    if lists:
        _give_out(lists, by=by, now=now)
    return PickList.objects.filter(wave=wave_id, status=PickListStatus.DRAFT).exists()


@command
def end_release(wave_id: int, *, by: Actor, now: datetime) -> None:
    """The last list of a drafted wave was given out: it is released. A wave that is no draft any more is left alone."""
    wave = lock_one(Wave.objects.all(), pk=wave_id)
    drafted = PickList.objects.filter(wave=wave, status=PickListStatus.DRAFT)
    if wave.status == WaveStatus.DRAFT and not drafted.exists():
        _end_draft(wave, by=by, now=now)


@command
@published_together
def release_now(ask: WaveAsk, *, by: Actor, now: datetime) -> WaveFact | None:
    """Draft and release in one step; None when nothing can be released. Raises SomebodyElsesWarehouse."""
    try:
        wave, made, zoned = _create(ask, by=by, now=now)
    except NothingToRelease:
        return None
    # Nobody else sees the wave and its lists before the commit: nothing of them to lock, and nothing to count anew.
    gone = _give_out(made.pick_list_ids, zoned=zoned, by=by, now=now)
    _end_draft(wave, gone, by=by, now=now)
    return _fact(wave, gone)


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
    """``release_now`` of the most urgent releasable orders."""
    ask = WaveAsk(warehouse_id, limit, method, orders_per_list, filters or ReleaseFilter())
    return release_now(ask, by=by, now=now)


def _create(ask: WaveAsk, *, by: Actor, now: datetime) -> tuple[Wave, WaveFact, dict[int, int]]:
    """The wave, what is told of it, and the zone of each list that has one alone."""
    if not warehouse_by_id(ask.warehouse_id).is_own:
        raise SomebodyElsesWarehouse(_("Somebody else runs this warehouse. Its orders are requested, not released."))
    found = gather(ask, now=now).candidates
    if not found:
        raise NothingToRelease(_("No order waits to be released."))
    wave = Wave.objects.create(
        ref=new_ref("WAV"),
        warehouse_id=ask.warehouse_id,
        method=ask.method,
        orders_per_list=ask.per_walk,
        template_id=ask.template_id,
        created_by=by.name,
        created_at=now,
    )
    lists = [
        NewList([one.fulfillment_order_id for one in walk.orders], min(one.ship_by for one in walk.orders), walk.zone)
        for walk in plan_walks(found, method=ask.method, orders_per_walk=ask.per_walk)
    ]
    kept = write_lists(wave.pk, ask.warehouse_id, lists, now=now)
    if not kept:
        raise NothingToRelease(_("Every order that could be released is in another wave."))
    taken = [one for one in found if one.fulfillment_order_id not in kept]
    if taken:
        PickList.objects.filter(wave=wave).exclude(pk__in=set(kept.values())).delete()
    zone_of = {order: one.zone_id for one in lists for order in one.fulfillment_order_ids}
    zoned = {key: zone for order, key in kept.items() if (zone := zone_of[order]) is not None}
    fact = WaveFact(
        id=wave.pk,
        ref=wave.ref,
        status=wave.status,
        pick_list_ids=tuple(sorted(set(kept.values()))),
        orders=len(kept),
        lines=0,
        units=0,
        left_out=tuple(LeftOut(one.fulfillment_order_id, one.order_ref, "taken") for one in taken),
    )
    return wave, fact, zoned


def _release(wave_id: int, *, by: Actor, now: datetime) -> WaveFact:
    # All its lists, so that nobody who ends one of them waits for the wave with an order in hand.
    lists = [key for key, status in lock_lists(wave_id).items() if status == PickListStatus.DRAFT]
    wave = lock_one(Wave.objects.all(), pk=wave_id)
    if wave.status != WaveStatus.DRAFT:
        raise IllegalTransition(f"This wave is {wave.status} and cannot become released.")
    gone = _give_out(lists, by=by, now=now)
    _end_draft(wave, by=by, now=now)
    return _fact(wave, gone)


def _fact(wave: Wave, gone: _Gone) -> WaveFact:
    return WaveFact(
        wave.pk, wave.ref, wave.status, gone.lists, gone.orders, gone.lines, gone.units, tuple(gone.left_out)
    )


def _give_out(lists: Iterable[int], *, zoned: Mapping[int, int] | None = None, by: Actor, now: datetime) -> _Gone:
    """Give drafted lists, which the caller holds, to the floor; those nothing is left of are cancelled.

    ``zoned`` are the zones of the lists that are of one alone, where the caller knows them.
    """
    mine = set(lists)
    slots = {
        order: Slot(key, pick_list, position)
        for key, pick_list, position, order in PickTote.objects.filter(Among("pick_list", mine), released_at=None)
        .order_by("pick_list_id", "position")
        .values_list("pk", "pick_list_id", "position", "fulfillment_order_id")
    }
    ready, stopped = lock_releasable(slots)
    left_out = [LeftOut(one.id, one.order_ref, one.reason) for one in stopped]
    # What is scarce goes to the walks that are walked first.
    ready.sort(key=lambda work: slots[work.id][1:])
    picks, short = _plan(ready, now=now)
    left_out += [LeftOut(work.id, work.order_ref, "no_bin") for work in short]
    open_all([_no_bin(work) for work in short], now=now)
    missing = {work.id for work in short}
    going = [work for work in ready if work.id not in missing]
    used = {slots[work.id].pick_list_id for work in going}
    if len(going) < len(slots):
        drop_totes(slots[key].id for key in slots.keys() - {work.id for work in going})
    if mine - used:
        _advance_lists(mine - used, PickListStatus.CANCELLED, by=by, now=now)
    if not going:
        return _Gone((), 0, 0, 0, left_out)
    wanted = [ToFetch(work.id, work.order_ref, one.id, one.product_id) for work in going for one in work.units]
    lines, units = write_lines(wanted, picks, slots)
    if zoned is None:
        rows = PickList.objects.filter(Among("pk", used), zone__isnull=False).values_list("pk", "zone_id")
        zoned = dict(rows)
    _mark_zones(zoned, wanted, picks, slots)
    release_to_floor(going, by=by, now=now)
    close_all("no_pickable_stock", {_case_key(work) for work in going}, resolution="released", by=by, now=now)
    _advance_lists(used, PickListStatus.RELEASED, by=by, now=now)
    return _Gone(tuple(sorted(used)), len(going), lines, units, left_out)


def _end_draft(wave: Wave, gone: _Gone | None = None, *, by: Actor, now: datetime) -> None:
    """No list of the wave is drafted any more: it is where its lists are, and tells what of it went.

    ``gone`` is all that ever went of it, where the caller gave it out whole and nobody walks it yet.
    """
    if gone is not None and gone.lists:
        told = {"orders": gone.orders, "lines": gone.lines, "units": gone.units, "lists": len(gone.lists)}
        advance(wave, WaveStatus.RELEASED, by=by, now=now, data=told, released_at=now)
        return
    lists = PickList.objects.filter(wave=wave).order_by()
    counts = dict(lists.values_list("status").annotate(count=Count("pk")))
    counts.pop(PickListStatus.CANCELLED, None)
    if not counts:
        advance(wave, WaveStatus.CANCELLED, by=by, now=now)
        return
    lines = PickLine.objects.filter(pick_list__wave=wave).aggregate(
        orders=Count("pick_tote", distinct=True), lines=Count("pk"), units=Sum("quantity")
    )
    told = {**lines, "lists": sum(counts.values())}
    advance(wave, WaveStatus.RELEASED, by=by, now=now, data=told, released_at=now)
    if counts.keys() - {PickListStatus.RELEASED}:
        advance(wave, WaveStatus.IN_PROGRESS, by=by, now=now)
    if not counts.keys() & {PickListStatus.RELEASED, PickListStatus.IN_PROGRESS}:
        advance(wave, WaveStatus.COMPLETED, by=by, now=now, completed_at=now)


def _advance_lists(ids: Iterable[int], to: str, *, by: Actor, now: datetime) -> None:
    # The timeline of a list is empty: what it means for an order stands on the order's.
    advance_set(PickList, dict.fromkeys(sorted(ids), ""), PickListStatus.DRAFT, to, by=by, now=now)


def _case_key(work: ReleaseWork) -> str:
    return f"no_pickable_stock:{work.id}"


def _no_bin(work: ReleaseWork) -> NewCase:
    return NewCase(
        kind="no_pickable_stock",
        dedupe_key=_case_key(work),
        summary=gettext_noop("Stock is allocated, but no bin has it to pick."),
        subject_type="fulfillment_order",
        subject_id=work.id,
        timeline=work.order_ref,
        warehouse_id=work.warehouse_id,
        detail={"allocation_ids": [one.id for one in work.units]},
    )


def _mark_zones(
    zoned: Mapping[int, int],
    wanted: Sequence[ToFetch],
    picks: Mapping[int, Sequence[BinPick]],
    slots: Mapping[int, Slot],
) -> None:
    """Lists of one zone whose stock moved since they were drafted are lists of several, and say so."""
    if not zoned:
        return
    bins: dict[int, set[int]] = {}
    for one in wanted:
        key = slots[one.fulfillment_order_id].pick_list_id
        if key in zoned:
            bins.setdefault(key, set()).update(pick.bin_id for pick in picks.get(one.allocation_id, ()))
    zones = zones_of_bins(bin_id for own in bins.values() for bin_id in own)
    mixed = [key for key, own in bins.items() if any(zones[bin_id] != zoned[key] for bin_id in own)]
    if mixed:
        PickList.objects.filter(pk__in=mixed).update(zone=None)


def _plan(works: Sequence[ReleaseWork], *, now: datetime) -> tuple[dict[int, list[BinPick]], list[ReleaseWork]]:
    """Bins for every allocation, and the works some unit of which no bin can give, whose plans are taken back."""
    wants = [PickWant(one.id, one.product_id, work.warehouse_id, one.quantity) for work in works for one in work.units]
    picks: dict[int, list[BinPick]] = {}
    for pick in plan_picks(wants, now=now):
        picks.setdefault(int(pick.key), []).append(pick)
    short = [
        work
        for work in works
        if not work.units
        or any(sum(pick.quantity for pick in picks.get(one.id, ())) < one.quantity for one in work.units)
    ]
    back = [
        (one.product_id, pick.bin_id, pick.lot, pick.quantity)
        for work in short
        for one in work.units
        for pick in picks.pop(one.id, ())
    ]
    unplan_picks(back)
    return picks, short
