"""Two people decide the same at once. Each race has a control without its guard."""

import threading
from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection, transaction

from inventory import ports
from inventory.models import DemandForecast, PurchaseOrder, PurchaseProposal, ReplenishmentTask
from inventory.selectors.replenishing import outlooks
from inventory.services.ledger import Move, move
from inventory.services.ordering import approve_proposals
from inventory.services.places import NewBin, create_bins
from inventory.services.policies import set_face_rule, set_terms
from inventory.services.products import create_supplier
from inventory.services.proposing import propose_purchases
from inventory.services.purchasing import create_purchase_order
from inventory.services.replenishing import bring_to_face, open_face_tasks
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products
from inventory.tests.threads import together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def warehouse() -> Floor:
    return build_floor()


def proposed(warehouse: Floor, count: int = 3) -> dict[int, int]:
    supplier = create_supplier(code="ACME", name="Acme")
    rows = PurchaseProposal.objects.bulk_create(
        PurchaseProposal(
            product_id=product_id,
            warehouse_id=warehouse.warehouse_id,
            supplier_id=supplier,
            quantity=12,
            reason={"pack_size": 12, "lead_days": 5},
            created_at=NOW,
        )
        for product_id in make_products(count)
    )
    return {row.pk: 12 for row in rows}


def test_proposals_approved_by_six_people_at_once_are_ordered_once(warehouse: Floor) -> None:
    chosen = proposed(warehouse)
    ended = together(lambda _person: approve_proposals(chosen, by=TESTER, now=NOW), range(6))
    refs = [one for one in ended if isinstance(one, list)]
    assert len(refs) == 6
    assert {ref for found in refs for ref in found} == {PurchaseOrder.objects.get().ref}


def test_without_the_lock_two_people_order_the_same_twice(warehouse: Floor) -> None:
    chosen = proposed(warehouse)
    both_have_read = threading.Barrier(2)

    def approve_carelessly(_person: int) -> None:
        rows = list(PurchaseProposal.objects.filter(pk__in=chosen, status="proposed"))
        both_have_read.wait(timeout=30)
        create_purchase_order(
            supplier_id=rows[0].supplier_id or 0,
            warehouse_id=warehouse.warehouse_id,
            lines=[(row.product_id, 12) for row in rows],
            by=TESTER,
            now=NOW,
        )
        PurchaseProposal.objects.filter(pk__in=chosen).update(status="ordered")

    together(approve_carelessly, range(2))
    assert PurchaseOrder.objects.count() == 2


class Pause:
    """Stands in for what orders answer: whoever asks waits until told to go on."""

    def __init__(self) -> None:
        self.asked, self.go_on = threading.Event(), threading.Event()

    def __call__(self, product_ids: list[int], warehouse_ids: list[int] | None) -> dict[tuple[int, int], int]:
        self.asked.set()
        assert self.go_on.wait(timeout=30)
        return {}


@pytest.fixture
def pause() -> Iterator[Pause]:
    before, pause = ports.backordered, Pause()
    ports.backordered = pause
    yield pause
    ports.backordered = before


def scarce(warehouse: Floor) -> dict[int, int]:
    """An open proposal of a product that sells and of which nothing is there."""
    chosen = proposed(warehouse, 1)
    ((product_id, supplier_id),) = PurchaseProposal.objects.values_list("product_id", "supplier_id")
    set_terms(supplier_id or 0, product_id, pack_size=12, by=TESTER, now=NOW)
    DemandForecast.objects.create(
        product_id=product_id,
        warehouse_id=warehouse.warehouse_id,
        method="smoothing",
        daily_mean=1,
        daily_deviation=0,
        days=90,
        computed_at=NOW,
    )
    return chosen


def test_what_is_ordered_while_the_night_runs_is_not_proposed_again(warehouse: Floor, pause: Pause) -> None:
    (proposal_id,) = scarce(warehouse)

    def run(part: str) -> None:
        if part == "night":
            propose_purchases(warehouse.warehouse_id, by=TESTER, now=NOW)
            return
        assert pause.asked.wait(timeout=30)
        threading.Timer(0.5, pause.go_on.set).start()
        approve_proposals({proposal_id: 24}, by=TESTER, now=NOW)

    assert together(run, ["night", "person"]) == [None, None]
    propose_purchases(warehouse.warehouse_id, by=TESTER, now=NOW)
    assert list(PurchaseProposal.objects.values_list("status", flat=True)) == ["ordered"]
    assert PurchaseOrder.objects.count() == 1


def test_without_the_lock_before_the_look_it_is_proposed_again(warehouse: Floor, pause: Pause) -> None:
    (proposal_id,) = scarce(warehouse)

    def run(part: str) -> None:
        if part == "night":
            (found,) = outlooks(warehouse.warehouse_id)
            if not PurchaseProposal.objects.filter(product_id=found.product_id, status="proposed").exists():
                PurchaseProposal.objects.create(
                    product_id=found.product_id,
                    warehouse_id=warehouse.warehouse_id,
                    quantity=found.plan().quantity,
                    created_at=NOW,
                )
            return
        assert pause.asked.wait(timeout=30)
        approve_proposals({proposal_id: 24}, by=TESTER, now=NOW)
        pause.go_on.set()

    assert together(run, ["night", "person"]) == [None, None]
    assert sorted(PurchaseProposal.objects.values_list("status", flat=True)) == ["ordered", "proposed"]


def empty_face(warehouse: Floor) -> tuple[int, int]:
    (product_id,) = make_products(1)
    (bulk,) = create_bins(warehouse.warehouse_id, [NewBin(name="Z-01", kind="bulk")])
    set_face_rule(product_id, warehouse.shelves[0], minimum=5, maximum=20, by=TESTER, now=NOW)
    warehouse.receive(product_id, 100, bulk.id)
    return product_id, bulk.id


def test_a_face_looked_at_by_six_sweeps_at_once_has_one_task(warehouse: Floor) -> None:
    empty_face(warehouse)
    ended = together(lambda _sweep: open_face_tasks(warehouse.warehouse_id, by=TESTER, now=NOW), range(6))
    assert sum(one for one in ended if isinstance(one, int)) == 1
    assert ReplenishmentTask.objects.count() == 1


def test_without_the_unique_open_task_two_sweeps_send_two_people(warehouse: Floor) -> None:
    product_id, bulk_id = empty_face(warehouse)
    both_have_looked = threading.Barrier(2)

    def open_carelessly(number: int) -> None:
        assert not ReplenishmentTask.objects.exists()
        both_have_looked.wait(timeout=30)
        ReplenishmentTask.objects.create(
            ref=f"RPL-{number}",
            warehouse_id=warehouse.warehouse_id,
            product_id=product_id,
            from_bin_id=bulk_id,
            to_bin_id=warehouse.shelves[0],
            quantity=20,
            cause="minimum",
            created_at=NOW,
        )

    ended = together(open_carelessly, range(2))
    assert sum(isinstance(one, IntegrityError) for one in ended) == 1
    ReplenishmentTask.objects.all().delete()
    (constraint,) = [one for one in ReplenishmentTask._meta.constraints if one.name == "one_open_task_per_face"]
    with connection.schema_editor() as editor:
        editor.remove_constraint(ReplenishmentTask, constraint)
    try:
        together(open_carelessly, range(2, 4))
        assert ReplenishmentTask.objects.count() == 2
    finally:
        ReplenishmentTask.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(ReplenishmentTask, constraint)


def test_a_task_finished_by_two_people_brings_its_units_once(warehouse: Floor) -> None:
    product_id, _bulk = empty_face(warehouse)
    open_face_tasks(warehouse.warehouse_id, by=TESTER, now=NOW)
    ref = ReplenishmentTask.objects.get().ref
    ended = together(lambda _person: bring_to_face(ref, 20, by=TESTER, now=NOW).units, range(4))
    assert sorted(one for one in ended if isinstance(one, int)) == [0, 0, 0, 20]
    assert warehouse.in_bin(product_id, warehouse.shelves[0]) == {"sellable": 20}


def test_without_the_lock_the_units_are_brought_twice(warehouse: Floor) -> None:
    product_id, bulk_id = empty_face(warehouse)
    open_face_tasks(warehouse.warehouse_id, by=TESTER, now=NOW)
    both_have_read = threading.Barrier(2)

    def bring_carelessly(_person: int) -> None:
        task = ReplenishmentTask.objects.get()
        assert task.status == "open"
        both_have_read.wait(timeout=30)
        with transaction.atomic():
            move([Move(product_id, 20, bulk_id, warehouse.shelves[0], reason="replenish")], by=TESTER, now=NOW)
        ReplenishmentTask.objects.update(status="done")

    together(bring_carelessly, range(2))
    assert warehouse.in_bin(product_id, warehouse.shelves[0]) == {"sellable": 40}
