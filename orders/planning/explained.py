"""What an explanation of an order's stock is made of: pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

PICKABLE = ("pick_face", "bulk", "pallet", "receiving", "returns")
"""Kinds of bins a picker can be sent to."""


@dataclass(frozen=True, slots=True)
class Level:
    """A product in a warehouse. ``serves``: the channel may ship from there; ``declined``: it said no to this order.

    ``mine`` of the ``allocated`` units are this order's. ``kept`` are left to other channels.
    """

    warehouse_id: int
    code: str
    name: str
    own: bool = True
    serves: bool = True
    declined: bool = False
    on_hand: int = 0
    allocated: int = 0
    mine: int = 0
    in_carts: int = 0
    quality_control: int = 0
    set_aside: int = 0
    safety_stock: int = 0
    kept: int = 0
    distance_km: int | None = None

    @property
    def unpromised(self) -> int:
        """Good units that nobody was promised, the safety stock and what is kept for other channels among them."""
        taken = self.allocated + self.in_carts + self.quality_control + self.set_aside
        return max(0, self.on_hand - taken)

    @property
    def free(self) -> int:
        """Units this order could be given now."""
        return max(0, self.unpromised - self.safety_stock - self.kept)


@dataclass(frozen=True, slots=True)
class Spot:
    """Units of one lot in one condition in one bin. ``unfit``: recalled or too close to its expiry."""

    warehouse_id: int
    bin_id: int
    bin: str
    bin_code: str
    kind: str
    condition: str
    lot: str
    expires_on: date | None
    quantity: int
    planned: int = 0
    frozen: bool = False
    recalled: bool = False
    unfit: bool = False

    @property
    def pickable(self) -> int:
        """Units a picker can be sent for."""
        fit = self.condition == "sellable" and not (self.frozen or self.recalled or self.unfit)
        return max(0, self.quantity - self.planned) if fit and self.kind in PICKABLE else 0


@dataclass(frozen=True, slots=True)
class Coming:
    """Units on their way to a warehouse that serves the order."""

    ref: str
    units: int
    day: date | None
    is_transfer: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the order. ``waiting`` units have no stock; ``ahead`` units of others come before them."""

    id: int
    product_id: int
    sku: str
    name: str
    wanted: int
    shipped: int
    waiting: int
    kit_id: int | None = None
    ships: bool = True
    release_on: date | None = None
    levels: tuple[Level, ...] = ()
    spots: tuple[Spot, ...] = ()
    coming: tuple[Coming, ...] = ()
    ahead: int = 0
    replacements: int = 0

    @property
    def here(self) -> int:
        """Units that have stock and have not left."""
        return self.wanted - self.shipped - self.waiting


@dataclass(frozen=True, slots=True)
class Hold:
    """An open hold. ``word`` is what its type is called."""

    id: int
    type: str
    word: str
    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the order in one warehouse; ``units`` by product."""

    id: int
    warehouse_id: int
    warehouse: str
    own: bool
    status: str
    request_status: str = ""
    release_on: date | None = None
    note: str = ""
    units: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the explanation is made of. ``by_hand``: the channel gives new stock by hand."""

    status: str
    lines: tuple[Line, ...]
    parts: tuple[Part, ...] = ()
    holds: tuple[Hold, ...] = ()
    complete: bool = False
    by_hand: bool = False
