"""Goods come back to the house: what a scan at the returns desk does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid
from core.kernel.refs import tidy_ref
from core.outbox.publish import NewEvent, publish
from inventory.selectors import default_bins, products_by_id
from inventory.selectors.tracing import only_lots_of
from inventory.services.ledger import Move, move
from returns import planning
from returns.errors import NoPlace
from returns.events import UNITS_RECEIVED
from returns.models import Reception, Return, ReturnItem
from returns.planning import Arrived, Awaited, Reconciled
from returns.selectors.sources import order_source, parcel_source
from returns.services.resolution import resolve_if_done
from returns.services.steps import lock_return_by_id, step, told
from returns.states import (
    AWAITED_ITEM,
    RECEIVABLE_RETURN,
    AcceptanceStatus,
    ReceptionOutcome,
    ReceptionStatus,
    ReturnKind,
    ReturnReason,
    ReturnStatus,
)

RETURNS_BIN, QUALITY_CONTROL = "returns", "quality_control"
_ON_THE_WAY = ("approved", "in_transit", "partially_received")
_IN_THE_HOUSE = ("inspecting", "received")


@dataclass(frozen=True, slots=True)
class ReceptionFact:
    """What came of a scan. ``return_ref`` is empty when no return was found; ``units`` went into quality control."""

    outcome: str
    return_ref: str
    order_ref: str
    units: int
    code: str
    case_id: int | None = None

    @property
    def received(self) -> bool:
        return self.outcome in (ReceptionOutcome.RECEIVED, ReceptionOutcome.PARTLY)


@command
def receive_return(
    code: str,
    *,
    action_id: UUID,
    warehouse_id: int,
    by: Actor,
    now: datetime,
    arrived: Sequence[Arrived] | None = None,
    more_to_come: bool = False,
) -> ReceptionFact:
    """Receive what a scan (return ref, order ref, parcel ref, tracking number) stands for, at a warehouse's desk.

    ``arrived`` is what was found in the parcel; None means exactly what was announced. Units go from the customer to
    the returns bin in quality control, so that nothing becomes available, and inspections are queued for them. What is
    announced but absent becomes ``short`` or ``missing`` unless there is ``more_to_come``; what nobody announced
    becomes an item of its own. A parcel nobody knows, or nobody announced, opens an exception case and creates no
    stock. The same ``action_id`` again answers the same and does nothing. Raises Invalid.
    """
    first = _first(action_id)
    if first is not None:
        return first
    code = code.strip()[:80]
    if not code:
        raise Invalid(_("Scan or type what is on the parcel."))
    if any(one.quantity <= 0 for one in arrived or ()):
        raise Invalid(_("A quantity is 1 or more."))
    found = find(code)
    if found.rma is None:
        return _orphan(code, found, action_id=action_id, warehouse_id=warehouse_id, by=by, now=now)
    rma = lock_return_by_id(found.rma.pk)
    # Asked again now that the row is ours: another desk, or the same scan sent twice, may have been quicker.
    first = _first(action_id)
    if first is not None:
        return first
    items = list(rma.items.select_for_update(no_key=True).order_by("pk"))
    awaited = [
        Awaited(item.pk, item.product_id, item.quantity - item.received)
        for item in items
        if item.reception_status in AWAITED_ITEM
    ]
    if rma.status not in RECEIVABLE_RETURN or not awaited:
        return _not_now(rma, code, action_id=action_id, warehouse_id=warehouse_id, by=by, now=now)
    if rma.warehouse_id != warehouse_id:
        if any(item.received for item in items):
            raise Invalid(_("Part of this return arrived at another warehouse. Receive the rest there."))
        Return.objects.filter(pk=rma.pk).update(warehouse_id=warehouse_id)
        rma.warehouse_id = warehouse_id
    plan = planning.everything(awaited) if arrived is None else planning.reconcile(awaited, arrived)
    reception = Reception.objects.create(
        action_id=action_id,
        rma=rma,
        code=code,
        outcome=ReceptionOutcome.PARTLY if plan.still_open and more_to_come else ReceptionOutcome.RECEIVED,
        units=plan.units,
        warehouse_id=rma.warehouse_id,
        by=by.name,
        at=now,
    )
    _take_in(rma, {item.pk: item for item in items}, plan, reception, more_to_come=more_to_come, by=by, now=now)
    # With nothing left to inspect (all of it missing, or the rest will not come) this was the last step.
    resolve_if_done(rma, by=by, now=now)
    return ReceptionFact(reception.outcome, rma.ref, rma.order_ref, plan.units, code)


@dataclass(frozen=True, slots=True)
class Found:
    """Whose a scanned code is. ``order_ref`` without ``rma``: a known parcel or order that no open return covers."""

    rma: Return | None = None
    order_ref: str = ""
    order_id: int | None = None


def find(code: str) -> Found:
    """The return a code stands for: its own ref, else the one open return of the order or parcel scanned."""
    ref = tidy_ref(code)
    own = Return.objects.filter(ref=ref).first()
    if own is not None:
        return Found(own, own.order_ref, own.order_id)
    parcel = parcel_source(code)
    order_ref = parcel.order_ref if parcel else ref
    rows = list(
        Return.objects.filter(order_ref=order_ref).exclude(kind=ReturnKind.PUT_BACK).order_by("requested_at", "pk")
    )
    if parcel is not None:
        # A parcel that a carrier brings back has a return of its own.
        rows.sort(key=lambda row: row.parcel_id != parcel.id)
    for states in (_ON_THE_WAY, _IN_THE_HOUSE, (ReturnStatus.REQUESTED,)):
        for row in rows:
            if row.status in states:
                return Found(row, order_ref, row.order_id)
    source = None if rows else order_source(order_ref)
    if rows or source is not None:
        return Found(None, order_ref, rows[0].order_id if rows else source.id if source else None)
    return Found()


def _take_in(
    rma: Return,
    items: Mapping[int, ReturnItem],
    plan: Reconciled,
    reception: Reception,
    *,
    more_to_come: bool,
    by: Actor,
    now: datetime,
) -> None:
    bins = default_bins(rma.warehouse_id)
    if RETURNS_BIN not in bins:
        raise NoPlace(_("This warehouse has no returns bin. Set one up first."))
    took: list[ReturnItem] = []
    for match in plan.matches:
        item = items[match.item_id]
        item.received += match.quantity
        item.bin_id = bins[RETURNS_BIN]
        if item.received == item.quantity:
            item.reception_status = ReceptionStatus.RECEIVED
        took.append(item)
    for item_id in plan.still_open:
        item = items[item_id]
        if item_id in plan.replaced:
            item.reception_status = ReceptionStatus.WRONG_ITEM
        elif not more_to_come:
            item.reception_status = ReceptionStatus.SHORT if item.received else ReceptionStatus.MISSING
        if item.reception_status not in AWAITED_ITEM and not item.received:
            # Nothing arrived, so there is nothing to inspect and nothing to pay back.
            item.acceptance_status = AcceptanceStatus.REJECTED
    ReturnItem.objects.bulk_update(
        items.values(), ["received", "bin", "reception_status", "acceptance_status"], batch_size=200
    )
    unexpected = _unexpected(rma, items, plan, bins[RETURNS_BIN])
    came = [
        *((match.item_id, match.product_id, match.quantity) for match in plan.matches),
        *((item.pk, item.product_id, item.quantity) for item in unexpected),
    ]
    lots = only_lots_of(rma.order_ref, [product_id for _item, product_id, _quantity in came])
    moves = [
        Move(
            product_id=product_id,
            quantity=quantity,
            from_bin_id=bins["customer"],
            to_bin_id=bins[RETURNS_BIN],
            to_condition=QUALITY_CONTROL,
            reason="return",
            lot=lots.get(product_id, ""),
            document=rma.ref,
            move_key=f"return:{reception.pk}:{item_id}",
        )
        for item_id, product_id, quantity in came
    ]
    move(moves, by=by, now=now)
    _say_received(rma, items, plan, more_to_come=more_to_come, by=by, now=now)


def _unexpected(rma: Return, items: Mapping[int, ReturnItem], plan: Reconciled, bin_id: int) -> list[ReturnItem]:
    if not plan.surplus:
        return []
    products = products_by_id(surplus.product_id for surplus in plan.surplus)
    missing = [surplus.product_id for surplus in plan.surplus if surplus.product_id not in products]
    if missing:
        raise Invalid(_("There is no such product."))
    return ReturnItem.objects.bulk_create(
        ReturnItem(
            rma=rma,
            product_id=surplus.product_id,
            sku=products[surplus.product_id].sku,
            name=products[surplus.product_id].name,
            quantity=surplus.quantity,
            received=surplus.quantity,
            reason=ReturnReason.OTHER,
            reception_status=ReceptionStatus.UNEXPECTED,
            bin_id=bin_id,
        )
        for surplus in plan.surplus
    )


def _say_received(
    rma: Return,
    items: Mapping[int, ReturnItem],
    plan: Reconciled,
    *,
    more_to_come: bool,
    by: Actor,
    now: datetime,
) -> None:
    waiting = any(item.reception_status in AWAITED_ITEM for item in items.values())
    if rma.status == ReturnStatus.INSPECTING:
        pass  # what came first is being looked at already
    elif waiting:
        if rma.status != ReturnStatus.PARTIALLY_RECEIVED:
            step(rma, ReturnStatus.PARTIALLY_RECEIVED, by=by, now=now, received_at=now)
    else:
        step(rma, ReturnStatus.RECEIVED, by=by, now=now, received_at=rma.received_at or now)
    publish(
        NewEvent(
            type=UNITS_RECEIVED,
            subject_type="return",
            subject_id=rma.pk,
            timeline=rma.order_ref,
            data=told(rma, units=plan.units),
        ),
        by=by,
        now=now,
    )
    absent = {item.pk: item.quantity - item.received for item in items.values() if item.received < item.quantity}
    if absent and not waiting:
        _case(
            rma,
            "return_short",
            gettext_noop("A return arrived with fewer units than announced. Look again, then tell the customer."),
            now=now,
            detail={"absent": [[item_id, units] for item_id, units in sorted(absent.items())]},
        )
    if plan.surplus:
        _case(
            rma,
            "return_unexpected_item",
            gettext_noop("A return holds an item nobody announced. Inspect it and decide what to do with it."),
            now=now,
            detail={"products": [[surplus.product_id, surplus.quantity] for surplus in plan.surplus]},
        )


def _case(rma: Return, kind: str, summary: str, *, now: datetime, detail: Mapping[str, object] | None = None) -> int:
    return open_case(
        kind=kind,
        dedupe_key=f"{kind}:{rma.ref}",
        summary=summary,
        subject_type="return",
        subject_id=rma.pk,
        timeline=rma.order_ref,
        warehouse_id=rma.warehouse_id,
        detail={"return_ref": rma.ref, **(detail or {})},
        fixes=[{"label": gettext_noop("Open the return"), "url": f"/returns/{rma.ref}"}],
        now=now,
    )


def _orphan(code: str, found: Found, *, action_id: UUID, warehouse_id: int, by: Actor, now: datetime) -> ReceptionFact:
    known = bool(found.order_ref)
    outcome = ReceptionOutcome.WITHOUT_RMA if known else ReceptionOutcome.UNKNOWN
    _log(outcome, None, code, action_id=action_id, warehouse_id=warehouse_id, by=by, now=now)
    case_id = open_case(
        kind="return_without_rma" if known else "return_unknown_parcel",
        dedupe_key=f"return_without_rma:{found.order_ref}" if known else f"return_unknown_parcel:{code}",
        summary=(
            gettext_noop("A parcel came back that no return was asked for. Open a return for it, then receive it.")
            if known
            else gettext_noop("A parcel arrived at the returns desk that nobody knows. Find out whose it is.")
        ),
        subject_type="order" if known else "reception",
        subject_id=found.order_id,
        timeline=found.order_ref,
        warehouse_id=warehouse_id,
        detail={"code": code},
        fixes=([{"label": gettext_noop("Open the order"), "url": f"/orders/{found.order_ref}"}] if known else []),
        now=now,
    )
    return ReceptionFact(outcome, "", found.order_ref, 0, code, case_id)


def _not_now(rma: Return, code: str, *, action_id: UUID, warehouse_id: int, by: Actor, now: datetime) -> ReceptionFact:
    before = rma.status in (*_IN_THE_HOUSE, ReturnStatus.RESOLVED, ReturnStatus.CLOSED)
    outcome = ReceptionOutcome.ALREADY if before else ReceptionOutcome.NOT_APPROVED
    _log(outcome, rma, code, action_id=action_id, warehouse_id=warehouse_id, by=by, now=now)
    case_id = None
    if not before:
        case_id = _case(
            rma,
            "return_not_approved",
            gettext_noop("Goods arrived for a return that is not approved. Approve and receive it, or send it back."),
            now=now,
        )
    return ReceptionFact(outcome, rma.ref, rma.order_ref, 0, code, case_id)


def _log(
    outcome: str,
    rma: Return | None,
    code: str,
    *,
    action_id: UUID,
    warehouse_id: int,
    by: Actor,
    now: datetime,
) -> None:
    row = Reception(
        action_id=action_id, rma=rma, code=code, outcome=outcome, warehouse_id=warehouse_id, by=by.name, at=now
    )
    # Nothing was locked for a parcel nobody knows, so a twin of this scan may write the same line.
    Reception.objects.bulk_create([row], ignore_conflicts=True)


def _first(action_id: UUID) -> ReceptionFact | None:
    """What came of the scan when it was sent before."""
    first = Reception.objects.select_related("rma").filter(action_id=action_id).first()
    if first is None:
        return None
    rma = first.rma
    return ReceptionFact(first.outcome, rma.ref if rma else "", rma.order_ref if rma else "", first.units, first.code)
