"""What is given out can be taken in again and changes nothing; no cell runs as a formula."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from core.outbox.services import run_due
from inventory.models import (
    Barcode,
    Bin,
    BinStock,
    ImportRow,
    Lot,
    Product,
    PurchaseOrder,
    StockMovement,
    Supplier,
    SupplierProduct,
)
from inventory.planning.import_files import neutral, open_table
from inventory.planning.importing import barcodes, barcodes_cell
from inventory.services.exporting import export_csv, export_rows, export_xlsx
from inventory.services.import_reading import run_import, start_import
from inventory.services.ledger import Move, move
from inventory.services.receiving import create_purchase_order
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products

pytestmark = pytest.mark.django_db

EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "'=quoted", "''-x", "'plain", "-", "=", 'a"b;c,d']


@pytest.fixture
def filled(floor: Floor) -> Floor:
    """A warehouse with something of every kind."""
    supplier = Supplier.objects.create(code="ACME", name="Acme")
    first, second, third = make_products(3)
    Product.objects.filter(pk=first).update(
        name="=cmd|' /C calc'!A0", unit_cost=Decimal("2.5"), reorder_point=0, weight_g=310, hazard="3", active=False
    )
    Product.objects.filter(pk=second).update(tracking="lot", expiry_horizon_days=30, origin_country="SE")
    Barcode.objects.create(product_id=first, code="5901234123457")
    Barcode.objects.create(product_id=first, code="15901234123454", units=12)
    Barcode.objects.create(product_id=third, code="odd|code*3")
    SupplierProduct.objects.create(supplier=supplier, product_id=first, supplier_sku="-77", pack_size=6, preferred=True)
    Bin.objects.filter(pk=floor.shelves[1]).update(capacity_units=40, one_product=True)
    Lot.objects.create(product_id=second, number="L1", expires_on="2027-05-31")
    floor.receive(first, 5)
    with transaction.atomic():
        supply = floor.bins["supplier"]
        move(
            [
                Move(second, 4, supply, floor.shelves[1], "receive", lot="L1"),
                Move(third, 2, supply, floor.shelves[2], "receive", from_condition="damaged", to_condition="damaged"),
            ],
            by=TESTER,
            now=NOW,
        )
    create_purchase_order(
        supplier_id=supplier.pk,
        warehouse_id=floor.warehouse_id,
        lines=[(first, 10), (third, 3)],
        expected_on=NOW.date(),
        by=TESTER,
        now=NOW,
    )
    return floor


def state() -> list[object]:
    return [
        list(Product.objects.order_by("pk").values()),
        list(Barcode.objects.order_by("pk").values()),
        list(SupplierProduct.objects.order_by("pk").values()),
        list(Bin.objects.order_by("pk").values()),
        list(BinStock.objects.order_by("pk").values()),
        list(PurchaseOrder.objects.order_by("pk").values()),
        StockMovement.objects.count(),
    ]


@pytest.mark.parametrize("kind", ["products", "bins", "stock", "purchase_orders"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_taking_an_export_in_again_changes_nothing(filled: Floor, kind: str, form: str) -> None:
    content = "".join(export_csv(kind)).encode() if form == "csv" else b"".join(export_xlsx(kind))
    before = state()
    ref = start_import(kind, file_name=f"{kind}.{form}", content=content, by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)
    assert list(ImportRow.objects.exclude(errors=[]).values_list("number", "errors")) == []
    assert ImportRow.objects.count() > 1
    run_import(ref, which="all", by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)
    assert ImportRow.objects.filter(written=True, before__isnull=True).count() == ImportRow.objects.count()
    assert state() == before


@pytest.mark.parametrize("text", EVIL)
def test_a_text_is_neutralised_and_read_back_as_it_was(text: str) -> None:
    written = neutral(text)
    assert written[:1] not in ("=", "+", "-", "@", "\t", "\r")
    out = io.StringIO()
    csv.writer(out).writerows([["sku", "name"], ["A", written]])
    ((_number, cells),) = open_table(out.getvalue().encode()).rows
    assert cells[1] == text


def test_numbers_stay_numbers(filled: Floor) -> None:
    rows = list(export_rows("products"))
    first: Sequence[object] = rows[1]
    assert first[rows[0].index("weight_g")] == 310
    page = load_workbook(io.BytesIO(b"".join(export_xlsx("products")))).worksheets[0]
    assert page.cell(2, 4).data_type == "n"
    assert (page.cell(2, 2).data_type, page.cell(2, 2).value) == ("s", "=cmd|' /C calc'!A0")


def test_only_the_warehouses_asked_for_are_given_out(filled: Floor) -> None:
    far = build_floor("FAR")
    far.receive(Product.objects.get(sku="P-001").pk, 1)
    rows = list(export_rows("stock", warehouse_ids=[far.warehouse_id]))[1:]
    assert [row[1] for row in rows] == ["FAR"]
    assert len(list(export_rows("stock", search="P-002"))) == 2
    assert list(export_rows("stock", search="%"))[1:] == []


def test_an_export_is_fetched_in_steps_and_not_row_by_row(filled: Floor) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert len(list(export_rows("products"))) == 4
    assert len(queries) <= 3


@pytest.mark.parametrize("codes", [[("a|b", 1)], [("x*3", 1)], [("x*3", 4)], [("1", 1), ("2", 12)], []])
def test_barcodes_survive_the_way_out_and_in(codes: list[tuple[str, int]]) -> None:
    assert list(barcodes(barcodes_cell(codes))) == codes
