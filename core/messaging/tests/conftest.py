"""A template of the tests' own, and one message to send with it."""

import copy
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from core.messaging.services import send_email_once

NOW = datetime(2024, 11, 20, 9, 0, tzinfo=UTC)
CONTEXT: dict[str, Any] = {
    "name": "สมชาย <Somchai>",
    "items": [{"name": "Mug, blue", "quantity": 2, "sku": "MUG-B"}, {"name": "Lamp", "quantity": 1}],
    "lines": ["99/1 ถนนสุขุมวิท", "Bangkok 10110"],
    "rows": [{"label": "Tracking", "value": "TH123", "url": "https://example.com/t/1"}],
}


@pytest.fixture(autouse=True)
def test_templates(settings: Settings) -> None:
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"].append(Path(__file__).parent / "templates")
    settings.TEMPLATES = templates


def greet(
    *,
    key: str = "order.confirmed:1",
    recipient: str = "somchai@example.com",
    locale: str = "th",
    context: Callable[[], Mapping[str, Any]] = lambda: CONTEXT,
    **more: Any,
) -> None:
    """Send the greeting under the key."""
    values: dict[str, Any] = {
        "dedupe_key": key,
        "template": "greeting",
        "recipient": recipient,
        "locale": locale,
        "context": context,
        "subject_type": "order",
        "subject_id": 1,
        "timeline": "ORD-TEST",
        "now": NOW,
        **more,
    }
    send_email_once(**values)
