"""An order that comes in while its buyer is erased or merged away. Each race has its control."""

import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from django.db import connection

from core.kernel.prepared import Prepared
from orders.models import Customer, Order
from orders.services import customers, forgetting, intake_rows
from orders.services.cancellation import cancel_order
from orders.services.customers import merge_customers
from orders.services.forgetting import erase_customer
from orders.tests.shop import NOW, TESTER, Shop, build_shop

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ADA, EVE = "ada@example.com", "eve@example.com"


def order_comes_in(monkeypatch: pytest.MonkeyPatch, room: ModuleType, shop: Shop, act: Callable[[], object]) -> Order:
    """The order of EVE that comes in when ``act`` has written everything and not committed yet."""
    publish, refs = room.publish, []

    def place() -> None:
        try:
            refs.append(shop.order({"MUG": 1}, email=EVE).ref)
        finally:
            connection.close()

    buyer = threading.Thread(target=place)

    def publish_late(*events: Any, **more: Any) -> None:
        publish(*events, **more)
        buyer.start()
        while buyer.is_alive() and not somebody_waits():
            buyer.join(0.01)

    monkeypatch.setattr(room, "publish", publish_late)
    act()
    buyer.join()
    return Order.objects.get(ref=refs[0])


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
        )
        return bool(cursor.fetchone()[0])


def look_without_holding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the guard away: the buyer is looked up, and not held until the order is written."""
    held = intake_rows._INSERT
    sql = held.sql.replace("FOR KEY SHARE OF customer", "")
    assert sql != held.sql
    monkeypatch.setattr(intake_rows, "_INSERT", Prepared("orders_insert_unheld", sql, **held.types))


def to_be_erased(shop: Shop) -> int:
    order = shop.order({"MUG": 1}, email=EVE)
    cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    return order.customer_id


def two_buyers(shop: Shop) -> tuple[int, int]:
    kept, gone = (shop.order({"MUG": 1}, email=email).customer_id for email in (ADA, EVE))
    return kept, gone


def test_who_orders_while_being_erased_is_somebody_new(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = build_shop({"MUG": 5})
    gone = to_be_erased(shop)
    order = order_comes_in(monkeypatch, forgetting, shop, lambda: erase_customer(gone, by=TESTER, now=NOW))
    assert order.customer_id != gone
    assert Customer.objects.get(pk=gone).name == ""


def test_without_holding_the_buyer_an_order_is_written_for_one_who_was_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    look_without_holding(monkeypatch)
    shop = build_shop({"MUG": 5})
    gone = to_be_erased(shop)
    order = order_comes_in(monkeypatch, forgetting, shop, lambda: erase_customer(gone, by=TESTER, now=NOW))
    assert order.customer_id == gone
    assert Customer.objects.get(pk=gone).erased_at == NOW


def test_an_order_of_a_buyer_who_is_being_merged_away_is_the_kept_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = build_shop({"MUG": 5})
    kept, gone = two_buyers(shop)
    order = order_comes_in(monkeypatch, customers, shop, lambda: merge_customers(kept, gone, by=TESTER, now=NOW))
    assert order.customer_id == kept


def test_without_holding_the_buyer_an_order_stays_with_one_merged_away(monkeypatch: pytest.MonkeyPatch) -> None:
    look_without_holding(monkeypatch)
    shop = build_shop({"MUG": 5})
    kept, gone = two_buyers(shop)
    order = order_comes_in(monkeypatch, customers, shop, lambda: merge_customers(kept, gone, by=TESTER, now=NOW))
    assert order.customer_id == gone
