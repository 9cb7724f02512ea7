"""A picker finds less than the books say; the bin is counted; the books, the promises and the lists follow."""

from datetime import timedelta

import pytest

from core.attention.selectors import open_cases
from core.kernel.actors import Actor
from core.outbox.models import Event
from inventory.handlers import count_after_short
from inventory.models import BinStock, CountPlan, CountTask
from inventory.selectors import availability
from inventory.services.count_posting import approve_count
from inventory.services.counting import begin_count, enter_count, finish_count, request_count
from orders.tests.shop import assert_books_balance
from shipping.models import PickLine
from shipping.services.pick_acts import short_pick
from shipping.tests.books import assert_floor_balances
from shipping.tests.floor import NOW, Floor, build_floor

pytestmark = pytest.mark.django_db
ANN, BEN, EVE = (Actor(kind="staff", id=9000 + number, name=name) for number, name in enumerate(("ann", "ben", "eve")))


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"MUG": 6})


def shelf(floor: Floor) -> BinStock:
    return BinStock.objects.get(product_id=floor.shop.products["MUG"], condition="sellable", bin__kind="pick_face")


def count(ref: str, product: int, units: int, by: Actor, minutes: int) -> str:
    now = NOW + timedelta(minutes=minutes)
    begin_count(ref, by=by, now=now)
    enter_count(ref, product_id=product, counted=units, by=by, now=now)
    return finish_count(ref, by=by, now=now).status


def short(floor: Floor) -> str:
    """A picker who is to take four finds none; the count that is asked for because of it."""
    floor.order({"MUG": 4})
    (list_id,) = floor.release()
    floor.claim()
    while PickLine.objects.filter(pick_list=list_id, status="pending").exists():
        code = floor.right_code(list_id)
        if code.startswith("EAN-"):
            short_pick(list_id, by=floor.by, now=NOW)
            break
        floor.scan(list_id, code)
    event = Event.objects.get(type="pick_line.short")
    count_after_short(event, now=NOW)  # type: ignore[arg-type]
    return CountTask.objects.get().ref


def test_units_that_were_there_all_the_time_are_for_sale_again(floor: Floor) -> None:
    ref, product = short(floor), floor.shop.products["MUG"]
    assert CountTask.objects.get().cause == "short_pick"
    assert availability([product])[product, floor.warehouse_id] == 2
    assert count(ref, product, 6, ANN, 1) == "approved"
    assert availability([product])[product, floor.warehouse_id] == 6
    assert_books_balance(floor.shop)
    assert_floor_balances(floor)


def test_units_that_are_gone_are_written_off_by_two_counts_and_a_supervisor(floor: Floor) -> None:
    ref, product = short(floor), floor.shop.products["MUG"]
    assert count(ref, product, 2, ANN, 1) == "investigating"
    assert count(ref, product, 2, BEN, 2) == "counted"
    approve_count(ref, by=EVE, now=NOW + timedelta(minutes=3))
    assert shelf(floor).quantity == 2
    assert not BinStock.objects.filter(product_id=product, condition="quarantined", quantity__gt=0).exists()
    assert availability([product])[product, floor.warehouse_id] == 2
    assert_books_balance(floor.shop)
    assert_floor_balances(floor)


def test_a_loss_under_an_open_pick_gives_up_the_order_and_takes_the_pick_off_its_list(floor: Floor) -> None:
    product = floor.shop.products["MUG"]
    CountPlan.objects.create(warehouse_id=floor.warehouse_id, tolerance_units=99, tolerance_value=99)
    order = floor.order({"MUG": 5})
    floor.release()
    ref = request_count(shelf(floor).bin_id, cause="request", by=ANN, now=NOW)
    assert count(ref, product, 3, ANN, 1) == "approved"
    row = shelf(floor)
    assert (row.quantity, row.to_pick) == (3, 3)
    (case,) = open_cases(kind="allocation_given_up")
    assert case.timeline == order.ref
    assert_books_balance(floor.shop)
