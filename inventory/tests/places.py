"""Places for tests of the rooms above."""

from datetime import time

from inventory.services.places import create_warehouse


def another_warehouse(code: str = "FAR") -> int:
    """A second warehouse, empty; returns its id."""
    return create_warehouse(code=code, name=code.title(), country="SE", cut_off=time(12, 0)).id
