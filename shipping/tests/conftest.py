"""A floor for the tests of this room."""

import pytest

from shipping.tests.floor import Floor, build_floor


@pytest.fixture
def floor(db: None) -> Floor:
    """Ten articles ART01 to ART10, twenty units each, every one on a shelf of its own."""
    return build_floor({f"ART{number:02}": 20 for number in range(1, 11)})
