"""Files taken in: every error at once, only what was chosen is written, a kill costs nothing, all can be taken back."""

from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.kernel.errors import IllegalTransition
from core.outbox.services import run_due
from inventory.errors import Invalid
from inventory.models import (
    Barcode,
    Bin,
    ImportJob,
    ImportRow,
    Lot,
    Product,
    PurchaseOrder,
    StockMovement,
    Supplier,
    SupplierProduct,
)
from inventory.selectors.importing import faulty_rows_csv, import_by_ref, rows_page
from inventory.services import import_reading, import_writing
from inventory.services.checking import check_stock
from inventory.services.import_reading import change_columns, run_import, start_import, tick_rows
from inventory.services.import_writing import write_chunk, write_rows
from inventory.services.products import create_product, update_product
from inventory.services.reservation import Want, take
from inventory.tests.conftest import NOW, TESTER, Floor, make_products
from inventory.tests.imports import errors, run, undo, upload

pytestmark = pytest.mark.django_db


def test_products_are_made_with_all_their_fields() -> None:
    supplier = Supplier.objects.create(code="ACME", name="Acme")
    ref = upload(
        "products",
        "SKU;Title;EAN;Weight (g);Cost;Reorder at;Supplier code;Pack\n"
        "MUG-1;Mug, blue;5901234123457|15901234123454*12;310;2,50;20;ACME;12\n",
    )
    assert errors(ref) == {}
    run(ref)
    mug = Product.objects.get(sku="MUG-1")
    assert (mug.name, mug.weight_g, mug.unit_cost, mug.reorder_point) == ("Mug, blue", 310, Decimal("2.5"), 20)
    assert set(Barcode.objects.values_list("code", "units")) == {("5901234123457", 1), ("15901234123454", 12)}
    terms = SupplierProduct.objects.get(supplier=supplier, product=mug)
    assert (terms.pack_size, terms.preferred) == (12, True)
    assert (import_by_ref(ref).status, import_by_ref(ref).done) == ("done", 1)


def test_every_error_of_every_row_is_told_at_once() -> None:
    other = make_products(1)[0]
    Barcode.objects.create(product_id=other, code="111")
    ref = upload(
        "products",
        "sku,name,barcodes,weight_g,tracking,origin_country,supplier\n"
        "A-1,,111,heavy,maybe,Sweden,NOBODY\n"
        "A-2,Fine,,12,lot,SE,\n"
        "a-2,Again,,1,,,\n"
        ",Nameless,,,,,\n",
    )
    assert errors(ref) == {
        2: [
            "weight_g:not_whole",
            "tracking:not_a_choice",
            "origin_country:not_a_country",
            "name:required_when_new",
            "barcodes:taken",
            "supplier:unknown_supplier",
        ],
        4: ["sku:twice_in_file"],
        5: ["sku:required"],
    }
    fact = import_by_ref(ref)
    assert (fact.status, fact.total, fact.faulty) == ("preview", 4, 3)
    (row,) = rows_page(fact.id, faulty=True, after=3, limit=1)
    assert row.errors == ("sku: is the same as in row 3.",)


def test_all_rows_are_refused_while_some_are_faulty_and_the_good_ones_can_be_written() -> None:
    ref = upload("products", "sku,name\nA-1,One\nA-2,\nA-3,Three\n")
    with pytest.raises(Invalid, match="1 rows have errors"):
        run_import(ref, which="all", by=TESTER, now=NOW)
    run(ref, "good")
    assert set(Product.objects.values_list("sku", flat=True)) == {"A-1", "A-3"}


def test_only_ticked_rows_are_written() -> None:
    ref = upload("products", "sku,name\nA-1,One\nA-2,Two\nA-3,Three\n")
    tick_rows(ref, {2: False, 3: True}, by=TESTER, now=NOW)
    run(ref, "ticked")
    assert set(Product.objects.values_list("sku", flat=True)) == {"A-2", "A-3"}


def test_an_update_changes_what_the_row_names_and_an_empty_cell_changes_nothing() -> None:
    Product.objects.create(sku="a-1", name="Old", weight_g=10, hs_code="6912", created_at=NOW)
    run(upload("products", "sku,name,weight_g,hs_code\nA-1,New,,\n"))
    product = Product.objects.get()
    assert (product.sku, product.name, product.weight_g, product.hs_code) == ("a-1", "New", 10, "6912")
    assert product.version == 2


def test_taking_the_same_file_in_twice_changes_nothing_the_second_time() -> None:
    Supplier.objects.create(code="ACME", name="Acme")
    content = "sku,name,barcodes,unit_cost,supplier,pack_size\nA-1,One,123*6|456,1.25,ACME,6\n"
    run(upload("products", content))
    before = Product.objects.values().get()
    second = upload("products", content)
    run(second)
    assert Product.objects.values().get() == before
    assert ImportRow.objects.get(job__ref=second).before is None


def test_an_undo_puts_made_products_to_sleep_and_gives_updated_ones_back_what_they_had() -> None:
    old = Product.objects.create(sku="OLD", name="Old", reorder_point=None, created_at=NOW)
    Barcode.objects.create(product=old, code="777")
    content = "sku,name,barcodes,reorder_point\nOLD,Newer,888,5\nNEW,New,999,\n"
    ref = upload("products", content)
    run(ref)
    undo(ref)
    old.refresh_from_db()
    assert (old.name, old.reorder_point) == ("Old", None)
    assert set(Barcode.objects.values_list("code", flat=True)) == {"777"}
    assert Product.objects.get(sku="NEW").active is False
    assert (import_by_ref(ref).status, import_by_ref(ref).done) == ("undone", 0)
    run(upload("products", content))
    assert Product.objects.get(sku="NEW").active is True


def test_an_undo_leaves_alone_what_somebody_changed_since_and_says_so() -> None:
    ref = upload("products", "sku,name\nA-1,One\nA-2,Two\n")
    run(ref)
    update_product("A-1", changes={"name": "Mine"}, by=TESTER, now=NOW)
    undo(ref)
    assert Product.objects.get(sku="A-1").active is True
    assert Product.objects.get(sku="A-2").active is False
    assert import_by_ref(ref).kept == 1
    (kept,) = [row for row in rows_page(import_by_ref(ref).id) if row.errors]
    assert kept.errors == ("sku: was changed since the import and is left alone.",)


def test_a_kill_between_two_chunks_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_reading, "CHUNK", 10)
    monkeypatch.setattr(import_writing, "CHUNK", 10)
    lines = "".join(f"K-{number:03},Name {number}\n" for number in range(35))
    ref = start_import("products", file_name="k.csv", content=f"sku,name\n{lines}".encode(), by=TESTER, now=NOW)
    job = ImportJob.objects.get(ref=ref)
    chunks = iter([True, False])
    import_reading.read_file(job.pk, by=TESTER, now=NOW, keep_going=lambda: next(chunks))
    job.refresh_from_db()
    assert (job.status, job.total) == ("reading", 20)
    import_reading.read_file(job.pk, by=TESTER, now=NOW)
    job.refresh_from_db()
    assert (job.status, job.total, ImportRow.objects.count()) == ("preview", 35, 35)
    run_import(ref, which="all", by=TESTER, now=NOW)

    class Killed(Exception):
        """The worker is gone."""

    def die() -> bool:
        raise Killed

    with pytest.raises(Killed):
        write_rows(job.pk, by=TESTER, now=NOW, keep_going=die)
    job.refresh_from_db()
    assert (job.status, job.done, Product.objects.count()) == ("running", 10, 10)
    assert ImportRow.objects.filter(written=True).count() == 10
    run_due(now=NOW, raise_errors=True)
    job.refresh_from_db()
    assert (job.status, job.done, Product.objects.count()) == ("done", 35, 35)


def test_a_row_repeated_after_a_kill_is_still_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_reading, "CHUNK", 2)
    content = b"sku,name\nA-1,One\nA-2,Two\nA-3,Three\na-1,Again\n"
    ref = start_import("products", file_name="k.csv", content=content, by=TESTER, now=NOW)
    job = ImportJob.objects.get(ref=ref)
    assert import_reading.read_file(job.pk, by=TESTER, now=NOW, keep_going=lambda: False) is False
    assert import_reading.read_file(job.pk, by=TESTER, now=NOW) is True
    assert errors(ref) == {5: ["sku:twice_in_file"]}


def test_a_row_that_no_longer_fits_when_it_is_written_is_left_out_with_its_error() -> None:
    ref = upload("products", "sku,name,barcodes\nA-1,One,123\nA-2,Two,456\n")
    Barcode.objects.create(product_id=make_products(1)[0], code="123")
    run(ref)
    assert errors(ref) == {2: ["barcodes:taken"]}
    assert (import_by_ref(ref).done, import_by_ref(ref).faulty) == (1, 1)
    assert not Product.objects.filter(sku="A-1").exists()


def test_columns_can_be_matched_by_hand() -> None:
    ref = upload("products", "Artikelnummer;sku;name\nA-1;zzz;One\n")
    change_columns(ref, ["sku", "", "name"], by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)
    run(ref)
    assert Product.objects.get().sku == "A-1"


def test_columns_that_cannot_do_are_refused() -> None:
    ref = upload("products", "sku,name\nA-1,One\n")
    for fields in (["name", ""], ["sku", "sku"], ["sku"], ["sku", "velocity"]):
        with pytest.raises(Invalid):
            change_columns(ref, fields, by=TESTER, now=NOW)


def test_a_finished_import_does_not_run_again() -> None:
    ref = upload("products", "sku,name\nA-1,One\n")
    run(ref)
    with pytest.raises(IllegalTransition):
        run_import(ref, which="all", by=TESTER, now=NOW)


def test_bins_are_made_changed_and_taken_back(floor: Floor, product: int) -> None:
    ref = upload(
        "bins",
        "warehouse,name,kind,zone,pick_sequence,capacity_units\n"
        "MAIN,A-01-1,bulk,,99,\nMAIN,B-01-1,pick_face,B,40,100\nMAIN,B-01-2,,B,41,\nMAIN,SUPPLIER,,,1,\nNOWHERE,X,,,1,\n",
    )
    assert errors(ref) == {5: ["name:virtual_bin"], 6: ["warehouse:unknown_warehouse"]}
    run(ref, "good")
    assert Bin.objects.get(name="A-01-1").kind == "bulk"
    new = Bin.objects.get(name="B-01-1")
    assert (new.capacity_units, new.zone.code if new.zone else "", new.code[0]) == (100, "B", "L")
    floor.receive(product, 1, Bin.objects.get(name="B-01-2").pk)
    undo(ref)
    assert Bin.objects.get(name="A-01-1").kind == "pick_face"
    assert not Bin.objects.filter(name="B-01-1").exists()
    assert Bin.objects.get(name="B-01-2").active is True
    assert import_by_ref(ref).kept == 1


def test_counted_stock_is_written_as_movements_and_taken_back_by_opposite_ones(floor: Floor) -> None:
    first, second = make_products(2)
    floor.receive(first, 5)
    ref = upload(
        "stock",
        "sku,bin,quantity,expected\nP-001,A-01-1,3,5\nP-002,A-01-2,7,\nP-001,A-01-3,0,\n",
        warehouse_id=floor.warehouse_id,
    )
    assert errors(ref) == {}
    run(ref)
    assert (floor.level(first).on_hand, floor.level(second).on_hand) == (3, 7)
    assert StockMovement.objects.filter(document=ref, reason="recount").count() == 2
    undo(ref)
    assert (floor.level(first).on_hand, floor.level(second).on_hand) == (5, 0)
    assert StockMovement.objects.filter(document=ref, reason="undo").count() == 2
    assert check_stock(by=TESTER, now=NOW) == []


def test_one_bin_named_twice_in_two_ways_is_counted_once(floor: Floor, product: int) -> None:
    code = Bin.objects.get(name="A-01-1").code
    content = f"sku,warehouse,bin,quantity\nP-001,,A-01-1,3\nP-001,MAIN,{code},4\n"
    ref = upload("stock", content, warehouse_id=floor.warehouse_id)
    run(ref)
    assert errors(ref) == {3: ["bin:twice_in_file"]}
    assert floor.level(product).on_hand == 3


def test_a_count_against_a_quantity_that_changed_is_refused(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    ref = upload("stock", "sku,bin,quantity,expected\nP-001,A-01-1,3,4\n", warehouse_id=floor.warehouse_id)
    assert errors(ref) == {2: ["expected_quantity:stale"]}


def test_promised_units_are_not_counted_away(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    floor.allocate(product, 4)
    ref = upload("stock", "sku,bin,quantity\nP-001,A-01-1,3\n", warehouse_id=floor.warehouse_id)
    run(ref)
    assert errors(ref) == {2: ["quantity:promised"]}
    assert floor.level(product).on_hand == 5


def test_stock_promised_since_is_not_taken_back(floor: Floor, product: int) -> None:
    ref = upload("stock", "sku,bin,quantity\nP-001,A-01-1,3\n", warehouse_id=floor.warehouse_id)
    run(ref)
    with transaction.atomic():
        take([Want(product, floor.warehouse_id, 1)])
    undo(ref)
    assert floor.level(product).on_hand == 3
    assert import_by_ref(ref).kept == 1


def test_stock_of_lots_names_its_lot_and_its_expiry(floor: Floor, product: int) -> None:
    Product.objects.filter(pk=product).update(tracking="lot")
    ref = upload(
        "stock",
        "sku,bin,lot,expires_on,quantity\nP-001,A-01-1,L1,2027-05-31,3\nP-001,A-01-1,,,2\nP-001,A-01-2,L1,2028-01-01,1\n",
        warehouse_id=floor.warehouse_id,
    )
    assert errors(ref) == {3: ["lot:lot_required"], 4: ["expires_on:expiry_differs"]}
    run(ref, "good")
    assert Lot.objects.get().expires_on.isoformat() == "2027-05-31"  # type: ignore[union-attr]


def test_a_serial_number_is_taken_in_once_and_may_change_its_bin(floor: Floor, product: int) -> None:
    Product.objects.filter(pk=product).update(tracking="serial")
    run(upload("stock", "sku,bin,lot,quantity\nP-001,A-01-1,S1,1\n", warehouse_id=floor.warehouse_id))
    content = "sku,bin,lot,quantity\nP-001,A-01-2,S1,1\nP-001,A-01-2,S2,1\nP-001,A-01-3,S2,1\n"
    ref = upload("stock", content, warehouse_id=floor.warehouse_id)
    assert errors(ref) == {2: ["lot:serial_elsewhere"], 4: ["lot:serial_elsewhere"]}
    content = "sku,bin,lot,quantity\nP-001,A-01-1,S1,0\nP-001,A-01-2,S1,1\n"
    moved = upload("stock", content, warehouse_id=floor.warehouse_id)
    run(moved)
    assert errors(moved) == {}
    assert floor.level(product).on_hand == 1


def test_a_kit_packed_from_components_is_not_taken_in(floor: Floor, product: int) -> None:
    create_product(sku="SET", name="Set", kit=[("P-001", 2)], by=TESTER, now=NOW)
    ref = upload("stock", "sku,bin,quantity\nSET,A-01-1,3\nP-001,A-01-1,2\n", warehouse_id=floor.warehouse_id)
    assert errors(ref) == {2: ["sku:packed_from_parts"]}
    run(ref, "good")
    assert floor.level(product).on_hand == 2


def test_rows_with_one_number_make_one_purchase_order_wherever_they_stand(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_writing, "CHUNK", 1)
    make_products(2)
    Supplier.objects.create(code="ACME", name="Acme")
    content = (
        "number,supplier,warehouse,sku,quantity,expected\n"
        "4711,ACME,MAIN,P-001,5,2026-12-01\n4712,ACME,MAIN,P-001,1,\n4711,ACME,MAIN,P-002,7,2026-12-01\n"
    )
    ref = upload("purchase_orders", content)
    assert errors(ref) == {}
    run(ref)
    orders = {order.note: order for order in PurchaseOrder.objects.all()}
    assert {note: order.lines.count() for note, order in orders.items()} == {"4711": 2, "4712": 1}
    assert {order.status for order in orders.values()} == {"ordered"}
    again = upload("purchase_orders", content)
    run(again)
    assert PurchaseOrder.objects.count() == 2
    undo(ref)
    assert set(PurchaseOrder.objects.values_list("status", flat=True)) == {"cancelled"}


def test_faulty_rows_come_back_as_a_file_that_says_what_is_wrong() -> None:
    ref = upload("products", "sku,name,weight_g\nA-1,=cmd,heavy\nA-2,Fine,1\n")
    text = "".join(faulty_rows_csv(import_by_ref(ref)))
    assert text.splitlines()[1] == "A-1,'=cmd,heavy,2,weight_g: is no whole number."
    assert len(text.splitlines()) == 2


def test_a_chunk_of_many_rows_takes_no_more_statements_than_one_of_few() -> None:
    counts = []
    for size in (3, 60):
        lines = "".join(f"Q{size}-{number},Name,{size}{number:05}\n" for number in range(size))
        ref = upload("products", f"sku,name,barcodes\n{lines}")
        run_import(ref, which="all", by=TESTER, now=NOW)
        with CaptureQueriesContext(connection) as queries:
            write_chunk(ImportJob.objects.get(ref=ref).pk, by=TESTER, now=NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 14
