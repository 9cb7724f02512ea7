"""The dock's half of the scan contract."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from fulfillment.dashboard.tests.desk import signed_in
from fulfillment.dashboard.tests.device import Device
from inventory.tests.places import another_warehouse
from orders.services.holds import place_hold
from shipping.models import Parcel
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

pytestmark = pytest.mark.slow


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"MUG": 20, "LAMP": 20})


@pytest.fixture
def client(floor: Floor) -> Client:
    signed = Client()
    signed.force_login(floor.picker)
    return signed


def ready(floor: Floor) -> Parcel:
    order = floor.order({"MUG": 1})
    floor.pick(order)
    return floor.pack(order)


def test_each_parcel_is_one_scan_and_the_list_says_what_is_missing(floor: Floor, client: Client) -> None:
    parcels = [ready(floor), ready(floor)]
    device = Device(client, reverse("dashboard:ship"))
    assert all(parcel.tracking_number in device.html for parcel in parcels)
    first = device.scan(parcels[0].tracking_number)
    assert first.verdict == "ok"
    assert parcels[0].tracking_number not in first.html
    last = device.scan(parcels[1].ref)
    assert last.message.endswith("That was the last one.")
    assert set(Parcel.objects.values_list("status", flat=True)) == {"shipped"}


def test_scanning_a_parcel_again_is_amber_and_changes_nothing(floor: Floor, client: Client) -> None:
    parcel = ready(floor)
    device = Device(client, reverse("dashboard:ship"))
    device.scan(parcel.tracking_number)
    again = device.scan(parcel.tracking_number)
    assert (again.status, again.verdict) == (200, "already")


def test_the_same_scan_sent_twice_answers_the_same(floor: Floor, client: Client) -> None:
    parcel = ready(floor)
    device = Device(client, reverse("dashboard:ship"))
    once = str(uuid.uuid4())
    assert device.scan(parcel.ref, scan_id=once).verdict == device.scan(parcel.ref, scan_id=once).verdict == "ok"


def test_a_parcel_on_the_wrong_truck_blocks(floor: Floor, client: Client) -> None:
    parcel = ready(floor)
    device = Device(client, reverse("dashboard:ship") + "?carrier=manual")
    wrong = device.scan(parcel.tracking_number)
    assert (wrong.status, wrong.verdict) == (422, "wrong")
    assert Parcel.objects.get().status == "ready_for_pickup"


def test_a_held_order_is_stopped_at_the_door(floor: Floor, client: Client) -> None:
    parcel = ready(floor)
    place_hold(parcel.order_ref, type="fraud", reason="Look at it", by=TESTER, now=NOW)
    assert Device(client, reverse("dashboard:ship")).scan(parcel.tracking_number).verdict == "stop"
    assert Parcel.objects.get().status == "ready_for_pickup"


def test_a_code_nobody_knows_is_unknown(floor: Floor, client: Client) -> None:
    assert Device(client, reverse("dashboard:ship")).scan("NOBODY").verdict == "unknown"


def test_an_empty_dock_says_so(floor: Floor, client: Client) -> None:
    assert "No parcel is ready yet" in Device(client, reverse("dashboard:ship")).html


def test_a_parcel_of_another_warehouse_is_unknown_here(floor: Floor) -> None:
    parcel = ready(floor)
    stranger = signed_in("packer", warehouse_ids=[another_warehouse()])
    device = Device(stranger, reverse("dashboard:ship"))
    assert device.scan(parcel.tracking_number).verdict == "unknown"
    assert Parcel.objects.get().status == "ready_for_pickup"


def test_a_scan_costs_the_same_number_of_statements_however_full_the_dock(floor: Floor, client: Client) -> None:
    parcels = [ready(floor) for _ in range(4)]
    device = Device(client, reverse("dashboard:ship"))
    costs = [device.scan(parcel.tracking_number).queries for parcel in parcels[:3]]
    assert len(set(costs[1:])) == 1, costs
    assert costs[-1] <= 40, costs
