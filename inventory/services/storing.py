"""The check before a person puts units into a bin: under the bin's lock, so that two cannot take the last room."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.kernel.commands import refuse_outside_transaction
from core.kernel.locks import lock_many
from inventory.errors import BinForbidden, BinFull, NotFound
from inventory.models import Bin
from inventory.models.place import VIRTUAL_KINDS
from inventory.planning.storing import ROOM, Fault, Load, fault_of, room_for
from inventory.selectors.storing import articles, places_now, say_fault


def require_fit(
    bin_id: int,
    units: Iterable[tuple[int, int]],
    *,
    from_bins: Iterable[int] = (),
    anyway: bool = False,
) -> None:
    """Lock the bin, and the bin it stands in when it is a pallet, and make sure (product_id, quantity) units fit.

    Runs in the caller's transaction, before ``ledger.move``: bins are locked before what lies in them. ``from_bins``
    are the bins the units come from: what they leave they do not fill. ``anyway`` overrules the want of room, never a
    rule. Raises BinForbidden, BinFull, NotFound. Three statements.
    """
    refuse_outside_transaction()
    chain = lock_chain([bin_id])
    if bin_id not in chain:
        raise NotFound(_("There is no such bin."))
    wanted: dict[int, int] = {}
    for product_id, quantity in units:
        wanted[product_id] = wanted.get(product_id, 0) + quantity
    known = articles(wanted)
    load = [(known[product_id], quantity) for product_id, quantity in sorted(wanted.items())]
    refuse_unfit(load, chain, from_bins=from_bins, anyway=anyway)


def lock_chain(bin_ids: Iterable[int]) -> dict[int, Bin]:
    """The bins, and those the pallets among them stand in, locked in the order of their keys: {id: bin}."""
    ids = sorted(set(bin_ids))
    parents = Bin.objects.filter(pk__in=ids, parent__isnull=False).values_list("parent_id", flat=True)
    return {row.pk: row for row in lock_many(Bin.objects.all(), {*ids, *filter(None, parents)})}


def refuse_unfit(load: Load, bin_ids: Iterable[int], *, from_bins: Iterable[int] = (), anyway: bool = False) -> None:
    """As ``require_fit``, for bins that are locked already. One statement."""
    places = places_now([bin_id for bin_id in bin_ids if bin_id not in set(from_bins)])
    for place in places.values():
        fault = Fault.VIRTUAL if place.kind in VIRTUAL_KINDS else fault_of(load, place) if load else None
        if fault is None and place.frozen:
            fault = Fault.FROZEN
        if fault is None or (fault in ROOM and anyway):
            continue
        told = say_fault(fault, load, place)
        if fault not in ROOM:
            raise BinForbidden(told)
        raise BinFull(told, extra={"fits": room_for(load[0][0], place)[0] if len(load) == 1 else 0})
