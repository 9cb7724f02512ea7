"""Filling pick faces by scan."""

import pytest
from django.test import Client
from django.urls import reverse

from fulfillment.dashboard.tests.desk import signed_in
from fulfillment.dashboard.tests.device import Device
from inventory.models import Bin, CountTask, ReplenishmentTask
from inventory.selectors.places import BinFact
from inventory.selectors.stock import bin_content
from inventory.services.adjustment import adjust_stock
from inventory.services.places import NewBin, create_bins
from inventory.services.policies import set_face_rule
from inventory.services.replenishing import open_face_tasks
from shipping.tests.floor import NOW, TESTER, Floor, build_floor


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"MUG": 2, "LAMP": 3, "VASE": 4})


@pytest.fixture
def client(floor: Floor) -> Client:
    return signed_in("picker")


@pytest.fixture
def bulk(floor: Floor) -> list[BinFact]:
    """Two bulk bins with mugs, and a task to fill the face the mugs lie in."""
    bins = create_bins(
        floor.warehouse_id,
        [NewBin(name=name, kind="bulk", pick_sequence=900 + at) for at, name in enumerate(("Z-01", "Z-02"))],
    )
    mug = floor.shop.products["MUG"]
    for one, units in zip(bins, (30, 6), strict=True):
        adjust_stock(
            product_id=mug,
            warehouse_id=floor.warehouse_id,
            bin_id=one.id,
            delta=units,
            reason="found",
            by=TESTER,
            now=NOW,
        )
    set_face_rule(mug, face(floor).id, minimum=5, maximum=20, by=TESTER, now=NOW)
    assert open_face_tasks(floor.warehouse_id, by=TESTER, now=NOW) == 1
    return bins


def face(floor: Floor) -> BinFact:
    mug = floor.shop.products["MUG"]
    return next(shelf for shelf in floor.shelves.values() if bin_content(shelf.id, product_id=mug))


def lying(bin_id: int) -> int:
    return sum(one.quantity for one in bin_content(bin_id))


def at_screen(client: Client) -> Device:
    return Device(client, reverse("dashboard:replenish"))


def test_a_face_is_filled_by_three_scans(floor: Floor, client: Client, bulk: list[BinFact]) -> None:
    device = at_screen(client)
    assert "Z-01" in device.html
    assert device.scan(bulk[0].code).verdict == "ok"
    assert "18×" in device.html
    assert device.scan("EAN-MUG").verdict == "ok"
    done = device.scan(face(floor).code)
    assert (done.verdict, lying(face(floor).id), lying(bulk[0].id)) == ("line_done", 20, 12)
    assert done.queries < 70
    assert "No face needs filling" in device.html


def test_a_scan_sent_again_brings_nothing_twice(floor: Floor, client: Client, bulk: list[BinFact]) -> None:
    device = at_screen(client)
    device.scan(bulk[0].code)
    device.scan("EAN-MUG")
    same = "0b6e2f7e-8f6d-4a43-9a5e-3f6f5f3b1a11"
    first, second = (device.scan(face(floor).code, scan_id=same) for _sending in range(2))
    assert (first.message, lying(face(floor).id)) == (second.message, 20)


def test_what_does_not_belong_is_named_and_changes_nothing(floor: Floor, client: Client, bulk: list[BinFact]) -> None:
    device = at_screen(client)
    assert device.scan("EAN-MUG").verdict == "unknown"
    assert device.scan(bulk[1].code).verdict == "wrong"
    device.scan(bulk[0].code)
    assert device.scan("EAN-LAMP").verdict == "wrong"
    assert "Go to Z-01" in device.scan(bulk[1].code).message
    assert device.scan("9999999999999").verdict == "unknown"
    device.scan("EAN-MUG")
    assert "Bring it to" in device.scan(bulk[1].code).message
    assert lying(face(floor).id) == 2


def test_fewer_may_be_brought(floor: Floor, client: Client, bulk: list[BinFact]) -> None:
    device = at_screen(client)
    device.scan(bulk[0].code)
    assert device.press("quantity", quantity="5").verdict == "ok"
    assert device.scan(face(floor).code).verdict == "line_done"
    assert lying(face(floor).id) == 7


def test_an_empty_source_is_counted_and_the_next_one_named(floor: Floor, client: Client, bulk: list[BinFact]) -> None:
    device = at_screen(client)
    device.scan(bulk[0].code)
    assert "Go to Z-02" in device.press("empty").message
    assert CountTask.objects.get().bin_id == bulk[0].id
    device.scan("EAN-MUG")
    device.scan(face(floor).code)
    assert lying(face(floor).id) == 8


def test_who_comes_second_is_told_to_put_it_back(floor: Floor, client: Client, bulk: list[BinFact]) -> None:
    other = at_screen(signed_in("receiver"))
    device = at_screen(client)
    for hands in (device, other):
        hands.scan(bulk[0].code)
        hands.scan("EAN-MUG")
    assert device.scan(face(floor).code).verdict == "line_done"
    assert "Put the units back" in other.scan(face(floor).code).message
    assert lying(face(floor).id) == 20


def test_a_face_without_room_asks(floor: Floor, client: Client, bulk: list[BinFact]) -> None:
    Bin.objects.filter(pk=face(floor).id).update(capacity_units=10)
    device = at_screen(client)
    device.scan(bulk[0].code)
    device.scan("EAN-MUG")
    assert device.scan(face(floor).code).verdict == "decision"
    assert device.press("part").verdict == "line_done"
    assert lying(face(floor).id) == 10


def test_a_task_may_wait_and_the_screen_is_calm_without_any(floor: Floor, client: Client, bulk: list[BinFact]) -> None:
    device = at_screen(client)
    device.scan(bulk[0].code)
    assert device.press("drop").verdict == "ok"
    assert "1 face to fill" in device.html
    ReplenishmentTask.objects.update(status="cancelled")
    assert "No face needs filling" in at_screen(client).html
