"""What every test of the project needs."""

import hypothesis
import pytest
from pytest_django.fixtures import Settings

from orders.selectors.calendars import forget_book
from orders.selectors.methods import forget_methods
from tests import emptying

# A shared machine is slow at times; a failing example comes with the line that replays it.
hypothesis.settings.register_profile("fulfillment", deadline=None, print_blob=True)
hypothesis.settings.load_profile("fulfillment")
emptying.install()


@pytest.fixture(autouse=True)
def _cheap_passwords(settings: Settings) -> None:
    """Hashing a password well takes a tenth of a second by design; tests make users by the hundred."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


@pytest.fixture(autouse=True)
def _fresh_calendars() -> None:
    """What a process keeps of the calendar tables and methods outlives the transaction of a test."""
    forget_book()
    forget_methods()
