"""Pick faces are filled before they run dry, and never with what a picker was promised."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from core.outbox.facts import EventFact
from core.outbox.models import Event
from inventory import ports
from inventory.errors import Invalid, NotEnoughInBin, NotFound
from inventory.handlers import fill_face_after_short
from inventory.models import Bin, CountTask, DemandForecast, ReplenishmentTask, StockMovement
from inventory.planning import PickWant
from inventory.planning.facing import Face, face_need
from inventory.selectors.faces import open_tasks, task_by_ref
from inventory.services.picking import plan_picks
from inventory.services.places import NewBin, create_bins
from inventory.services.policies import set_face_rule
from inventory.services.replenishing import ask_for_face, bring_to_face, open_face_tasks, source_empty
from inventory.tests.conftest import NOW, TESTER, Floor, make_products

pytestmark = pytest.mark.django_db


@pytest.fixture
def bulk(floor: Floor) -> list[int]:
    """Two bulk bins behind the walk."""
    names = ("Z-01", "Z-02")
    return [
        one.id
        for one in create_bins(
            floor.warehouse_id,
            [NewBin(name=name, kind="bulk", pick_sequence=900 + at) for at, name in enumerate(names)],
        )
    ]


@pytest.fixture
def waiting() -> Iterator[dict[int, list[int]]]:
    """Units that orders not yet on the floor want, by product."""
    wanted: dict[int, list[int]] = {}
    before = ports.waiting_units
    ports.waiting_units = lambda product_ids, warehouse_id: wanted
    yield wanted
    ports.waiting_units = before


def look(floor: Floor) -> int:
    return open_face_tasks(floor.warehouse_id, by=TESTER, now=NOW)


def faced(floor: Floor, product_id: int, present: int, *, minimum: int = 5, maximum: int = 20) -> None:
    set_face_rule(product_id, floor.shelves[0], minimum=minimum, maximum=maximum, by=TESTER, now=NOW)
    if present:
        floor.receive(product_id, present)


def test_a_face_below_its_minimum_gets_one_task_up_to_its_maximum(floor: Floor, bulk: list[int], product: int) -> None:
    faced(floor, product, 4)
    floor.receive(product, 100, bulk[0])
    assert (look(floor), look(floor)) == (1, 0)
    (task,) = open_tasks(floor.warehouse_id)
    assert (task.quantity, task.from_bin, task.to_bin, task.cause) == (16, "Z-01", "A-01-1", "minimum")
    assert bring_to_face(task.ref, 16, by=TESTER, now=NOW).units == 16
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 20}
    assert StockMovement.objects.get(document=task.ref).reason == "replenish"
    assert Event.objects.filter(type="replenishment.done", timeline=task.ref).exists()
    assert bring_to_face(task.ref, 16, by=TESTER, now=NOW).units == 0
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 20}
    assert look(floor) == 0


def test_units_planned_for_picks_are_as_good_as_gone(floor: Floor, bulk: list[int], product: int) -> None:
    faced(floor, product, 10)
    floor.receive(product, 100, bulk[0])
    assert look(floor) == 0
    with transaction.atomic():
        plan_picks([PickWant(1, product, floor.warehouse_id, 7)])
    assert look(floor) == 1


def test_a_face_that_is_empty_within_a_day_is_filled_before(floor: Floor, bulk: list[int], product: int) -> None:
    faced(floor, product, 8)
    floor.receive(product, 100, bulk[0])
    DemandForecast.objects.create(
        product_id=product,
        warehouse_id=floor.warehouse_id,
        method="smoothing",
        daily_mean=16,
        daily_deviation=1,
        days=90,
        computed_at=NOW,
    )
    assert look(floor) == 1
    (task,) = open_tasks(floor.warehouse_id)
    assert (task.cause, task.needed_by) == ("forecast", NOW + timedelta(hours=12))


def test_the_face_that_blocks_the_most_orders_comes_first(
    floor: Floor, bulk: list[int], waiting: dict[int, list[int]]
) -> None:
    quiet, busy = make_products(2)
    for product_id in (quiet, busy):
        faced(floor, product_id, 4)
        floor.receive(product_id, 50, bulk[0])
    waiting[busy] = [3, 2, 1]
    assert look(floor) == 2
    assert [(one.product_id, one.orders_blocked, one.cause) for one in open_tasks(floor.warehouse_id)] == [
        (busy, 2, "orders"),
        (quiet, 0, "minimum"),
    ]
    waiting[quiet] = [9, 9, 9, 9]
    assert look(floor) == 0
    assert [one.product_id for one in open_tasks(floor.warehouse_id)] == [quiet, busy]


def test_a_task_ends_when_the_face_was_filled_otherwise(floor: Floor, bulk: list[int], product: int) -> None:
    faced(floor, product, 4)
    floor.receive(product, 100, bulk[0])
    look(floor)
    floor.receive(product, 30)
    look(floor)
    assert ReplenishmentTask.objects.get().status == "cancelled"


def test_one_bulk_bin_is_not_promised_to_two_faces(floor: Floor, bulk: list[int], product: int) -> None:
    for shelf in floor.shelves[:2]:
        set_face_rule(product, shelf, minimum=5, maximum=20, by=TESTER, now=NOW)
    floor.receive(product, 25, bulk[0])
    floor.receive(product, 100, bulk[1])
    look(floor)
    assert [(one.from_bin, one.quantity) for one in open_tasks(floor.warehouse_id)] == [("Z-01", 20), ("Z-01", 5)]


def test_what_is_promised_to_pickers_stays_in_bulk(floor: Floor, bulk: list[int], product: int) -> None:
    faced(floor, product, 0)
    floor.receive(product, 12, bulk[0])
    look(floor)
    (task,) = open_tasks(floor.warehouse_id)
    with transaction.atomic():
        plan_picks([PickWant(1, product, floor.warehouse_id, 8)])
    with pytest.raises(NotEnoughInBin, match="Only 4 units may be taken"):
        bring_to_face(task.ref, 12, by=TESTER, now=NOW)
    assert bring_to_face(task.ref, 4, by=TESTER, now=NOW).rest == 8
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 4}


def test_an_empty_source_is_counted_and_the_next_one_is_taken(floor: Floor, bulk: list[int], product: int) -> None:
    faced(floor, product, 0)
    floor.receive(product, 50, bulk[0])
    floor.receive(product, 6, bulk[1])
    look(floor)
    (task,) = open_tasks(floor.warehouse_id)
    assert source_empty(task.ref, by=TESTER, now=NOW) == task.ref
    assert CountTask.objects.get().bin_id == bulk[0]
    assert (task_by_ref(task.ref).from_bin, task_by_ref(task.ref).quantity) == ("Z-02", 6)
    assert source_empty(task.ref, by=TESTER, now=NOW) == ""
    assert task_by_ref(task.ref).status == "cancelled"
    assert CountTask.objects.count() == 2
    assert look(floor) == 0


def test_a_person_or_a_short_pick_may_ask_before_the_minimum(floor: Floor, bulk: list[int], product: int) -> None:
    faced(floor, product, 15)
    floor.receive(product, 50, bulk[0])
    assert look(floor) == 0
    assert ask_for_face([product], floor.warehouse_id, cause="short_pick", by=TESTER, now=NOW) == 1
    assert open_tasks(floor.warehouse_id)[0].cause == "short_pick"
    assert ask_for_face([product], floor.warehouse_id, by=TESTER, now=NOW) == 0


def test_a_short_pick_has_its_face_filled(floor: Floor, bulk: list[int], product: int) -> None:
    faced(floor, product, 15)
    floor.receive(product, 50, bulk[0])
    data = {"bin_id": floor.shelves[0], "product_id": product}
    fact = EventFact(1, "pick_line.short", "pick_line", 1, "ORD-1", data, NOW, "staff", "picker")
    for _delivery in range(2):
        fill_face_after_short(fact, now=NOW)
    assert [one.cause for one in open_tasks(floor.warehouse_id)] == ["short_pick"]


def test_what_makes_no_sense_is_refused(floor: Floor, bulk: list[int], product: int) -> None:
    with pytest.raises(Invalid):
        set_face_rule(product, bulk[0], minimum=1, maximum=2, by=TESTER, now=NOW)
    with pytest.raises(Invalid):
        set_face_rule(product, floor.shelves[0], minimum=2, maximum=2, by=TESTER, now=NOW)
    with pytest.raises(NotFound):
        bring_to_face("RPL-NONE", 1, by=TESTER, now=NOW)
    faced(floor, product, 0)
    floor.receive(product, 50, bulk[0])
    look(floor)
    ref = open_tasks(floor.warehouse_id)[0].ref
    for quantity in (0, 21):
        with pytest.raises(Invalid):
            bring_to_face(ref, quantity, by=TESTER, now=NOW)
    Bin.objects.filter(pk=bulk[0]).update(frozen=True)
    with pytest.raises(Invalid, match="frozen"):
        bring_to_face(ref, 20, by=TESTER, now=NOW)


def test_a_full_face_waits_and_blocked_orders_do_not() -> None:
    assert face_need(Face(present=20, planned=20, minimum=5, maximum=20)) is None
    assert face_need(Face(present=10, planned=0, minimum=5, maximum=20)) is None
    need = face_need(Face(present=10, planned=4, minimum=5, maximum=20, waiting=(5, 2, 1)))
    assert need is not None
    assert (need.units, need.cause, need.orders_blocked, need.hours) == (10, "orders", 2, None)
