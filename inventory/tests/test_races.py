"""Many at once. Each race has a control that takes the guard away and shows that the race then happens."""

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F

from inventory.errors import AlreadyMoved, InsufficientStock, NotEnoughInBin, StockPromised
from inventory.models import BinKind, BinStock, StockLevel, StockMovement
from inventory.planning import PickWant
from inventory.selectors.stock import stock_rows
from inventory.services.adjustment import adjust_stock
from inventory.services.holding import consume_reservation, expire_due, reserve_items
from inventory.services.ledger import Move, move
from inventory.services.picking import plan_picks
from inventory.services.reservation import Want, give_back, take, take_what_there_is
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products
from inventory.tests.threads import together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

BUYERS, STOCK = 64, 100
DEADLOCK = "40P01"


@pytest.fixture
def warehouse() -> Floor:
    return build_floor()


def test_64_buyers_of_100_units_buy_exactly_100(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, STOCK)

    def buy(_buyer: int) -> int:
        bought = 0
        for _attempt in range(3):
            try:
                with transaction.atomic():
                    take([Want(product, warehouse.warehouse_id, 1)])
                bought += 1
            except InsufficientStock:
                pass
        return bought

    ended = together(buy, range(BUYERS))
    assert not [one for one in ended if isinstance(one, Exception)]
    assert sum(one for one in ended if isinstance(one, int)) == STOCK
    assert warehouse.level(product).allocated == STOCK


def test_uneven_wants_never_sell_more_than_there_is(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, STOCK)

    def buy(wanted: int) -> int:
        with transaction.atomic():
            got = take_what_there_is([Want(product, warehouse.warehouse_id, wanted)])
        return got[product, warehouse.warehouse_id]

    ended = together(buy, [number % 5 + 1 for number in range(48)])
    assert sum(one for one in ended if isinstance(one, int)) == STOCK
    assert warehouse.level(product).available == 0


def test_without_the_guard_two_buyers_both_get_the_last_unit(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 1)
    both_have_read = threading.Barrier(2)

    def buy_carelessly(_buyer: int) -> bool:
        with transaction.atomic():
            level = warehouse.level(product)
            both_have_read.wait(timeout=10)
            if level.available < 1:
                return False
            level.allocated += 1
            level.save(update_fields=["allocated"])
        return True

    assert together(buy_carelessly, range(2)) == [True, True]
    assert warehouse.level(product).allocated == 1  # sold twice, counted once: no CHECK can see it


def test_without_the_guard_an_atomic_increment_runs_into_the_constraint(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 1)

    def buy_carelessly(_buyer: int) -> None:
        StockLevel.objects.filter(product_id=product).update(allocated=F("allocated") + 1)

    ended = together(buy_carelessly, range(4))
    assert Counter(type(one) for one in ended) == {type(None): 1, IntegrityError: 3}


def wait_until_blocked(number: int) -> None:
    """Until that many sessions of this database wait for a lock another holds."""
    for _look in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
            )
            if cursor.fetchone()[0] >= number:
                return
        time.sleep(0.01)
    raise AssertionError("Nobody waited.")


def test_a_cart_that_waited_for_a_delivery_to_commit_gets_its_units(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 1)
    with transaction.atomic():
        take([Want(product, warehouse.warehouse_id, 1)])
    bought: list[object] = []

    def buy(_buyer: int) -> None:
        with transaction.atomic():
            take([Want(product, warehouse.warehouse_id, 3)])

    buyer = threading.Thread(target=lambda: bought.extend(together(buy, [0])))
    with transaction.atomic():
        warehouse.receive(product, 5)
        buyer.start()
        wait_until_blocked(1)
    buyer.join(timeout=10)
    assert bought == [None]
    assert warehouse.level(product).allocated == 4


def test_computed_from_the_row_it_finds_the_same_update_runs_into_the_constraint(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 1)
    with transaction.atomic():
        take([Want(product, warehouse.warehouse_id, 1)])
    bought: list[object] = []

    def buy(_buyer: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH locked AS MATERIALIZED (SELECT id FROM inventory_stocklevel ORDER BY id FOR NO KEY UPDATE)"
                " UPDATE inventory_stocklevel level SET allocated = level.allocated + 3"
                " FROM locked WHERE level.id = locked.id"
            )

    buyer = threading.Thread(target=lambda: bought.extend(together(buy, [0])))
    # A BEFORE row trigger makes PostgreSQL fetch the newest row early, which hides the danger as long as there is one.
    with without_feed_trigger():
        with transaction.atomic():
            warehouse.receive(product, 5)
            buyer.start()
            wait_until_blocked(1)
        buyer.join(timeout=10)
    assert isinstance(bought[0], IntegrityError)


@contextmanager
def without_feed_trigger() -> Iterator[None]:
    (trigger,) = StockLevel._meta.triggers  # type: ignore[attr-defined]
    trigger.uninstall(StockLevel)
    try:
        yield
    finally:
        trigger.install(StockLevel)


def test_crossing_carts_never_deadlock(warehouse: Floor) -> None:
    products = make_products(12)
    for one in products:
        warehouse.receive(one, 10_000)

    def shop(seed: int) -> int:
        rng = random.Random(seed)
        for _cart in range(20):
            wants = [Want(one, warehouse.warehouse_id, 1) for one in rng.sample(products, 6)]
            with transaction.atomic():
                take(wants)
        return 20

    assert together(shop, range(16)) == [20] * 16
    assert sum(StockLevel.objects.values_list("allocated", flat=True)) == 16 * 20 * 6


def test_carts_taken_line_by_line_in_their_own_order_deadlock(warehouse: Floor) -> None:
    one, other = make_products(2)
    warehouse.receive(one, 10)
    warehouse.receive(other, 10)
    both_hold_one = threading.Barrier(2)

    def shop(cart: list[int]) -> None:
        with transaction.atomic():
            take([Want(cart[0], warehouse.warehouse_id, 1)])
            both_hold_one.wait(timeout=10)
            take([Want(cart[1], warehouse.warehouse_id, 1)])

    ended = together(shop, [[one, other], [other, one]])
    (victim,) = [end for end in ended if isinstance(end, OperationalError)]
    assert getattr(victim.__cause__, "pgcode", None) in {DEADLOCK, "55P03"}


def test_one_unit_in_a_bin_is_moved_by_exactly_one_of_many(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 3)

    def carry(number: int) -> bool:
        try:
            with transaction.atomic():
                move(
                    [Move(product, 1, warehouse.shelves[0], warehouse.shelves[1 + number % 2], "move")],
                    by=TESTER,
                    now=NOW,
                )
        except NotEnoughInBin:
            return False
        return True

    ended = together(carry, range(16))
    assert Counter(ended) == {True: 3, False: 13}
    assert sum(BinStock.objects.values_list("quantity", flat=True)) == 3


def test_the_first_units_of_a_new_product_arrive_at_many_docks_at_once(warehouse: Floor) -> None:
    products = make_products(5)

    def unload(number: int) -> None:
        wanted = products[:] if number % 2 else products[::-1]
        with transaction.atomic():
            move(
                [
                    Move(one, 1, warehouse.bins[BinKind.SUPPLIER], warehouse.shelves[number % 3], "receive")
                    for one in wanted
                ],
                by=TESTER,
                now=NOW,
            )

    assert together(unload, range(12)) == [None] * 12
    assert list(StockLevel.objects.values_list("on_hand", flat=True)) == [12] * 5


def test_the_same_move_key_moves_once_however_many_send_it(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 50)
    key = str(uuid.uuid4())

    def carry(_number: int) -> bool:
        try:
            with transaction.atomic():
                move(
                    [Move(product, 1, warehouse.shelves[0], warehouse.shelves[1], "move", move_key=key)],
                    by=TESTER,
                    now=NOW,
                )
        except AlreadyMoved:
            return False
        return True

    assert Counter(together(carry, range(12))) == {True: 1, False: 11}


def test_pick_plans_never_promise_a_unit_of_a_bin_twice(warehouse: Floor) -> None:
    (product,) = make_products(1)
    for shelf in warehouse.shelves:
        warehouse.receive(product, 7, shelf)

    def plan(number: int) -> int:
        with transaction.atomic():
            picks = plan_picks([PickWant(number, product, warehouse.warehouse_id, 4)])
        return sum(pick.quantity for pick in picks)

    ended = together(plan, range(12))
    assert sum(one for one in ended if isinstance(one, int)) == 21
    assert not BinStock.objects.exclude(to_pick=F("quantity")).exists()


def test_a_loss_and_a_sale_never_both_have_the_last_unit(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 10)

    def act(number: int) -> str:
        try:
            if number % 2:
                with transaction.atomic():
                    take([Want(product, warehouse.warehouse_id, 1)])
                return "sold"
            adjust_stock(
                product_id=product,
                warehouse_id=warehouse.warehouse_id,
                reason="lost",
                delta=-1,
                by=TESTER,
                now=NOW,
            )
            return "lost"
        except (InsufficientStock, StockPromised):
            return "refused"

    ended = Counter(together(act, range(24)))
    assert ended["sold"] + ended["lost"] == 10
    assert sum(ended.values()) == ended["sold"] + ended["lost"] + ended["refused"]
    level = warehouse.level(product)
    assert (level.on_hand, level.allocated) == (10 - ended["lost"], ended["sold"])


def test_a_cart_is_used_by_one_order_or_expires_but_never_both(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 8)
    held = reserve_items(
        [(product, 8)],
        warehouse_id=warehouse.warehouse_id,
        expires_in=timedelta(minutes=1),
        by=TESTER,
        now=NOW,
    )

    def act(number: int) -> int:
        if number % 2:
            expire_due(by=TESTER, now=NOW + timedelta(minutes=2))
            return 0
        try:
            with transaction.atomic():
                consume_reservation(held.id, [Want(product, warehouse.warehouse_id, 8)], now=NOW)
        except InsufficientStock:
            return 0
        return 8

    ended = together(act, range(8))
    assert not [one for one in ended if isinstance(one, Exception)]
    level = warehouse.level(product)
    assert level.allocated == sum(one for one in ended if isinstance(one, int))
    assert (level.reserved, level.available) == (0, 8 - level.allocated)


def test_a_storm_of_everything_leaves_the_books_balanced(warehouse: Floor) -> None:
    products = make_products(4)
    for one in products:
        warehouse.receive(one, 30)

    def work(seed: int) -> None:
        rng = random.Random(seed)
        for _step in range(15):
            some = rng.sample(products, 2)
            try:
                with transaction.atomic():
                    match rng.randrange(4):
                        case 0:
                            take([Want(one, warehouse.warehouse_id, 2) for one in some])
                        case 1:
                            take([Want(some[0], warehouse.warehouse_id, 1)])
                            give_back([Want(some[0], warehouse.warehouse_id, 1)])
                        case 2:
                            shelf, other = rng.sample(warehouse.shelves, 2)
                            move([Move(one, 1, shelf, other, "move") for one in some], by=TESTER, now=NOW)
                        case _:
                            out = warehouse.bins[BinKind.ADJUSTMENT]
                            move([Move(one, 1, out, warehouse.shelves[0], "found") for one in some], by=TESTER, now=NOW)
            except (InsufficientStock, NotEnoughInBin):
                pass

    ended = together(work, range(10))
    assert ended == [None] * 10
    in_bins: Counter[int] = Counter()
    for product_id, quantity in BinStock.objects.values_list("product_id", "quantity"):
        in_bins[product_id] += quantity
    assert in_bins == Counter({row.product_id: row.on_hand for row in stock_rows()})
    found = StockMovement.objects.filter(reason="found").values_list("quantity", flat=True)
    assert sum(in_bins.values()) == 120 + sum(found)
