"""What the services answer with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shipping.planning.picking_steps import REFUSALS


@dataclass(frozen=True, slots=True)
class ScanVerdict:
    """The answer to one scan in the words of docs/scan-contract.md; ``job`` is the fresh state of the work.

    ``next`` is set when the screen should go on elsewhere: ``buy_label`` with the parcel in ``job``.
    """

    verdict: str
    title: str
    message: str
    job: Mapping[str, Any] = field(default_factory=dict)
    next: str = ""
    parcel_ref: str = ""

    @property
    def refused(self) -> bool:
        """Whether the screen blocks: nothing changed."""
        return self.verdict in REFUSALS


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An order that did not go to the floor, and why: ``held``, ``taken``, ``gone``, ``not_allocated``, ``no_bin``."""

    fulfillment_order_id: int
    order_ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class WaveFact:
    """A wave. ``lines`` and ``units`` are 0 while it is a draft, for no bins are planned then."""

    id: int
    ref: str
    status: str
    pick_list_ids: tuple[int, ...]
    orders: int
    lines: int
    units: int
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class PickDone:
    """Units of a pick line that were put in its order's tote."""

    pick_line_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class ListFact:
    """A pick list somebody works on."""

    id: int
    ref: str
    status: str
    picker_id: int | None
    orders: int
    lines: int


@dataclass(frozen=True, slots=True)
class ParcelFact:
    """A parcel as its caller needs it next."""

    id: int
    ref: str
    order_ref: str
    status: str
    fulfillment_order_id: int
    warehouse_id: int
    carrier: str = ""
    tracking_number: str = ""
    weight_g: int | None = None
