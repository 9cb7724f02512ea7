"""Set aside lots that may no longer be sold: too close to their expiry, or recalled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext_noop

from core.attention.services import open_case
from core.kernel.actors import Actor
from core.kernel.commands import TryAgain, command
from core.kernel.errors import DomainError
from core.outbox.publish import NewEvent, publish
from inventory.errors import NotEnoughInBin
from inventory.events import LOT_SET_ASIDE
from inventory.models import BinKind, BinStock, Lot, Warehouse
from inventory.models.place import VIRTUAL_KINDS
from inventory.selectors.lots import LotFact, fact_of_lot
from inventory.services.difference import free_in_bin, make_room, move_or_try_again
from inventory.services.ledger import Move
from inventory.states import Condition, MovementReason

LOOK_BACK = timedelta(days=7)
"""The hourly sweep looks at lots that came due in these days; the nightly one at all of them."""

CARRIED = frozenset({BinKind.TOTE, BinKind.PACKING, BinKind.STAGING})
"""Units there were fetched for an order: they are not moved behind its back, the case names them."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """What became of a lot in a warehouse: units set aside, promises given up for it, units on their way out."""

    units: int = 0
    given_up: int = 0
    carried: int = 0


_DUE = """
SELECT DISTINCT lot.id, bin.warehouse_id
FROM inventory_lot lot
JOIN inventory_product product ON product.id = lot.product_id
JOIN inventory_binstock stock ON stock.product_id = lot.product_id AND stock.lot = lot.number
JOIN inventory_bin bin ON bin.id = stock.bin_id
JOIN inventory_warehouse warehouse ON warehouse.id = bin.warehouse_id
WHERE stock.condition = 'sellable' AND stock.quantity > 0 AND bin.kind NOT IN ('tote', 'packing', 'staging')
  AND (lot.recalled_at IS NOT NULL
       OR lot.expires_on <= %(latest)s AND (%(everything)s OR lot.expires_on >= %(earliest)s)
          AND lot.expires_on - coalesce(product.expiry_horizon_days, 0)
              < (%(now)s AT TIME ZONE warehouse.time_zone)::date)
ORDER BY lot.id, bin.warehouse_id
"""

_LONGEST_HORIZON = "SELECT coalesce(max(expiry_horizon_days), 0) FROM inventory_product"


def set_due_aside(*, everything: bool = False, by: Actor, now: datetime) -> int:
    """Set aside every lot whose time has come on its warehouse's own day; returns the units.

    Recalled lots, and those that expire from a week back up to the longest horizon; with ``everything`` all that ever
    expired. Each lot and warehouse is its own transaction; what was done is not done again. A lot whose units cannot
    be set aside gets a case and does not keep the others waiting.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LONGEST_HORIZON)
        (longest,) = cursor.fetchone()
        cursor.execute(
            _DUE,
            {
                "everything": everything,
                "now": now,
                "earliest": now.date() - LOOK_BACK,
                "latest": now.date() + timedelta(days=longest + 1),
            },
        )
        due = cursor.fetchall()
    units = 0
    for lot_id, warehouse_id in due:
        try:
            units += set_lot_aside(lot_id, warehouse_id, by=by, now=now).units
        except DomainError as refusal:
            _tell_refused(lot_id, warehouse_id, str(refusal), now=now)
    return units


@command
def set_lot_aside(lot_id: int, warehouse_id: int, *, by: Actor, now: datetime) -> SetAside:
    """Quarantine the sellable units of a lot where they lie in a warehouse, when it may no longer be sold.

    Carts and orders that were promised units the warehouse then lacks give them up, picks planned there are planned
    elsewhere. Opens a case and publishes ``lot.set_aside``. Nothing happens to a lot that is sellable today or of
    which nothing sellable lies there.
    """
    row = Lot.objects.select_related("product").get(pk=lot_id)
    lot = fact_of_lot(row)
    zone = Warehouse.objects.values_list("time_zone", flat=True).get(pk=warehouse_id)
    if lot.is_sellable(now.astimezone(ZoneInfo(zone)).date()):
        return SetAside()
    reason = MovementReason.RECALL if lot.recalled_at else MovementReason.EXPIRED
    lying = list(
        BinStock.objects.filter(
            product_id=lot.product_id,
            lot=lot.number,
            condition=Condition.SELLABLE,
            quantity__gt=0,
            bin__warehouse_id=warehouse_id,
        )
        .exclude(bin__kind__in=VIRTUAL_KINDS)
        .order_by("product_id", "bin_id")
        .values_list("bin_id", "bin__kind", "quantity")
    )
    carried = sum(units for _bin, kind, units in lying if kind in CARRIED)
    here = [(bin_id, units) for bin_id, kind, units in lying if kind not in CARRIED]
    total = sum(units for _bin, units in here)
    given_up = 0
    if total:
        places = [(bin_id, lot.number, units) for bin_id, units in here]
        room = make_room(lot.product_id, warehouse_id, total, places=places, reason=str(reason), by=by, now=now)
        given_up = room.given_up
        for bin_id, units in here:
            free_in_bin(lot.product_id, bin_id, lot.number, units, by=by, now=now)
        moves = [
            Move(
                product_id=lot.product_id,
                quantity=units,
                from_bin_id=bin_id,
                to_bin_id=bin_id,
                to_condition=Condition.QUARANTINED,
                reason=str(reason),
                lot=lot.number,
                note=lot.recall_reason[:200],
            )
            for bin_id, units in here
        ]
        try:
            move_or_try_again(moves, room, by=by, now=now)
        except NotEnoughInBin as refusal:  # somebody fetched from there meanwhile
            raise TryAgain from refusal
        publish(
            NewEvent(
                type=LOT_SET_ASIDE,
                subject_type="lot",
                subject_id=lot.id,
                data={
                    "product_id": lot.product_id,
                    "warehouse_id": warehouse_id,
                    "lot": lot.number,
                    "units": total,
                    "reason": str(reason),
                    "given_up": given_up,
                },
            ),
            by=by,
            now=now,
        )
    if (total or carried) and not lot.recalled_at:
        _tell_expired(lot, warehouse_id, total, carried, now=now)
    return SetAside(total, given_up, carried)


def lot_link(lot: LotFact) -> dict[str, str]:
    """The way out that a case about a lot offers: its page."""
    return {"label": gettext_noop("Open the lot"), "url": quote(f"/lots/{lot.sku}/{lot.number}")}


def _tell_expired(lot: LotFact, warehouse_id: int, units: int, carried: int, *, now: datetime) -> None:
    expires = lot.expires_on.isoformat() if lot.expires_on else ""
    open_case(
        kind="lot_expired",
        dedupe_key=f"lot_expired:{lot.id}:{warehouse_id}",
        summary=gettext_noop("A lot is too close to its expiry. Its units are set aside: decide what becomes of them."),
        subject_type="lot",
        subject_id=lot.id,
        warehouse_id=warehouse_id,
        detail={
            "product_id": lot.product_id,
            "code": lot.number,
            "expires_on": expires,
            "units": units,
            "carried": carried,
        },
        fixes=[lot_link(lot)],
        now=now,
    )


@command
def _tell_refused(lot_id: int, warehouse_id: int, why: str, *, now: datetime) -> None:
    lot = fact_of_lot(Lot.objects.select_related("product").get(pk=lot_id))
    open_case(
        kind="lot_not_set_aside",
        dedupe_key=f"lot_not_set_aside:{lot_id}:{warehouse_id}",
        summary=gettext_noop("A lot may no longer be sold, but its units could not be set aside. Look who holds them."),
        subject_type="lot",
        subject_id=lot_id,
        warehouse_id=warehouse_id,
        detail={"product_id": lot.product_id, "code": lot.number, "error": why},
        fixes=[lot_link(lot)],
        now=now,
    )
