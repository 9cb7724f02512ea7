"""Forecasts every night, proposals after them, purchase orders by a person."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from core.kernel.errors import IllegalTransition
from inventory import ports
from inventory.errors import Invalid, NotFound
from inventory.models import DemandForecast, PurchaseOrder, PurchaseOrderLine, PurchaseProposal
from inventory.selectors.replenishing import outlooks, proposals_by_urgency, proposals_page
from inventory.services.forecasting import forecast_warehouse
from inventory.services.ordering import approve_proposals, dismiss_proposals
from inventory.services.policies import set_policy, set_terms
from inventory.services.products import create_supplier
from inventory.services.proposing import propose_purchases
from inventory.tests.conftest import NOW, TESTER, Floor, make_products

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

TODAY = NOW.date()
Demand = dict[tuple[int, int, date], int]


@pytest.fixture
def demand() -> Iterator[Demand]:
    """What orders would answer; filled by the test."""
    asked: Demand = {}

    def daily_demand(since: date, until: date, product_ids: object = None, warehouse_ids: object = None) -> Demand:
        wanted = None if product_ids is None else set(product_ids)  # type: ignore[call-overload]
        return {
            key: units
            for key, units in asked.items()
            if since <= key[2] < until and (wanted is None or key[0] in wanted)
        }

    before = ports.daily_demand
    ports.daily_demand = daily_demand
    yield asked
    ports.daily_demand = before


def sells(demand: Demand, floor: Floor, product_id: int, units: int, *, days: int = 120, every: int = 1) -> None:
    for back in range(1, days + 1, every):
        demand[product_id, floor.warehouse_id, TODAY - timedelta(days=back)] = units


def supplied(product_id: int, *, lead: int = 10, pack: int = 12, code: str = "ACME") -> int:
    supplier = create_supplier(code=code, name=code.title(), lead_time_days=lead)
    set_terms(supplier, product_id, pack_size=pack, unit_cost=Decimal("1.50"), by=TESTER, now=NOW)
    return supplier


def night(floor: Floor) -> int:
    forecast_warehouse(floor.warehouse_id, now=NOW)
    return propose_purchases(floor.warehouse_id, by=TESTER, now=NOW)


def test_every_night_what_sells_is_forecast(floor: Floor, demand: Demand) -> None:
    steady, lumpy, _silent = make_products(3)
    sells(demand, floor, steady, 4)
    sells(demand, floor, lumpy, 30, every=10)
    assert forecast_warehouse(floor.warehouse_id, now=NOW) == 2
    by_product = {row.product_id: row for row in DemandForecast.objects.all()}
    assert set(by_product) == {steady, lumpy}
    assert by_product[steady].daily_mean == pytest.approx(4)
    assert by_product[steady].daily_deviation == pytest.approx(0)
    assert by_product[lumpy].daily_mean == pytest.approx(3, rel=0.3)
    assert by_product[lumpy].days == 111
    demand.clear()
    assert forecast_warehouse(floor.warehouse_id, now=NOW + timedelta(days=1)) == 2
    assert DemandForecast.objects.get(product_id=steady).daily_mean == 0


def test_a_forecast_reads_demand_by_the_chunk(
    floor: Floor, demand: Demand, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for product_id in make_products(40):
        sells(demand, floor, product_id, 2, days=60)
    with django_assert_max_num_queries(12):
        forecast_warehouse(floor.warehouse_id, now=NOW)


def test_a_product_below_its_reorder_point_is_proposed_with_the_figures_behind_it(floor: Floor, demand: Demand) -> None:
    scarce, plenty = make_products(2)
    for product_id, units in ((scarce, 15), (plenty, 500)):
        sells(demand, floor, product_id, 4)
        supplied(product_id)
        floor.receive(product_id, units)
    assert night(floor) == 1
    (proposal,) = proposals_by_urgency(floor.warehouse_id)
    assert (proposal.product_id, proposal.supplier) == (scarce, "Acme")
    # 4 a day for 10 days and 7 more until the next look, less the 15 that are there, in packs of 12.
    assert proposal.quantity == 60
    assert (proposal.reason["reorder_point"], proposal.reason["cover_days"]) == (40, 3.8)
    assert proposal.order_by == TODAY


def test_what_is_promised_beyond_stock_or_on_its_way_counts(floor: Floor, demand: Demand, product: int) -> None:
    sells(demand, floor, product, 4)
    supplier = supplied(product)
    floor.receive(product, 50)
    assert night(floor) == 0
    floor.allocate(product, 20)
    assert night(floor) == 1
    (proposal,) = proposals_by_urgency(floor.warehouse_id)
    (ref,) = approve_proposals({proposal.id: proposal.quantity}, by=TESTER, now=NOW)
    assert PurchaseOrder.objects.get(ref=ref).supplier_id == supplier
    assert outlooks(floor.warehouse_id)[0].position.incoming == proposal.quantity
    assert night(floor) == 0


def test_the_open_proposal_follows_the_stock_and_goes_when_there_is_enough(
    floor: Floor, demand: Demand, product: int
) -> None:
    sells(demand, floor, product, 4)
    supplied(product)
    floor.receive(product, 30)
    night(floor)
    first = PurchaseProposal.objects.get()
    floor.allocate(product, 25)
    night(floor)
    again = PurchaseProposal.objects.get()
    assert again.pk == first.pk
    assert again.quantity > first.quantity
    floor.receive(product, 500)
    night(floor)
    assert PurchaseProposal.objects.get().status == "dismissed"


def test_what_a_person_dismissed_is_not_proposed_again_before_the_next_look(
    floor: Floor, demand: Demand, product: int
) -> None:
    sells(demand, floor, product, 4)
    supplied(product)
    night(floor)
    proposal = PurchaseProposal.objects.get()
    assert dismiss_proposals([proposal.pk], by=TESTER, now=NOW) == 1
    assert night(floor) == 0
    assert propose_purchases(floor.warehouse_id, by=TESTER, now=NOW + timedelta(days=8)) == 1
    with pytest.raises(IllegalTransition):
        approve_proposals({proposal.pk: 12}, by=TESTER, now=NOW)


def test_a_persons_limits_go_before_the_computed_ones(floor: Floor, demand: Demand, product: int) -> None:
    sells(demand, floor, product, 4)
    supplied(product, pack=1)
    floor.receive(product, 15)
    set_policy(product, floor.warehouse_id, reorder_point=10, maximum=20, by=TESTER, now=NOW)
    assert night(floor) == 0
    set_policy(product, floor.warehouse_id, reorder_point=16, maximum=20, by=TESTER, now=NOW)
    night(floor)
    assert PurchaseProposal.objects.get().quantity == 5
    with pytest.raises(Invalid):
        set_policy(product, floor.warehouse_id, service_level=Decimal(1), by=TESTER, now=NOW)


def test_many_proposals_become_one_purchase_order_for_each_supplier(floor: Floor, demand: Demand) -> None:
    products = make_products(3)
    for product_id, code in zip(products, ("ACME", "ACME", "BEST"), strict=True):
        sells(demand, floor, product_id, 4)
        supplied(product_id, code=code)
    night(floor)
    chosen = {one.id: one.quantity + 12 for one in proposals_by_urgency(floor.warehouse_id)}
    refs = approve_proposals(chosen, by=TESTER, now=NOW)
    assert len(refs) == 2
    assert sorted(PurchaseOrderLine.objects.values_list("product_id", flat=True)) == products
    line = PurchaseOrderLine.objects.filter(product_id=products[0]).get()
    assert (line.quantity % 12, line.unit_cost) == (0, Decimal("1.50"))
    assert PurchaseOrder.objects.filter(status="ordered", expected_on=TODAY + timedelta(days=10)).count() == 2
    assert approve_proposals(chosen, by=TESTER, now=NOW) == refs
    assert PurchaseOrder.objects.count() == 2


def test_what_cannot_be_ordered_is_refused_and_nothing_is_ordered(floor: Floor, demand: Demand) -> None:
    good, orphan = make_products(2)
    sells(demand, floor, good, 4)
    sells(demand, floor, orphan, 4)
    supplied(good)
    night(floor)
    by_product = {one.product_id: one for one in proposals_page()}
    assert by_product[orphan].supplier == ""
    with pytest.raises(Invalid, match="Add a supplier"):
        approve_proposals({by_product[good].id: 12, by_product[orphan].id: 12}, by=TESTER, now=NOW)
    with pytest.raises(Invalid, match="multiple of 12"):
        approve_proposals({by_product[good].id: 13}, by=TESTER, now=NOW)
    with pytest.raises(NotFound):
        approve_proposals({by_product[good].id + 99: 12}, by=TESTER, now=NOW)
    assert not PurchaseOrder.objects.exists()


def test_the_proposals_of_two_nights_at_once_are_one(floor: Floor, demand: Demand, product: int) -> None:
    sells(demand, floor, product, 4)
    supplied(product)
    night(floor)
    with transaction.atomic():
        PurchaseProposal.objects.bulk_create(
            [PurchaseProposal(product_id=product, warehouse_id=floor.warehouse_id, quantity=1, created_at=NOW)],
            ignore_conflicts=True,
        )
    assert PurchaseProposal.objects.count() == 1
