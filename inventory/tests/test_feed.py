"""Who follows the change feed misses nothing, whatever commits in which order."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.db.models import Max
from django.test.utils import CaptureQueriesContext

from inventory.models import FeedReader, StockLevel
from inventory.selectors.changes import END, START, ChangedLevel, Place, anything_new, changes
from inventory.services.feeding import follow, stamp
from inventory.tests.conftest import Floor, build_floor, make_products
from inventory.tests.threads import together

# Alone: the feed waits for the oldest transaction of the whole server, other tests' databases included.
pytestmark = [pytest.mark.alone, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def warehouse() -> Floor:
    return build_floor()


def products_of(rows: tuple[ChangedLevel, ...] | list[ChangedLevel]) -> list[int]:
    return [row.product_id for row in rows]


def test_the_first_look_returns_everything_and_the_next_only_what_changed(warehouse: Floor) -> None:
    one, other = make_products(2)
    warehouse.receive(one, 5)
    warehouse.receive(other, 5)
    first = changes()
    assert products_of(first.rows) == [one, other]
    assert not changes(first.upto).rows
    assert not anything_new(first.upto)
    warehouse.allocate(one, 2)
    warehouse.allocate(one, 1)
    assert anything_new(first.upto)
    (row,) = changes(first.upto).rows
    assert (row.product_id, row.available, row.on_hand, row.sku) == (one, 2, 5, "P-001")


def test_pages_within_one_transaction_neither_skip_nor_repeat(warehouse: Floor) -> None:
    products = make_products(25)
    with transaction.atomic():
        for one in products:
            warehouse.receive(one, 1)
    seen: list[int] = []
    place, more = START, True
    while more:
        page = changes(place, limit=10)
        seen += products_of(page.rows)
        place, more = page.upto, page.more
    assert seen == products


def test_a_movement_that_changes_nothing_that_may_be_sold_is_not_told(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 5)
    upto = changes().upto
    StockLevel.objects.update(on_hand=5)
    assert not changes(upto).rows
    with transaction.atomic():
        stamp([product])
    assert products_of(changes(upto).rows) == [product]


def test_a_look_takes_two_statements_however_much_there_is(warehouse: Floor) -> None:
    for one in make_products(12):
        warehouse.receive(one, 5)
    with CaptureQueriesContext(connection) as queries:
        changes()
    assert len(queries) == 2


@contextmanager
def uncommitted(warehouse: Floor, product: int) -> Iterator[None]:
    """While in here, another session has allocated a unit and not committed; it commits at the end."""
    written, go_on = threading.Event(), threading.Event()

    def sell(_number: int) -> None:
        with transaction.atomic():
            warehouse.allocate(product, 1)
            written.set()
            assert go_on.wait(timeout=10)

    thread = threading.Thread(target=lambda: together(sell, [0]))
    thread.start()
    assert written.wait(timeout=10)
    try:
        yield
    finally:
        go_on.set()
        thread.join(timeout=10)


def test_what_commits_late_with_an_earlier_number_is_not_skipped(warehouse: Floor) -> None:
    late, early = make_products(2)
    warehouse.receive(late, 5)
    warehouse.receive(early, 5)
    place = changes().upto
    with uncommitted(warehouse, late):
        warehouse.allocate(early, 1)
        seen = changes(place)
        assert not seen.rows  # the later one waits for the earlier
    after = changes(seen.upto)
    assert sorted(products_of(after.rows)) == [late, early]
    assert not changes(after.upto).rows


def test_followed_by_the_largest_number_seen_the_same_change_is_lost(warehouse: Floor) -> None:
    late, early = make_products(2)
    warehouse.receive(late, 5)
    warehouse.receive(early, 5)

    def newer_than(xid: int) -> list[int]:
        return list(StockLevel.objects.filter(changed_xid__gt=xid).values_list("product_id", flat=True))

    seen = StockLevel.objects.aggregate(newest=Max("changed_xid"))["newest"]
    with uncommitted(warehouse, late):
        warehouse.allocate(early, 1)
        assert newer_than(seen) == [early]
        seen = StockLevel.objects.aggregate(newest=Max("changed_xid"))["newest"]
    assert newer_than(seen) == []  # and nobody will ever hear of ``late``


def test_a_reader_among_many_writers_ends_up_with_what_is_true(warehouse: Floor) -> None:
    products = make_products(6)
    for one in products:
        warehouse.receive(one, 100)
    stop = threading.Event()
    known: dict[int, int] = {}

    def write(number: int) -> None:
        for step in range(25):
            with transaction.atomic():
                for one in sorted({products[(number + step) % 6], products[(number * step) % 6]}):
                    warehouse.allocate(one, 1)

    def read(_reader: int) -> None:
        place = START
        while True:
            last = stop.is_set()
            page = changes(place, limit=3)
            known.update({row.product_id: row.available for row in page.rows})
            place = page.upto
            if last and not page.more:
                return

    def write_all() -> None:
        together(write, range(1, 7))
        stop.set()

    threads = threading.Thread(target=write_all)
    threads.start()
    assert together(read, [0]) == [None]
    threads.join(timeout=30)
    assert known == dict(StockLevel.objects.values_list("product_id", "available"))


def followed(name: str, limit: int = 1000) -> list[int]:
    seen: list[int] = []
    follow(name, lambda rows: seen.extend(products_of(rows)), limit=limit)
    return seen


def test_a_reader_of_ours_sees_each_change_once(warehouse: Floor) -> None:
    products = make_products(5)
    for one in products:
        warehouse.receive(one, 5)
    assert followed("test", limit=2) == products
    assert followed("test") == []
    warehouse.allocate(products[3], 1)
    assert followed("other") == [*products[:3], products[4], products[3]]
    assert followed("test") == [products[3]]


def test_a_transaction_larger_than_a_batch_is_followed_whole(warehouse: Floor) -> None:
    products = make_products(9)
    warehouse.receive(products[0], 1)
    with transaction.atomic():
        for one in products[1:]:
            warehouse.receive(one, 1)
    assert followed("test", limit=3) == products
    assert followed("test", limit=3) == []


def test_what_fails_is_followed_again(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 5)

    def fail(rows: list[ChangedLevel]) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        follow("test", fail)
    assert followed("test") == [product]


def test_two_copies_of_a_reader_do_not_work_at_once(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 5)
    seen: list[int] = []
    inside = threading.Event()

    def work(rows: list[ChangedLevel]) -> None:
        seen.extend(products_of(rows))
        inside.set()
        threading.Event().wait(0.3)

    def copy(number: int) -> int:
        if number:
            assert inside.wait(timeout=10)
        return follow("test", work)

    assert together(copy, range(2)) == [1, 0]
    assert seen == [product]


def test_a_database_loaded_elsewhere_begins_its_feed_anew(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 5)
    followed("test")
    future = changes().upto.xid + 10**9
    StockLevel.objects.update(changed_xid=future)
    FeedReader.objects.update(xid=future)
    assert products_of(changes(Place(future, END)).rows) == []
    followed("test")
    assert followed("test") == [product]
    assert products_of(changes(Place(future, END)).rows) == [product]
