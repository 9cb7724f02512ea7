"""What is read is right, and costs the same however much there is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.kernel.errors import NotFound
from inventory import selectors
from inventory.selectors.offers import offer
from inventory.services.ledger import Move, move
from inventory.services.products import add_barcode, create_product, create_products
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products

pytestmark = pytest.mark.django_db


def queries_of(read: object) -> int:
    with CaptureQueriesContext(connection) as queries:
        read()  # type: ignore[operator]
    return len(queries)


def test_a_scan_means_a_barcode_first_and_a_sku_else(product: int) -> None:
    add_barcode(product, code="5012345678900", units=6, by=TESTER, now=NOW)
    assert selectors.product_by_code(" 5012345678900 ") == (selectors.products_by_id([product])[product], 6)
    assert selectors.product_by_code("p-001")[1] == 1
    for code in ("", "nothing", "a\0b"):
        with pytest.raises(NotFound):
            selectors.product_by_code(code)


def test_many_products_are_made_at_once_and_known_ones_are_left_alone(product: int) -> None:
    made = create_products(
        [
            {"sku": "p-001", "name": "Another name"},
            {"sku": "N-1", "name": "New", "barcodes": ["111"], "weight_g": 20},
            {"sku": "n-1", "name": "New again"},
        ],
        by=TESTER,
        now=NOW,
    )
    assert made["p-001"] == product
    assert set(made) == {"p-001", "n-1"}
    assert selectors.product_by_code("111")[0].weight_g == 20
    assert selectors.product_detail("P-001").product.name == "Product 1"


def test_availability_names_only_what_was_ever_stocked(floor: Floor) -> None:
    stocked, never = make_products(2)
    floor.receive(stocked, 4)
    floor.allocate(stocked, 1)
    assert selectors.availability([stocked, never]) == {(stocked, floor.warehouse_id): 3}
    assert selectors.availability([stocked], [floor.warehouse_id + 1]) == {}
    assert queries_of(lambda: selectors.availability([stocked, never])) == 1


def test_the_stock_page_tells_the_balance_after_each_movement(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    floor.receive(product, 2, floor.shelves[1])
    move([Move(product, 1, floor.shelves[0], floor.shelves[1], "move")], by=TESTER, now=NOW)
    move([Move(product, 3, floor.shelves[1], floor.bins["customer"], "ship")], by=TESTER, now=NOW)
    page = selectors.stock_page("p-001")
    assert [(row.reason, row.effect, row.balance) for row in page.movements] == [
        ("ship", -3, 4),
        ("move", 0, 7),
        ("receive", 2, 7),
        ("receive", 5, 5),
    ]
    older = selectors.stock_page("P-001", before=(page.movements[1].at, page.movements[1].id))
    assert older.movements == page.movements[2:]
    assert [(content.bin_name, content.quantity) for content in page.bins] == [("A-01-1", 4)]
    assert page.levels[0].on_hand == 4
    with pytest.raises(NotFound):
        selectors.stock_page("nothing")


# Of these queries one is the question to orders, through a port, how many units are promised beyond stock.
def test_the_stock_page_costs_the_same_for_a_long_story_as_for_a_short_one(floor: Floor, product: int) -> None:
    floor.receive(product, 1)
    short = queries_of(lambda: selectors.stock_page("P-001"))
    for _unit in range(60):
        floor.receive(product, 1)
    last = selectors.stock_page("P-001").movements[-1]
    assert queries_of(lambda: selectors.stock_page("P-001")) == short == 6
    assert queries_of(lambda: selectors.stock_page("P-001", before=(last.at, last.id))) == 7


def test_lists_cost_the_same_for_many_rows_as_for_few(floor: Floor) -> None:
    products = make_products(30)
    for one in products:
        floor.receive(one, 1)
    assert queries_of(lambda: selectors.stock_rows(limit=30)) == 2  # one of them asks orders
    assert queries_of(lambda: selectors.ledger_page(limit=30)) == 1
    assert queries_of(lambda: selectors.bin_content(floor.shelves[0])) == 1
    assert queries_of(lambda: selectors.products_page(limit=30)) == 3
    assert queries_of(lambda: selectors.products_by_sku(f"p-{n:03}" for n in range(1, 31))) == 1
    assert queries_of(lambda: selectors.default_bins(floor.warehouse_id)) == 1


def test_stock_is_searched_by_the_beginning_of_the_sku_or_a_part_of_the_name(floor: Floor) -> None:
    products = make_products(3)
    create_product(sku="100%_X", name="Odd", by=TESTER, now=NOW)
    for one in [*products, selectors.product_detail("100%_X").product.id]:
        floor.receive(one, 1)
    assert [row.sku for row in selectors.stock_rows(search="p-00")] == ["P-003", "P-002", "P-001"]
    assert [row.sku for row in selectors.stock_rows(search="duct 2")] == ["P-002"]
    assert [row.sku for row in selectors.stock_rows(search="100%_")] == ["100%_X"]
    assert selectors.stock_rows(search="%") == []


def test_rows_are_paged_both_ways(floor: Floor) -> None:
    elsewhere = build_floor("OTHER")
    for one in make_products(3):
        floor.receive(one, 1)
        elsewhere.receive(one, 2)
    rows = selectors.stock_rows(warehouse_ids=[floor.warehouse_id])
    assert [row.sku for row in rows] == ["P-003", "P-002", "P-001"]
    assert selectors.stock_rows(warehouse_ids=[floor.warehouse_id], before_id=rows[0].level_id) == rows[1:]
    newer = selectors.stock_rows(warehouse_ids=[floor.warehouse_id], after_id=rows[2].level_id, limit=1)
    assert newer == [rows[1]]


def test_a_ledger_page_is_read_along_an_index_however_long_the_ledger(floor: Floor, product: int) -> None:
    floor.receive(product, 1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_stockmovement (product_id, warehouse_id, quantity, from_bin_id, from_condition,"
            " to_bin_id, to_condition, lot, reason, document, note, actor_kind, actor_name, at)"
            " SELECT product_id, warehouse_id, quantity, from_bin_id, from_condition, to_bin_id, to_condition, lot,"
            " reason, document, note, actor_kind, actor_name, at"
            " FROM inventory_stockmovement, generate_series(1, 20000)"
        )
        cursor.execute("ANALYZE inventory_stockmovement")
    with CaptureQueriesContext(connection) as queries:
        selectors.ledger_page(product_id=product, limit=50, before_id=10_000_000)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + queries[0]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan on inventory_stockmovement" not in plan
    assert "Sort" not in plan


@pytest.mark.parametrize("wanted", ["straße-1", "STRAßE-1", "Straße-1"])
def test_a_sku_is_found_whatever_its_case_as_its_constraint_sees_it(floor: Floor, wanted: str) -> None:
    made = create_product(sku="Straße-1", name="Street", by=TESTER, now=NOW).product
    assert selectors.products_by_sku([wanted]) == {"strasse-1": made}
    assert offer([wanted], [floor.warehouse_id]).products == {"strasse-1": made}
    assert selectors.product_detail(wanted).product == made
