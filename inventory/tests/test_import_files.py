"""Files of every make: read as they were meant, or refused in words."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from inventory.errors import Invalid
from inventory.models import Barcode, Product
from inventory.planning import import_files
from inventory.services.import_reading import start_import
from inventory.tests.conftest import NOW, TESTER, Floor
from inventory.tests.imports import errors, run, upload

pytestmark = pytest.mark.django_db


def _cell(page: Any, value: object) -> object:
    """Text stays text, also where it looks like a formula."""
    cell = WriteOnlyCell(page, value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def sheet(*lines: Sequence[object]) -> bytes:
    book = Workbook(write_only=True)
    page = book.create_sheet()
    for line in lines:
        page.append([_cell(page, value) for value in line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"PK\x03\x04 nonsense", "cannot be read"),
        (b"\xff\xfe\x00", "characters"),
        (b"x" * (25 * 1024 * 1024 + 1), "25 MB"),
        (b"sku;" + b"\x81\x8d\x8f", "characters"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        start_import("products", file_name="x", content=content, by=TESTER, now=NOW)


def test_a_zip_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_files, "MAX_UNPACKED", 1_000_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 2_000_000)
    with pytest.raises(Invalid, match="unpacked"):
        start_import("products", file_name="bomb.xlsx", content=out.getvalue(), by=TESTER, now=NOW)


def test_a_sheet_with_entities_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", '<!DOCTYPE lolz [<!ENTITY lol "lol">]><x>&lol;</x>')
    with pytest.raises(Invalid, match="cannot be read"):
        start_import("products", file_name="lol.xlsx", content=out.getvalue(), by=TESTER, now=NOW)


def test_hostile_strings_are_kept_verbatim_or_refused_in_words() -> None:
    names = ["=1+1", "'; DROP TABLE", "<script>", "Ｔéxt 田中さん 😀", "%s%n", "a" * 200, "-", "../../etc"]
    lines = [["sku", "name"], *([f"H-{number}", name] for number, name in enumerate(names))]
    ref = upload("products", sheet(*lines), name="h.xlsx")
    run(ref)
    assert list(Product.objects.order_by("sku").values_list("name", flat=True)) == names
    bad = upload("products", "sku,name\nB-1,a\0b\nB-2," + "x" * 201 + "\nB-3,\x07\n")
    assert errors(bad) == {2: ["name:bad_character"], 3: ["name:too_long"], 4: ["name:bad_character"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_any_usual_encoding_and_delimiter_is_read(encoding: str, mark: str) -> None:
    content = f"sku{mark}name\r\nÜ-1{mark}Fußmatte é\r\n".encode(encoding)
    run(upload("products", content))
    assert Product.objects.values_list("sku", "name").get() == ("Ü-1", "Fußmatte é")


def test_a_sheet_with_numbers_and_dates_reads_as_text(floor: Floor, product: int) -> None:
    Barcode.objects.create(product_id=product, code="1")
    ref = upload("products", sheet(["sku", "name", "barcodes", "weight_g"], ["N-1", 42, 5901234123457, 12.0]))
    run(ref)
    made = Product.objects.get(sku="N-1")
    assert (made.name, made.weight_g, Barcode.objects.get(product=made).code) == ("42", 12, "5901234123457")
