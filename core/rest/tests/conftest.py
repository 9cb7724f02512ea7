"""A key for the tiny API, and a caller that uses it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.accounts.services import issue_api_key

Call = Callable[..., Any]


@pytest.fixture
def tiny_api(settings: Any) -> None:
    settings.ROOT_URLCONF = "core.rest.tests.urls"


@pytest.fixture
def key(db: None) -> str:
    _client, key = issue_api_key(
        name="shop", scopes=["orders:read", "orders:write"], requests_per_minute=None, now=timezone.now()
    )
    return key


@pytest.fixture
def call(tiny_api: None, key: str) -> Call:
    """``call("POST", "groups/", {...}, idempotency_key="k")`` -> the answer, never an exception."""

    def send(method: str, where: str, body: Any = None, *, bearer: str = key, **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return Client(raise_request_exception=False).generic(
            method,
            f"/api/v1/{where}",
            raw,
            content_type=headers.pop("content_type", "application/json"),
            headers={"authorization": f"Bearer {bearer}", **{k.replace("_", "-"): v for k, v in headers.items()}},
        )

    return send
