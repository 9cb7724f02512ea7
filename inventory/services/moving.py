"""Bring units from one bin to another with two scans: some of them, everything, or a pallet as it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import TryAgain, command
from core.outbox.publish import NewEvent, publish
from inventory import ports
from inventory.errors import BinCarriesOrder, Invalid, NotEnoughInBin, NotFound
from inventory.events import PALLET_MOVED
from inventory.models import Bin, BinKind, BinStock
from inventory.models.place import VIRTUAL_KINDS
from inventory.planning.storing import STANDS
from inventory.selectors.places import bin_by_code
from inventory.selectors.products import product_by_code
from inventory.selectors.storing import articles
from inventory.services.ledger import Move, move
from inventory.services.storing import lock_chain, refuse_unfit, require_fit
from inventory.states import Condition, MovementReason

Rows = Sequence[tuple[BinStock, int]]


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did. ``planned`` units stayed, because a picker comes for them; ``stood`` pallets moved whole."""

    units: int
    planned: int
    stood: int
    movement_ids: tuple[int, ...]


@command
def move_units(
    *,
    warehouse_id: int,
    product_code: str,
    from_code: str,
    to_code: str,
    quantity: int,
    condition: str = Condition.SELLABLE,
    lot: str = "",
    anyway: bool = False,
    action_id: UUID | None = None,
    by: Actor,
    now: datetime,
) -> int:
    """Move ``quantity`` units between two real bins of a warehouse, each named by its label or painted name.

    Out of a receiving bin it counts as put away. Returns the movement's id. ``anyway`` overrules want of room. Raises
    NotFound, Invalid, BinForbidden, BinFull, BinCarriesOrder, NotEnoughInBin, and AlreadyMoved for an ``action_id``
    seen before.
    """
    product, _units = product_by_code(product_code)
    source = bin_by_code(from_code, warehouse_id=warehouse_id)
    target = bin_by_code(to_code, warehouse_id=warehouse_id)
    if quantity <= 0:
        raise Invalid(_("Move at least one unit."))
    _refuse_pair(_bin(source.id), _bin(target.id))
    require_fit(target.id, [(product.id, quantity)], from_bins=_standing_under(source.id), anyway=anyway)
    (movement_id,) = move(
        [
            Move(
                product_id=product.id,
                quantity=quantity,
                from_bin_id=source.id,
                to_bin_id=target.id,
                from_condition=condition,
                to_condition=condition,
                lot=lot,
                reason=MovementReason.PUT_AWAY if source.kind == BinKind.RECEIVING else MovementReason.MOVE,
                move_key=f"move:{action_id}" if action_id else None,
            )
        ],
        by=by,
        now=now,
    )
    return movement_id


@command
def move_some(
    *,
    source_id: int,
    target_id: int,
    product_id: int,
    quantity: int,
    lot: str | None = None,
    condition: str | None = None,
    anyway: bool = False,
    action_id: UUID | None = None,
    by: Actor,
    now: datetime,
) -> Moved:
    """Move units of a product, of one lot and condition or of whatever lies there, sellable ones first.

    Units planned for a pick stay. Raises as ``move_units``.
    """
    source, target = _bin(source_id), _bin(target_id)
    _refuse_pair(source, target)
    if quantity <= 0:
        raise Invalid(_("Move at least one unit."))
    found = BinStock.objects.filter(bin_id=source_id, product_id=product_id, quantity__gt=0)
    if lot is not None:
        found = found.filter(lot=lot)
    if condition is not None:
        found = found.filter(condition=condition)
    rows: list[tuple[BinStock, int]] = []
    rest = quantity
    for row in sorted(found, key=lambda row: (row.condition != Condition.SELLABLE, row.lot, row.condition)):
        units = min(rest, row.quantity - row.to_pick)
        if units > 0:
            rows.append((row, units))
            rest -= units
    if rest:
        told = _("Only %(free)d of it lie in %(bin)s and are not planned for a pick.")
        raise Invalid(told % {"free": quantity - rest, "bin": source.name})
    require_fit(target_id, [(product_id, quantity)], from_bins=_standing_under(source_id), anyway=anyway)
    ids = _carry(rows, target, _reason(source, target), action_id, by=by, now=now)
    return Moved(quantity, 0, 0, ids)


@command
def move_all(
    *,
    source_id: int,
    target_id: int,
    unload: bool = False,
    anyway: bool = False,
    action_id: UUID | None = None,
    by: Actor,
    now: datetime,
) -> Moved:
    """Move everything in a bin, tote or pallet to another place.

    A pallet brought to a bulk, receiving, packing, staging, quarantine or returns bin stays as it is and stands there;
    brought anywhere else, or with ``unload``, it is emptied. Pallets that stand in the source go the same way. Units
    planned for a pick stay in a bin, and go along on a pallet, where the picker finds them. Raises Invalid when there
    is nothing to move, BinForbidden, BinFull, BinCarriesOrder, NotFound.
    """
    source, target = _bin(source_id), _bin(target_id)
    _refuse_pair(source, target)
    pallets = [source] if source.kind == BinKind.PALLET else list(source.pallets.filter(active=True).order_by("pk"))
    whole = pallets if target.kind in STANDS and not unload else []
    chain = lock_chain([target_id, *(pallet.pk for pallet in pallets)])
    opened = {source_id, *(pallet.pk for pallet in pallets)} - {pallet.pk for pallet in whole}
    stock = list(BinStock.objects.filter(bin_id__in=opened, quantity__gt=0).order_by("pk"))
    rows = [(row, row.quantity - row.to_pick) for row in stock if row.quantity > row.to_pick]
    if not rows and not whole:
        raise Invalid(_("Nothing in %(bin)s can be moved.") % {"bin": source.name})
    load: dict[int, int] = {}
    carried = BinStock.objects.filter(bin_id__in=[pallet.pk for pallet in whole], quantity__gt=0)
    for row, units in [*rows, *((row, row.quantity) for row in carried)]:
        load[row.product_id] = load.get(row.product_id, 0) + units
    known = articles(load)
    refuse_unfit(
        [(known[product_id], units) for product_id, units in sorted(load.items())],
        [target_id, *filter(None, [chain[target_id].parent_id])],
        from_bins=_standing_under(source_id),
        anyway=anyway,
    )
    ids = _carry(rows, target, _reason(source, target), action_id, by=by, now=now)
    _stand(whole, target, by=by, now=now)
    planned = sum(row.to_pick for row in stock)
    return Moved(sum(load.values()), planned, len(whole), ids)


def _bin(bin_id: int) -> Bin:
    row = Bin.objects.select_related("parent").filter(pk=bin_id).first()
    if row is None:
        raise NotFound(_("There is no such bin."))
    return row


def _standing_under(bin_id: int) -> list[int]:
    """The bin and the bin it stands in: units that go from one to the other fill neither."""
    return [bin_id, *filter(None, Bin.objects.filter(pk=bin_id).values_list("parent_id", flat=True))]


def _refuse_pair(source: Bin, target: Bin) -> None:
    if source.kind in VIRTUAL_KINDS or target.kind in VIRTUAL_KINDS or source.pk == target.pk:
        raise Invalid(_("Scan two different bins."))
    if source.warehouse_id != target.warehouse_id:
        raise Invalid(_("The two bins are in different warehouses."))
    for place in (source, source.parent, target, target.parent):
        if place is not None and place.frozen:
            told = _("%(bin)s is frozen: %(reason)s. Move the units when it is used again.")
            raise Invalid(told % {"bin": place.name, "reason": place.frozen_reason or _("it is being counted")})
    for place in (source, target):
        order = ports.order_in_tote(place.pk) if place.kind == BinKind.TOTE else ""
        if order:
            told = _("%(tote)s carries order %(order)s. Bring it to the packing table.")
            raise BinCarriesOrder(told % {"tote": place.name, "order": order})


def _reason(source: Bin, target: Bin) -> str:
    docks = (BinKind.RECEIVING, BinKind.PALLET, BinKind.TOTE)
    at_dock = source.kind == BinKind.RECEIVING or (
        source.kind in docks and source.parent is not None and source.parent.kind == BinKind.RECEIVING
    )
    return str(MovementReason.PUT_AWAY if at_dock else MovementReason.MOVE)


def _carry(
    rows: Rows, target: Bin, reason: str, action_id: UUID | None, *, by: Actor, now: datetime
) -> tuple[int, ...]:
    moves = [
        Move(
            product_id=row.product_id,
            quantity=units,
            from_bin_id=row.bin_id,
            to_bin_id=target.pk,
            from_condition=row.condition,
            to_condition=row.condition,
            lot=row.lot,
            reason=reason,
            move_key=f"move:{action_id}:{number}" if action_id else None,
        )
        for number, (row, units) in enumerate(rows)
        if row.bin_id != target.pk
    ]
    try:
        return tuple(move(moves, by=by, now=now))
    except NotEnoughInBin as refusal:
        # Somebody took units since the rows were read: look again.
        raise TryAgain from refusal


def _stand(pallets: Sequence[Bin], target: Bin, *, by: Actor, now: datetime) -> None:
    """The pallets stand in the target now, and are met there on the walk."""
    for pallet in pallets:
        if pallet.parent_id == target.pk:
            raise Invalid(_("%(pallet)s stands in %(bin)s already.") % {"pallet": pallet.name, "bin": target.name})
    Bin.objects.filter(pk__in=[pallet.pk for pallet in pallets]).update(
        parent=target, pick_sequence=target.pick_sequence
    )
    publish(
        *(
            NewEvent(
                type=PALLET_MOVED,
                subject_type="bin",
                subject_id=pallet.pk,
                timeline=pallet.code,
                data={
                    "pallet": pallet.name,
                    "from": pallet.parent.name if pallet.parent else "",
                    "to": target.name,
                },
            )
            for pallet in pallets
        ),
        by=by,
        now=now,
    )
