"""Set many quantities from outside, each only when it still is what it was when it was read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.kernel.actors import Actor
from core.kernel.errors import DomainError
from inventory.errors import StaleQuantity
from inventory.services.adjustment import adjust_stock


@dataclass(frozen=True, slots=True)
class Counted:
    """A product's quantity as somebody counted it: in a bin, or ``on_hand`` of the warehouse without one."""

    product_id: int
    warehouse_id: int
    quantity: int
    expected_quantity: int
    bin_id: int | None = None
    reason: str = "recount"
    note: str = ""


@dataclass(frozen=True, slots=True)
class CountFate:
    """What became of one: ``adjusted``, ``same`` (it was so already), ``stale`` or ``refused``.

    ``quantity`` is what it is now, None when that is not known.
    """

    status: str
    quantity: int | None = None
    delta: int = 0
    code: str = ""
    detail: str = ""


def set_quantities(counts: Sequence[Counted], *, by: Actor, now: datetime) -> list[CountFate]:
    """Compare and set each, in its own transaction; what became of each, in their order.

    Harmless to repeat: what was set before is ``same`` the second time, though it no longer is what was expected.
    """
    return [_set(one, by=by, now=now) for one in counts]


def _set(one: Counted, *, by: Actor, now: datetime) -> CountFate:
    try:
        fact = adjust_stock(
            product_id=one.product_id,
            warehouse_id=one.warehouse_id,
            bin_id=one.bin_id,
            reason=one.reason,
            quantity=one.quantity,
            expected_quantity=one.expected_quantity,
            note=one.note,
            by=by,
            now=now,
        )
    except StaleQuantity as refusal:
        found = int(refusal.extra["quantity"])
        if found == one.quantity:
            return CountFate("same", found)
        return CountFate("stale", found, code=refusal.code, detail=refusal.detail)
    except DomainError as refusal:
        return CountFate("refused", code=refusal.code, detail=refusal.detail)
    return CountFate("adjusted" if fact.delta else "same", one.quantity, fact.delta)
