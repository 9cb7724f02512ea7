"""The journeys' house serves here too."""

from tests.journeys.conftest import sink, world

__all__ = ["sink", "world"]
