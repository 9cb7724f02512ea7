"""Putting away and moving by scan: what is suggested, what is refused, and two scans for each."""

import uuid

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from fulfillment.dashboard.tests.desk import signed_in
from fulfillment.dashboard.tests.device import Device
from inventory.models import Bin, BinKind, Product
from inventory.selectors.places import bin_by_id, default_bins
from inventory.selectors.stock import bin_content
from inventory.services.ledger import Move
from inventory.services.ledger import move as ledger_move
from inventory.services.places import NewBin, create_bins, create_pallets
from shipping.models import PickList
from shipping.selectors.walks import walk_of
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

pytestmark = pytest.mark.slow


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"MUG": 10, "LAMP": 4})


@pytest.fixture
def client(floor: Floor) -> Client:
    return signed_in("receiver")


def arrive(floor: Floor, sku: str, quantity: int, bin_id: int = 0, condition: str = "sellable") -> None:
    """Units of an article come to the dock, or to a bin."""
    bins = default_bins(floor.warehouse_id)
    with transaction.atomic():
        ledger_move(
            [
                Move(
                    floor.shop.products[sku],
                    quantity,
                    bins["supplier"],
                    bin_id or bins["receiving"],
                    "receive",
                    from_condition=condition,
                    to_condition=condition,
                )
            ],
            by=TESTER,
            now=NOW,
        )


def lies(floor: Floor, name: str) -> dict[str, int]:
    """{sku: units} in the bin of that name."""
    found = Bin.objects.get(warehouse_id=floor.warehouse_id, name=name)
    return {one.sku: one.quantity for one in bin_content(found.pk)}


@pytest.fixture
def bulk(floor: Floor) -> dict[str, str]:
    """{name: code} of two bulk bins."""
    made = create_bins(floor.warehouse_id, [NewBin(f"B-{n}", kind=BinKind.BULK, pick_sequence=900 + n) for n in (1, 2)])
    return {one.name: one.code for one in made}


def putting(client: Client) -> Device:
    return Device(client, reverse("dashboard:putaway"))


def moving(client: Client) -> Device:
    return Device(client, reverse("dashboard:move"))


def test_the_suggestion_tells_its_reason(floor: Floor, client: Client, bulk: dict[str, str]) -> None:
    arrive(floor, "MUG", 6)
    device = putting(client)
    device.scan("EAN-MUG")
    assert "A-02-1" in device.html and "Same product there" in device.html
    assert device.scan(floor.shelves["A-02-1"].code).message.startswith("6 × Article MUG put away")
    assert lies(floor, "A-02-1") == {"MUG": 16}


def test_a_number_puts_only_some_away(floor: Floor, client: Client, bulk: dict[str, str]) -> None:
    arrive(floor, "MUG", 6)
    device = putting(client)
    device.scan("EAN-MUG")
    device.press("quantity", quantity="2")
    device.scan(bulk["B-1"])
    assert (lies(floor, "B-1"), lies(floor, "RECEIVING-1")) == ({"MUG": 2}, {"MUG": 4})


def test_a_full_bin_names_the_next_best_and_takes_what_fits(floor: Floor, client: Client, bulk: dict[str, str]) -> None:
    Bin.objects.filter(name="A-02-1").update(capacity_units=13)
    arrive(floor, "MUG", 6)
    device = putting(client)
    device.scan("EAN-MUG")
    asked = device.scan(floor.shelves["A-02-1"].code)
    assert asked.verdict == "decision"
    assert "3 more fit. Next best: B-1 (Empty: Bulk)" in asked.message
    assert lies(floor, "A-02-1") == {"MUG": 10}
    assert device.press("part").verdict == "line_done"
    assert (lies(floor, "A-02-1"), lies(floor, "RECEIVING-1")) == ({"MUG": 13}, {"MUG": 3})
    device.scan("EAN-MUG")
    device.scan(floor.shelves["A-02-1"].code)
    assert device.press("anyway").verdict == "line_done"
    assert lies(floor, "A-02-1") == {"MUG": 16}


def test_a_rule_refuses_and_offers_no_way_round(floor: Floor, client: Client, bulk: dict[str, str]) -> None:
    Product.objects.filter(sku="MUG").update(hazard="3")
    arrive(floor, "MUG", 1)
    device = putting(client)
    device.scan("EAN-MUG")
    refused = device.scan(bulk["B-1"])
    assert refused.verdict == "wrong" and "hazard class 3" in refused.message
    assert device.press("anyway").verdict == "wrong"
    assert lies(floor, "B-1") == {}


def test_a_pallet_is_put_away_whole_with_two_scans(floor: Floor, client: Client, bulk: dict[str, str]) -> None:
    (pallet,) = create_pallets(floor.warehouse_id, 1)
    arrive(floor, "MUG", 6, pallet.id)
    arrive(floor, "LAMP", 2, pallet.id)
    device = putting(client)
    assert "PAL-001" in device.html
    assert device.scan(pallet.code).verdict == "ok"
    assert "Empty: Bulk" in device.html
    assert device.scan(bulk["B-1"]).message.startswith("PAL-001 stands in B-1")
    assert bin_by_id(pallet.id).parent_name == "B-1"
    assert "The dock is clear" in device.html


def test_a_delivery_is_received_onto_a_pallet_until_the_docks_label_is_scanned(
    floor: Floor, client: Client, bulk: dict[str, str]
) -> None:
    (pallet,) = create_pallets(floor.warehouse_id, 1)
    dock = bin_by_id(pallet.parent_id or 0)
    device = Device(client, reverse("dashboard:receive"))
    device.press("blind", reason="no_papers")
    assert "goes onto PAL-001" in device.scan(pallet.code).message
    device.scan("EAN-MUG")
    device.scan("EAN-MUG")
    device.scan(dock.code)
    device.scan("EAN-LAMP")
    assert (lies(floor, "PAL-001"), lies(floor, dock.name)) == ({"MUG": 2}, {"LAMP": 1})
    assert device.scan(bulk["B-1"]).verdict == "wrong"


def test_returned_goods_and_a_tote_are_put_away_all_together(
    floor: Floor, client: Client, bulk: dict[str, str]
) -> None:
    returns = bin_by_id(default_bins(floor.warehouse_id)["returns"])
    arrive(floor, "MUG", 2, returns.id)
    arrive(floor, "LAMP", 1, returns.id)
    device = putting(client)
    assert device.scan(returns.code).verdict == "ok"
    assert device.scan(bulk["B-1"]).message.startswith("3 units of RETURNS-1 put away")
    assert lies(floor, "B-1") == {"MUG": 2, "LAMP": 1}


def test_the_pick_list_names_the_bin_a_pallet_stands_in(floor: Floor, client: Client, bulk: dict[str, str]) -> None:
    (pallet,) = create_pallets(floor.warehouse_id, 1)
    arrive(floor, "LAMP", 20, pallet.id)
    device = moving(client)
    device.scan(pallet.code)
    device.scan(bulk["B-2"])
    floor.order({"LAMP": 15})
    (list_id,) = floor.release()
    walk = walk_of(PickList.objects.get(pk=list_id))
    assert [stop.place.name for stop in walk.stops] == ["B-2 · PAL-001"]


def test_units_that_wait_for_their_check_stay_at_the_dock(floor: Floor, client: Client) -> None:
    arrive(floor, "LAMP", 2, condition="quality_control")
    device = putting(client)
    assert "waits for its quality check" in device.scan("EAN-LAMP").message
    arrive(floor, "MUG", 2, condition="damaged")
    device.scan("EAN-MUG")
    assert "QUARANTINE-1" in device.html


def test_a_scan_sent_twice_puts_away_once(floor: Floor, client: Client, bulk: dict[str, str]) -> None:
    arrive(floor, "MUG", 6)
    device = putting(client)
    device.scan("EAN-MUG")
    once = str(uuid.uuid4())
    first = device.scan(bulk["B-1"], scan_id=once)
    again = device.scan(bulk["B-1"], scan_id=once)
    assert (first.verdict, again.verdict, lies(floor, "B-1")) == ("line_done", "line_done", {"MUG": 6})


def test_a_put_away_costs_the_same_however_much_lies_around(floor: Floor, client: Client, bulk: dict[str, str]) -> None:
    costs = []
    for _round in range(3):
        arrive(floor, "MUG", 6)
        device = putting(client)
        costs.append((device.scan("EAN-MUG").queries, device.scan(bulk["B-1"]).queries))
    assert len(set(costs[1:])) == 1, costs
    assert max(costs[-1]) <= 45, costs


def test_everything_in_a_bin_moves_with_two_scans(floor: Floor, client: Client, bulk: dict[str, str]) -> None:
    device = moving(client)
    assert "All of A-02-1" in device.scan(floor.shelves["A-02-1"].code).message
    assert device.scan(bulk["B-1"]).message == "10 units from A-02-1 are in B-1."
    assert (lies(floor, "A-02-1"), lies(floor, "B-1")) == ({}, {"MUG": 10})
    assert device.scan(floor.shelves["A-02-1"].code).verdict == "wrong"


def test_items_in_between_move_only_those(floor: Floor, client: Client, bulk: dict[str, str]) -> None:
    device = moving(client)
    assert device.scan("EAN-MUG").verdict == "wrong"
    device.scan(floor.shelves["A-02-1"].code)
    device.scan("EAN-MUG")
    device.scan("EAN-MUG")
    assert device.scan("EAN-LAMP").verdict == "wrong"
    device.scan(bulk["B-1"])
    assert lies(floor, "B-1") == {"MUG": 2}
    device.scan(floor.shelves["A-02-1"].code)
    device.scan("EAN-MUG")
    device.press("quantity", quantity="5")
    device.scan(bulk["B-1"])
    assert lies(floor, "B-1") == {"MUG": 7}


def test_a_pallet_moves_whole_or_is_emptied(floor: Floor, client: Client, bulk: dict[str, str]) -> None:
    (pallet,) = create_pallets(floor.warehouse_id, 1)
    arrive(floor, "MUG", 6, pallet.id)
    device = moving(client)
    device.scan(pallet.code)
    assert device.scan(bulk["B-1"]).message == "PAL-001 stands in B-1 now."
    device.scan(pallet.code)
    device.press("unload")
    assert device.scan(bulk["B-1"]).verdict == "line_done"
    assert lies(floor, "B-1") == {"MUG": 6}


def test_a_tote_that_carries_an_order_is_the_packers(floor: Floor, client: Client, bulk: dict[str, str]) -> None:
    order = floor.order({"MUG": 1})
    floor.pick(order)
    device = moving(client)
    device.scan(floor.tote_of(order))
    refused = device.scan(bulk["B-1"])
    assert refused.verdict == "wrong" and order.ref in refused.message


def test_a_full_bin_asks_before_a_move_and_a_frozen_one_refuses(
    floor: Floor, client: Client, bulk: dict[str, str]
) -> None:
    Bin.objects.filter(name="B-1").update(capacity_units=4)
    Bin.objects.filter(name="B-2").update(frozen=True, frozen_reason="Leak")
    device = moving(client)
    device.scan(floor.shelves["A-02-1"].code)
    refused = device.scan(bulk["B-2"])
    assert refused.verdict == "wrong" and "frozen" in refused.message
    assert device.scan(bulk["B-1"]).verdict == "decision"
    assert device.press("anyway").verdict == "line_done"


def test_nobody_is_told_about_a_bin_of_another_warehouse(floor: Floor, client: Client) -> None:
    device = moving(client)
    assert device.scan("LZZZZ").verdict == "unknown"
    device.scan(floor.shelves["A-02-1"].code)
    assert device.press("drop").verdict == "ok"
    assert "Scan the bin, tote or pallet" in device.html
