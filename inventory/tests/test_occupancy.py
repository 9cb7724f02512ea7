"""How full bins, zones and warehouses are, and how many more fit."""

from random import Random

import pytest

from inventory.models import Bin, BinKind, Product, Zone
from inventory.planning.storing import PLENTY, units_that_fit
from inventory.selectors.occupancy import bins_along, fits_by_zone, newest_bins, together, zone_rows
from inventory.selectors.storing import articles, places_now
from inventory.services.moving import move_all
from inventory.services.places import NewBin, create_bin_rows, create_bins, create_pallets, create_zone
from inventory.tests.conftest import NOW, TESTER, Floor, make_products

pytestmark = pytest.mark.django_db


@pytest.fixture
def boxes(product: int) -> int:
    """A litre and a kilogram each."""
    Product.objects.filter(pk=product).update(length_mm=100, width_mm=100, height_mm=100, weight_g=1000)
    return product


def test_a_bin_is_as_full_as_its_tightest_capacity(floor: Floor, boxes: int) -> None:
    Bin.objects.filter(pk=floor.shelves[0]).update(capacity_ml=20_000, capacity_g=10_000, capacity_units=50)
    floor.receive(boxes, 5)
    (row,), more = bins_along(floor.warehouse_id, state="used", limit=5)
    assert more is None
    one = row.occupancy
    assert (one.volume_percent, one.weight_percent, one.units_percent, one.tightest) == (25, 50, 10, 50)
    assert row.products == 1


def test_a_zone_counts_the_bins_with_a_limit_and_how_many_are_used(floor: Floor, boxes: int) -> None:
    Bin.objects.filter(pk__in=floor.shelves[:2]).update(capacity_ml=10_000)
    create_bins(floor.warehouse_id, [NewBin("N-1")])
    floor.receive(boxes, 5)
    floor.receive(boxes, 9, floor.shelves[2])  # no limit: counts as used, not towards the percentage
    nowhere, zone = zone_rows(floor.warehouse_id)
    assert (nowhere.zone, nowhere.occupancy.bins, nowhere.occupancy.used_bins) == ("", 1, 0)
    assert (zone.zone, zone.occupancy.volume_percent, zone.occupancy.weight_percent) == ("A", 25, None)
    assert (zone.occupancy.bins, zone.occupancy.used_bins, zone.occupancy.units) == (3, 2, 14)
    whole = together([nowhere, zone])
    assert (whole.bins, whole.used_bins, whole.bins_percent, whole.volume_percent) == (4, 2, 50, 25)


def test_what_stands_on_a_pallet_fills_its_bin_and_zone(floor: Floor, boxes: int) -> None:
    (bulk,) = create_bins(floor.warehouse_id, [NewBin("B-1", kind=BinKind.BULK, zone="B", capacity_ml=10_000)])
    (pallet,) = create_pallets(floor.warehouse_id, 1)
    floor.receive(boxes, 4, pallet.id)
    move_all(source_id=pallet.id, target_id=bulk.id, by=TESTER, now=NOW)
    assert [row.occupancy.volume_percent for row in zone_rows(floor.warehouse_id) if row.zone == "B"] == [40]
    assert {fits.zone: fits.units for fits in fits_by_zone(boxes, floor.warehouse_id)}["B"] == 6


def test_bins_are_found_by_kind_zone_and_state_page_by_page(floor: Floor, boxes: int) -> None:
    made = create_bin_rows(floor.warehouse_id, [f"C-{n}" for n in range(5)], NewBin("", zone="C", capacity_units=2))
    floor.receive(boxes, 2, made[1].id)
    floor.receive(boxes, 1, made[3].id)
    Bin.objects.filter(pk=made[4].id).update(frozen=True)

    def names(state: str) -> list[str]:
        rows, _more = bins_along(floor.warehouse_id, zone_id=made[0].zone_id, state=state)
        return [row.fact.name for row in rows]

    assert names("") == [f"C-{n}" for n in range(5)]
    assert names("used") == ["C-1", "C-3"]
    assert names("empty") == ["C-0", "C-2", "C-4"]
    assert names("full") == ["C-1"]
    assert names("frozen") == ["C-4"]
    first, more = bins_along(floor.warehouse_id, kinds=["pick_face"], limit=5)
    rest, end = bins_along(floor.warehouse_id, kinds=["pick_face"], limit=5, after=more)
    assert [row.fact.name for row in first + rest] == ["A-01-1", "A-01-2", "A-01-3", *names("")]
    assert end is None


def test_newest_bins_page_by_id(floor: Floor) -> None:
    rows = newest_bins(warehouse_ids=[floor.warehouse_id], kinds=["pick_face"], limit=2)
    assert [row.id for row in rows] == [floor.shelves[2], floor.shelves[1]]
    older = newest_bins(warehouse_ids=[floor.warehouse_id], kinds=["pick_face"], limit=2, before_id=rows[-1].id)
    assert [row.id for row in older] == [floor.shelves[0]]
    newer = newest_bins(warehouse_ids=[floor.warehouse_id], kinds=["pick_face"], limit=1, after_id=floor.shelves[0])
    assert [row.id for row in newer] == [floor.shelves[1]]


def test_the_database_counts_what_fits_as_the_rules_do(floor: Floor) -> None:
    dice = Random(7)
    create_zone(floor.warehouse_id, code="H", allowed_hazards=["3", "8"])
    create_bins(
        floor.warehouse_id,
        [
            NewBin(
                f"R-{n}",
                kind=dice.choice([BinKind.BULK, BinKind.PICK_FACE]),
                zone=dice.choice(["H", "Z"]),
                capacity_ml=dice.choice([None, 5_000, 50_000]),
                capacity_g=dice.choice([None, 3_000, 40_000]),
                capacity_units=dice.choice([None, 4, 40]),
                one_product=dice.random() < 0.3,
            )
            for n in range(40)
        ],
    )
    products = make_products(5, start=50)
    for product, hazard in zip(products, ["", "3", "8", "", "3"], strict=True):
        Product.objects.filter(pk=product).update(
            hazard=hazard, length_mm=dice.randint(0, 200), width_mm=90, height_mm=80, weight_g=dice.choice([0, 700])
        )
    bins = list(Bin.objects.filter(kind__in=["bulk", "pick_face"]).order_by("pk"))
    for place in bins:
        for _units in range(dice.randint(0, 2)):
            floor.receive(dice.choice(products), dice.randint(1, 9), place.pk)
    Bin.objects.filter(pk=bins[5].pk).update(frozen=True)
    for product, article in articles(products).items():
        fits = [units_that_fit(article, place) for place in places_now([one.pk for one in bins]).values()]
        counted = fits_by_zone(product, floor.warehouse_id)
        assert sum(one.units for one in counted) == sum(one for one in fits if one < PLENTY)
        assert sum(one.unlimited for one in counted) == fits.count(PLENTY)
        assert sum(one.bins_with_room for one in counted) == sum(one > 0 for one in fits)


def test_a_zone_is_made_once_and_changed_by_its_code(floor: Floor) -> None:
    first = create_zone(floor.warehouse_id, code=" h ", name="Solvents", allowed_hazards=["3", " "])
    assert create_zone(floor.warehouse_id, code="H", allowed_hazards=["8", "3"]) == first
    assert Zone.objects.get(pk=first).allowed_hazards == ["3", "8"]


def test_a_page_of_bins_costs_the_same_whatever_lies_in_them(
    floor: Floor, boxes: int, django_assert_num_queries: object
) -> None:
    made = create_bin_rows(floor.warehouse_id, [f"Q-{n:02}" for n in range(60)], NewBin(""))
    for place in made[:20]:
        floor.receive(boxes, 1, place.id)
    with django_assert_num_queries(2):  # type: ignore[operator]
        bins_along(floor.warehouse_id, limit=50)
