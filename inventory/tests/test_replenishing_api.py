"""Forecasts and proposals over REST, the lists of cover, seasons and the nightly tasks."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.admin import site
from django.utils import timezone

from inventory import ports, tasks
from inventory.errors import Invalid
from inventory.models import (
    Bin,
    DemandForecast,
    FaceRule,
    Product,
    PurchaseOrder,
    PurchaseProposal,
    ReplenishmentTask,
    StockMovement,
)
from inventory.selectors.cover import cover_rows, cover_totals
from inventory.selectors.peaks import peak_page, peak_plan, peak_plans
from inventory.selectors.replenishing import outlooks
from inventory.services.peaks import forget_peak, plan_peak
from inventory.services.places import NewBin, create_bins
from inventory.services.policies import set_face_rule, set_terms
from inventory.services.products import create_supplier
from inventory.services.purchasing import create_purchase_order
from inventory.services.receipt_opening import open_receipt
from inventory.services.receiving import receive_units
from inventory.tests.conftest import NOW, TESTER, Floor, make_products
from inventory.tests.test_api import Call, call, caller

pytestmark = pytest.mark.django_db
__all__ = ["call"]

TODAY = NOW.date()


def forecast(floor: Floor, product_id: int, mean: float, deviation: float = 0) -> None:
    DemandForecast.objects.update_or_create(
        product_id=product_id,
        warehouse_id=floor.warehouse_id,
        defaults={
            "method": "weekday",
            "daily_mean": mean,
            "daily_deviation": deviation,
            "wape": 0.7,
            "baseline_wape": 0.8,
            "days": 200,
            "computed_at": NOW,
        },
    )


def supplied(product_id: int, *, lead: int = 10, pack: int = 1) -> int:
    supplier = create_supplier(code="ACME", name="Acme", lead_time_days=lead)
    set_terms(supplier, product_id, pack_size=pack, by=TESTER, now=NOW)
    return supplier


def test_forecasts_and_proposals_are_read_by_keys_that_may_read_stock(call: Call, floor: Floor) -> None:
    for product_id in make_products(3):
        forecast(floor, product_id, 4.2)
        PurchaseProposal.objects.create(
            product_id=product_id, warehouse_id=floor.warehouse_id, quantity=60, created_at=NOW, reason={"mean": 4.2}
        )
    answer = call("GET", "forecasts/?sku=p-002").json()["results"]
    assert [(one["sku"], one["daily_mean"], one["wape_of_28_day_mean"]) for one in answer] == [("P-002", 4.2, 0.8)]
    page = call("GET", "forecasts/?limit=2").json()
    assert len(page["results"]) == 2
    rest = call("GET", page["next"]).json()
    assert [one["sku"] for one in rest["results"]] == ["P-001"]
    found = call("GET", "purchase-proposals/?warehouse=MAIN&status=proposed").json()["results"]
    assert next((one["sku"], one["quantity"], one["reason"]) for one in found) == ("P-003", 60, {"mean": 4.2})
    assert call("GET", "purchase-proposals/?warehouse=NONE").json()["results"] == []
    assert call("GET", "purchase-proposals/?status=wrong").status_code == 400
    assert caller("products:read")("GET", "forecasts/").status_code == 403


def test_stock_is_low_too_much_or_dead(floor: Floor) -> None:
    low, fine, over, dead, new = make_products(5)
    Product.objects.update(unit_cost=Decimal("2.50"))
    supplied(low)
    old = NOW - timedelta(days=200)
    for product_id, mean, units in ((low, 4, 20), (fine, 4, 100), (over, 1, 500), (dead, 0, 30), (new, 0, 30)):
        if mean:
            forecast(floor, product_id, mean)
        floor.receive(product_id, units)
    with_history = StockMovement.objects.filter(product_id=dead)
    assert with_history.exists()
    later = NOW + timedelta(days=100)
    floor.receive(new, 1)
    assert [row.product_id for row in cover_rows(floor.warehouse_id, "low", now=NOW)] == [low]
    (row,) = cover_rows(floor.warehouse_id, "over", now=NOW)
    assert (row.product_id, row.cover_days, row.excess, row.bound) == (over, 500, 380, Decimal("950.0000"))
    assert cover_rows(floor.warehouse_id, "dead", now=NOW) == []
    assert old < NOW
    dead_rows = cover_rows(floor.warehouse_id, "dead", now=later)
    assert {one.product_id for one in dead_rows} == {low, fine, over, dead, new}
    assert dead_rows[0].product_id == over
    first = cover_rows(floor.warehouse_id, "dead", now=later, limit=1)
    rest = cover_rows(floor.warehouse_id, "dead", now=later, after=(first[0].order, first[0].level_id))
    assert [*first, *rest] == dead_rows
    totals = cover_totals(floor.warehouse_id, now=NOW)
    assert (totals["low"].products, totals["over"].products, totals["over"].bound) == (1, 1, Decimal("950"))


def test_a_lead_time_is_learned_from_three_deliveries(floor: Floor, product: int) -> None:
    forecast(floor, product, 4)
    supplier = supplied(product, lead=5)
    assert outlooks(floor.warehouse_id)[0].terms.lead_days == 5
    for days in (10, 12, 20):
        ref = create_purchase_order(
            supplier_id=supplier,
            warehouse_id=floor.warehouse_id,
            lines=[(product, 5)],
            by=TESTER,
            now=NOW - timedelta(days=days),
        )
        receipt = open_receipt(warehouse_id=floor.warehouse_id, purchase_order_ref=ref, by=TESTER, now=NOW)
        receive_units(receipt.ref, product_id=product, quantity=5, by=TESTER, now=NOW)
    found = outlooks(floor.warehouse_id)[0]
    assert (found.terms.lead_days, found.learned_from) == (12, 3)
    assert found.terms.lead_deviation > 0
    set_terms(supplier, product, lead_time_days=3, by=TESTER, now=NOW)
    assert outlooks(floor.warehouse_id)[0].terms.lead_days == 3


def test_a_season_says_by_which_day_to_order_and_what_room_it_takes(floor: Floor) -> None:
    slow, quick, plenty = make_products(3)
    Product.objects.filter(pk=quick).update(length_mm=100, width_mm=100, height_mm=100)
    Bin.objects.filter(pk=floor.shelves[0]).update(capacity_ml=50_000)
    for product_id in (slow, quick, plenty):
        forecast(floor, product_id, 10)
    supplied(slow, lead=60)
    set_terms(create_supplier(code="FAST", name="Fast", lead_time_days=5), quick, by=TESTER, now=NOW)
    floor.receive(plenty, 5000)
    plan_id = plan_peak(
        floor.warehouse_id,
        name="Christmas",
        starts_on=TODAY + timedelta(days=20),
        ends_on=TODAY + timedelta(days=29),
        uplift=Decimal("3"),
        by=TESTER,
        now=NOW,
    )
    page = peak_page(peak_plan(plan_id), today=TODAY)
    assert [(row.outlook.product_id, row.need.late) for row in page.rows] == [(slow, True), (quick, False)]
    assert page.rows[1].need.order_by == TODAY + timedelta(days=15)
    assert (page.rows[0].need.demand, page.rows[0].need.quantity) == (300, 300)
    assert (page.products, page.to_order, page.late, page.needed_litres, page.capacity_litres) == (3, 2, 1, 300, 50)
    assert page.unmeasured == 2
    assert [one.name for one in peak_plans(floor.warehouse_id)] == ["Christmas"]
    forget_peak(plan_id, by=TESTER, now=NOW)
    assert peak_plans(floor.warehouse_id) == []
    with pytest.raises(Invalid):
        plan_peak(
            floor.warehouse_id,
            name="Back",
            starts_on=date(2026, 12, 2),
            ends_on=date(2026, 12, 1),
            uplift=Decimal(2),
            by=TESTER,
            now=NOW,
        )


def test_the_nightly_and_the_ten_minute_sweep_do_their_work(floor: Floor, product: int) -> None:
    today = timezone.localdate()
    before = ports.daily_demand
    ports.daily_demand = lambda since, until, product_ids=None, warehouse_ids=None: {
        (product, floor.warehouse_id, today - timedelta(days=back)): 5 for back in range(1, 40)
    }
    try:
        tasks.plan_purchases()
    finally:
        ports.daily_demand = before
    assert PurchaseProposal.objects.get().quantity > 0
    assert not PurchaseOrder.objects.exists()
    (bulk,) = create_bins(floor.warehouse_id, [NewBin(name="Z-01", kind="bulk")])
    floor.receive(product, 60, bulk.id)
    set_face_rule(product, floor.shelves[0], minimum=2, maximum=10, by=TESTER, now=NOW)
    tasks.fill_faces()
    tasks.fill_faces()
    assert ReplenishmentTask.objects.get().quantity == 10


def test_configuration_is_edited_in_the_admin_and_decisions_are_only_read() -> None:
    for model, editable in ((FaceRule, True), (PurchaseProposal, False), (DemandForecast, False)):
        assert site._registry[model].has_add_permission.__qualname__.startswith("ReadOnly") is not editable
