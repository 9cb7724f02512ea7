"""Where units are put: the suggestion and its reason, and the rule that forbids a bin."""

import pytest

from inventory.models import Bin, BinKind, Product, Zone
from inventory.planning.storing import PLENTY
from inventory.selectors.storing import fits_in, load_of, suggest_bins, suggest_for_load, why_not
from inventory.services.places import NewBin, create_bins
from inventory.tests.conftest import Floor, make_products

pytestmark = pytest.mark.django_db


def measured(product: int, **columns: object) -> None:
    """A cube of one litre and 500 g, unless told otherwise."""
    size = {"length_mm": 100, "width_mm": 100, "height_mm": 100, "weight_g": 500}
    Product.objects.filter(pk=product).update(**(size | columns))


@pytest.fixture
def bulk(floor: Floor) -> list[int]:
    made = create_bins(
        floor.warehouse_id, [NewBin(f"B-{n}", kind=BinKind.BULK, pick_sequence=100 + n, zone="B") for n in range(3)]
    )
    return [one.id for one in made]


def names(floor: Floor, product: int, quantity: int = 1, **how: object) -> list[tuple[str, str]]:
    found = suggest_bins(product, floor.warehouse_id, quantity, **how)  # type: ignore[arg-type]
    return [(one.bin_name, one.reason) for one in found]


def test_units_go_where_the_product_lies_while_they_fit(floor: Floor, bulk: list[int], product: int) -> None:
    measured(product)
    Bin.objects.filter(pk=floor.shelves[1]).update(capacity_ml=20_000)
    floor.receive(product, 5, floor.shelves[1])
    assert names(floor, product, 10)[0] == ("A-01-2", "Same product there, 15 more fit")
    assert names(floor, product, 16)[0] == ("B-0", "Empty: Bulk")


def test_a_fast_mover_gets_a_pick_face_and_everything_else_bulk(floor: Floor, bulk: list[int]) -> None:
    fast, slow = make_products(2)
    Product.objects.filter(pk=fast).update(velocity="A")
    assert names(floor, fast)[0] == ("A-01-1", "Pick face for a fast mover")
    assert names(floor, slow) == [(f"B-{n}", "Empty: Bulk") for n in range(3)]


def test_hazardous_goods_go_only_where_their_class_is_allowed(floor: Floor, bulk: list[int], product: int) -> None:
    measured(product, hazard="3")
    assert names(floor, product) == []
    assert why_not(product, bulk[0], 1) == "Zone B does not allow hazard class 3. Choose another bin."
    Zone.objects.filter(code="B").update(allowed_hazards=["3", "8"])
    assert names(floor, product)[0] == ("B-0", "Empty: Bulk, zone allows class 3")
    (acid,) = make_products(1, start=7)
    measured(acid, hazard="8")
    floor.receive(acid, 1, bulk[0])
    assert "Keep class 3 apart" in why_not(product, bulk[0], 1)
    assert names(floor, product)[0][0] == "B-1"


def test_harmless_goods_stay_out_of_a_hazard_zone_while_there_is_another_place(floor: Floor, product: int) -> None:
    create_bins(floor.warehouse_id, [NewBin("H-1", kind=BinKind.BULK, pick_sequence=1, zone="H")])
    create_bins(floor.warehouse_id, [NewBin("B-9", kind=BinKind.BULK, pick_sequence=9, zone="B")])
    Zone.objects.filter(code="H").update(allowed_hazards=["3"])
    found = [name for name, _why in names(floor, product, limit=9)]
    assert (found[0], found[-1]) == ("B-9", "H-1")


def test_a_bin_of_one_product_takes_no_other(floor: Floor, product: int) -> None:
    Bin.objects.update(one_product=True)
    (other,) = make_products(1, start=5)
    floor.receive(other, 1, floor.shelves[0])
    assert "one product" in why_not(product, floor.shelves[0], 1)
    assert why_not(other, floor.shelves[0], 1) == ""
    assert [name for name, _why in names(floor, product)] == ["A-01-2", "A-01-3"]


def test_frozen_and_unused_bins_are_never_suggested(floor: Floor, product: int) -> None:
    Bin.objects.filter(pk=floor.shelves[0]).update(frozen=True)
    Bin.objects.filter(pk=floor.shelves[1]).update(active=False)
    assert [name for name, _why in names(floor, product)] == ["A-01-3"]
    assert "frozen" in why_not(product, floor.shelves[0], 1)
    assert "not in use" in why_not(product, floor.shelves[1], 1)


def test_the_tightest_of_volume_weight_and_units_counts_and_is_named(floor: Floor, product: int) -> None:
    measured(product)
    here = Bin.objects.filter(pk=floor.shelves[0])
    assert fits_in(product, floor.shelves[0]) == PLENTY
    for columns, fits, word in (
        ({"capacity_ml": 9_500}, 9, "volume"),
        ({"capacity_g": 4_000}, 8, "weight"),
        ({"capacity_units": 3}, 3, "units"),
    ):
        here.update(**columns)
        assert fits_in(product, floor.shelves[0]) == fits
        assert why_not(product, floor.shelves[0], fits) == ""
        assert word in why_not(product, floor.shelves[0], fits + 1)


def test_where_no_bin_takes_all_the_one_that_takes_most_comes_first(floor: Floor, product: int) -> None:
    for number, shelf in enumerate(floor.shelves, start=1):
        Bin.objects.filter(pk=shelf).update(capacity_units=number)
    assert names(floor, product, 9)[0] == ("A-01-3", "Empty: Pick face, only 3 of 9 fit")


def test_what_stands_on_a_pallet_takes_room_in_its_bin(floor: Floor, bulk: list[int], product: int) -> None:
    measured(product)
    Bin.objects.filter(pk=bulk[0]).update(capacity_units=10)
    (pallet,) = create_bins(floor.warehouse_id, [NewBin("PAL-1", kind=BinKind.PALLET)])
    Bin.objects.filter(pk=pallet.id).update(parent_id=bulk[0])
    floor.receive(product, 7, pallet.id)
    assert fits_in(product, bulk[0]) == 3


def test_units_that_are_not_sellable_are_sent_to_quarantine(floor: Floor, product: int) -> None:
    assert [name for name, _why in names(floor, product, condition="damaged")] == ["QUARANTINE-1"]


def test_a_mixed_load_goes_where_all_of_it_fits(floor: Floor, bulk: list[int]) -> None:
    one, two = make_products(2)
    Bin.objects.filter(pk=bulk[0]).update(capacity_units=9)
    floor.receive(one, 5, floor.bins[BinKind.RECEIVING])
    floor.receive(two, 5, floor.bins[BinKind.RECEIVING])
    load = load_of(floor.bins[BinKind.RECEIVING])
    assert [found.bin_name for found in suggest_for_load(load, floor.warehouse_id, stands=True)] == ["B-1", "B-2"]


def test_a_suggestion_costs_the_same_however_many_bins_there_are(
    floor: Floor, product: int, django_assert_max_num_queries: object
) -> None:
    create_bins(floor.warehouse_id, [NewBin(f"M-{n}", kind=BinKind.BULK, pick_sequence=n) for n in range(600)])
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        assert len(suggest_bins(product, floor.warehouse_id, 5)) == 3
