import pytest
from django.contrib.auth.models import Group

from core.rest.models import IdempotencyRecord
from core.rest.tests.conftest import Call

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_same_key_and_body_act_once_and_answer_byte_for_byte(call: Call) -> None:
    first = call("POST", "groups/", {"name": "a"}, idempotency_key="k1")
    again = call("POST", "groups/", {"name": "a"}, idempotency_key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again["Location"] == first["Location"]
    assert "Idempotent-Replayed" not in first and again["Idempotent-Replayed"] == "true"
    assert Group.objects.count() == 1


def test_another_body_under_the_same_key_is_refused(call: Call) -> None:
    call("POST", "groups/", {"name": "a"}, idempotency_key="k1")
    other = call("POST", "groups/", {"name": "b"}, idempotency_key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_without_a_key_every_request_acts(call: Call) -> None:
    call("POST", "groups/", {"name": "a"})
    call("POST", "groups/", {"name": "a"})
    assert Group.objects.count() == 2


def test_a_refusal_is_rolled_back_and_not_kept(call: Call) -> None:
    refused = call("POST", "groups/", {"name": "refused"}, idempotency_key="k1")
    assert (refused.status_code, refused.json()["code"]) == (409, "name_refused")
    assert refused.json()["errors"][0]["pointer"] == "/name"
    assert Group.objects.count() == 0 and IdempotencyRecord.objects.count() == 0


def test_bulk_work_is_replayed_as_well(call: Call) -> None:
    first = call("POST", "groups/bulk/", {"names": ["a", "b"]}, idempotency_key="k1")
    again = call("POST", "groups/bulk/", {"names": ["a", "b"]}, idempotency_key="k1")
    assert first.content == again.content and again["Idempotent-Replayed"] == "true"
    assert Group.objects.count() == 2


@pytest.mark.parametrize("bad", ["k" * 256, "ключ"])
def test_a_key_that_is_too_long_or_not_ascii_is_refused(call: Call, bad: str) -> None:
    assert call("POST", "groups/", {"name": "a"}, idempotency_key=bad).status_code == 400
