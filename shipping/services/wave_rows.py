"""The rows of a wave, each kind in one statement however many there are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

from core.kernel.commands import refuse_outside_transaction
from core.kernel.refs import new_ref, scan_code
from inventory.services.picking import BinPick
from shipping.models import PickList
from shipping.states import PickLineStatus, PickListStatus

_LISTS = """
INSERT INTO shipping_picklist
    (id, ref, code, wave_id, warehouse_id, status, zone_id, ship_by, created_at,
     in_hand, last_quantity, scans, wrong_scans)
SELECT row.id, row.ref, row.code, %s, %s, %s, row.zone_id, row.ship_by, %s, 0, 0, 0, 0
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::date[]) AS row (id, ref, code, zone_id, ship_by)
"""

# In one order for everybody, so that two waves drafted at once wait for each other instead of for ever. Of an order
# wanted twice the second copy is not written: the unique constraint decides, not what was read before.
_TOTES = """
INSERT INTO shipping_picktote (pick_list_id, fulfillment_order_id, position)
SELECT row.pick_list_id, row.fulfillment_order_id, row.position
FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[]) AS row (pick_list_id, fulfillment_order_id, position)
ORDER BY row.fulfillment_order_id
ON CONFLICT DO NOTHING
RETURNING fulfillment_order_id, pick_list_id
"""

_LINES = """
INSERT INTO shipping_pickline
    (pick_list_id, pick_tote_id, allocation_id, order_ref, product_id, bin_id, lot, sequence, quantity,
     picked, status, short_reason)
SELECT row.pick_list_id, row.pick_tote_id, row.allocation_id, row.order_ref, row.product_id, row.bin_id, row.lot,
       row.sequence, row.quantity, 0, %s, ''
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::int[],
            %s::int[]) WITH ORDINALITY
     AS row (pick_list_id, pick_tote_id, allocation_id, order_ref, product_id, bin_id, lot, sequence, quantity, place)
ORDER BY row.place
"""


class NewList(NamedTuple):
    """A pick list to be: its orders in the order of their totes, its only zone if it has one."""

    fulfillment_order_ids: Sequence[int]
    ship_by: date
    zone_id: int | None


class Slot(NamedTuple):
    """The place of an order on the cart of its list."""

    id: int
    pick_list_id: int
    position: int


class ToFetch(NamedTuple):
    """Units of one allocation that get pick lines."""

    fulfillment_order_id: int
    order_ref: str
    allocation_id: int
    product_id: int


def lock_lists(wave_id: int, **which: Any) -> dict[int, str]:
    """Hold the lists of a wave, or ``which`` of them, until the transaction ends: {list: status}. One statement.

    Called before the wave's own row is locked: whoever finishes the last list of a wave holds the list already.
    """
    refuse_outside_transaction()
    rows = PickList.objects.select_for_update(no_key=True).filter(wave_id=wave_id, **which).order_by("pk")
    return {key: str(status) for key, status in rows.values_list("pk", "status")}


def drop_totes(ids: Iterable[int]) -> None:
    """Places on carts that nothing was planned for yet are gone, their orders free for another wave. One statement."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM shipping_picktote WHERE id = ANY(%s::bigint[])", [sorted(set(ids))])


def write_lists(wave_id: int, warehouse_id: int, lists: Sequence[NewList], *, now: datetime) -> dict[int, int]:
    """Drafted pick lists with their totes; {fulfilment order: list} of what no other wave has. Three statements."""
    with connection.cursor() as cursor:
        # Drawn before the rows are written, because a list's code is made of its id.
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('shipping_picklist', 'id')) FROM generate_series(1, %s)",
            [len(lists)],
        )
        ids = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            _LISTS,
            [
                *(wave_id, warehouse_id, PickListStatus.DRAFT, now, ids),
                [new_ref("PCK") for _key in ids],
                [scan_code("P", key) for key in ids],
                [one.zone_id for one in lists],
                [one.ship_by for one in lists],
            ],
        )
        places = [
            (key, order, position)
            for key, one in zip(ids, lists, strict=True)
            for position, order in enumerate(one.fulfillment_order_ids, start=1)
        ]
        cursor.execute(_TOTES, _columns(places))
        return dict(cursor.fetchall())


def write_lines(
    wanted: Iterable[ToFetch], picks: Mapping[int, Sequence[BinPick]], slots: Mapping[int, Slot]
) -> tuple[int, int]:
    """Pick lines for planned picks (by allocation), along the walk of each list; (lines, units). One statement.

    ``slots`` are by fulfilment order.
    """
    drafts: list[tuple[tuple[int, int, str, int, int], tuple[int, int, int, str, int, int, str, int, int]]] = []
    for one in wanted:
        slot = slots[one.fulfillment_order_id]
        for pick in picks.get(one.allocation_id, ()):
            along = (slot.pick_list_id, pick.pick_sequence, pick.bin_name, slot.position, len(drafts))
            row = (
                *(slot.pick_list_id, slot.id, one.allocation_id, one.order_ref, one.product_id),
                *(pick.bin_id, pick.lot, pick.pick_sequence, pick.quantity),
            )
            drafts.append((along, row))
    if not drafts:
        return 0, 0
    drafts.sort()
    rows = [row for _along, row in drafts]
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [PickLineStatus.PENDING, *_columns(rows)])
    return len(rows), sum(row[-1] for row in rows)


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
