"""The last units, wanted by a channel that must leave a buffer and by one that need not, at once."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest
from django.db import connection

from inventory.services import reservation
from inventory.services.reservation import Want
from inventory.tests.threads import together
from orders.errors import OutOfStock
from orders.models import Channel, OrderLine
from orders.services.buffers import set_stock_buffer
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, build_shop

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

STOCK, BUFFER = 40, 10


def two_channels(policy: str) -> tuple[Shop, Shop]:
    """A channel that leaves ten units, and one without a buffer, that sell the same forty."""
    buffered = build_shop({"HOT": STOCK}, policy=policy)
    set_stock_buffer(buffered.channel_id, BUFFER, by=TESTER, now=NOW)
    other = Channel.objects.create(
        code="own", name="Own", warehouse_id=buffered.warehouse_id, shortage_policy=policy, currency="GBP"
    )
    return buffered, replace(buffered, channel_id=other.pk)


def sold(shop: Shop) -> int:
    lines = OrderLine.objects.filter(order__channel_id=shop.channel_id)
    return sum(lines.values_list("allocated", flat=True))


@pytest.mark.parametrize("policy", ["reject", "backorder"])
def test_the_buffer_is_never_sold_by_the_channel_that_leaves_it(policy: str) -> None:
    buffered, free = two_channels(policy)
    for number in range(6):  # so that only the buffer and a little more is left to fight for
        free.order({"HOT": 4}, email=f"before{number}@example.com")

    def shopper(number: int) -> None:
        for turn in range(2):
            try:
                (buffered if number % 2 else free).order({"HOT": 1}, email=f"b{number}{turn}@example.com")
            except OutOfStock:
                return

    assert together(shopper, range(24)) == [None] * 24
    assert buffered.available("HOT") == 0
    assert sold(buffered) + sold(free) == STOCK
    assert sold(buffered) <= STOCK - 6 * 4 - BUFFER
    assert_books_balance(buffered)


def test_read_before_and_taken_without_the_guard_the_buffer_is_sold(monkeypatch: pytest.MonkeyPatch) -> None:
    buffered, _free = two_channels("reject")
    buffered.order({"HOT": STOCK - BUFFER - 1})
    everybody_has_read = threading.Barrier(4)

    def take_without_a_look(wants: Sequence[Want]) -> None:
        everybody_has_read.wait(timeout=10)
        with connection.cursor() as cursor:
            for want in wants:
                cursor.execute(
                    "UPDATE inventory_stocklevel SET allocated = allocated + %s WHERE product_id = %s",
                    [want.quantity, want.product_id],
                )

    monkeypatch.setattr(reservation, "take", take_without_a_look)
    together(lambda number: buffered.order({"HOT": 1}, email=f"b{number}@example.com"), range(4))
    assert sold(buffered) == STOCK - BUFFER + 3  # each saw one unit above the buffer
