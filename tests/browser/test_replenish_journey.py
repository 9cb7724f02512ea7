"""A pick face is filled by scans alone, and an order for more is placed from the reason beside it."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from core.accounts.models import User
from inventory.models import DemandForecast, PurchaseOrderLine
from inventory.selectors.faces import open_tasks
from inventory.selectors.places import BinFact
from inventory.services.adjustment import adjust_stock
from inventory.services.places import NewBin, create_bins
from inventory.services.policies import set_face_rule, set_terms
from inventory.services.products import create_supplier
from inventory.services.proposing import propose_purchases
from inventory.services.replenishing import open_face_tasks
from orders.tests.shop import assert_books_balance
from shipping.tests.floor import NOW, TESTER, Floor, build_floor
from tests.browser.floor import PASSWORD, Station

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    User.objects.create_user("picker", password=PASSWORD, roles=["picker"])
    User.objects.create_user("supervisor", password=PASSWORD, roles=["supervisor"])
    return build_floor({"MUG": 2, "LAMP": 9})


def bulk_with_mugs(floor: Floor) -> BinFact:
    (bulk,) = create_bins(floor.warehouse_id, [NewBin(name="Z-01", kind="bulk", pick_sequence=900)])
    mug = floor.shop.products["MUG"]
    adjust_stock(
        product_id=mug,
        warehouse_id=floor.warehouse_id,
        bin_id=bulk.id,
        delta=30,
        reason="found",
        by=TESTER,
        now=NOW,
    )
    set_face_rule(mug, floor.shelves["A-02-1"].id, minimum=5, maximum=20, by=TESTER, now=NOW)
    open_face_tasks(floor.warehouse_id, by=TESTER, now=NOW)
    return bulk


def test_a_face_is_filled_by_three_scans(page: Page, floor: Floor) -> None:
    bulk = bulk_with_mugs(floor)
    station = Station(page)
    station.sign_in("picker")
    station.open("/replenish")
    expect(page.locator(".place")).to_have_text("Z-01")
    station.scan(bulk.code)
    expect(page.locator(".many")).to_have_text("18×")
    station.scan("EAN-MUG")
    expect(page.locator(".place")).to_have_text("A-02-1")
    station.scan(floor.shelves["A-02-1"].code)
    station.says("18 units of Article MUG brought to A-02-1")
    assert (station.scans, station.clicks) == (3, 0)
    assert open_tasks(floor.warehouse_id) == []
    assert_books_balance(floor.shop)


def test_a_proposal_becomes_a_purchase_order(page: Page, floor: Floor) -> None:
    now, lamp = timezone.now(), floor.shop.products["LAMP"]
    DemandForecast.objects.create(
        product_id=lamp,
        warehouse_id=floor.warehouse_id,
        method="weekday",
        daily_mean=2,
        daily_deviation=1,
        days=200,
        computed_at=now,
    )
    set_terms(create_supplier(code="acme", name="Acme"), lamp, pack_size=12, by=TESTER, now=now)
    propose_purchases(floor.warehouse_id, by=TESTER, now=now)
    station = Station(page)
    station.sign_in("supervisor")
    page.goto("/purchasing")
    expect(page.locator("table")).to_contain_text("Sells 2 a day ± 1")
    page.get_by_label("Select LAMP").check()
    page.get_by_label("Units of LAMP to order").fill("36")
    page.get_by_role("button", name="Order what is selected").click()
    expect(page.get_by_role("status").first).to_contain_text("is ordered")
    assert PurchaseOrderLine.objects.get(product_id=lamp).quantity == 36
