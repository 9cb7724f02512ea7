"""Load a transfer at its source and send it on its way."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import IllegalTransition
from core.kernel.locks import lock_one
from core.kernel.transitions import advance
from inventory import ports
from inventory.errors import BinCarriesOrder, InsufficientStock, Invalid, NotFound, TooManyForTransfer
from inventory.models import Bin, BinKind, BinStock, StockMovement, Transfer, TransferLine
from inventory.models.place import VIRTUAL_KINDS
from inventory.selectors.places import default_bins
from inventory.selectors.products import products_by_id
from inventory.services.announcing import announce_replenished
from inventory.services.holding import end_hold_for, hold_for, lock_hold, use_hold_for
from inventory.services.ledger import Move, move
from inventory.services.picking import PickWant, plan_picks
from inventory.services.reservation import Want
from inventory.states import Condition, MovementReason, TransferStatus

LOADING = (TransferStatus.ORDERED, TransferStatus.IN_TRANSIT, TransferStatus.PARTIALLY_RECEIVED)


@dataclass(frozen=True, slots=True)
class Load:
    """``quantity`` units of one lot and condition taken out of a bin of the source."""

    product_id: int
    bin_id: int
    quantity: int
    lot: str = ""
    condition: str = Condition.SELLABLE


@command
def load_units(ref: str, loads: Sequence[Load], *, action_id: UUID | None = None, by: Actor, now: datetime) -> int:
    """Bring units out of bins onto the way; returns how many. The first load turns the transfer ``in_transit``.

    They leave the source's stock now, and the hold on them with them. Lot and condition travel along. The same
    ``action_id`` again loads nothing and returns 0. Raises NotFound, IllegalTransition, Invalid,
    TooManyForTransfer for more than is still to be sent, NotEnoughInBin, StockPromised.
    """
    transfer = _lock_loading(ref)
    key = f"load:{action_id}" if action_id else None
    if key is not None and StockMovement.objects.filter(move_key=key).exists():
        return 0
    _refuse_wrong_bins(transfer, loads)
    lock_hold(ref)
    return _load(transfer, loads, planned=False, move_key=key, by=by, now=now)


@command
def send_transfer(ref: str, *, complete: bool = True, by: Actor, now: datetime) -> bool:
    """Say that the load has left. ``complete``: nothing more is sent, and the rest of the hold is free again.

    Returns whether this call sent it: a second one changes nothing. Raises NotFound, IllegalTransition when nothing
    was loaded.
    """
    transfer = lock_one(Transfer.objects.all(), ref=ref)
    if transfer.status in (TransferStatus.DRAFT, TransferStatus.ORDERED, TransferStatus.CANCELLED):
        raise IllegalTransition(_("Nothing of this transfer is loaded yet. Load it, then send it."))
    if not complete or transfer.shipped_at is not None:
        return False
    Transfer.objects.filter(pk=transfer.pk).update(shipped_at=now)
    announce_replenished(end_hold_for(ref, now=now), by=by, now=now)
    lines = TransferLine.objects.filter(transfer=transfer)
    if transfer.status == TransferStatus.PARTIALLY_RECEIVED and all(
        line.shipped == line.received + line.lost for line in lines
    ):
        advance(transfer, TransferStatus.RECEIVED, by=by, now=now)
    return True


@command
def ship_transfer(
    ref: str, loads: Sequence[Load] | None = None, *, complete: bool = True, by: Actor, now: datetime
) -> int:
    """Load and send in one step; returns the units loaded. Without ``loads`` everything still to be sent.

    Bins are then chosen as for picks. Raises as ``load_units`` does, and Invalid when the shelves hold too little.
    """
    transfer = _lock_loading(ref)
    if loads is not None:
        units = load_units(ref, loads, by=by, now=now)
    else:
        rest = to_load(transfer.pk)
        wants = [
            PickWant(number, product_id, transfer.source_id, quantity)
            for number, (product_id, quantity) in enumerate(sorted(rest.items()))
        ]
        lock_hold(ref)
        picks = plan_picks(wants, now=now)
        if sum(pick.quantity for pick in picks) < sum(rest.values()):
            raise Invalid(_("The shelves hold fewer units than are to be sent. Say which units you send."))
        chosen = [Load(wants[pick.key].product_id, pick.bin_id, pick.quantity, pick.lot) for pick in picks]
        if not chosen:
            raise Invalid(_("Everything that was asked for is on its way already."))
        units = _load(transfer, chosen, planned=True, move_key=None, by=by, now=now)
    send_transfer(ref, complete=complete, by=by, now=now)
    return units


@command
def unload_units(ref: str, load: Load, *, action_id: UUID | None = None, by: Actor, now: datetime) -> None:
    """Take a load back while the transfer has not been sent: the units lie in their bin again, and are held again
    unless they are kept back from sale by now.

    Raises NotFound, IllegalTransition once it was sent, Invalid for more than was loaded.
    """
    transfer = _lock_loading(ref)
    line = TransferLine.objects.filter(transfer=transfer, product_id=load.product_id, lot=load.lot).first()
    if line is None or load.quantity <= 0 or line.shipped - line.received - line.lost < load.quantity:
        raise Invalid(_("So many units are not loaded."))
    key = f"unload:{action_id}" if action_id else None
    if key is not None and StockMovement.objects.filter(move_key=key).exists():
        return
    _refuse_wrong_bins(transfer, [load])
    lock_hold(ref)
    TransferLine.objects.filter(pk=line.pk).update(shipped=line.shipped - load.quantity)
    move(
        [
            Move(
                load.product_id,
                load.quantity,
                default_bins(transfer.source_id)[BinKind.TRANSIT],
                load.bin_id,
                MovementReason.TRANSFER_OUT,
                from_condition=load.condition,
                to_condition=load.condition,
                lot=load.lot,
                document=ref,
                move_key=key,
            )
        ],
        by=by,
        now=now,
    )
    if load.condition == Condition.SELLABLE:
        want = Want(load.product_id, transfer.source_id, load.quantity)
        # What is kept back from sale by now cannot be held, but the units lie where they were put all the same.
        with suppress(InsufficientStock), transaction.atomic():
            hold_for(ref, [want], warehouse_id=transfer.source_id, now=now)


def to_load(transfer_id: int) -> dict[int, int]:
    """{product_id: units asked for and not yet sent}, products without any left out. One query."""
    rest: Counter[int] = Counter()
    for product_id, quantity, shipped in TransferLine.objects.filter(transfer_id=transfer_id).values_list(
        "product_id", "quantity", "shipped"
    ):
        rest[product_id] += quantity - shipped
    return {product_id: units for product_id, units in rest.items() if units > 0}


def _lock_loading(ref: str) -> Transfer:
    transfer = lock_one(Transfer.objects.all(), ref=ref)
    if transfer.status == TransferStatus.DRAFT:
        raise IllegalTransition(_("This transfer is a draft. Order it first, then load it."))
    if transfer.status not in LOADING or transfer.shipped_at is not None:
        raise IllegalTransition(_("This transfer has been sent or cancelled. Nothing can be added to it."))
    return transfer


def _refuse_wrong_bins(transfer: Transfer, loads: Sequence[Load]) -> None:
    bins = {place.pk: place for place in Bin.objects.filter(pk__in={load.bin_id for load in loads})}
    for load in loads:
        place = bins.get(load.bin_id)
        if place is None or place.warehouse_id != transfer.source_id or place.kind in VIRTUAL_KINDS:
            raise NotFound(_("There is no such bin."))
        if place.frozen:
            raise Invalid(_("This bin is being counted. Load the units when the count is done."))
        if place.kind == BinKind.TOTE and (order := ports.order_in_tote(place.pk)):
            told = _("%(tote)s carries order %(order)s. Bring it to the packing table.")
            raise BinCarriesOrder(told % {"tote": place.name, "order": order})
        if load.quantity <= 0 or load.condition not in Condition.values:
            raise Invalid(_("Load at least one unit."))


def _load(
    transfer: Transfer, loads: Sequence[Load], *, planned: bool, move_key: str | None, by: Actor, now: datetime
) -> int:
    wanted: Counter[int] = Counter()
    for load in loads:
        wanted[load.product_id] += load.quantity
    if not wanted:
        raise Invalid(_("Load at least one unit."))
    rest = to_load(transfer.pk)
    for product_id, units in wanted.items():
        if units > rest.get(product_id, 0):
            named = products_by_id([product_id]).get(product_id)
            raise TooManyForTransfer(
                _("Only %(rest)d units of %(sku)s are still to be sent.")
                % {"rest": rest.get(product_id, 0), "sku": named.sku if named else ""}
            )
    _count_shipped(transfer, loads)
    if transfer.status == TransferStatus.ORDERED:
        advance(transfer, TransferStatus.IN_TRANSIT, by=by, now=now)
    away = default_bins(transfer.source_id)[BinKind.TRANSIT]
    _lock_bins(loads)
    sellable: Counter[int] = Counter()
    for load in loads:
        if load.condition == Condition.SELLABLE:
            sellable[load.product_id] += load.quantity
    use_hold_for(transfer.ref, sellable, now=now)
    move(
        [
            Move(
                load.product_id,
                load.quantity,
                load.bin_id,
                away,
                MovementReason.TRANSFER_OUT,
                from_condition=load.condition,
                to_condition=load.condition,
                lot=load.lot,
                document=transfer.ref,
                planned=planned,
                move_key=move_key if move_key is None or number == 0 else f"{move_key}.{number}",
            )
            for number, load in enumerate(loads)
        ],
        by=by,
        now=now,
    )
    return wanted.total()


def _count_shipped(transfer: Transfer, loads: Sequence[Load]) -> None:
    """Each lot that leaves has its line; the line without a lot says how many were asked for."""
    shipped: Counter[tuple[int, str]] = Counter()
    for load in loads:
        shipped[load.product_id, load.lot] += load.quantity
    lines = {(line.product_id, line.lot): line for line in TransferLine.objects.filter(transfer=transfer)}
    for key, units in shipped.items():
        if key in lines:
            lines[key].shipped += units
    TransferLine.objects.bulk_update([lines[key] for key in shipped if key in lines], ["shipped"], batch_size=1000)
    TransferLine.objects.bulk_create(
        TransferLine(transfer=transfer, product_id=product_id, lot=lot, shipped=units)
        for (product_id, lot), units in sorted(shipped.items())
        if (product_id, lot) not in lines
    )


def _lock_bins(loads: Sequence[Load]) -> None:
    """Bins before stock levels, as everywhere: the hold is let go of on the levels before the ledger moves."""
    wanted = Q()
    for load in loads:
        wanted |= Q(product_id=load.product_id, bin_id=load.bin_id, lot=load.lot, condition=load.condition)
    rows = BinStock.objects.select_for_update(no_key=True).filter(wanted)
    list(rows.order_by("product_id", "bin_id", "lot", "condition").values_list("pk", flat=True))
