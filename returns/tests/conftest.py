"""A shop that has shipped something, for the tests of this room."""

import pytest

from orders.tests.shop import Shop, build_shop


@pytest.fixture
def shop(db: None) -> Shop:
    """A shop with thirty each of mugs, lamps and vases."""
    return build_shop({"MUG": 30, "LAMP": 30, "VASE": 30})


@pytest.fixture
def race_shop(transactional_db: None) -> Shop:
    """The same for tests whose threads have to see each other's commits."""
    return build_shop({"MUG": 30, "LAMP": 30, "VASE": 30})
