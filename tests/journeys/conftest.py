"""One house for each journey, with a mail server that keeps what it is told."""

from collections.abc import Iterator

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from core.accounts.models import User
from core.accounts.scopes import ALL_SCOPES
from core.accounts.services import issue_api_key
from core.messaging.tests.sink import Sink, smtp_sink
from shipping.tests.floor import build_floor
from tests.journeys.world import World


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    with smtp_sink() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = sink.port
        yield sink


@pytest.fixture
def world(db: None, sink: Sink) -> World:
    """Ten mugs, ten lamps, the only vase just broke; a channel that backorders, and its key."""
    floor = build_floor({"MUG": 10, "LAMP": 10, "VASE": 1})
    _client, key = issue_api_key(
        name="shop",
        scopes=ALL_SCOPES,
        channel_id=floor.shop.channel_id,
        requests_per_minute=None,
        now=timezone.now(),
    )
    world = World(floor, sink, key, User.objects.create(username="inge", roles=["inspector"]))
    broken = {"sku": "VASE", "warehouse": "MAIN", "reason": "damaged", "delta": -1}
    assert world.call("POST", "stock/adjustments/", broken).status_code == 201
    return world
