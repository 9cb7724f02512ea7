"""Races over HTTP. Each has a control: the same crowd without the guard does what must not happen.

Controls of single guards, service by service, stand in the rooms: inventory, orders, shipping, returns, core.rest
and core.outbox each have tests/test_races.py.
"""

import random
import threading
import uuid
from collections import Counter

import psycopg2
import pytest

from tests.chaos.shop import Client, Reply, Shop, order_for
from tests.concurrency.conftest import at_once

pytestmark = pytest.mark.race

BUYERS, STOCK = 64, 100
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


def statuses(replies: list[Reply]) -> Counter[int]:
    return Counter(reply.status for reply in replies)


def test_64_buyers_of_100_units_buy_exactly_100_five_times_and_hear_of_no_fault(shop: Shop, books: None) -> None:
    for _round in range(5):
        sku = f"HOT-{uuid.uuid4().hex[:6]}"
        shop.stock({sku: STOCK})

        def buy(number: int, client: Client, sku: str = sku) -> list[Reply]:
            return [
                client.call("POST", "/orders/", order_for([(sku, 1)], external_id=f"{sku}-{number}-{turn}"))
                for turn in range(2)
            ]

        replies = at_once(shop, BUYERS, buy)

        assert statuses(replies) == {201: STOCK, 409: 2 * BUYERS - STOCK}
        for problem in [reply.json for reply in replies if reply.status == 409]:
            assert problem["code"] == "out_of_stock"
            assert [(short["sku"], short["available"]) for short in problem["errors"]] == [(sku, 0)]
        assert shop.number("SELECT count(*) FROM orders_order WHERE external_id LIKE %s", [f"{sku}-%"]) == STOCK
        assert (shop.level(sku)["allocated"], shop.level(sku)["available"]) == (STOCK, 0)


def test_the_same_crowd_reading_first_and_writing_after_sells_more_than_there_is(shop: Shop) -> None:
    shop.query("CREATE TABLE twin (id int PRIMARY KEY, on_hand int, allocated int, CHECK (allocated <= on_hand))")
    shop.query("INSERT INTO twin VALUES (1, 10, 0)")
    crowd = 16
    everybody_has_read = threading.Barrier(crowd)
    sold: list[int] = []

    def buy_carelessly() -> None:
        connection = psycopg2.connect(shop.system.environment["DATABASE_URL"])
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("SELECT on_hand, allocated FROM twin")
                (row,) = cursor.fetchall()
                everybody_has_read.wait(timeout=30)
                if row[1] < row[0]:
                    cursor.execute("UPDATE twin SET allocated = %s", [row[1] + 1])
                    sold.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=buy_carelessly) for _ in range(crowd)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    counted = shop.number("SELECT allocated FROM twin")
    shop.query("DROP TABLE twin")
    assert len(sold) == crowd > 10  # sixteen happy buyers of ten units
    assert counted == 1  # and a counter that no CHECK could object to


def test_64_buyers_who_may_wait_are_all_taken_in_and_every_unit_is_promised_once(shop: Shop, books: None) -> None:
    sku = f"WAIT-{uuid.uuid4().hex[:6]}"
    shop.stock({sku: 50})

    def buy(number: int, client: Client) -> list[Reply]:
        return [client.call("POST", "/orders/", order_for([(sku, 1 + number % 3)], external_id=f"{sku}-{number}"))]

    replies = at_once(shop, BUYERS, buy, backorder=True)

    assert statuses(replies) == {201: BUYERS}
    lines = [reply.json["lines"][0] for reply in replies]
    assert sum(line["allocated"] for line in lines) == 50
    assert sum(line["quantity"] - line["allocated"] - line["backordered"] for line in lines) == 0
    assert shop.level(sku)["allocated"] == 50


def test_carts_that_cross_never_deadlock(shop: Shop, books: None) -> None:
    mark = uuid.uuid4().hex[:6]
    skus = [f"X{number:02}-{mark}" for number in range(12)]
    shop.stock(dict.fromkeys(skus, 1000))
    before = shop.number(DEADLOCKS)

    def shop_on(number: int, client: Client) -> list[Reply]:
        dice = random.Random(number)
        return [
            client.call(
                "POST",
                "/orders/",
                order_for([(sku, 1) for sku in dice.sample(skus, 12)], external_id=f"{mark}-{number}-{turn}"),
            )
            for turn in range(4)
        ]

    replies = at_once(shop, 16, shop_on)

    assert statuses(replies) == {201: 64}
    assert shop.number(DEADLOCKS) == before
    assert {shop.level(sku)["allocated"] for sku in skus} == {64}


def test_two_carts_that_lock_in_their_own_order_do_deadlock_and_are_counted(shop: Shop) -> None:
    mark = uuid.uuid4().hex[:6]
    shop.stock({f"A-{mark}": 5, f"B-{mark}": 5})
    before = shop.number(DEADLOCKS)
    both_hold_one = threading.Barrier(2)
    victims: list[str] = []
    lock = (
        "UPDATE inventory_stocklevel SET allocated = allocated WHERE product_id ="
        " (SELECT id FROM inventory_product WHERE sku = %s)"
    )

    def shop_on(cart: list[str]) -> None:
        connection = psycopg2.connect(shop.system.environment["DATABASE_URL"])
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(lock, [cart[0]])
                both_hold_one.wait(timeout=30)
                cursor.execute(lock, [cart[1]])
        except psycopg2.errors.DeadlockDetected as error:
            victims.append(str(error.pgcode))
        finally:
            connection.close()

    carts = [[f"A-{mark}", f"B-{mark}"], [f"B-{mark}", f"A-{mark}"]]
    threads = [threading.Thread(target=shop_on, args=(cart,)) for cart in carts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert victims == ["40P01"]
    # A backend adds to the statistics when it ends, so the number is there a moment later.
    shop.system.wait_until(lambda: shop.number(DEADLOCKS) == before + 1, timeout=15, what="the deadlock is counted")


def test_one_request_sent_a_hundred_times_is_one_order_and_one_answer(shop: Shop, books: None) -> None:
    sku = f"ONCE-{uuid.uuid4().hex[:6]}"
    shop.stock({sku: 1000})
    body = order_for([(sku, 2)], external_id=sku)

    def send(_number: int, client: Client) -> list[Reply]:
        return [client.call("POST", "/orders/", body, key=f"key-{sku}") for _turn in range(4)]

    replies = at_once(shop, 25, send)

    assert statuses(replies) == {201: 100}
    assert len({reply.content for reply in replies}) == 1
    assert sum(reply.headers.get("Idempotent-Replayed") == "true" for reply in replies) == 99
    assert shop.number("SELECT count(*) FROM orders_order WHERE external_id = %s", [sku]) == 1
    assert shop.level(sku)["allocated"] == 2
    other = shop.client().call("POST", "/orders/", {**body, "note": "another"}, key=f"key-{sku}")
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")


def test_the_same_hundred_requests_without_a_key_meet_the_order_number(shop: Shop, books: None) -> None:
    """Without a key, or with a key each, the shop's own order number is the wall; every refusal names the order."""
    sku = f"WALL-{uuid.uuid4().hex[:6]}"
    shop.stock({sku: 1000})
    body = order_for([(sku, 1)], external_id=sku)

    def send(number: int, client: Client) -> list[Reply]:
        return [
            client.call("POST", "/orders/", body, key=f"{sku}-{number}-{turn}" if number % 2 else "")
            for turn in range(4)
        ]

    replies = at_once(shop, 25, send)

    assert statuses(replies) == {201: 1, 409: 99}
    (made,) = [reply.json for reply in replies if reply.status == 201]
    refused = {(reply.json["code"], reply.json["ref"]) for reply in replies if reply.status == 409}
    assert refused == {("duplicate_external_id", made["ref"])}
    assert shop.level(sku)["allocated"] == 1


def test_a_cancelled_order_is_cancelled_once_however_many_press_the_button(shop: Shop, books: None) -> None:
    sku = f"DROP-{uuid.uuid4().hex[:6]}"
    shop.stock({sku: 10})
    ref = shop.client().call("POST", "/orders/", order_for([(sku, 4)], external_id=sku)).json["ref"]

    def cancel(number: int, client: Client) -> list[Reply]:
        return [client.call("POST", f"/orders/{ref}/cancel/", {"reason": ""}, key=f"{sku}-{number}")]

    replies = at_once(shop, 16, cancel)

    assert statuses(replies) == {200: 1, 409: 15}
    assert {reply.json["code"] for reply in replies if reply.status == 409} == {"not_cancellable"}
    assert (shop.level(sku)["allocated"], shop.level(sku)["available"]) == (0, 10)
