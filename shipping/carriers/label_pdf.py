"""The label as PDF: vector text and bars, pictures only for scripts the embedded font does not know."""

from functools import cache
from io import BytesIO
from itertools import groupby

import zxingcpp
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import inch
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from shipping.carriers.label_layout import DPI, HEIGHT, MARGIN, WIDTH, Bars, Mark, Matrix, Rule, Text
from shipping.carriers.lettering import LATIN, font_path, is_latin, picture, printable

FONT = "LabelSans"
DOT = inch / DPI
SHARP = 2  # pictures are drawn with twice the dots of a label printer, for office printers


@cache
def _register() -> None:
    pdfmetrics.registerFont(TTFont(FONT, str(font_path(LATIN))))


def draw(marks: list[Mark], *, title: str) -> bytes:
    """One page of 4×6 inches with the marks on it."""
    _register()
    target = BytesIO()
    canvas = Canvas(target, pagesize=(WIDTH * DOT, HEIGHT * DOT), pageCompression=1, invariant=1)
    canvas.setTitle(title)
    for mark in marks:
        if isinstance(mark, Text):
            _text(canvas, mark)
        elif isinstance(mark, Rule):
            canvas.rect(
                MARGIN * DOT,
                (HEIGHT - mark.y - mark.thickness) * DOT,
                (WIDTH - 2 * MARGIN) * DOT,
                mark.thickness * DOT,
                stroke=0,
                fill=1,
            )
        elif isinstance(mark, Bars):
            bars = Code128(mark.text, barWidth=mark.module * DOT, barHeight=mark.height * DOT, quiet=0)
            bars.drawOn(canvas, mark.x * DOT, (HEIGHT - mark.y - mark.height) * DOT)
        else:
            _matrix(canvas, mark)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def _text(canvas: Canvas, mark: Text) -> None:
    text = printable(mark.text)
    if not text:
        return
    if not is_latin(text):
        image = picture(text, size=mark.size * SHARP, max_width=mark.max_width * SHARP)
        width, height = image.width / SHARP * DOT, image.height / SHARP * DOT
        canvas.drawImage(ImageReader(image.convert("L")), mark.x * DOT, (HEIGHT - mark.y) * DOT - height, width, height)
        return
    size, room = mark.size * DOT, mark.max_width * DOT
    while size > mark.size * DOT * 2 / 3 and pdfmetrics.stringWidth(text, FONT, size) > room:
        size -= 0.5
    if pdfmetrics.stringWidth(text, FONT, size) > room:
        while text and pdfmetrics.stringWidth(text + "…", FONT, size) > room:
            text = text[:-1]
        text += "…"
    canvas.setFont(FONT, size)
    canvas.drawString(mark.x * DOT, (HEIGHT - mark.y - mark.size * 9 / 8) * DOT, text)


def _matrix(canvas: Canvas, mark: Matrix) -> None:
    code = zxingcpp.create_barcode(mark.text, zxingcpp.BarcodeFormat.QRCode)
    cells = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False)
    rows, columns = cells.shape[0], cells.shape[1]
    view = memoryview(cells)  # type: ignore[arg-type]
    side = mark.module * DOT
    for row in range(rows):
        bottom = (HEIGHT - mark.y) * DOT - (row + 1) * side
        # Neighbours are one bar: half as much to draw, and no seams between them on paper.
        for is_light, run in groupby(range(columns), key=lambda column: bool(view[row, column])):
            cells_of = list(run)
            if not is_light:
                canvas.rect(mark.x * DOT + cells_of[0] * side, bottom, len(cells_of) * side, side, stroke=0, fill=1)
