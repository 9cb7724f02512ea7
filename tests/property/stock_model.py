"""What stock is, in plain counters: the model the real database is compared with."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

BinOf = tuple[int, int, str]
"""(product, bin id, condition)"""


class StockModel:
    """Units by bin, promises by kind, and what has been planned, packed and shipped."""

    def __init__(self) -> None:
        super().__init__()
        self.shelves: list[int] = []
        self.far: dict[str, int] = {}
        self.tote = 0
        self.bins: Counter[BinOf] = Counter()
        self.to_pick: Counter[tuple[int, int]] = Counter()
        self.allocated: Counter[int] = Counter()
        self.plans: list[tuple[int, int, int]] = []
        self.packed: Counter[int] = Counter()
        self.shipped: Counter[int] = Counter()
        self.holds: list[tuple[Any, int, int, datetime]] = []
        self.clock = NOW

    def total(self, product: int, *conditions: str) -> int:
        return sum(
            quantity
            for (whose, _bin, condition), quantity in self.bins.items()
            if whose == product and (not conditions or condition in conditions)
        )

    def reserved(self, product: int) -> int:
        return sum(quantity for _id, whose, quantity, _until in self.holds if whose == product)

    def available(self, product: int) -> int:
        return self.total(product, "sellable") - self.allocated[product] - self.reserved(product)

    def free(self, product: int, bin_id: int) -> int:
        return self.bins[product, bin_id, "sellable"] - self.to_pick[product, bin_id]

    def storage(self) -> list[int]:
        return [*self.shelves, self.far["receiving"], self.far["returns"]]

    def planned(self, product: int) -> int:
        return sum(quantity for whose, _bin, quantity in self.plans if whose == product)

    def carried(self, product: int) -> int:
        return self.bins[product, self.tote, "sellable"] + self.packed[product]

    def shift(self, product: int, source: int | None, target: int | None, quantity: int, *kinds: str) -> None:
        before, after = kinds or ("sellable", "sellable")
        if source is not None:
            self.bins[product, source, before] -= quantity
        if target is not None:
            self.bins[product, target, after] += quantity

    def end_carts(self, product: int, loss: int) -> None:
        """A loss beyond what is available ends cart holds on the product, newest first."""
        lacking = loss - self.available(product)
        for hold in sorted(self.holds, key=lambda hold: self.holds.index(hold), reverse=True):
            if lacking <= 0:
                break
            if hold[1] == product:
                self.holds.remove(hold)
                lacking -= hold[2]
