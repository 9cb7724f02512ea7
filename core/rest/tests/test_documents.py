from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from core.rest.documents import _document

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _built_afresh() -> Iterator[None]:
    _document.cache_clear()
    yield
    _document.cache_clear()


def test_the_openapi_document_describes_the_calls_and_their_problems(tiny_api: None) -> None:
    answer = Client().get("/api/v1/schema/")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    post = document["paths"]["/api/v1/groups/"]["post"]
    assert post["security"] == [{"key": []}]
    assert "orders:write" in post["description"]
    assert {"201", "400", "401", "403", "409", "413", "415", "422", "429", "503"} == set(post["responses"])
    assert [parameter["name"] for parameter in post["parameters"]] == ["Idempotency-Key"]
    body = document["components"]["schemas"]["CoreGroupIn"]
    assert body["additionalProperties"] is False
    assert body["required"] == ["name"] and body["properties"]["name"]["maxLength"] == 64
    read = document["paths"]["/api/v1/groups/"]["get"]
    assert {parameter["name"] for parameter in read["parameters"]} == {"name", "cursor", "limit"}
    assert Client().get("/api/v1/schema/", headers={"if-none-match": answer["ETag"]}).status_code == 304


def test_the_openapi_document_of_the_whole_system_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json")
    assert '"openapi": "3.1' in capsys.readouterr().out


def test_the_page_for_programmers_keeps_scripts_strict(settings: Any) -> None:
    answer = Client().get("/developers/")
    policy = answer["Content-Security-Policy"]
    assert "swagger-ui" in answer.content.decode()
    assert "script-src 'self';" in policy + ";"
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "unsafe-inline" not in Client().get("/developers/errors/")["Content-Security-Policy"]


def test_every_error_code_is_explained() -> None:
    page = Client().get("/developers/errors/").content.decode()
    for code in ("idempotency_key_reused", "stale_version", "too_many_requests"):
        assert f'id="{code}"' in page
