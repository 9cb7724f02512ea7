"""Every naughty string through a file: kept to the letter or refused by name, and given out so that nothing runs."""

import csv
import io
import re

import pytest
from django.utils import timezone

from core.kernel.actors import system
from core.outbox.services import run_due
from inventory.models import ImportRow, Product
from inventory.planning.import_files import csv_line
from inventory.selectors.importing import RowFact, import_by_ref, rows_page
from inventory.services.exporting import export_csv, export_xlsx
from inventory.services.import_reading import run_import, start_import
from tests.hostile.conftest import STRINGS

pytestmark = pytest.mark.django_db

BY = system("test")
_HALF = re.compile("[\ud800-\udfff]")
REFUSED = {"bad_character", "too_long", "required_when_new"}


def take_in(content: bytes) -> list[RowFact]:
    """Read the file and write its good rows; all its rows."""
    ref = start_import("products", file_name="naughty", content=content, by=BY, now=timezone.now())
    run_due(now=timezone.now(), raise_errors=True)
    run_import(ref, which="good", by=BY, now=timezone.now())
    run_due(now=timezone.now(), raise_errors=True)
    return rows_page(import_by_ref(ref).id, limit=10_000)


def test_names_are_kept_or_refused_and_survive_the_way_out_and_in() -> None:
    # Halves of characters cannot be written to a file at all.
    names = {f"N-{number:04}": text for number, text in enumerate(STRINGS) if not _HALF.search(text)}
    lines = "".join(csv_line([sku, text]) for sku, text in names.items())
    rows = take_in(("sku,name\r\n" + lines).encode())
    kept = dict(Product.objects.values_list("sku", "name"))
    assert len(kept) > len(names) * 0.9
    assert {sku: names[sku] for sku in kept} == kept
    codes = {error["code"] for row in ImportRow.objects.exclude(errors=[]) for error in row.errors}
    assert codes <= REFUSED
    assert all(row.errors or row.written for row in rows)

    before = list(Product.objects.order_by("pk").values())
    for content in ("".join(export_csv("products")).encode(), b"".join(export_xlsx("products"))):
        assert all(row.written for row in take_in(content))
        assert list(Product.objects.order_by("pk").values()) == before


def test_no_cell_of_an_export_runs_as_a_formula() -> None:
    lines = "".join(csv_line([f"N-{number:04}", text]) for number, text in enumerate(STRINGS) if text.isprintable())
    take_in(("sku,name\r\n" + lines).encode())
    text = "".join(export_csv("products")).removeprefix("\ufeff")
    cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line if cell]
    assert len(cells) > 1000
    assert [cell for cell in cells if cell[0] in "=+-@\t\r"] == []
