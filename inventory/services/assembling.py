"""Turn components into kits, or kits into components: work orders."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import IllegalTransition
from core.kernel.locks import lock_one
from core.kernel.refs import new_ref
from core.kernel.transitions import advance
from inventory.errors import Invalid, KitsShort, NotFound
from inventory.models import Bin, BinKind, BinStock, KitKind, StockLevel, Warehouse, WorkOrder, WorkOrderLine
from inventory.models.place import VIRTUAL_KINDS
from inventory.selectors.kits import recipe_of
from inventory.selectors.places import default_bins, warehouse_by_id
from inventory.selectors.products import products_by_id
from inventory.services.announcing import announce_replenished
from inventory.services.holding import end_hold_for, hold_for, lock_hold, use_hold_for
from inventory.services.ledger import Move, move
from inventory.services.lots import NewLot, arrival_condition, note_lots, require_lot
from inventory.services.picking import BinPick, PickWant, plan_picks
from inventory.services.reservation import Want
from inventory.states import Condition, MovementReason, WorkOrderKind, WorkOrderStatus

MOST = 1_000_000
WORKABLE = (WorkOrderStatus.RELEASED, WorkOrderStatus.IN_PROGRESS)


@command
def create_work_order(
    *,
    product_id: int,
    warehouse_id: int,
    quantity: int,
    kind: str = WorkOrderKind.ASSEMBLE,
    due_on: date | None = None,
    release: bool = True,
    by: Actor,
    now: datetime,
) -> str:
    """Order ``quantity`` kits to be assembled, or taken apart; returns the reference (WRK-…).

    The recipe of today is copied: a later change of it leaves the order alone. With ``release`` what it uses is held at
    once; otherwise it stays a draft. Raises NotFound, Invalid for what is no assembled kit, and InsufficientStock
    naming each product there is too little of.
    """
    if not 0 < quantity <= MOST:
        raise Invalid(_("Order at least one kit."))
    if not Warehouse.objects.filter(pk=warehouse_id, active=True).exists():
        raise NotFound(_("There is no such warehouse."))
    product = products_by_id([product_id]).get(product_id)
    if product is None:
        raise NotFound(_("There is no such product."))
    parts = recipe_of(product_id)
    if product.kit_kind != KitKind.ASSEMBLED or not parts:
        detail = _("%(sku)s is not a kit that is assembled beforehand.") % {"sku": product.sku}
        raise Invalid(detail, errors=[{"pointer": "/sku", "code": "not_assembled", "detail": detail}])
    work = WorkOrder.objects.create(
        ref=new_ref("WRK"),
        kind=kind,
        product_id=product_id,
        warehouse_id=warehouse_id,
        quantity=quantity,
        due_on=due_on,
        created_at=now,
    )
    WorkOrderLine.objects.bulk_create(
        WorkOrderLine(work_order=work, product_id=part.product.id, per_kit=part.quantity) for part in parts
    )
    if release:
        _release(work, by=by, now=now)
    return work.ref


@command
def release_work_order(ref: str, *, by: Actor, now: datetime) -> None:
    """Hold what a draft uses, all or none, and give it to the floor.

    Raises NotFound, IllegalTransition, InsufficientStock naming each product that is short.
    """
    _release(lock_one(WorkOrder.objects.all(), ref=ref), by=by, now=now)


def _release(work: WorkOrder, *, by: Actor, now: datetime) -> None:
    advance(work, WorkOrderStatus.RELEASED, by=by, now=now)
    used = _uses(work, _lines(work), work.quantity)
    wants = [Want(product_id, work.warehouse_id, units) for product_id, units in used.items()]
    hold_for(work.ref, wants, warehouse_id=work.warehouse_id, now=now)


@command
def cancel_work_order(ref: str, *, by: Actor, now: datetime) -> None:
    """Call off what is not done of it; what was held for that is free again. Raises NotFound, IllegalTransition."""
    work = lock_one(WorkOrder.objects.all(), ref=ref)
    advance(work, WorkOrderStatus.CANCELLED, by=by, now=now)
    announce_replenished(end_hold_for(ref, now=now), by=by, now=now)


@command
def complete_kits(
    ref: str,
    quantity: int,
    *,
    bin_id: int | None = None,
    lots: Mapping[int, str] | None = None,
    by: Actor,
    now: datetime,
) -> int:
    """Book ``quantity`` kits as done; returns how many are left to do.

    In one transaction what they use leaves its bins for the PRODUCTION bin, in the lots that are due first, and what
    comes of it lies in ``bin_id`` (by default where deliveries arrive), sellable. ``lots`` names by product the lot or
    serial number of what comes of it; products tracked by lot need one. Raises NotFound, IllegalTransition, Invalid,
    LotRequired, SerialTaken, KitsShort when the shelves hold too little, and StockPromised when a loss ended the hold
    and what is left is promised to others.
    """
    work = lock_one(WorkOrder.objects.all(), ref=ref)
    if work.status not in WORKABLE:
        raise IllegalTransition(_("This work order is not open. Choose another."))
    left = work.quantity - work.completed
    if not 0 < quantity <= left:
        raise Invalid(_("%(left)d kits of this work order are still to be done.") % {"left": left})
    lines = _lines(work)
    uses, makes = _uses(work, lines, quantity), _makes(work, lines, quantity)
    target = _target(work, bin_id)
    named, conditions = _named_lots(work, makes, lots or {}, now=now)
    lock_hold(work.ref)
    picks = _fetch(work, uses, now=now)
    _lock_rest(work, makes, target, named, {*uses, *makes})
    use_hold_for(work.ref, uses, now=now)
    move(_moves(work, sorted(uses), picks, makes, target, named, conditions), by=by, now=now)
    for line in lines:
        line.moved += line.per_kit * quantity
    WorkOrderLine.objects.bulk_update(lines, ["moved"])
    _count_done(work, quantity, by=by, now=now)
    return left - quantity


def _count_done(work: WorkOrder, quantity: int, *, by: Actor, now: datetime) -> None:
    completed = work.completed + quantity
    data = {"sku": work.product.sku, "completed": completed, "quantity": work.quantity}
    if completed == work.quantity:
        advance(work, WorkOrderStatus.COMPLETED, by=by, now=now, data=data, completed=completed)
        announce_replenished(end_hold_for(work.ref, now=now), by=by, now=now)
    elif work.status == WorkOrderStatus.RELEASED:
        advance(work, WorkOrderStatus.IN_PROGRESS, by=by, now=now, data=data, completed=completed)
    else:
        WorkOrder.objects.filter(pk=work.pk).update(completed=completed)


def _lines(work: WorkOrder) -> list[WorkOrderLine]:
    return list(WorkOrderLine.objects.filter(work_order=work).order_by("product_id"))


def _uses(work: WorkOrder, lines: Sequence[WorkOrderLine], quantity: int) -> dict[int, int]:
    if work.kind == WorkOrderKind.DISASSEMBLE:
        return {work.product_id: quantity}
    return {line.product_id: line.per_kit * quantity for line in lines}


def _makes(work: WorkOrder, lines: Sequence[WorkOrderLine], quantity: int) -> dict[int, int]:
    if work.kind == WorkOrderKind.ASSEMBLE:
        return {work.product_id: quantity}
    return {line.product_id: line.per_kit * quantity for line in lines}


def _target(work: WorkOrder, bin_id: int | None) -> int:
    place = Bin.objects.filter(
        pk=bin_id or default_bins(work.warehouse_id)[BinKind.RECEIVING], warehouse_id=work.warehouse_id, active=True
    ).first()
    if place is None or place.kind in VIRTUAL_KINDS:
        raise NotFound(_("There is no such bin."))
    if place.frozen:
        raise Invalid(_("This bin is being counted. Choose another until the count is done."))
    return place.pk


def _named_lots(
    work: WorkOrder, makes: Mapping[int, int], lots: Mapping[int, str], *, now: datetime
) -> tuple[dict[int, str], dict[int, str]]:
    """The lot of each product made, and the condition its units come in: a recalled or expired lot is not sold."""
    products = products_by_id(makes)
    named = {product_id: lots.get(product_id, "").strip() for product_id in makes}
    for product_id, units in makes.items():
        require_lot(products[product_id], named[product_id], units)
    facts = note_lots([NewLot(product_id, number) for product_id, number in sorted(named.items()) if number], now=now)
    today = now.astimezone(ZoneInfo(warehouse_by_id(work.warehouse_id).time_zone)).date() if facts else now.date()
    conditions = {product_id: str(arrival_condition(fact, today=today)) for (product_id, _lot), fact in facts.items()}
    return named, conditions


def _fetch(work: WorkOrder, uses: Mapping[int, int], *, now: datetime) -> list[BinPick]:
    """The bins the units come out of, which are locked from here on; number n of a pick is the nth product."""
    wants = [
        PickWant(number, product_id, work.warehouse_id, units)
        for number, (product_id, units) in enumerate(sorted(uses.items()))
    ]
    picks = plan_picks(wants, now=now)
    found = dict.fromkeys(uses, 0)
    for pick in picks:
        found[wants[pick.key].product_id] += pick.quantity
    short = {product_id: units for product_id, units in found.items() if units < uses[product_id]}
    if short:
        products = products_by_id(short)
        raise KitsShort([(products[one].sku, uses[one], units) for one, units in short.items()])
    return picks


def _lock_rest(
    work: WorkOrder, makes: Mapping[int, int], target: int, named: Mapping[int, str], products: set[int]
) -> None:
    """Bins before levels and levels in one order, as everywhere: the hold lets go of levels before the ledger moves."""
    rows = BinStock.objects.filter(
        product_id__in=makes, bin_id=target, lot__in=set(named.values()), condition=Condition.SELLABLE
    )
    list(rows.select_for_update(no_key=True).order_by("product_id", "lot").values_list("pk", flat=True))
    levels = StockLevel.objects.filter(product_id__in=products, warehouse_id=work.warehouse_id)
    list(levels.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def _moves(
    work: WorkOrder,
    used: Sequence[int],
    picks: Sequence[BinPick],
    makes: Mapping[int, int],
    target: int,
    named: Mapping[int, str],
    conditions: Mapping[int, str],
) -> list[Move]:
    production = default_bins(work.warehouse_id)[BinKind.PRODUCTION]
    out = [
        Move(
            used[pick.key],
            pick.quantity,
            pick.bin_id,
            production,
            MovementReason.CONSUME,
            lot=pick.lot,
            document=work.ref,
            planned=True,
        )
        for pick in picks
    ]
    back = [
        Move(
            product_id,
            units,
            production,
            target,
            MovementReason.PRODUCE,
            to_condition=conditions.get(product_id, Condition.SELLABLE),
            lot=named[product_id],
            document=work.ref,
        )
        for product_id, units in makes.items()
    ]
    return out + back
