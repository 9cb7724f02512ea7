"""Receiving and putting away by scan."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from fulfillment.dashboard.tests.desk import signed_in
from fulfillment.dashboard.tests.device import Device
from inventory.models import Supplier
from inventory.selectors import availability
from inventory.selectors.receiving import open_receipts, receipt_fact, receipt_lines, received_units
from inventory.services.receiving import create_purchase_order
from inventory.tests.places import another_warehouse
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

pytestmark = pytest.mark.slow


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"MUG": 0, "LAMP": 0, "VASE": 4})


@pytest.fixture
def client(floor: Floor) -> Client:
    return signed_in("receiver")


def bought(floor: Floor, units: dict[str, int]) -> str:
    supplier = Supplier.objects.get_or_create(code="acme", defaults={"name": "Acme"})[0]
    lines = [(floor.shop.products[sku], count) for sku, count in units.items()]
    return create_purchase_order(
        supplier_id=supplier.pk, warehouse_id=floor.warehouse_id, lines=lines, by=TESTER, now=NOW
    )


def at_dock(client: Client, code: str) -> Device:
    device = Device(client, reverse("dashboard:receive"))
    assert device.scan(code).verdict == "ok"
    return device


def here(floor: Floor) -> dict[str, int]:
    """{sku: units} that came with the open receipt."""
    (ref,) = open_receipts([floor.warehouse_id])
    names = {product_id: sku for sku, product_id in floor.shop.products.items()}
    return {names[product_id]: units for product_id, units in received_units(ref).items()}


def test_a_delivery_note_opens_and_every_scan_counts_one(floor: Floor, client: Client) -> None:
    device = at_dock(client, bought(floor, {"MUG": 3}))
    for _ in range(3):
        assert device.scan("EAN-MUG").verdict == "ok"
    assert here(floor) == {"MUG": 3}
    assert availability([floor.shop.products["MUG"]])[(floor.shop.products["MUG"], floor.warehouse_id)] == 3
    assert "Complete" in device.html


def test_an_item_opens_the_only_order_that_expects_it(floor: Floor, client: Client) -> None:
    bought(floor, {"MUG": 3})
    device = at_dock(client, "EAN-MUG")
    assert here(floor) == {"MUG": 1}
    assert "2 still expected" in device.html


def test_an_item_two_orders_expect_asks_which(floor: Floor, client: Client) -> None:
    bought(floor, {"MUG": 3})
    second = bought(floor, {"MUG": 5})
    device = Device(client, reverse("dashboard:receive"))
    asked = device.scan("EAN-MUG")
    assert asked.verdict == "decision"
    assert second in asked.html
    assert device.press("open", order=second, item="EAN-MUG").verdict == "ok"
    assert here(floor) == {"MUG": 1}


def test_a_number_key_is_the_total_of_the_item(floor: Floor, client: Client) -> None:
    device = at_dock(client, bought(floor, {"MUG": 12}))
    device.scan("EAN-MUG")
    product = str(floor.shop.products["MUG"])
    assert device.press("quantity", product=product, had="1", quantity="12").verdict == "ok"
    assert here(floor) == {"MUG": 12}
    assert device.press("quantity", product=product, had="12", quantity="12").verdict == "already"
    assert device.press("quantity", product=product, had="12", quantity="3").verdict == "wrong"


def test_more_than_ordered_asks_why_once_and_keeps_the_reason(floor: Floor, client: Client) -> None:
    device = at_dock(client, bought(floor, {"MUG": 1}))
    device.scan("EAN-MUG")
    asked = device.scan("EAN-MUG")
    assert asked.verdict == "decision"
    assert "1 more than ordered" in asked.html
    assert here(floor) == {"MUG": 1}
    told = device.press("over", product=str(floor.shop.products["MUG"]), units="1", reason="sent_more")
    assert told.verdict == "decision"
    assert "1 more than ordered" in told.html
    device.scan("EAN-MUG")
    assert here(floor) == {"MUG": 3}
    (ref,) = open_receipts([floor.warehouse_id])
    assert {line.note for line in receipt_lines(ref) if line.discrepancy == "over"} == {"sent_more"}


def test_a_reason_that_is_none_of_ours_does_not_let_more_in(floor: Floor, client: Client) -> None:
    device = at_dock(client, bought(floor, {"MUG": 1}))
    product = str(floor.shop.products["MUG"])
    assert device.press("over", product=product, units="5", reason="<b>why not</b>").verdict == "decision"
    assert device.press("over", product="0", units="5", reason="sent_more").verdict in ("wrong", "unknown")
    assert here(floor) == {}
    assert device.press("set_aside").verdict == "ok"


def test_what_is_not_on_the_order_is_asked_about_first(floor: Floor, client: Client) -> None:
    device = at_dock(client, bought(floor, {"MUG": 1}))
    asked = device.scan("EAN-LAMP")
    assert asked.verdict == "decision"
    assert here(floor) == {}
    device.press("anyway", product=str(floor.shop.products["LAMP"]), units="1")
    assert here(floor) == {"LAMP": 1}


def test_an_unknown_code_is_noted_only_when_a_person_says_so(floor: Floor, client: Client) -> None:
    device = at_dock(client, bought(floor, {"MUG": 1}))
    assert device.scan("5900000000000").verdict == "decision"
    (ref,) = open_receipts([floor.warehouse_id])
    assert receipt_fact(ref).units == {}
    device.press("unknown", article="5900000000000")
    assert receipt_fact(ref).units == {"unknown": 1}


def test_the_code_of_a_place_is_no_article(floor: Floor, client: Client) -> None:
    device = at_dock(client, bought(floor, {"MUG": 1}))
    assert device.scan(floor.shelves["A-02-1"].code).verdict == "wrong"


def test_damaged_units_are_here_but_not_for_sale(floor: Floor, client: Client) -> None:
    device = at_dock(client, bought(floor, {"MUG": 2}))
    device.press("damaged")
    device.scan("EAN-MUG")
    device.scan("EAN-MUG")
    key = (floor.shop.products["MUG"], floor.warehouse_id)
    assert availability([key[0]])[key] == 1


def test_the_same_scan_again_receives_nothing_more(floor: Floor, client: Client) -> None:
    device = at_dock(client, bought(floor, {"MUG": 5}))
    once = str(uuid.uuid4())
    device.scan("EAN-MUG", scan_id=once)
    device.scan("EAN-MUG", scan_id=once)
    assert here(floor) == {"MUG": 1}


def test_closing_says_what_is_short(floor: Floor, client: Client) -> None:
    device = at_dock(client, bought(floor, {"MUG": 5}))
    device.scan("EAN-MUG")
    closed = device.press("close", complete="yes")
    assert closed.verdict == "done"
    assert "4 units short" in closed.message
    assert open_receipts([floor.warehouse_id]) == []


def test_goods_without_an_order_are_received_blind_and_say_why(floor: Floor, client: Client) -> None:
    device = Device(client, reverse("dashboard:receive"))
    assert "No delivery is expected" in device.html
    assert device.press("blind").verdict == "decision"
    assert open_receipts([floor.warehouse_id]) == []
    assert device.press("blind", reason="no_papers").verdict == "ok"
    assert device.scan("EAN-LAMP").verdict == "ok"
    assert here(floor) == {"LAMP": 1}
    assert "The papers are missing" in device.html


def test_an_item_nobody_expects_asks_why_and_is_the_first_of_its_delivery(floor: Floor, client: Client) -> None:
    device = Device(client, reverse("dashboard:receive"))
    assert device.scan("EAN-LAMP").verdict == "decision"
    assert device.press("blind", reason="samples", item="EAN-LAMP").verdict == "ok"
    assert here(floor) == {"LAMP": 1}


def test_putting_away_is_two_scans(floor: Floor, client: Client) -> None:
    at_dock(client, bought(floor, {"VASE": 1})).scan("EAN-VASE")
    device = Device(client, reverse("dashboard:putaway"))
    assert device.scan("EAN-VASE").verdict == "ok"
    assert "A-04-1" in device.html  # where vases lie already
    assert device.scan(floor.shelves["A-04-1"].code).verdict == "line_done"
    assert "The dock is clear" in device.html


def test_nothing_is_put_away_that_does_not_stand_at_the_dock(floor: Floor, client: Client) -> None:
    device = Device(client, reverse("dashboard:putaway"))
    assert device.scan("EAN-MUG").verdict == "wrong"
    assert device.scan(floor.shelves["A-04-1"].code).verdict == "unknown"


def test_a_receipt_of_another_warehouse_does_not_exist(floor: Floor, client: Client) -> None:
    at_dock(client, bought(floor, {"MUG": 5}))
    (ref,) = open_receipts([floor.warehouse_id])
    stranger = signed_in("receiver", warehouse_ids=[another_warehouse()])
    assert stranger.get(reverse("dashboard:receipt", args=[ref])).status_code == 404


def test_a_scan_costs_the_same_number_of_statements_however_much_came(floor: Floor, client: Client) -> None:
    device = at_dock(client, bought(floor, {"MUG": 20, "LAMP": 20}))
    device.scan("EAN-MUG")
    costs = [device.scan("EAN-MUG").queries for _ in range(5)]
    assert len(set(costs)) == 1, costs
    assert costs[0] <= 40, costs
