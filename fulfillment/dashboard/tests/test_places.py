"""The desk's pages of places: how full, what is to be done, labels, many bins at once, freezing."""

import pypdfium2
import pytest
import zxingcpp
from django.test import Client
from django.urls import reverse

from fulfillment.dashboard.tests.desk import action, signed_in
from inventory.models import Bin, BinKind, Product, Warehouse, Zone
from inventory.selectors.places import bin_by_id
from inventory.services.counting import request_count
from inventory.services.places import create_pallets, create_warehouse
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

pytestmark = pytest.mark.slow


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"MUG": 10, "LAMP": 4})


@pytest.fixture
def client(floor: Floor) -> Client:
    return signed_in("supervisor")


@pytest.fixture
def shelf(floor: Floor) -> Bin:
    return Bin.objects.get(code=floor.shelves["A-02-1"].code)


def show(client: Client, name: str, *args: object, query: str = "") -> str:
    response = client.get(reverse(f"dashboard:{name}", args=args) + query)
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def test_the_places_show_how_full_zones_and_bins_are(client: Client, shelf: Bin) -> None:
    Bin.objects.filter(pk=shelf.pk).update(capacity_units=40)
    html = show(client, "places")
    assert "A-02-1" in html and "25 %" in html
    assert "A-02-1" in show(client, "places", query="?state=used&kind=pick_face")
    assert "No bin is like that" in show(client, "places", query="?state=full")
    assert "A-02-1" not in show(client, "places", query="?kind=tote")


def test_many_bins_are_shown_before_they_are_made(client: Client, floor: Floor) -> None:
    fields = {
        "pattern": "C-01-1 … C-02-3",
        "kind": "bulk",
        "zone": "c",
        "litres": "120.5",
        "units": "",
        "kilograms": "",
    }
    where = reverse("dashboard:new_bins")
    preview = client.get(where, fields, headers={"HX-Request": "true"}).content.decode()
    assert "6 bins" in preview and "C-02-3" in preview
    assert not Bin.objects.filter(name="C-01-1").exists()
    assert client.post(where, action(**fields)).status_code == 302
    made = Bin.objects.filter(name__startswith="C-").order_by("pick_sequence")
    assert [one.name for one in made] == ["C-01-1", "C-01-2", "C-01-3", "C-02-1", "C-02-2", "C-02-3"]
    assert {(one.capacity_ml, one.zone.code if one.zone else "", one.kind) for one in made} == {(120_500, "C", "bulk")}
    assert made[0].pick_sequence > Bin.objects.get(name="A-02-1").pick_sequence
    again = client.post(where, action(**fields))
    assert again.status_code == 422 and "C-01-1" in again.content.decode()
    assert client.post(where, action(**fields | {"pattern": "C-2 … C-1"})).status_code == 422


def test_a_zone_is_set_up_with_its_hazard_classes(client: Client, floor: Floor) -> None:
    where = reverse("dashboard:new_zone")
    assert client.post(where, action(code="h", name="Solvents", hazards="3, 8")).status_code == 302
    assert Zone.objects.get(code="H").allowed_hazards == ["3", "8"]
    assert client.post(where, action(code="")).status_code == 422


def test_a_bin_is_frozen_with_a_reason_and_says_so(client: Client, floor: Floor, shelf: Bin) -> None:
    where = reverse("dashboard:freeze_bin", args=[shelf.code])
    assert client.post(where, action(reason=" ")).status_code == 422
    floor.order({"MUG": 2})
    floor.release()
    page = client.post(where, action(reason="Leaking roof"), follow=True).content.decode()
    assert "2 units in it are on pick lists already" in page and "Frozen: Leaking roof" in page
    assert bin_by_id(shelf.pk).frozen
    client.post(reverse("dashboard:unfreeze_bin", args=[shelf.code]), action())
    assert not bin_by_id(shelf.pk).frozen
    assert "In use again" in show(client, "place", shelf.code)


def test_a_place_tells_what_is_to_be_done_and_how_many_more_fit(client: Client, floor: Floor, shelf: Bin) -> None:
    Bin.objects.filter(pk=shelf.pk).update(capacity_units=12)
    ref = request_count(shelf.pk, cause="request", by=TESTER, now=NOW)
    html = show(client, "place", shelf.code, query="?sku=mug")
    assert ref in html and "2 more of MUG fit" in html
    assert "no product has the code" in show(client, "place", shelf.code, query="?sku=none").lower()
    Product.objects.filter(sku="MUG").update(hazard="3")
    assert "hazard class 3" in show(client, "place", shelf.code, query="?sku=MUG")


def test_what_a_bin_holds_is_changed_on_its_page(client: Client, shelf: Bin) -> None:
    where = reverse("dashboard:change_bin", args=[shelf.code])
    fields = {"zone": "q", "litres": "12.5", "kilograms": "", "units": "7", "one_product": "on", "sequence": "4"}
    assert client.post(where, action(**fields)).status_code == 302
    found = bin_by_id(shelf.pk)
    assert (found.zone, found.capacity_ml, found.capacity_g, found.capacity_units) == ("Q", 12_500, None, 7)
    assert (found.one_product, found.pick_sequence) == (True, 4)
    assert "12.5 l, 7 units" in show(client, "place", shelf.code)
    assert client.post(where, action(**fields | {"units": "0"})).status_code == 422


def test_how_many_more_fit_is_told_for_the_warehouse(client: Client, shelf: Bin) -> None:
    Bin.objects.filter(pk=shelf.pk).update(capacity_units=15)
    html = show(client, "places", query="?sku=mug")
    assert "5 more of MUG fit" in html and "without a limit" in html
    assert "No product has the code" in show(client, "places", query="?sku=nothing")


def test_an_empty_bin_says_since_when(client: Client, floor: Floor) -> None:
    empty = Bin.objects.filter(kind=BinKind.PACKING).get()
    assert "It is empty" in show(client, "place", empty.code)


def test_the_label_of_a_place_scans(client: Client, shelf: Bin) -> None:
    response = client.get(reverse("dashboard:place_label", args=[shelf.code, "pdf"]))
    assert response["Content-Type"] == "application/pdf"
    page = pypdfium2.PdfDocument(response.content)[0].render(scale=203 / 72).to_pil()
    assert [code.text for code in zxingcpp.read_barcodes(page)] == [shelf.code]
    assert client.get(reverse("dashboard:place_label", args=[shelf.code, "zpl"])).content.startswith(b"^XA")
    assert client.get(reverse("dashboard:place_label", args=[shelf.code, "exe"])).status_code == 404


def test_labels_are_printed_of_what_the_list_shows(client: Client, floor: Floor) -> None:
    client.post(reverse("dashboard:new_pallets"), action(count="3"))
    names = list(Bin.objects.filter(kind=BinKind.PALLET).values_list("name", flat=True))
    assert sorted(names) == ["PAL-001", "PAL-002", "PAL-003"]
    response = client.get(reverse("dashboard:place_labels", args=["zpl"]) + "?kind=pallet")
    assert response.content.count(b"^XA") == 3


def test_move_all_from_the_page_leaves_one_scan(client: Client, floor: Floor, shelf: Bin) -> None:
    page = client.post(reverse("dashboard:carry", args=[shelf.code]), follow=True)
    assert "Everything in" in page.content.decode() and "A-02-1" in page.content.decode()


def test_pallets_in_a_bin_are_named_on_its_page(client: Client, floor: Floor) -> None:
    (pallet,) = create_pallets(floor.warehouse_id, 1)
    dock = Bin.objects.get(pk=pallet.parent_id or 0)
    assert "PAL-001" in show(client, "place", dock.code)
    assert "RECEIVING-1" in show(client, "place", pallet.code)


def test_the_list_costs_the_same_however_many_bins(
    client: Client, floor: Floor, django_assert_max_num_queries: object
) -> None:
    fields = {"pattern": "D-01 … D-90", "kind": "bulk"}
    client.post(reverse("dashboard:new_bins"), action(**fields))
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert "More bins" in show(client, "places")


def test_a_warehouse_of_somebody_else_is_marked(client: Client, floor: Floor) -> None:
    other = create_warehouse(code="THREE", name="Third", country="GB", cut_off=NOW.time(), kind="third_party")
    assert Warehouse.objects.get(pk=other.id).kind == "third_party"
    assert "A third party" in show(client, "places")


def test_nobody_works_on_the_floor_of_a_warehouse_of_somebody_else(client: Client, floor: Floor) -> None:
    other = create_warehouse(code="AAA", name="Third", country="GB", cut_off=NOW.time(), kind="drop_ship")
    assert client.get(reverse("dashboard:putaway")).status_code == 200  # our own comes before it
    session = client.session
    session["warehouse_id"] = other.id
    session.save()
    for name in ("putaway", "move", "receive", "pick"):
        assert client.get(reverse(f"dashboard:{name}")).status_code == 404
    html = show(client, "places")
    assert reverse("dashboard:putaway") not in html and reverse("dashboard:stock") in html
