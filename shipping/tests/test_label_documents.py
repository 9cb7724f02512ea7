"""Labels that scan, in every script, whatever is written into the address."""

import re
import uuid
from datetime import date
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from shipping.carriers import label_pdf, label_zpl
from shipping.carriers.base import Address, LabelOrder
from shipping.carriers.label_layout import HEIGHT, WIDTH, layout
from shipping.carriers.lettering import is_latin, picture, printable

NUMBER = "FD000123455TH"
SENDER = Address(name="Main warehouse", line1="Storgatan 1", city="Malmö", postal_code="211 34", country="SE")
PLAIN = Address(name="Ada Byron", line1="12 Mill Lane", city="Leeds", postal_code="LS1 4AP", country="GB")
THAI = Address(name="สมชาย ใจดี", line1="123 ถนนสุขุมวิท", city="กรุงเทพมหานคร", postal_code="10110", country="TH")
JAPANESE = Address(name="山田太郎", line1="丸の内1丁目1番1号", city="千代田区", postal_code="100-0005", country="JP")
HOSTILE = Address(
    name="^XZ^XA^FDpwned^FS~JR~DGR:",
    company="_5E_7E \\^~ ^CC*",
    line1="\x00\x1b^XZ\r\n~JA‮evil",
    line2="𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🎁 " * 20,
    city="'; DROP TABLE parcels; --",
    postal_code="<script>",
    country="GB",
)
ADDRESSES = [PLAIN, THAI, JAPANESE, HOSTILE, Address()]


def order(recipient: Address) -> LabelOrder:
    return LabelOrder(
        idempotency_key=uuid.UUID(int=1),
        parcel_ref="SHP-7K3M9Q2X",
        order_ref="ORD-7K3M9Q2X",
        service="standard",
        service_name="Standard ^XZ",
        sender=SENDER,
        recipient=recipient,
        weight_g=1234,
        ship_on=date(2026, 11, 23),
        instructions="Leave at the door ^XZ",
    )


def pdf_of(recipient: Address) -> bytes:
    return label_pdf.draw(layout(order(recipient), NUMBER), title=NUMBER)


def raster(pdf: bytes) -> Image.Image:
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    image: Image.Image = document[0].render(scale=203 / 72).to_pil()
    return image


@pytest.mark.parametrize("recipient", ADDRESSES)
def test_both_codes_of_the_pdf_decode_at_the_resolution_of_a_label_printer(recipient: Address) -> None:
    image = raster(pdf_of(recipient))
    assert image.size == (WIDTH, HEIGHT)
    read = {(str(code.format).replace(" ", ""), code.text) for code in zxingcpp.read_barcodes(image)}
    assert read == {("Code128", NUMBER), ("QRCode", NUMBER)}


def test_the_pdf_is_one_page_of_four_by_six_inches() -> None:
    assert pypdfium2.PdfDocument(pdf_of(PLAIN))[0].get_size() == pytest.approx((4 * 72, 6 * 72), abs=0.1)


def test_latin_addresses_are_text_that_can_be_searched() -> None:
    text = pypdfium2.PdfDocument(pdf_of(PLAIN))[0].get_textpage().get_text_range()
    assert "Ada Byron" in text and "LS1 4AP Leeds" in text and NUMBER in text


@pytest.mark.parametrize("text", ["สมชาย ใจดี", "山田太郎様", "Łódź", "Ленина", "ที่นั่น"])
def test_no_letter_is_drawn_as_an_empty_box(text: str) -> None:
    boxes = {picture("\U0001fbff", size=60, max_width=400).tobytes(), picture("￾", size=60, max_width=400).tobytes()}
    for letter in text.replace(" ", ""):
        assert picture(letter, size=60, max_width=400).tobytes() not in boxes
    drawn = picture(text, size=60, max_width=800)
    assert drawn.getextrema() == (0, 255)


def test_long_text_is_cut_inside_the_label() -> None:
    assert picture("กรุงเทพมหานคร" * 20, size=44, max_width=752).width <= 752


def test_control_and_bidi_characters_are_gone() -> None:
    assert printable("a\x00b‮c\n d﻿") == "a bc d"
    assert is_latin("Åre, Łódź") and not is_latin("東京")


def fields(zpl: str) -> list[str]:
    return re.findall(r"\^FD(.*?)\^FS", zpl, re.S)


@pytest.mark.parametrize("recipient", ADDRESSES)
def test_zpl_is_exactly_one_label_whatever_the_address_says(recipient: Address) -> None:
    zpl = label_zpl.draw(layout(order(recipient), NUMBER)).decode()
    assert zpl.count("^XA") == zpl.count("^XZ") == 1
    assert zpl.startswith("^XA") and zpl.endswith("^XZ\n")
    assert "~" not in zpl
    known = {"XA", "CI", "PW", "LL", "LH", "FO", "GB", "FS", "BY", "BC", "FH", "FD", "A0", "TB", "GF", "BQ", "XZ"}
    assert {command[:2] for command in re.findall(r"\^(..)", zpl)} <= known
    assert all("^" not in field for field in fields(zpl))


def test_what_is_escaped_is_what_was_written() -> None:
    escaped = label_zpl.escape("Åre ^XZ ~JR _5E")
    raw = re.sub(rb"_([0-9A-F]{2})", lambda match: bytes([int(match[1], 16)]), escaped.encode())
    assert raw.decode() == "Åre ^XZ ~JR _5E"


def test_thai_and_japanese_are_sent_as_pictures_to_the_printer() -> None:
    for recipient in (THAI, JAPANESE):
        zpl = label_zpl.draw(layout(order(recipient), NUMBER)).decode()
        graphics = re.findall(r"\^GFA,(\d+),(\d+),(\d+),([0-9A-F]+)\^FS", zpl)
        assert len(graphics) >= 3
        for total, _again, row, data in graphics:
            assert len(data) == int(total) * 2 and int(total) % int(row) == 0
            assert set(data) != {"0"}


def test_the_picture_a_printer_gets_is_the_picture_drawn() -> None:
    drawn = picture("東京", size=44, max_width=400)
    match = re.fullmatch(r"\^GFA,(\d+),\1,(\d+),([0-9A-F]+)", label_zpl.graphic(drawn))
    assert match
    row = int(match[2])
    bits = bytes(byte ^ 0xFF for byte in bytes.fromhex(match[3]))
    back = Image.frombytes("1", (row * 8, int(match[1]) // row), bits).crop((0, 0, drawn.width, drawn.height))
    assert back.tobytes() == drawn.tobytes()


def test_a_label_is_drawn_the_same_twice() -> None:
    assert pdf_of(PLAIN) == pdf_of(PLAIN)
    assert BytesIO(pdf_of(PLAIN)).read(5) == b"%PDF-"
