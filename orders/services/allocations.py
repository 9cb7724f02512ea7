"""The only writer of allocation rows after intake.

Allocations publish nothing of their own: the fulfilment order, the order and the ledger tell their story. The caller
holds the rows of the orders concerned, so what was read stays true; the UPDATE compares all the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection

from core.kernel.commands import refuse_outside_transaction
from core.kernel.errors import IllegalTransition, NotFound
from core.kernel.prepared import Prepared
from orders.errors import WrongQuantity
from orders.models import Allocation, FulfillmentOrder
from orders.states import ALLOCATION_TRANSITIONS, AllocationStatus


@dataclass(frozen=True, slots=True)
class Step:
    """``quantity`` units of an allocation go to another state, and to a place when they are picked or packed."""

    allocation_id: int
    quantity: int
    bin_id: int | None = None
    lot: str | None = None
    packed_at: datetime | None = None
    back_on_shelf: bool = False


# All of them, in the order of the model: what ``from_db`` takes.
_COLUMNS = [field.attname for field in Allocation._meta.concrete_fields]
_READ = Prepared(
    "orders_allocations_together",
    f"""
SELECT {", ".join(_COLUMNS)} FROM orders_allocation
WHERE fulfillment_order_id IN (SELECT fulfillment_order_id FROM orders_allocation WHERE id = ANY(%(ids)s))
ORDER BY id
""",  # noqa: S608  the names are ours
    ids="bigint[]",
)


def read(allocation_ids: Iterable[int]) -> dict[int, Allocation]:
    """The allocations with those ids, with their siblings in the same fulfilment orders. Raises NotFound.

    One statement. Siblings are read because units that join units already picked share their row.
    """
    wanted = set(allocation_ids)
    rows = [Allocation.from_db(connection.alias, _COLUMNS, row) for row in _READ.run(ids=sorted(wanted))]
    found = {row.pk: row for row in rows}
    if not wanted <= found.keys():
        raise NotFound("There is no such allocation.")
    return found


def advance_units(allocations: dict[int, Allocation], steps: Sequence[Step], to: str) -> list[Allocation]:
    """Take the steps: whole rows move to the state ``to``, parts become rows of their own; at most two statements.

    Returns the row that holds the units of each step, in the order of the steps. Raises IllegalTransition,
    WrongQuantity, NotFound. ``allocations`` (from ``read``) is brought up to date.
    """
    refuse_outside_transaction()
    before = {key: _state(row) for key, row in allocations.items()}
    new: list[Allocation] = []
    reached = [_take(allocations, new, step, to) for step in steps]
    _write([row for key, row in allocations.items() if _state(row) != before[key]], before)
    if new:
        Allocation.objects.bulk_create(new)
        allocations.update({row.pk: row for row in new})
    return reached


def _take(rows: Mapping[int, Allocation], new: list[Allocation], step: Step, to: str) -> Allocation:
    source = rows.get(step.allocation_id)
    if source is None:
        raise NotFound("There is no such allocation.")
    if to != source.status and to not in ALLOCATION_TRANSITIONS[source.status]:
        raise IllegalTransition(f"These units are {source.status} and cannot become {to}.")
    if not 0 < step.quantity <= source.quantity:
        raise WrongQuantity(f"{step.quantity} units were named of an allocation of {source.quantity}.")
    target = _columns(source, step, to)
    if step.quantity == source.quantity:
        for name, value in target.items():
            setattr(source, name, value)
        return source
    source.quantity -= step.quantity
    for sibling in [*rows.values(), *new]:
        if (
            sibling is not source
            and sibling.order_line_id == source.order_line_id
            and sibling.fulfillment_order_id == source.fulfillment_order_id
            and all(getattr(sibling, name) == value for name, value in target.items())
        ):
            sibling.quantity += step.quantity
            return sibling
    part = Allocation(
        fulfillment_order_id=source.fulfillment_order_id,
        order_line_id=source.order_line_id,
        product_id=source.product_id,
        warehouse_id=source.warehouse_id,
        quantity=step.quantity,
        created_at=source.created_at,
        **target,
    )
    new.append(part)
    return part


def _columns(source: Allocation, step: Step, to: str) -> dict[str, Any]:
    if step.back_on_shelf:
        return {"status": to, "bin_id": None, "lot": "", "packed_at": None}
    return {
        "status": to,
        "bin_id": source.bin_id if step.bin_id is None else step.bin_id,
        "lot": source.lot if step.lot is None else step.lot,
        "packed_at": source.packed_at if step.packed_at is None else step.packed_at,
    }


def _state(row: Allocation) -> tuple[str, int, int | None, str, datetime | None]:
    return (row.status, row.quantity, row.bin_id, row.lot, row.packed_at)


def move_units(allocations: dict[int, Allocation], units: Mapping[int, int], to: FulfillmentOrder) -> None:
    """Put units not picked yet into another fulfilment order of the same order: {allocation_id: units}.

    Whole rows go over, parts become rows of their own. The counters of lines stay as they are; those of stock are the
    caller's when the warehouse is another. Two statements at most. Raises WrongQuantity, IllegalTransition.
    ``allocations`` (from ``read``) is brought up to date.
    """
    refuse_outside_transaction()
    parts: list[Allocation] = []
    whole_ids: list[int] = []
    shrunk: dict[int, tuple[Any, ...]] = {}
    for allocation_id, count in units.items():
        row = allocations[allocation_id]
        if row.status != AllocationStatus.ALLOCATED or not 0 < count <= row.quantity:
            raise WrongQuantity("Only units that were not picked yet can go to another part of the order.")
        if count == row.quantity:
            whole_ids.append(row.pk)
            row.fulfillment_order_id, row.warehouse_id = to.pk, to.warehouse_id
            continue
        shrunk[row.pk] = _state(row)
        row.quantity -= count
        parts.append(
            Allocation(
                fulfillment_order_id=to.pk,
                order_line_id=row.order_line_id,
                product_id=row.product_id,
                warehouse_id=to.warehouse_id,
                quantity=count,
                created_at=row.created_at,
            )
        )
    _write([allocations[key] for key in shrunk], shrunk)
    moved = Allocation.objects.filter(pk__in=whole_ids, status=AllocationStatus.ALLOCATED)
    if whole_ids and moved.update(fulfillment_order=to.pk, warehouse=to.warehouse_id) != len(whole_ids):
        raise IllegalTransition("Somebody else moved these units since they were read.")
    for row in Allocation.objects.bulk_create(parts):
        allocations[row.pk] = row


_WRITE = """
UPDATE orders_allocation allocation
SET status = new.status, quantity = new.quantity, bin_id = new.bin_id, lot = new.lot, packed_at = new.packed_at
FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::text[], %s::int[], %s::bigint[], %s::text[], %s::timestamptz[])
    AS new (id, was_status, was_quantity, status, quantity, bin_id, lot, packed_at)
WHERE allocation.id = new.id AND (allocation.status, allocation.quantity) = (new.was_status, new.was_quantity)
"""


def _write(rows: Sequence[Allocation], before: Mapping[int, tuple[Any, ...]]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            [
                [row.pk for row in rows],
                [before[row.pk][0] for row in rows],
                [before[row.pk][1] for row in rows],
                [row.status for row in rows],
                [row.quantity for row in rows],
                [row.bin_id for row in rows],
                [row.lot for row in rows],
                [row.packed_at for row in rows],
            ],
        )
        if cursor.rowcount != len(rows):
            raise IllegalTransition("Somebody else moved these units since they were read.")


def whole(allocation: Allocation, **place: Any) -> Step:
    """A step of all units of an allocation."""
    return replace(Step(allocation.pk, allocation.quantity), **place)
