"""Labels for bins, totes and pallets: the name to read from afar, the code to scan; as a sheet of A4 or as ZPL."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from shipping.carriers.label_zpl import LAST_LATIN, escape, graphic
from shipping.carriers.lettering import LATIN, font_path, is_latin, picture, printable

COLUMNS, ROWS = 3, 8
"""The grid of the commonest sheet of labels: 24 of 70 × 37 mm, without margins."""
CELL = (A4[0] / COLUMNS, A4[1] / ROWS)
FONT = "PlaceSans"
PAD = 5 * mm
MODULE = 0.36 * mm

ZPL_WIDTH, ZPL_HEIGHT = 812, 406
"""4 × 2 inches at 203 dots an inch."""

ARROWS = ("", "up", "down")


@dataclass(frozen=True, slots=True)
class PlaceLabel:
    """What stands on a label. ``arrow`` (up, down or none) says which shelf a label on a beam means."""

    name: str
    code: str
    note: str = ""
    arrow: str = ""


@cache
def _register() -> None:
    pdfmetrics.registerFont(TTFont(FONT, str(font_path(LATIN))))


def sheet(labels: Sequence[PlaceLabel]) -> bytes:
    """A PDF of A4 pages with 24 labels each, row by row."""
    _register()
    target = BytesIO()
    canvas = Canvas(target, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle(", ".join(label.name for label in labels[:3]))
    for number, label in enumerate(labels):
        on_page = number % (COLUMNS * ROWS)
        if number and not on_page:
            canvas.showPage()
        row, column = divmod(on_page, COLUMNS)
        _draw(canvas, label, column * CELL[0], A4[1] - (row + 1) * CELL[1])
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def zpl(labels: Sequence[PlaceLabel]) -> bytes:
    """The labels one after the other as ZPL II, 4 × 2 inches at 203 dpi, UTF-8."""
    return "".join(_zpl(label) for label in labels).encode()


def _draw(canvas: Canvas, label: PlaceLabel, x: float, y: float) -> None:
    width, height = CELL
    bars = Code128(label.code, barWidth=MODULE, barHeight=9 * mm, quiet=0)
    left = x + (width - bars.width) / 2
    bars.drawOn(canvas, left, y + 7.5 * mm)
    canvas.setFont(FONT, 8)
    below = " · ".join(filter(None, [label.code, printable(label.note)]))
    if is_latin(below):
        canvas.drawCentredString(x + width / 2, y + 4 * mm, below)
    room = width - 2 * PAD - (9 * mm if label.arrow else 0)
    name = printable(label.name)
    if is_latin(name):
        size = min(34.0, 34.0 * room / max(pdfmetrics.stringWidth(name, FONT, 34.0), 1))
        canvas.setFont(FONT, size)
        canvas.drawString(x + PAD, y + height - 5 * mm - size * 0.75, name)
    else:
        image = picture(name, size=68, max_width=int(room * 2))
        canvas.drawImage(
            ImageReader(image.convert("L")),
            x + PAD,
            y + height - 4 * mm - image.height / 2,
            image.width / 2,
            image.height / 2,
        )
    if label.arrow:
        _arrow(canvas, x + width - PAD - 3.5 * mm, y + height - 10 * mm, 1 if label.arrow == "up" else -1)


def _arrow(canvas: Canvas, x: float, y: float, way: int) -> None:
    shape = canvas.beginPath()
    points = [(0, 5), (3.5, 0), (1.2, 0), (1.2, -5), (-1.2, -5), (-1.2, 0), (-3.5, 0)]
    for place, (across, up) in enumerate(points):
        step = shape.lineTo if place else shape.moveTo
        step(x + across * mm, y + way * up * mm)
    shape.close()
    canvas.drawPath(shape, stroke=0, fill=1)


def _zpl(label: PlaceLabel) -> str:
    name = printable(label.name)
    arrow = {"up": "^", "down": "v"}.get(label.arrow, "")
    room = ZPL_WIDTH - 80 - (100 if arrow else 0)
    lines = ["^XA", "^CI28", f"^PW{ZPL_WIDTH}", f"^LL{ZPL_HEIGHT}", "^LH0,0"]
    if any(ord(one) > LAST_LATIN for one in name):
        lines.append(f"^FO40,30{graphic(picture(name, size=110, max_width=room))}^FS")
    else:
        size = max(40, min(150, 2 * room // max(len(name), 1)))
        lines.append(f"^FO40,30^A0N,{size},{size}^TBN,{room},{size}^FH_^FD{escape(name)}^FS")
    if arrow:
        # A triangle of lines: fonts of printers know no arrows.
        lines += [f"^FO{ZPL_WIDTH - 120 + 8 * step},{_slope(label.arrow, step)}^GB8,8,8^FS" for step in range(-6, 7)]
    lines.append(f"^FO40,200^BY3^BCN,120,N,N,N,A^FH_^FD{escape(label.code)}^FS")
    below = " - ".join(filter(None, [label.code, label.note]))
    lines.append(f"^FO40,340^A0N,36,36^TBN,{ZPL_WIDTH - 80},36^FH_^FD{escape(below)}^FS")
    return "\n".join([*lines, "^XZ"]) + "\n"


def _slope(arrow: str, step: int) -> int:
    return 40 + 8 * abs(step) if arrow == "up" else 88 - 8 * abs(step)
