"""Receiving by label: cases, lots, serial numbers, ship notices, suppliers and transfers."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from fulfillment.dashboard.tests.desk import signed_in
from fulfillment.dashboard.tests.device import Device
from fulfillment.dashboard.tests.test_receive import at_dock, bought, here
from inventory.models import Barcode, Product, SamplingRule, Supplier
from inventory.selectors import availability
from inventory.selectors.receiving import open_receipts, receipt_fact, receipt_lines
from inventory.services.ship_notices import NoticeLine, create_ship_notice
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

pytestmark = pytest.mark.slow

SSCC = "106141412345678908"
GTIN = "09506000134352"


@pytest.fixture
def floor(db: None) -> Floor:
    built = build_floor({"MUG": 0, "PILL": 0, "PHONE": 0})
    Product.objects.filter(sku="PILL").update(tracking="lot", expiry_horizon_days=30)
    Product.objects.filter(sku="PHONE").update(tracking="serial")
    Barcode.objects.create(product_id=built.shop.products["PILL"], code=GTIN[1:])
    return built


@pytest.fixture
def client(floor: Floor) -> Client:
    return signed_in("receiver")


def announced(floor: Floor, number: str = "D-77", **more: str) -> str:
    supplier = Supplier.objects.get_or_create(code="acme", defaults={"name": "Acme"})[0]
    pill, mug = floor.shop.products["PILL"], floor.shop.products["MUG"]
    return create_ship_notice(
        supplier_id=supplier.pk,
        warehouse_id=floor.warehouse_id,
        number=number,
        lines=[
            NoticeLine(pill, 24, lot="L1", expires_on=date(2030, 1, 31), sscc=SSCC),
            NoticeLine(mug, 6, sscc=SSCC),
            NoticeLine(mug, 4),
        ],
        by=TESTER,
        now=NOW,
        **more,  # type: ignore[arg-type]
    )


def newest(floor: Floor) -> tuple[str, int, str]:
    (ref,) = open_receipts([floor.warehouse_id])
    line = receipt_lines(ref)[0]
    return line.lot, line.quantity, line.condition


def test_one_scan_of_a_case_opens_its_delivery_and_receives_it_whole(floor: Floor, client: Client) -> None:
    announced(floor)
    device = Device(client, reverse("dashboard:receive"))
    told = device.scan(f"00{SSCC}")
    assert told.verdict == "line_done", told.body
    assert here(floor) == {"PILL": 24, "MUG": 6}
    assert "30 units of 2 articles" in told.message
    assert "4 still expected" in device.html
    assert device.scan(f"(00){SSCC}").verdict == "already"
    assert here(floor) == {"PILL": 24, "MUG": 6}


@pytest.mark.parametrize("code", ["ref", "D-77", "ACME"])
def test_the_notice_its_number_and_the_suppliers_label_open_it(floor: Floor, client: Client, code: str) -> None:
    ref = announced(floor)
    at_dock(client, ref if code == "ref" else code)
    (opened,) = open_receipts([floor.warehouse_id])
    assert receipt_fact(opened).ship_notice_ref == ref


def test_a_case_or_a_notice_scanned_anywhere_leads_to_the_dock(floor: Floor, client: Client) -> None:
    ref = announced(floor)
    for code in (f"00{SSCC}", ref):
        answer = client.get(reverse("dashboard:go"), {"code": code})
        assert answer["Location"] == f"{reverse('dashboard:receive')}?code={code}"
    assert client.get(reverse("dashboard:go"), {"code": "00340123450000000017"}).status_code == 404


def test_a_suppliers_label_with_several_deliveries_asks_which(floor: Floor, client: Client) -> None:
    first, second = announced(floor), bought(floor, {"MUG": 3})
    device = Device(client, reverse("dashboard:receive"))
    asked = device.scan("acme")
    assert asked.verdict == "decision"
    assert first in asked.html and second in asked.html


def test_a_supplier_nothing_is_expected_of_is_kept_with_the_blind_delivery(floor: Floor, client: Client) -> None:
    Supplier.objects.create(code="acme", name="Acme")
    device = Device(client, reverse("dashboard:receive"))
    assert device.scan("ACME").verdict == "decision"
    device.press("blind", reason="no_order", supplier="acme")
    (ref,) = open_receipts([floor.warehouse_id])
    assert receipt_fact(ref).supplier == "Acme"


def test_lot_and_expiry_come_from_the_label(floor: Floor, client: Client) -> None:
    device = at_dock(client, bought(floor, {"PILL": 10}))
    told = device.scan(f"01{GTIN}17300131\x1d10L9".replace("\x1d", ""))
    assert told.verdict == "ok", told.body
    assert newest(floor) == ("L9", 1, "sellable")
    assert "L9" in device.html
    assert "2030" in device.html


def test_a_lot_that_is_not_on_the_label_is_asked_for_and_kept_for_the_next_scan(floor: Floor, client: Client) -> None:
    device = at_dock(client, bought(floor, {"PILL": 10}))
    asked = device.scan("EAN-PILL")
    assert (asked.verdict, here(floor)) == ("decision", {})
    assert "Scan or type the lot" in asked.html
    assert device.scan("LOT-5").verdict == "ok"
    assert device.scan("EAN-PILL").verdict == "ok"
    assert newest(floor) == ("LOT-5", 1, "sellable")
    product = str(floor.shop.products["PILL"])
    assert device.press("quantity", product=product, had="2", quantity="10").verdict == "ok"
    assert newest(floor) == ("LOT-5", 8, "sellable")


def test_a_typed_lot_with_its_date_is_quarantined_when_it_is_too_old(floor: Floor, client: Client) -> None:
    device = at_dock(client, bought(floor, {"PILL": 10}))
    device.scan("EAN-PILL")
    told = device.press("lot", lot="OLD", expires_on="2026-11-01")
    assert told.verdict == "decision"
    assert "quarantine" in told.message
    assert newest(floor) == ("OLD", 1, "quarantined")


def test_each_serial_number_is_one_scan(floor: Floor, client: Client) -> None:
    device = at_dock(client, bought(floor, {"PHONE": 5}))
    assert device.scan("EAN-PHONE").verdict == "decision"
    for serial in ("SN-1", "SN-2", "SN-3"):
        assert device.scan(serial).verdict == "ok"
    assert here(floor) == {"PHONE": 3}
    again = device.scan("SN-3")
    assert again.verdict == "wrong"
    assert "in stock already" in again.message
    assert device.press("quantity", product=str(floor.shop.products["PHONE"]), had="3", quantity="9").verdict == "wrong"


def test_what_a_rule_wants_checked_says_so_and_is_not_for_sale(floor: Floor, client: Client) -> None:
    SamplingRule.objects.create(every_nth=1)
    device = at_dock(client, bought(floor, {"MUG": 3}))
    told = device.scan("EAN-MUG")
    assert told.verdict == "decision"
    assert "Quality control" in told.message
    key = (floor.shop.products["MUG"], floor.warehouse_id)
    assert availability([key[0]])[key] == 0


def test_the_bin_it_goes_to_from_the_dock_is_shown(floor: Floor, client: Client) -> None:
    device = at_dock(client, bought(floor, {"MUG": 3}))
    device.scan("EAN-MUG")
    assert "Then to" in device.html


def test_two_receivers_count_on_the_same_delivery(floor: Floor, client: Client) -> None:
    ref = bought(floor, {"MUG": 9})
    first, second = at_dock(client, ref), at_dock(signed_in("receiver", "supervisor"), ref)
    first.scan("EAN-MUG")
    second.scan("EAN-MUG")
    told = first.scan("EAN-MUG")
    assert here(floor) == {"MUG": 3}
    assert "6 still expected" in told.html


@pytest.mark.parametrize(
    "code",
    [
        "\x1d" * 9,
        "]C1",
        "(01)(10)",
        "01" * 200,
        "ASN-NOTHING0",
        "TRF-X",
        "PO-'; drop",
        "REC-",
        "%00",
        "💥",
        "00" + "1" * 18,
    ],
)
def test_whatever_a_scanner_sends_is_answered(floor: Floor, client: Client, code: str) -> None:
    for path in (reverse("dashboard:receive"), ""):
        device = Device(client, path) if path else at_dock(client, bought(floor, {"MUG": 1}))
        assert device.scan(code).status in (200, 422)
    assert here(floor) == {}


@pytest.mark.parametrize("action", ["over", "anyway", "lot", "quantity", "open", "take", "decide", "blind", "unknown"])
def test_whatever_a_button_sends_is_answered(floor: Floor, client: Client, action: str) -> None:
    device = at_dock(client, bought(floor, {"MUG": 1}))
    hostile: dict[str, Any] = {"product": "-1", "units": "x", "lot": "\x00", "quantity": "9" * 30, "reason": ["a", "b"]}
    assert device.press(action).status in (200, 422)
    assert device.press(action, **hostile).status in (200, 422)
