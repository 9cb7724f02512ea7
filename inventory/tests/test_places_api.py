"""Bins, how full they are and how many more fit, over REST."""

import pytest
from django.test import Client

from inventory.models import Bin, BinKind, Product
from inventory.services.freezing import freeze_bin
from inventory.services.places import NewBin, create_bins
from inventory.tests.conftest import NOW, TESTER, Floor
from inventory.tests.places import another_warehouse
from inventory.tests.test_api import Call, caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(db: None) -> Call:
    return caller("stock:read")


@pytest.fixture
def boxes(floor: Floor, product: int) -> int:
    Product.objects.filter(pk=product).update(length_mm=100, width_mm=100, height_mm=100, weight_g=1000)
    Bin.objects.filter(pk=floor.shelves[0]).update(capacity_ml=20_000)
    floor.receive(product, 5)
    return product


def test_bins_are_listed_with_how_full_they_are(call: Call, floor: Floor, boxes: int) -> None:
    another_warehouse()
    found = call("GET", "bins/?warehouse=MAIN&zone=A&kind=pick_face").json()["results"]
    assert [one["name"] for one in found] == ["A-01-3", "A-01-2", "A-01-1"]
    assert found[-1]["occupancy"] == {
        "units": 5,
        "volume_ml": 5000,
        "weight_g": 5000,
        "units_percent": None,
        "volume_percent": 25,
        "weight_percent": None,
    }
    assert call("GET", "bins/?zone=NONE").json()["results"] == []
    assert call("GET", "bins/?kind=supplier").status_code == 400


def test_the_list_pages_both_ways(call: Call, floor: Floor) -> None:
    first = call("GET", "bins/?warehouse=MAIN&limit=2").json()
    second = call("GET", first["next"]).json()
    assert not {one["code"] for one in first["results"]} & {one["code"] for one in second["results"]}
    assert call("GET", second["previous"]).json()["results"] == first["results"]


def test_one_bin_tells_its_content_and_why_it_is_frozen(call: Call, floor: Floor, boxes: int) -> None:
    freeze_bin(floor.shelves[0], reason="Leak", by=TESTER, now=NOW)
    code = Bin.objects.get(pk=floor.shelves[0]).code
    found = call("GET", f"bins/{code.lower()}/").json()
    assert (found["frozen"], found["frozen_reason"], found["capacity"]["volume_ml"]) == (True, "Leak", 20_000)
    assert [(one["sku"], one["quantity"]) for one in found["content"]] == [("P-001", 5)]
    supplier = Bin.objects.get(pk=floor.bins[BinKind.SUPPLIER])
    assert call("GET", f"bins/{supplier.code}/").status_code == call("GET", "bins/LNONE/").status_code == 404


def test_how_many_more_fit_is_told_by_zone_and_of_one_bin(call: Call, floor: Floor, boxes: int) -> None:
    create_bins(floor.warehouse_id, [NewBin("B-1", kind=BinKind.BULK, zone="B", capacity_units=9)])
    told = call("GET", "stock/fits/?sku=p-001&warehouse=MAIN").json()
    assert (told["fits"], told["bins_with_room"], told["bins_without_limit"]) == (24, 4, 2)
    assert [(one["zone"], one["fits"]) for one in told["zones"]] == [("A", 15), ("B", 9)]
    assert call("GET", "stock/fits/?sku=p-001&warehouse=MAIN&bin=A-01-1").json()["fits"] == 15
    for query in ("sku=none&warehouse=MAIN", "sku=p-001&warehouse=MOON", "sku=p-001&warehouse=MAIN&bin=nowhere"):
        assert call("GET", f"stock/fits/?{query}").status_code == 404


def test_bins_are_for_keys_that_may_read_stock(floor: Floor) -> None:
    assert Client().get("/api/v1/bins/").status_code == 401
    assert caller("products:read")("GET", "bins/").status_code == 403


def test_a_page_costs_the_same_however_many_bins(
    call: Call, floor: Floor, django_assert_max_num_queries: object
) -> None:
    create_bins(floor.warehouse_id, [NewBin(f"M-{n}") for n in range(60)])
    call("GET", "bins/")
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert len(call("GET", "bins/").json()["results"]) == 50
