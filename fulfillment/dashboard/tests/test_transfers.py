"""Transfers at the desk and on the floor: asked for, loaded by scan, sent, closed."""

import pytest
from django.test import Client
from django.urls import reverse

from fulfillment.dashboard.tests.desk import action, signed_in
from fulfillment.dashboard.tests.device import Device
from inventory.selectors.stock import bins_with, stock_rows
from inventory.selectors.transfers import transfer_by_ref, transfers_page
from inventory.services.transfer_shipping import ship_transfer
from inventory.services.transfers import create_transfer
from inventory.tests.places import another_warehouse
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

pytestmark = pytest.mark.slow


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"MUG": 10, "LAMP": 4})


@pytest.fixture
def far(floor: Floor) -> int:
    return another_warehouse()


@pytest.fixture
def ref(floor: Floor, far: int) -> str:
    lines = [(floor.shop.products["MUG"], 5), (floor.shop.products["LAMP"], 1)]
    return create_transfer(source_id=floor.warehouse_id, target_id=far, lines=lines, by=TESTER, now=NOW)


def bin_of(floor: Floor, sku: str) -> str:
    """The code of a bin the article lies in."""
    return bins_with(floor.shop.products[sku], warehouse_id=floor.warehouse_id)[0].bin_code


def test_a_transfer_is_asked_for_by_a_line_for_each_product(floor: Floor, far: int) -> None:
    client = signed_in("supervisor", warehouse_ids=[floor.warehouse_id])
    form = {"target": far, "lines": "mug 3\nLAMP;1\n", "note": "for the shop"}
    answer = client.post(reverse("dashboard:new_transfer"), action(**form))
    (made,) = transfers_page()
    assert answer.status_code == 302, answer.content
    assert (made.status, made.quantity, made.note) == ("ordered", 4, "for the shop")
    assert made.ref in client.get(reverse("dashboard:transfers")).content.decode()


def test_every_line_that_cannot_be_read_is_told_at_once(floor: Floor, far: int) -> None:
    answer = signed_in("supervisor").post(
        reverse("dashboard:new_transfer"), action(target=far, lines="NOTHING 3\nMUG\nLAMP 0\nMUG 2")
    )
    assert answer.status_code == 422
    told = answer.content.decode()
    assert all(f"Line {number}" in told for number in (1, 2, 3))
    assert "Line 4" not in told
    assert transfers_page() == []


def test_more_than_there_is_is_refused_in_words(floor: Floor, far: int) -> None:
    client = signed_in("supervisor", warehouse_ids=[floor.warehouse_id])
    answer = client.post(reverse("dashboard:new_transfer"), action(target=far, lines="LAMP 5"))
    assert answer.status_code == 422
    assert "LAMP (5 wanted, 4 available)" in answer.content.decode()


def test_a_transfer_is_loaded_with_bin_item_and_number_and_sent(floor: Floor, ref: str) -> None:
    device = Device(signed_in("receiver"), reverse("dashboard:load", args=[ref]))
    assert device.scan("MUG").message == "Scan the bin you take it from."
    assert device.scan(bin_of(floor, "MUG")).verdict == "ok"
    assert device.scan("MUG").message.endswith("1 loaded, 4 to go.")
    assert device.press("quantity", quantity="5").verdict == "line_done"
    assert transfer_by_ref(ref).shipped == 5
    assert device.scan("MUG").verdict == "too_many"
    device.scan(bin_of(floor, "LAMP"))
    assert device.scan("LAMP").message == "Everything is loaded. Send it."
    sent = device.press("send", complete="yes")
    assert sent.verdict == "done"
    assert sent.body["redirect"] == reverse("dashboard:transfer", args=[ref])
    assert transfer_by_ref(ref).shipped_at is not None


def test_a_number_too_high_is_set_right_before_it_is_sent(floor: Floor, ref: str) -> None:
    device = Device(signed_in("receiver"), reverse("dashboard:load", args=[ref]))
    device.scan(bin_of(floor, "MUG"))
    device.scan("MUG")
    device.press("quantity", quantity="4")
    assert device.press("quantity", quantity="2").verdict == "ok"
    assert transfer_by_ref(ref).shipped == 2
    (mug,) = stock_rows(product_ids=[floor.shop.products["MUG"]], warehouse_ids=[floor.warehouse_id])
    assert (mug.on_hand, mug.reserved) == (8, 3)


def test_the_same_scan_sent_twice_loads_once(floor: Floor, ref: str) -> None:
    device = Device(signed_in("receiver"), reverse("dashboard:load", args=[ref]))
    device.scan(bin_of(floor, "MUG"))
    scan_id = "0b6e0000-0000-4000-8000-000000000001"
    device.scan("MUG", scan_id=scan_id)
    device.scan("MUG", scan_id=scan_id)
    assert transfer_by_ref(ref).shipped == 1


def test_an_article_that_is_not_asked_for_and_an_unknown_code_are_refused(floor: Floor, far: int) -> None:
    lines = [(floor.shop.products["MUG"], 1)]
    only = create_transfer(source_id=floor.warehouse_id, target_id=far, lines=lines, by=TESTER, now=NOW)
    device = Device(signed_in("receiver"), reverse("dashboard:load", args=[only]))
    assert device.scan(bin_of(floor, "MUG")).verdict == "ok"
    assert device.scan("LAMP").verdict == "wrong"
    assert device.scan("garbage").verdict == "unknown"
    assert transfer_by_ref(only).shipped == 0


def test_a_scan_takes_a_bounded_number_of_statements(floor: Floor, ref: str) -> None:
    device = Device(signed_in("receiver"), reverse("dashboard:load", args=[ref]))
    device.scan(bin_of(floor, "MUG"))
    assert device.scan("MUG").queries <= 60


def test_closing_tells_how_many_units_never_arrived(floor: Floor, ref: str) -> None:
    ship_transfer(ref, by=TESTER, now=NOW)
    client = signed_in("supervisor")
    answer = client.post(reverse("dashboard:close_transfer", args=[ref]), action(), follow=True)
    assert "6 units never arrived" in answer.content.decode()
    again = client.post(reverse("dashboard:close_transfer", args=[ref]), action())
    assert again.status_code == 422


def test_calling_off_frees_the_units(floor: Floor, ref: str) -> None:
    answer = signed_in("supervisor").post(reverse("dashboard:cancel_transfer", args=[ref]), action(), follow=True)
    assert answer.status_code == 200
    assert transfer_by_ref(ref).status == "cancelled"


def test_the_page_offers_loading_at_the_source_and_receiving_at_the_target(floor: Floor, far: int, ref: str) -> None:
    def page(warehouse_id: int) -> str:
        client: Client = signed_in("receiver", warehouse_ids=[warehouse_id])
        return client.get(reverse("dashboard:transfer", args=[ref])).content.decode()

    load = reverse("dashboard:load", args=[ref])
    assert load in page(floor.warehouse_id)
    assert load not in page(far)
    ship_transfer(ref, by=TESTER, now=NOW)
    receive = f"{reverse('dashboard:receive')}?code={ref}"
    assert receive in page(far)
    assert receive not in page(floor.warehouse_id)


def test_a_stranger_to_both_warehouses_does_not_see_it(floor: Floor, ref: str) -> None:
    elsewhere = another_warehouse("ELSE")
    client = signed_in("supervisor", warehouse_ids=[elsewhere])
    assert client.get(reverse("dashboard:transfer", args=[ref])).status_code == 404
    assert client.get(reverse("dashboard:load", args=[ref])).status_code == 404
    assert client.get(reverse("dashboard:go"), {"code": ref}).status_code == 404


def test_a_scanned_reference_opens_it(floor: Floor, ref: str) -> None:
    answer = signed_in("receiver").get(reverse("dashboard:go"), {"code": ref.lower()})
    assert answer["Location"] == reverse("dashboard:transfer", args=[ref])
