"""Counting by scan: blind, a scan for the bin and a scan or key for each product."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.kernel.actors import Actor
from fulfillment.dashboard.tests.desk import signed_in
from fulfillment.dashboard.tests.device import Device
from inventory.models import BinStock, CountTask, Product
from inventory.selectors.places import default_bins
from inventory.services.counting import request_count
from inventory.services.ledger import Move, move
from inventory.tests.places import another_warehouse
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

EVE = Actor(kind="staff", id=None, name="eve")


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"MUG": 7, "LAMP": 3, "VASE": 4})


@pytest.fixture
def client(floor: Floor) -> Client:
    return signed_in("picker")


def code(floor: Floor, name: str) -> str:
    return floor.shelves[name].code


def place_of(floor: Floor, sku: str) -> str:
    """The label of the shelf the article lies on."""
    row = BinStock.objects.select_related("bin").filter(product_id=floor.shop.products[sku], quantity__gt=0).get()
    return row.bin.code


def together(floor: Floor) -> str:
    """Everything on one shelf; its label."""
    rows = BinStock.objects.filter(quantity__gt=0, bin__kind="pick_face").select_related("bin").order_by("pk")
    home = rows[0].bin
    with transaction.atomic():
        move(
            [Move(row.product_id, row.quantity, row.bin_id, home.pk, "move") for row in rows if row.bin_id != home.pk],
            by=TESTER,
            now=NOW,
        )
    return home.code


def begin(client: Client, label: str) -> Device:
    device = Device(client, reverse("dashboard:count"))
    assert device.scan(label).verdict == "ok"
    return device


def enter(device: Device, floor: Floor, sku: str, quantity: int, lot: str = "") -> str:
    answer = device.press("quantity", product=str(floor.shop.products[sku]), lot=lot, quantity=str(quantity))
    return answer.verdict


def test_a_bin_of_three_products_is_one_scan_and_an_entry_each(floor: Floor, client: Client) -> None:
    label = together(floor)
    device = begin(client, label)
    for sku, units in (("LAMP", 3), ("MUG", 7), ("VASE", 4)):
        assert enter(device, floor, sku, units) == "line_done"
    other = next(shelf.code for shelf in floor.shelves.values() if shelf.code != label)
    ended = device.scan(other)  # the next bin ends this one
    assert ended.verdict == "line_done"
    first = CountTask.objects.get(bin__code=label)
    assert (first.status, first.variance_units) == ("approved", 0)
    assert CountTask.objects.get(bin__code=other).status == "counting"


def test_the_screen_never_says_how_many_there_should_be(floor: Floor, client: Client) -> None:
    Product.objects.update(name="Thing")
    device = begin(client, place_of(floor, "MUG"))
    assert ">7<" not in device.html.replace('data-keypad-digit="7">7<', "")
    assert "EAN-MUG" not in device.html


def test_scans_count_and_the_own_label_ends_the_bin(floor: Floor, client: Client) -> None:
    label = place_of(floor, "LAMP")
    device = begin(client, label)
    for _scan in range(3):
        assert device.scan("EAN-LAMP").verdict == "ok"
    assert device.scan(label).verdict == "done"
    assert CountTask.objects.get().status == "approved"


def test_what_was_not_counted_is_asked_about(floor: Floor, client: Client) -> None:
    label = together(floor)
    device = begin(client, label)
    enter(device, floor, "MUG", 7)
    asked = device.press("finish")
    assert asked.verdict == "decision"
    assert "2 products were not counted" in asked.html
    assert device.press("gone").verdict == "done"
    assert CountTask.objects.get().variance_units == 7


def test_an_empty_bin_is_said_to_be_empty(floor: Floor, client: Client) -> None:
    empty = next(
        shelf.code for shelf in floor.shelves.values() if not BinStock.objects.filter(bin__code=shelf.code).exists()
    )
    device = begin(client, empty)
    assert "Bin empty?" in device.html
    assert device.press("empty").verdict == "done"


def test_something_nobody_expected_is_counted_too(floor: Floor, client: Client) -> None:
    device = begin(client, place_of(floor, "MUG"))
    assert device.scan("EAN-VASE").verdict == "ok"
    assert device.scan("5900000000000").verdict == "unknown"
    enter(device, floor, "MUG", 7)
    device.press("finish")
    assert CountTask.objects.get().variance_units == 1


def test_a_lot_is_asked_for_when_the_scan_does_not_name_it(floor: Floor, client: Client) -> None:
    Product.objects.filter(sku="MUG").update(tracking="lot")
    empty = next(
        shelf.code for shelf in floor.shelves.values() if not BinStock.objects.filter(bin__code=shelf.code).exists()
    )
    device = begin(client, empty)
    asked = device.scan("EAN-MUG")
    assert asked.verdict == "decision"
    assert "which lot" in asked.html
    assert device.press("lot", product=str(floor.shop.products["MUG"]), lot="B7").verdict == "ok"
    assert 'value="B7"' in device.html
    assert enter(device, floor, "MUG", 1, lot="B7") == "line_done"


def test_units_that_moved_meanwhile_are_counted_again(floor: Floor, client: Client) -> None:
    device = begin(client, place_of(floor, "MUG"))
    row = BinStock.objects.get(product_id=floor.shop.products["MUG"], quantity__gt=0)
    with transaction.atomic():
        receiving = default_bins(floor.warehouse_id)["receiving"]
        move([Move(row.product_id, 2, row.bin_id, receiving, "move")], by=TESTER, now=timezone.now())
    answer = device.press("quantity", product=str(row.product_id), lot="", quantity="7")
    assert answer.verdict == "decision"
    assert "once more" in answer.html
    for number in range(5):
        assert device.scan("EAN-MUG", step="again" if number == 0 else "item").verdict == "ok"
    assert "5 counted" in device.html or ">5<" in device.html


def test_a_second_person_is_asked_and_the_first_refused(floor: Floor, client: Client) -> None:
    label = place_of(floor, "MUG")
    device = begin(client, label)
    enter(device, floor, "MUG", 2)
    assert "Somebody else" in device.press("finish").message
    refused = Device(client, reverse("dashboard:count")).scan(label)
    assert (refused.verdict, refused.status) == ("wrong", 422)
    assert "You counted this bin before" in refused.message
    second = begin(signed_in("receiver"), label)
    enter(second, floor, "MUG", 2)
    assert "A supervisor looks at it" in second.press("finish").message


def test_a_bin_in_another_hand_is_not_taken(floor: Floor, client: Client) -> None:
    label = place_of(floor, "MUG")
    begin(client, label)
    refused = Device(signed_in("picker"), reverse("dashboard:count")).scan(label)
    assert (refused.verdict, refused.status) == ("stop", 409)


def test_the_next_bin_is_suggested_and_the_zones_show_how_far_it_is(floor: Floor, client: Client) -> None:
    names = sorted(floor.shelves, key=lambda name: floor.shelves[name].pick_sequence)[3:]
    for name in names[:3]:
        request_count(floor.shelves[name].id, cause="plan", by=EVE, now=timezone.now() - timedelta(hours=1))
    page = Device(client, reverse("dashboard:count"))
    assert f'<p class="place">{names[0]}</p>' in page.html
    assert "0 of 3 bins" in page.html
    device = begin(client, code(floor, names[0]))
    done = device.press("empty")
    assert done.verdict == "done"
    assert "1 of 3 bins" in done.html
    assert f'<p class="place">{names[1]}</p>' in done.html


def test_the_same_entry_sent_twice_counts_once(floor: Floor, client: Client) -> None:
    device = begin(client, place_of(floor, "MUG"))
    sent = "0b6e8a30-0000-4000-8000-000000000001"
    device.scan("EAN-MUG", scan_id=sent)
    device.scan("EAN-MUG", scan_id=sent)
    assert CountTask.objects.get().lines.get().counted == 1


def test_a_count_of_another_warehouse_does_not_exist(floor: Floor, client: Client) -> None:
    begin(client, place_of(floor, "MUG"))
    stranger = signed_in("picker", warehouse_ids=[another_warehouse()])
    ref = CountTask.objects.get().ref
    assert stranger.get(reverse("dashboard:count_job", args=[ref])).status_code == 404


def test_an_entry_costs_the_same_however_much_lies_there(floor: Floor, client: Client) -> None:
    device = begin(client, together(floor))
    costs = [device.scan(f"EAN-{sku}").queries for sku in ("MUG", "LAMP", "VASE", "MUG", "LAMP", "VASE")]
    assert costs[0] == costs[1] == costs[2], costs
    assert costs[3] == costs[4] == costs[5] <= 40, costs
