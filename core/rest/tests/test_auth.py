from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from core.accounts.models import APIClient
from core.accounts.services import issue_api_key, revoke_api_key
from core.kernel.errors import Invalid, NotFound
from core.rest.tests.conftest import Call

pytestmark = pytest.mark.django_db


def test_a_key_opens_the_api_with_one_query(call: Call, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert call("GET", "groups/7/").json() == {"ref": "7"}


def test_no_key_is_a_401_that_says_how(tiny_api: None) -> None:
    answer = Client().get("/api/v1/groups/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("bad", ["", "short", "ffk_" + "x" * 43, "ключ" * 10, "x" * 5000, "a b"])
def test_a_wrong_key_is_a_401(call: Call, bad: str) -> None:
    answer = call("GET", "groups/", bearer=bad)
    assert answer.status_code == 401 and answer["WWW-Authenticate"]


def test_a_revoked_key_closes(call: Call, key: str) -> None:
    client = APIClient.objects.get()
    revoke_api_key(client.pk, now=timezone.now())
    assert call("GET", "groups/").status_code == 401


def test_an_expired_key_closes(call: Call, key: str) -> None:
    APIClient.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert call("GET", "groups/").status_code == 401


def test_a_missing_scope_is_a_403_that_names_it(call: Call) -> None:
    _client, reader = issue_api_key(name="reader", scopes=["orders:read"], now=timezone.now())
    answer = call("POST", "groups/", {"name": "a"}, bearer=reader)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert "orders:write" in answer.json()["detail"]


def test_a_method_the_view_lacks_is_a_405(call: Call) -> None:
    answer = call("DELETE", "groups/7/")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, PATCH, HEAD"
    for method in ("OPTIONS", "TRACE", "DISPATCH", "initial"):
        assert call(method, "groups/").status_code == 405


def test_a_key_is_kept_as_a_hash_only() -> None:
    client, key = issue_api_key(name="shop", scopes=["orders:read"], now=timezone.now())
    row = APIClient.objects.filter(pk=client.pk).values().get()
    assert key.startswith("ffk_") and len(key) == 47
    assert not any(key in str(value) for value in row.values())
    assert key.startswith(row["key_prefix"]) and len(row["key_prefix"]) == 12


def test_unknown_scopes_are_refused() -> None:
    with pytest.raises(Invalid):
        issue_api_key(name="shop", scopes=["orders:eat"], now=timezone.now())


def test_revoking_twice_keeps_the_first_time_and_an_unknown_key_is_not_found() -> None:
    client, _key = issue_api_key(name="shop", scopes=[], now=timezone.now())
    first = timezone.now()
    revoke_api_key(client.pk, now=first)
    revoke_api_key(client.pk, now=first + timedelta(hours=1))
    assert APIClient.objects.get(pk=client.pk).revoked_at == first
    with pytest.raises(NotFound):
        revoke_api_key(0, now=first)
