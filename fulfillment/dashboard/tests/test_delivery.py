"""The page of a delivery, and the quality desk."""

import io
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from fulfillment.dashboard.tests.desk import signed_in
from fulfillment.dashboard.tests.device import Device
from fulfillment.dashboard.tests.test_receive import at_dock, bought, here
from inventory.models import ReceiptPhoto, SamplingRule
from inventory.selectors import availability
from inventory.selectors.receiving import open_receipts, receipt_fact, receipt_lines
from inventory.tests.places import another_warehouse
from shipping.tests.floor import Floor, build_floor

pytestmark = pytest.mark.slow


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"MUG": 0, "LAMP": 0})


@pytest.fixture
def client(floor: Floor) -> Client:
    return signed_in("receiver")


def opened(floor: Floor, client: Client) -> tuple[Device, str]:
    device = at_dock(client, bought(floor, {"MUG": 9, "LAMP": 3}))
    (ref,) = open_receipts([floor.warehouse_id])
    return device, ref


def post(client: Client, route: str, *args: object, **fields: Any) -> Any:
    return client.post(reverse(f"dashboard:{route}", args=args), {"action_id": str(uuid.uuid4()), **fields})


def photo(content: bytes | None = None) -> SimpleUploadedFile:
    if content is None:
        kept = io.BytesIO()
        Image.new("RGB", (300, 200), "green").save(kept, format="PNG")
        content = kept.getvalue()
    return SimpleUploadedFile("dock.png", content, content_type="image/png")


def test_a_photo_is_kept_and_seen_only_by_those_who_see_the_delivery(floor: Floor, client: Client) -> None:
    device, ref = opened(floor, client)
    device.scan("EAN-MUG")
    line = receipt_lines(ref)[0]
    answer = post(client, "add_delivery_photo", ref, photo=photo(), line=str(line.id))
    assert answer.status_code == 302
    kept = ReceiptPhoto.objects.get()
    assert kept.line_id == line.id
    url = reverse("dashboard:delivery_photo", args=[kept.pk])
    shown = client.get(url)
    assert (shown["Content-Type"], shown.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert "private" in shown["Cache-Control"]
    assert url in client.get(reverse("dashboard:delivery", args=[ref])).content.decode()
    stranger = signed_in("receiver", warehouse_ids=[another_warehouse()])
    assert stranger.get(url).status_code == 404
    assert post(stranger, "add_delivery_photo", ref, photo=photo()).status_code == 404
    assert client.get(reverse("dashboard:delivery_photo", args=[kept.pk + 1])).status_code == 404


@pytest.mark.parametrize("content", [b"", b"not a photo", b"<?php echo 1; ?>"])
def test_a_file_that_is_no_photo_says_what_to_send(floor: Floor, client: Client, content: bytes) -> None:
    _device, ref = opened(floor, client)
    answer = post(client, "add_delivery_photo", ref, photo=photo(content))
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
    assert post(client, "add_delivery_photo", ref).status_code == 422
    assert not ReceiptPhoto.objects.exists()


def test_the_same_upload_sent_twice_is_one_photo(floor: Floor, client: Client) -> None:
    _device, ref = opened(floor, client)
    action = str(uuid.uuid4())
    for _time in range(2):
        assert post(client, "add_delivery_photo", ref, photo=photo(), action_id=action).status_code == 302
    assert ReceiptPhoto.objects.count() == 1


def test_only_a_supervisor_voids_and_the_page_says_what_is_gone(floor: Floor, client: Client) -> None:
    device, ref = opened(floor, client)
    device.scan("EAN-MUG")
    assert post(client, "void_delivery", ref, reason="wrong").status_code == 403
    boss = signed_in("supervisor")
    assert post(boss, "void_delivery", ref, reason=" ").status_code == 422
    putaway = Device(client, reverse("dashboard:putaway"))
    putaway.scan("EAN-MUG")
    shelf = next(iter(floor.shelves.values()))
    assert putaway.scan(shelf.code).verdict == "line_done"
    refused = post(boss, "void_delivery", ref, reason="wrong delivery")
    assert refused.status_code == 422
    assert f"1 × MUG left RECEIVING-1 and may lie in {shelf.name}" in refused.content.decode()
    back = at_dock(client, bought(floor, {"LAMP": 1}))
    back.scan("EAN-LAMP")
    other = next(one for one in open_receipts([floor.warehouse_id]) if one != ref)
    assert post(boss, "void_delivery", other, reason="wrong delivery").status_code == 302
    assert receipt_fact(other).void_reason == "wrong delivery"
    assert "Voided: wrong delivery" in client.get(reverse("dashboard:delivery", args=[other])).content.decode()
    assert back.scan("EAN-LAMP").verdict == "already"


def test_an_unknown_article_is_attached_or_made_new(floor: Floor, client: Client) -> None:
    device, ref = opened(floor, client)
    for code in ("4006381333931", "4006381333948"):
        device.scan(code)
        device.press("unknown", article=code)
    first, second = sorted(receipt_lines(ref), key=lambda line: line.id)
    assert post(client, "attach_to_product", ref, first.id, sku="mug", units="6").status_code == 302
    assert here(floor) == {"MUG": 6}
    refused = post(client, "attach_to_product", ref, second.id, sku="VASE")
    assert refused.status_code == 422
    assert "Type a name too" in refused.content.decode()
    assert post(client, "attach_to_product", ref, second.id, sku="VASE", name="Vase, blue").status_code == 302
    assert device.scan("4006381333948").verdict == "decision"  # known now, and not on the order
    assert post(client, "attach_to_product", ref, second.id, sku="MUG").status_code == 404


def test_the_page_costs_the_same_however_much_came(floor: Floor, client: Client) -> None:
    device, ref = opened(floor, client)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("dashboard:delivery", args=[ref]))
        return len(queries)

    device.scan("EAN-MUG")
    post(client, "add_delivery_photo", ref, photo=photo())
    before = cost()
    for _scan in range(3):
        device.scan("EAN-LAMP")
        post(client, "add_delivery_photo", ref, photo=photo())
    assert cost() == before


def checking(floor: Floor, client: Client, units: int = 4) -> Device:
    SamplingRule.objects.create(every_nth=1, instructions="Look at the handle.")
    device, _ref = opened(floor, client)
    device.scan("EAN-MUG")
    if units > 1:
        device.press("quantity", product=str(floor.shop.products["MUG"]), had="1", quantity=str(units))
    return Device(client, reverse("dashboard:quality"))


def for_sale(floor: Floor, sku: str) -> int:
    key = (floor.shop.products[sku], floor.warehouse_id)
    return availability([key[0]])[key]


def test_an_article_is_scanned_and_passed(floor: Floor, client: Client) -> None:
    desk = checking(floor, client)
    assert desk.scan("EAN-MUG").verdict == "ok"
    assert "Look at the handle." in desk.html
    assert for_sale(floor, "MUG") == 0
    told = desk.press("decide", quantity="4", result="pass")
    assert told.verdict == "line_done"
    assert for_sale(floor, "MUG") == 4
    assert "Nothing waits to be checked" in desk.html


def test_some_fail_and_the_rest_pass(floor: Floor, client: Client) -> None:
    desk = checking(floor, client)
    desk.scan(open_receipts([floor.warehouse_id])[0])
    told = desk.press("decide", quantity="1", result="damaged")
    assert (told.verdict, "3 still to check" in told.message) == ("ok", True)
    assert desk.press("decide", quantity="9", result="pass").verdict == "wrong"
    assert desk.press("decide", quantity="1", result="quarantine").verdict == "ok"
    assert desk.press("decide", quantity="2", result="pass").verdict == "line_done"
    assert for_sale(floor, "MUG") == 2


def test_the_same_decision_sent_twice_counts_once(floor: Floor, client: Client) -> None:
    desk = checking(floor, client)
    desk.scan("EAN-MUG")
    once = str(uuid.uuid4())
    for _time in range(2):
        desk.press("decide", quantity="2", result="pass", scan_id=once)
    assert for_sale(floor, "MUG") == 2


def test_two_receipts_of_an_article_ask_which(floor: Floor, client: Client) -> None:
    desk = checking(floor, client, units=1)
    at_dock(client, bought(floor, {"MUG": 2})).scan("EAN-MUG")
    assert desk.scan("EAN-MUG").verdict == "decision"
    ref = open_receipts([floor.warehouse_id])[0]
    taken = desk.press("take", receipt=ref, product=str(floor.shop.products["MUG"]), lot="")
    assert taken.verdict == "ok"
    assert desk.press("drop").verdict == "ok"


def test_what_does_not_wait_is_said(floor: Floor, client: Client) -> None:
    desk = Device(client, reverse("dashboard:quality"))
    assert desk.scan("EAN-MUG").verdict == "wrong"
    assert desk.scan("nobody").verdict == "unknown"
    assert desk.scan("REC-NOTHING0").verdict == "already"
    assert desk.press("decide", quantity="1", result="pass").verdict == "already"
    assert desk.press("take", receipt="x", product="1").verdict == "already"


def test_checks_of_another_warehouse_do_not_show(floor: Floor, client: Client) -> None:
    checking(floor, client)
    stranger = signed_in("receiver", warehouse_ids=[another_warehouse()])
    desk = Device(stranger, reverse("dashboard:quality"))
    assert "Nothing waits to be checked" in desk.html
    assert desk.scan("EAN-MUG").verdict == "wrong"
