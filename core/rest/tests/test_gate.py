"""Request ids, caching, outages and health."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory

from core.rest.clients import client_ip
from core.rest.logs import RequestId
from core.rest.models import IdempotencyRecord
from core.rest.tests.conftest import Call


@pytest.fixture
def database_down(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """From here on the database refuses every connection."""
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        patch.setitem(connection.settings_dict, "PORT", "1")
        yield
    connection.close()


@pytest.mark.django_db
def test_a_request_id_is_made_or_kept(call: Call) -> None:
    made = call("GET", "nowhere/")
    assert len(made["X-Request-ID"]) == 32
    kept = call("GET", "nowhere/", x_request_id="edge-00017")
    assert kept["X-Request-ID"] == kept.json()["request_id"] == "edge-00017"
    assert len(call("GET", "nowhere/", x_request_id="evil\tid")["X-Request-ID"]) == 32


@pytest.mark.django_db
def test_the_log_names_the_request(call: Call, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(RequestId())
    answer = call("POST", "groups/", {"name": "defect"})
    logged = {getattr(record, "request_id", "") for record in caplog.records if record.levelname == "ERROR"}
    assert logged == {answer["X-Request-ID"]}


@pytest.mark.django_db
def test_no_answer_may_be_cached_unless_it_says_so(call: Call, tiny_api: None) -> None:
    assert "no-store" in call("GET", "groups/")["Cache-Control"]
    assert "no-store" in Client().get("/page")["Cache-Control"]


@pytest.mark.django_db
def test_a_post_without_the_final_slash_is_not_redirected(call: Call) -> None:
    assert call("POST", "groups", {"name": "a"}).status_code == 404


@pytest.mark.django_db
def test_etags_guard_changes(call: Call) -> None:
    assert call("GET", "groups/7/")["ETag"] == '"7"'
    unchanged = call("GET", "groups/7/", if_none_match='W/"7", "9"')
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert call("GET", "groups/7/", if_none_match='"6"').status_code == 200
    assert call("PATCH", "groups/7/", {}, if_match='"7"').status_code == 200
    assert call("PATCH", "groups/7/", {}, if_match='W/"7"').status_code == 200
    assert call("PATCH", "groups/7/", {}).status_code == 200
    stale = call("PATCH", "groups/7/", {}, if_match='"6"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    for garbage in ("garbage", "7", '"7', '"', '"7", "8"'):
        assert call("PATCH", "groups/7/", {}, if_match=garbage).status_code == 400, garbage


@pytest.mark.django_db
@pytest.mark.parametrize("tag", ['"of-another-system"', '""', '"-7"', '"7.0"', '"99999999999999"', 'W/"x"', '"٧"'])
def test_an_etag_that_was_never_one_of_ours_is_past(call: Call, tag: str) -> None:
    stale = call("PATCH", "groups/7/", {}, if_match=tag)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")


@pytest.mark.django_db
def test_health_asks_nothing(tiny_api: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert Client().get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_readiness_needs_the_database_and_its_migrations(tiny_api: None) -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"] | {"redis": ""} == {"database": "ok", "migrations": "ok", "redis": ""}


@pytest.mark.django_db
def test_readiness_without_redis_is_degraded(tiny_api: None, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


def test_with_the_database_down_everything_is_a_503_to_be_repeated(
    tiny_api: None, key: str, call: Call, database_down: None
) -> None:
    for answer in (call("GET", "groups/7/"), call("POST", "groups/", {"name": "a"}, idempotency_key="k")):
        assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
        assert answer["Retry-After"] == "2" and answer.json()["code"] == "unavailable"
    page = Client(raise_request_exception=False).get("/page")
    assert (page.status_code, page["Retry-After"]) == (503, "2")
    assert "Try again" in page.content.decode()


def test_with_the_database_down_the_process_lives_but_is_not_ready(tiny_api: None, database_down: None) -> None:
    assert Client().get("/healthz").status_code == 200
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "failed")


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_does_not_come_is_a_503(tiny_api: None, call: Call) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '50ms'")
    try:
        answer = call("POST", "groups/", {"name": "stuck"})
    finally:
        connection.close()
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")


@pytest.mark.django_db
def test_a_value_the_database_refuses_is_a_400(tiny_api: None, call: Call) -> None:
    answer = call("POST", "groups/", {"name": "refused by the database"})
    assert answer.status_code == 400


@pytest.mark.django_db
def test_a_defect_of_ours_is_a_500_problem_that_tells_nothing(tiny_api: None, call: Call) -> None:
    answer = call("POST", "groups/", {"name": "defect"})
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "secret" not in answer.content.decode() and answer.json()["request_id"]


@pytest.mark.django_db
def test_a_constraint_that_holds_is_a_409(tiny_api: None, call: Call) -> None:
    answer = call("POST", "groups/", {"name": "twin"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        (2, "1.2.3.4", "10.0.0.1"),
    ],
)
def test_the_callers_address_is_what_our_proxies_saw(
    rf: RequestFactory, settings: Any, proxies: int, forwarded: str, address: str
) -> None:
    settings.PROXY_COUNT = proxies
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", headers={"x-forwarded-for": forwarded})
    assert client_ip(request) == address


@pytest.mark.django_db(transaction=True)
def test_a_command_that_is_overtaken_again_and_again_is_a_503(tiny_api: None, call: Call) -> None:
    answer = call("POST", "groups/", {"name": "overtaken"}, idempotency_key="k")
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.django_db
def test_a_thai_address_is_an_address_like_any_other(call: Call) -> None:
    assert call("GET", "groups/%E0%B8%81/").json() == {"ref": "ก"}
    assert call("GET", "groups/%ff%ed%a0%80/").json() == {"ref": "%FF%ED%A0%80"}
