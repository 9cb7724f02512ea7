"""Labels of places scan, and their names are read from afar, in every script and whatever was typed."""

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from core.kernel.refs import scan_code
from fulfillment.place_labels import COLUMNS, ROWS, PlaceLabel, sheet, zpl

HOSTILE = "^XZ^XA^FDpwned _5E <b>"


def labels(count: int) -> list[PlaceLabel]:
    return [PlaceLabel(f"A-{n:02}-1-A", scan_code("L", 1000 + n), arrow="up" if n % 2 else "") for n in range(count)]


def pages(pdf: bytes) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    return [document[number].render(scale=203 / 72).to_pil() for number in range(len(document))]


def test_every_code_of_a_sheet_decodes_at_the_resolution_of_a_label_printer() -> None:
    wanted = labels(COLUMNS * ROWS + 2)
    read = [{code.text for code in zxingcpp.read_barcodes(page)} for page in pages(sheet(wanted))]
    assert [len(one) for one in read] == [COLUMNS * ROWS, 2]
    assert set().union(*read) == {label.code for label in wanted}


def test_the_sheet_is_a4_and_names_are_text_that_can_be_searched() -> None:
    document = pypdfium2.PdfDocument(sheet(labels(3)))
    assert document[0].get_size() == pytest.approx((595.27, 841.89), abs=0.1)
    assert "A-01-1-A" in document[0].get_textpage().get_text_range()


@pytest.mark.parametrize("name", ["A-01", "ชั้นวาง-ก", "棚-1", HOSTILE, "X" * 40, "‮evil"])
def test_whatever_the_name_the_code_still_scans(name: str) -> None:
    (page,) = pages(sheet([PlaceLabel(name, "LA03K2", "Pick face · A", "down")]))
    assert [code.text for code in zxingcpp.read_barcodes(page)] == ["LA03K2"]


def test_zpl_holds_one_label_each_and_no_name_is_a_command() -> None:
    text = zpl([PlaceLabel(HOSTILE, "T00A1B", arrow="up"), PlaceLabel("棚-1", "LA03K2")]).decode()
    assert (text.count("^XA"), text.count("^XZ")) == (2, 2)
    assert "^PW812" in text and "^FDT00A1B^FS" in text and "^GFA," in text
    assert "pwned" in text and "^FDpwned" not in text
