"""The books of the floor: plans, ledger and promises agree."""

from django.db import connection, transaction

from orders.tests.shop import NOW, TESTER, assert_books_balance
from shipping.services.checking import check_open_picks
from shipping.tests.floor import Floor


def assert_floor_balances(floor: Floor) -> None:
    """Orders' invariants, every bin what its movements say, every plan what open pick lines say."""
    assert_books_balance(floor.shop)
    with transaction.atomic():
        assert check_open_picks(repair=False, by=TESTER, now=NOW) == []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT product_id, bin_id, condition, sum(units) FROM (
                SELECT product_id, to_bin_id AS bin_id, to_condition AS condition, quantity AS units
                FROM inventory_stockmovement
                UNION ALL
                SELECT product_id, from_bin_id, from_condition, -quantity FROM inventory_stockmovement
                UNION ALL
                SELECT product_id, bin_id, condition, -quantity FROM inventory_binstock
            ) AS leg JOIN inventory_bin bin ON bin.id = leg.bin_id
            WHERE bin.kind NOT IN ('supplier', 'customer', 'scrap', 'adjustment', 'production', 'transit')
            GROUP BY 1, 2, 3 HAVING sum(units) <> 0
            """
        )
        assert cursor.fetchall() == []


def units_in(floor: Floor, sku: str, bin_id: int) -> dict[str, int]:
    """{condition: units} of a product in a bin."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT condition, quantity FROM inventory_binstock WHERE product_id = %s AND bin_id = %s AND quantity > 0",
            [floor.shop.products[sku], bin_id],
        )
        return dict(cursor.fetchall())
