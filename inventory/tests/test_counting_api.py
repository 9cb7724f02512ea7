"""Counts over REST: asked for by bin or zone, told when nobody counts any more."""

import pytest
from django.utils import timezone

from core.kernel.actors import Actor
from inventory.models import CountTask
from inventory.services.counting import begin_count, enter_count, finish_count
from inventory.tests.conftest import Floor
from inventory.tests.test_api import Call, caller

pytestmark = pytest.mark.django_db
ANN = Actor(kind="staff", id=7, name="ann")


@pytest.fixture
def call(db: None) -> Call:
    return caller("stock:read", "stock:write")


def test_bins_are_asked_for_by_name_and_by_zone(call: Call, floor: Floor) -> None:
    answer = call("POST", "counts/", {"warehouse": "MAIN", "bins": ["A-01-2"]})
    assert answer.status_code == 201, answer.content
    (one,) = answer.json()["counts"]
    assert (one["bin"], one["status"], one["cause"], one["variance_units"]) == ("A-01-2", "requested", "request", None)
    zone = call("POST", "counts/", {"warehouse": "MAIN", "zone": "A"}).json()["counts"]
    assert [row["bin"] for row in zone] == ["A-01-1", "A-01-2", "A-01-3"]
    assert CountTask.objects.count() == 3
    listed = call("GET", "counts/?warehouse=MAIN&view=todo").json()["results"]
    assert {row["ref"] for row in listed} == {row["ref"] for row in zone}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"warehouse": "MAIN", "bins": ["A-01-1", "Z-9"]}, "/bins/1"),
        ({"warehouse": "MAIN", "zone": "Z"}, "/zone"),
        ({"warehouse": "NONE", "zone": "A"}, "/warehouse"),
    ],
)
def test_what_is_not_there_is_pointed_at(call: Call, floor: Floor, body: dict[str, object], pointer: str) -> None:
    answer = call("POST", "counts/", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not CountTask.objects.exists()
    assert call("POST", "counts/", {"warehouse": "MAIN"}).status_code == 400


def test_a_count_tells_its_numbers_when_nobody_counts_any_more(call: Call, floor: Floor, product: int) -> None:
    floor.receive(product, 9)
    ref = call("POST", "counts/", {"warehouse": "MAIN", "bins": ["A-01-1"]}).json()["counts"][0]["ref"]
    now = timezone.now()
    begin_count(ref, by=ANN, now=now)
    enter_count(ref, product_id=product, counted=9, by=ANN, now=now)
    assert call("GET", f"counts/{ref}/").json()["lines"] == []
    finish_count(ref, by=ANN, now=now)
    told = call("GET", f"counts/{ref}/").json()
    assert (told["status"], told["variance_units"], told["counted_by"]) == ("approved", 0, "ann")
    (line,) = told["lines"]
    assert (line["counted"], line["book"], line["difference"], line["lot"]) == (9, 9, 0, None)
    assert call("GET", "counts/CNT-NOTHING/").status_code == 404


def test_reading_keys_cannot_ask_for_counts(floor: Floor) -> None:
    reader = caller("stock:read")
    assert reader("POST", "counts/", {"warehouse": "MAIN", "zone": "A"}).status_code == 403
