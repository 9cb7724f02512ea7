"""Count sheets to print and to fill in, for when the handhelds are down."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from functools import cache

import fontpkg
from django.utils.translation import gettext as _
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from inventory.selectors.count_sheets import SheetBin

COLUMNS = ("bin", "sku", "name", "lot", "counted")
FONT = "CountSheet"
LEFT: float = 15 * mm
RIGHT: float = A4[0] - 15 * mm
TOP: float = A4[1] - 15 * mm
BOTTOM: float = 18 * mm
ROW: float = 11 * mm
BLANKS = 2


def sheet_csv(bins: Sequence[SheetBin]) -> str:
    """The sheet as CSV with the columns of ``COLUMNS``, ``counted`` empty; an empty bin has one row without a SKU."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for one in bins:
        for line in one.lines:
            writer.writerow([*map(_plain, (one.name, line.sku, line.name, line.lot)), ""])
        if not one.lines:
            writer.writerow([_plain(one.name), "", "", "", ""])
    return out.getvalue()


def sheet_pdf(bins: Sequence[SheetBin], *, title: str, now: datetime) -> bytes:
    """The sheet as A4 pages: each bin with its barcode, a line to write on for each product and two for others."""
    _register()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    canvas.setTitle(title)
    at = _head(canvas, title, now)
    for one in bins:
        need = 20 * mm + ROW * (len(one.lines) + BLANKS)
        if at - min(need, TOP - BOTTOM - 15 * mm) < BOTTOM:
            canvas.showPage()
            at = _head(canvas, title, now)
        at = _bin(canvas, one, at)
        for line in one.lines:
            if at - ROW < BOTTOM:
                canvas.showPage()
                at = _bin(canvas, one, _head(canvas, title, now))
            at = _line(canvas, line.name, line.sku, line.lot, line.code, at)
        for _blank in range(BLANKS):
            if at - ROW >= BOTTOM:
                at = _line(canvas, "", "", "", "", at)
        at -= 6 * mm
    canvas.save()
    return out.getvalue()


def _head(canvas: Canvas, title: str, now: datetime) -> float:
    canvas.setFont(FONT, 14)
    canvas.drawString(LEFT, TOP, title)
    canvas.setFont(FONT, 9)
    canvas.drawRightString(RIGHT, TOP, now.strftime("%Y-%m-%d %H:%M"))
    canvas.drawString(LEFT, BOTTOM - 8 * mm, _("Counted by") + " ______________________")
    canvas.drawString(LEFT + 80 * mm, BOTTOM - 8 * mm, _("Date and time") + " ______________________")
    canvas.drawRightString(RIGHT, BOTTOM - 8 * mm, str(canvas.getPageNumber()))
    return TOP - float(10 * mm)


def _bin(canvas: Canvas, one: SheetBin, at: float) -> float:
    canvas.setFont(FONT, 16)
    canvas.drawString(LEFT, at - 8 * mm, one.name)
    canvas.setFont(FONT, 9)
    if one.zone:
        canvas.drawString(LEFT, at - 12 * mm, _("Zone %(zone)s") % {"zone": one.zone})
    bars = Code128(one.code, barHeight=9 * mm, barWidth=0.35 * mm, humanReadable=True, quiet=False)
    bars.drawOn(canvas, RIGHT - bars.width, at - 10 * mm)
    canvas.line(LEFT, at - 15 * mm, RIGHT, at - 15 * mm)
    return at - float(16 * mm)


def _line(canvas: Canvas, name: str, sku: str, lot: str, code: str, at: float) -> float:
    canvas.setFont(FONT, 10)
    canvas.drawString(LEFT, at - 4.5 * mm, _fit(name, 78 * mm, 10))
    canvas.setFont(FONT, 8)
    canvas.drawString(LEFT, at - 8.5 * mm, _fit(f"{sku}  {lot}".strip(), 78 * mm, 8))
    if code and code.isascii() and code.isprintable() and len(code) <= 20:
        bars = Code128(code, barHeight=7 * mm, barWidth=0.27 * mm, quiet=False)
        if bars.width <= 60 * mm:
            bars.drawOn(canvas, LEFT + 82 * mm, at - 8.5 * mm)
    canvas.rect(RIGHT - 30 * mm, at - 9.5 * mm, 30 * mm, 8.5 * mm)
    canvas.setLineWidth(0.3)
    canvas.line(LEFT, at - ROW, RIGHT, at - ROW)
    return at - ROW


def _fit(text: str, width: float, size: float) -> str:
    """As much of the text as fits."""
    while text and pdfmetrics.stringWidth(text, FONT, size) > width:
        text = text[:-2].rstrip() + "…" if len(text) > 2 else ""
    return text


def _plain(text: str) -> str:
    """A cell no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


@cache
def _register() -> None:
    pdfmetrics.registerFont(TTFont(FONT, str(fontpkg.path("Noto Sans"))))
