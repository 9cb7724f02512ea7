"""A folder that PostgreSQL's account can enter also when the tests run as root."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fulfillment.devtools.embedded import scratch_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    made = scratch_folder("fulfillment-test-")
    yield made
    shutil.rmtree(made)
