"""Every route of the real API, whoever adds it: nothing is open by mistake."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from core.accounts.scopes import ALL_SCOPES
from core.accounts.services import issue_api_key
from core.rest.views import Endpoint

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

METHODS = ("get", "post", "put", "patch", "delete")
# Open to everybody: the OpenAPI document, and carriers' calls, which carry a signature instead of a key.
OPEN = re.compile(r"/api/v1/(schema/|carriers/.*)")
SAMPLE = {"int": "1", "uuid": "00000000-0000-4000-8000-000000000000"}


def patterns(resolver: URLResolver, prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        elif route.startswith("/api/"):
            yield re.sub(r"<(?:(\w+):)?\w+>", lambda m: SAMPLE.get(m[1] or "", "x"), route), entry


# Questions too long for a URL: they are posted, and change nothing.
QUESTIONS = {"/api/v1/shipping/rates/", "/api/v1/stock/availability/"}


def closed_calls() -> list[tuple[str, str, Any]]:
    """Path, method and view class of every call that wants a key."""
    found = []
    for path, pattern in patterns(get_resolver()):
        view = getattr(pattern.callback, "view_class", None)
        if not OPEN.fullmatch(path):
            found += [(path, method, view) for method in METHODS if view is None or hasattr(view, method)]
    return found


def test_every_call_is_an_endpoint_with_a_known_scope() -> None:
    calls = closed_calls()
    assert calls
    for path, method, view in calls:
        assert isinstance(view, type) and issubclass(view, Endpoint), path
        assert view.scopes.get(method.upper()) in ALL_SCOPES, (method, path)
        write = view.scopes[method.upper()].endswith(":write")
        assert write or method == "get" or path in QUESTIONS, (method, path)


def test_without_a_key_every_call_is_a_401() -> None:
    for path, method, _view in closed_calls():
        assert Client().generic(method.upper(), path).status_code == 401, (method, path)


def test_a_key_without_scopes_opens_no_call() -> None:
    _client, key = issue_api_key(name="nobody", scopes=[], now=timezone.now())
    for path, method, _view in closed_calls():
        answer = Client(headers={"authorization": f"Bearer {key}"}).generic(method.upper(), path)
        assert answer.status_code == 403, (method, path)


def test_every_list_refuses_a_parameter_it_does_not_know() -> None:
    _client, key = issue_api_key(name="all", scopes=ALL_SCOPES, requests_per_minute=None, now=timezone.now())
    for path, method, _view in closed_calls():
        if method == "get":
            answer = Client(headers={"authorization": f"Bearer {key}"}).get(f"{path}?no_such_parameter=1")
            assert answer.status_code == 400, path


HOSTILE = ["[]", "null", '"a"', "{", '{"no_such_field": 1}', '{"a": "\\u0000"}', "[" * 50_000]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_no_hostile_body_is_a_500_anywhere(body: str) -> None:
    _client, key = issue_api_key(name="all", scopes=ALL_SCOPES, requests_per_minute=None, now=timezone.now())
    browser = Client(raise_request_exception=False, headers={"authorization": f"Bearer {key}"})
    for path, method, _view in closed_calls():
        if method in ("post", "put", "patch"):
            answer = browser.generic(method.upper(), path, body, content_type="application/json")
            assert 400 <= answer.status_code < 500, (method, path, answer.content)
            assert answer["Content-Type"] == "application/problem+json"
