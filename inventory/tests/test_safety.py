"""Safety stock is kept back from sale, and may be touched by what was promised before."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.outbox.models import Event
from inventory.errors import InsufficientStock, Invalid, NotFound
from inventory.models import StockLevel
from inventory.services.reservation import Want, hold, take, take_what_there_is
from inventory.services.safety import set_safety_stock, set_safety_stocks
from inventory.tests.conftest import NOW, TESTER, Floor, make_products

pytestmark = pytest.mark.django_db


def test_units_kept_back_are_not_sold(floor: Floor, product: int) -> None:
    floor.receive(product, 10)
    fact = set_safety_stock(product, floor.warehouse_id, 4, by=TESTER, now=NOW)
    assert (fact.before, fact.after, fact.available_before, fact.available) == (0, 4, 10, 6)
    with pytest.raises(InsufficientStock) as refusal:
        take([Want(product, floor.warehouse_id, 7)])
    assert refusal.value.short[0].available == 6
    with pytest.raises(InsufficientStock):
        hold([Want(product, floor.warehouse_id, 7)])
    assert take_what_there_is([Want(product, floor.warehouse_id, 9)]) == {(product, floor.warehouse_id): 6}


def test_a_buffer_comes_on_top_of_the_safety_stock(floor: Floor, product: int) -> None:
    floor.receive(product, 10)
    set_safety_stock(product, floor.warehouse_id, 4, by=TESTER, now=NOW)
    assert take_what_there_is([Want(product, floor.warehouse_id, 9, keep=5)]) == {(product, floor.warehouse_id): 1}


def test_raising_it_above_what_there_is_never_fails_and_keeps_promises(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    floor.allocate(product, 5)
    set_safety_stock(product, floor.warehouse_id, 1000, by=TESTER, now=NOW)
    level = floor.level(product)
    assert (level.allocated, level.free, level.available) == (5, 0, 0)


def test_lowering_it_says_that_there_is_more_to_have(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    set_safety_stock(product, floor.warehouse_id, 8, by=TESTER, now=NOW)
    before = Event.objects.filter(type="stock.replenished").count()
    set_safety_stock(product, floor.warehouse_id, 2, by=TESTER, now=NOW)
    grown = Event.objects.filter(type="stock.replenished").order_by("-pk")
    assert grown.count() == before + 1
    assert grown[0].data["quantity"] == 3
    told = Event.objects.filter(type="stock.safety_set").order_by("pk").values_list("data__before", "data__after")
    assert list(told) == [(0, 8), (8, 2)]


def test_a_raise_stamps_the_feed_and_the_same_number_again_does_not(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    StockLevel.objects.update(changed_xid=1)
    set_safety_stock(product, floor.warehouse_id, 0, by=TESTER, now=NOW)
    assert floor.level(product).changed_xid == 1
    set_safety_stock(product, floor.warehouse_id, 1, by=TESTER, now=NOW)
    assert floor.level(product).changed_xid > 1


def test_a_product_that_was_never_stocked_may_have_one(floor: Floor, product: int) -> None:
    set_safety_stock(product, floor.warehouse_id, 3, by=TESTER, now=NOW)
    floor.receive(product, 5)
    assert floor.level(product).available == 2


def test_many_are_set_in_as_many_statements_as_one(floor: Floor) -> None:
    products = make_products(20)
    set_safety_stocks({(products[0], floor.warehouse_id): 1}, by=TESTER, now=NOW)
    with CaptureQueriesContext(connection) as queries:
        set_safety_stocks(dict.fromkeys(((one, floor.warehouse_id) for one in products), 2), by=TESTER, now=NOW)
    assert len([q for q in queries.captured_queries if "SAVEPOINT" not in q["sql"]]) == 3
    assert list(StockLevel.objects.values_list("safety_stock", flat=True)) == [2] * 20


def test_what_cannot_be_is_refused(floor: Floor, product: int) -> None:
    for units in (-1, 10_000_001):
        with pytest.raises(Invalid):
            set_safety_stock(product, floor.warehouse_id, units, by=TESTER, now=NOW)
    with pytest.raises(NotFound):
        set_safety_stock(product + 1000, floor.warehouse_id, 1, by=TESTER, now=NOW)
