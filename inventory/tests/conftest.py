"""A warehouse with a few bins and products, made by the services themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time

import pytest
from django.db import transaction

from core.kernel.actors import Actor
from inventory.models import BinKind, BinStock, Product, StockLevel
from inventory.selectors.places import default_bins
from inventory.services.ledger import Move, move
from inventory.services.places import NewBin, create_bins, create_warehouse
from inventory.services.reservation import Want, take

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TESTER = Actor(kind="staff", id=1, name="tester")


@dataclass(frozen=True)
class Floor:
    """A warehouse: ``bins`` by kind, and three shelves on the walk."""

    warehouse_id: int
    bins: dict[str, int]
    shelves: list[int]

    def receive(self, product_id: int, quantity: int, bin_id: int | None = None) -> None:
        """Sellable units from the supplier to a shelf (the first, if none is named)."""
        with transaction.atomic():
            move(
                [
                    Move(
                        product_id=product_id,
                        quantity=quantity,
                        from_bin_id=self.bins[BinKind.SUPPLIER],
                        to_bin_id=bin_id or self.shelves[0],
                        reason="receive",
                    )
                ],
                by=TESTER,
                now=NOW,
            )

    def allocate(self, product_id: int, quantity: int) -> None:
        with transaction.atomic():
            take([Want(product_id, self.warehouse_id, quantity)])

    def level(self, product_id: int) -> StockLevel:
        return StockLevel.objects.get(product_id=product_id, warehouse_id=self.warehouse_id)

    def in_bin(self, product_id: int, bin_id: int) -> dict[str, int]:
        """{condition: units} of a product in a bin, empty rows left out."""
        rows = BinStock.objects.filter(product_id=product_id, bin_id=bin_id, quantity__gt=0)
        return dict(rows.values_list("condition", "quantity"))


def build_floor(code: str = "MAIN") -> Floor:
    warehouse = create_warehouse(code=code, name="Main", country="GB", cut_off=time(15, 0))
    shelves = create_bins(
        warehouse.id,
        [NewBin(name=f"A-01-{number}", pick_sequence=number * 10, zone="A") for number in (1, 2, 3)],
    )
    return Floor(warehouse.id, default_bins(warehouse.id), [shelf.id for shelf in shelves])


def make_products(count: int, start: int = 1) -> list[int]:
    rows = Product.objects.bulk_create(
        Product(sku=f"P-{number:03}", name=f"Product {number}", created_at=NOW)
        for number in range(start, start + count)
    )
    return [row.pk for row in rows]


MakeProducts = Callable[[int], list[int]]


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor()


@pytest.fixture
def product(db: None) -> int:
    return make_products(1)[0]
