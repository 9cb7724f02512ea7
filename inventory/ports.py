"""What inventory asks of the rooms above it, connected by the roof when the program starts.

Inventory may not import orders or shipping; a loss that eats promised units must still give them up in the same
transaction. So the roof sets these names (``fulfillment.wiring.connect_ports``), and services call them here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from core.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Drift:
    """One fact the stock check found wrong: which invariant, of what, what is stored and what it should be.

    ``because`` are sentences that name the movements which explain it.
    """

    check: str
    subject: str
    stored: int
    expected: int
    repaired: bool = False
    detail: dict[str, Any] = field(default_factory=dict)
    because: tuple[str, ...] = ()

    def __str__(self) -> str:
        state = " (repaired)" if self.repaired else ""
        return f"{self.check}: {self.subject}: stored {self.stored}, expected {self.expected}{state}"


class GiveUpAllocations(Protocol):
    """Release up to ``quantity`` allocated units of a product, latest promise first; returns how many were released.

    Runs in the caller's transaction and calls ``reservation.give_back`` for what it releases; just before, with its
    own rows locked, it calls ``before_stock``, where the caller locks what comes before stock levels.
    """

    def __call__(
        self,
        product_id: int,
        warehouse_id: int,
        quantity: int,
        *,
        by: Actor,
        now: datetime,
        reason: str,
        before_stock: Callable[[], object] = ...,
    ) -> int: ...


class GiveUpPicks(Protocol):
    """Take up to ``quantity`` units of a product in a bin off open pick lines; returns how many were taken off.

    Runs in the caller's transaction and calls ``picking.unplan_picks`` for what it takes off.
    """

    def __call__(self, product_id: int, bin_id: int, lot: str, quantity: int, *, by: Actor, now: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class HeldPicks:
    """Pick lists that are locked: whose units they fetch, and what locks their waves, once the orders are locked.

    ``loose`` are (product_id, warehouse_id) of units that no line of these orders covers: they are planned anew when
    the last line goes.
    """

    fulfillment_order_ids: frozenset[int]
    lock_waves: Callable[[], None]
    loose: frozenset[tuple[int, int]] = frozenset()


class ExtraCheck(Protocol):
    """Invariants a higher room adds to the stock check. With ``repair`` it mends what it finds and says so."""

    def __call__(self, *, repair: bool, by: Actor, now: datetime) -> list[Drift]: ...


def nothing() -> None:
    """Nothing to lock."""


NO_PICKS = HeldPicks(frozenset(), nothing)


def _no_allocations(
    product_id: int,
    warehouse_id: int,
    quantity: int,
    *,
    by: Actor,
    now: datetime,
    reason: str,
    before_stock: Callable[[], object] = nothing,
) -> int:
    return 0


def _no_picks(product_id: int, bin_id: int, lot: str, quantity: int, *, by: Actor, now: datetime) -> int:
    return 0


give_up_allocations: GiveUpAllocations = _no_allocations
give_up_picks: GiveUpPicks = _no_picks

LockPromises = Callable[[Sequence[tuple[int, int, int]], Iterable[int]], None]


def _no_promises(losses: Sequence[tuple[int, int, int]], fulfillment_order_ids: Iterable[int]) -> None:
    return None


lock_promises: LockPromises = _no_promises
"""Lock the orders ``give_up_allocations`` would choose for (product_id, warehouse_id, units) and those of the work."""

LockPicks = Callable[[Sequence[tuple[int, int, str, int]]], HeldPicks]


def _no_lists(places: Sequence[tuple[int, int, str, int]]) -> HeldPicks:
    return NO_PICKS


lock_picks: LockPicks = _no_lists
"""Lock the pick lists ``give_up_picks`` would choose for (product_id, bin_id, lot, units), before any order."""

extra_checks: list[ExtraCheck] = []

UnitsKept = Callable[[int, Iterable[int]], dict[int, int]]


def _nothing_kept(channel_id: int, product_ids: Iterable[int]) -> dict[int, int]:
    return {}


units_kept: UnitsKept = _nothing_kept
"""Units of products that a channel leaves to the others, by (channel id, product ids): {product_id: units}."""

BufferMark = Callable[[int], str]


def _no_mark(channel_id: int) -> str:
    return ""


buffer_mark: BufferMark = _no_mark
"""Text that changes whenever what a channel leaves to the others does; empty while it leaves nothing."""

Backordered = Callable[[list[int], list[int] | None], dict[tuple[int, int], int]]


def _nothing_backordered(product_ids: list[int], warehouse_ids: list[int] | None) -> dict[tuple[int, int], int]:
    return {}


backordered: Backordered = _nothing_backordered
"""Units promised beyond stock by (product_id, warehouse_id); orders knows them, the stock list shows them."""


class DailyDemand(Protocol):
    """{(product_id, warehouse_id, day): units ordered and not cancelled} from ``since`` to before ``until``."""

    def __call__(
        self,
        since: date,
        until: date,
        product_ids: Iterable[int] | None = None,
        warehouse_ids: Iterable[int] | None = None,
    ) -> dict[tuple[int, int, date], int]: ...


def _no_demand(
    since: date, until: date, product_ids: Iterable[int] | None = None, warehouse_ids: Iterable[int] | None = None
) -> dict[tuple[int, int, date], int]:
    return {}


daily_demand: DailyDemand = _no_demand
"""What was ordered, by the day of the warehouse; orders knows it."""

OrderInTote = Callable[[int], str]


def _no_order(bin_id: int) -> str:
    return ""


order_in_tote: OrderInTote = _no_order
"""The order whose picked goods lie in that tote, "" when it is free; shipping knows it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the rooms above know of an order that got units of a lot: the shop's own number of it, parcels, returns."""

    customer_ref: str
    parcels: tuple[str, ...]
    returns: tuple[str, ...]


SentWith = Callable[[int, str, Sequence[str]], dict[str, Sent]]


def _nothing_known(product_id: int, lot: str, order_refs: Sequence[str]) -> dict[str, Sent]:
    return {}


sent_with: SentWith = _nothing_known
"""Of orders that got units of (product_id, lot), by reference: what the rooms above know of them."""

WaitingUnits = Callable[[list[int], int], dict[int, list[int]]]


def _nobody_waits(product_ids: list[int], warehouse_id: int) -> dict[int, list[int]]:
    return {}


waiting_units: WaitingUnits = _nobody_waits
"""{product_id: units each order wants that is not on the floor yet, the first to ship first}, in a warehouse."""

LotsInParcel = Callable[[str], dict[tuple[int, str], int]]


def _no_parcel(parcel_ref: str) -> dict[tuple[int, str], int]:
    return {}


lots_in_parcel: LotsInParcel = _no_parcel
"""{(product_id, lot): units} that a parcel carries, by its reference; shipping knows."""
