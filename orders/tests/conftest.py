"""Shops for the tests of this room."""

import pytest

from orders.tests.shop import Shop, build_shop


@pytest.fixture
def shop(db: None) -> Shop:
    """A shop that backorders: ten mugs, three lamps, no vases."""
    return build_shop({"MUG": 10, "LAMP": 3, "VASE": 0})


@pytest.fixture
def strict_shop(db: None) -> Shop:
    """A shop that rejects short orders: ten mugs, three lamps, no vases."""
    return build_shop({"MUG": 10, "LAMP": 3, "VASE": 0}, policy="reject", code="STRICT")
