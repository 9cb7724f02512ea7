"""Bring units from one bin to another with two scans."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from inventory.errors import Invalid
from inventory.models import BinKind
from inventory.models.place import VIRTUAL_KINDS
from inventory.selectors.places import bin_by_code
from inventory.selectors.products import product_by_code
from inventory.services.ledger import Move, move
from inventory.states import Condition, MovementReason


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
    action_id: UUID | None = None,
    by: Actor,
    now: datetime,
) -> int:
    """Move ``quantity`` units between two real bins of a warehouse, each named by its label or painted name.

    Out of a receiving bin it counts as put away. Returns the movement's id. Raises NotFound, Invalid,
    NotEnoughInBin, and AlreadyMoved for an ``action_id`` seen before.
    """
    product, _units = product_by_code(product_code)
    source = bin_by_code(from_code, warehouse_id=warehouse_id)
    target = bin_by_code(to_code, warehouse_id=warehouse_id)
    if source.kind in VIRTUAL_KINDS or target.kind in VIRTUAL_KINDS or source.id == target.id:
        raise Invalid(_("Scan two different bins."))
    if quantity <= 0:
        raise Invalid(_("Move at least one unit."))
    if source.frozen or target.frozen:
        raise Invalid(_("This bin is being counted. Move the units when the count is done."))
    put_away = source.kind == BinKind.RECEIVING
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
                reason=MovementReason.PUT_AWAY if put_away else MovementReason.MOVE,
                move_key=f"move:{action_id}" if action_id else None,
            )
        ],
        by=by,
        now=now,
    )
    return movement_id
