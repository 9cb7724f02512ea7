"""Work orders: ordered at the desk, done at the bench by scanning the kit."""

import pytest
from django.urls import reverse

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import action, signed_in
from fulfillment.dashboard.tests.device import Device
from inventory.models import BinStock, WorkOrder
from inventory.services.assembling import create_work_order
from inventory.services.products import add_barcode, create_product
from shipping.tests.floor import NOW, TESTER, Floor, build_floor


@pytest.fixture
def floor(db: None) -> Floor:
    """Twenty mugs and lamps; a box of two mugs and a lamp is assembled beforehand."""
    floor = build_floor({"MUG": 20, "LAMP": 20})
    box = create_product(
        sku="BOX", name="Gift box", kit=[("MUG", 2), ("LAMP", 1)], kit_kind="assembled", by=TESTER, now=NOW
    )
    add_barcode(box.product.id, code="EAN-BOX", by=TESTER, now=NOW)
    floor.shop.products["BOX"] = box.product.id
    return floor


def ordered(floor: Floor, quantity: int = 3, **more: str) -> str:
    return create_work_order(
        product_id=floor.shop.products["BOX"],
        warehouse_id=floor.warehouse_id,
        quantity=quantity,
        by=TESTER,
        now=NOW,
        **more,  # type: ignore[arg-type]
    )


def bench(floor: Floor, ref: str) -> Device:
    return Device(signed_in(Role.PACKER), reverse("dashboard:work_order", args=[ref]))


def test_each_scan_of_the_kit_books_one(floor: Floor) -> None:
    ref = ordered(floor)
    device = bench(floor, ref)
    assert device.scan("EAN-BOX").verdict == "line_done"
    assert device.scan("EAN-MUG").verdict == "wrong"
    assert device.scan("NOTHING").verdict == "unknown"
    assert device.scan("EAN-BOX").verdict == "line_done"
    assert device.scan("EAN-BOX").verdict == "done"
    assert WorkOrder.objects.get(ref=ref).status == "completed"
    real = BinStock.objects.filter(product__sku="BOX", quantity__gt=0)
    assert sum(real.values_list("quantity", flat=True)) == 3


def test_a_number_and_a_bin_go_before_the_scan(floor: Floor) -> None:
    ref = ordered(floor, 5)
    device = bench(floor, ref)
    shelf = floor.shelves["A-02-1"]
    assert device.press("quantity", quantity="9").verdict == "too_many"
    assert device.press("quantity", quantity="4").verdict == "ok"
    assert shelf.name in device.scan(shelf.code).message
    assert "4 done, 1 left" in device.scan("EAN-BOX").message
    assert BinStock.objects.get(product__sku="BOX", bin=shelf.id).quantity == 4
    assert device.scan("EAN-BOX").verdict == "done"


def test_the_supervisor_orders_releases_and_calls_off(floor: Floor) -> None:
    desk = signed_in(Role.SUPERVISOR)
    assert "Nothing to assemble" in desk.get("/work-orders").content.decode()
    body = {**action(), "sku": "BOX", "kind": "assemble", "quantity": "2", "due_on": "2026-12-01"}
    assert desk.post("/work-orders/new", body).status_code == 302
    assert desk.post("/work-orders/new", body).status_code == 302
    draft = desk.post("/work-orders/new", {**body, **action(), "draft": "1"})
    assert draft.status_code == 302
    first, second = WorkOrder.objects.order_by("pk")
    assert (first.status, second.status) == ("released", "draft")
    page = desk.get("/work-orders").content.decode()
    assert first.ref in page and second.ref in page
    assert desk.post(f"/work-orders/{second.ref}/release", action()).status_code == 302
    assert desk.post(f"/work-orders/{first.ref}/cancel", action()).status_code == 302
    assert desk.post(f"/work-orders/{first.ref}/cancel", action()).status_code == 422
    too_many = desk.post("/work-orders/new", {**body, **action(), "quantity": "500"})
    assert too_many.status_code == 422
    assert "There is not enough stock of" in too_many.content.decode()
    assert desk.post("/work-orders/new", {**body, **action(), "quantity": "0"}).status_code == 422


def test_the_bench_says_what_is_short_and_where_things_lie(floor: Floor) -> None:
    ref = ordered(floor)
    page = signed_in(Role.PACKER).get(f"/work-orders/{ref}").content.decode()
    assert "Article MUG" in page and "A-0" in page
    assert "There is enough of everything for" not in page
