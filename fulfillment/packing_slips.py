"""Packing slips: A4, the shop's brand, what is in the box, and a few words in the customer's language.

Letters that the embedded font does not know are drawn as pictures, as on labels, with the text itself laid invisibly
over them, so that it can be searched, copied and read aloud.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from shipping.carriers.lettering import CJK, LATIN, THAI, font_path, is_latin, picture, printable, runs, width_of

PLAIN, OF_THAI, OF_JAPANESE = "SlipSans", "SlipThai", "HeiseiKakuGo-W5"
MARGIN = 16 * mm
WIDTH = A4[0] - 2 * MARGIN
SHARP = 4  # dots of a picture to a point
MEASURE = 100  # letters are measured this many dots high
TIGHTER = (1.0, 0.88, 0.76)
"""Sizes that are tried until everything stands on one page."""
UNSEEN = 3


@dataclass(frozen=True, slots=True)
class SlipLine:
    """An article in the box. ``details`` are what was personalised, noted, or is in a kit; prices may be empty."""

    quantity: int
    name: str
    sku: str
    details: str = ""
    price: str = ""
    total: str = ""


@dataclass(frozen=True, slots=True)
class Slip:
    """What stands on a slip, every word in the customer's language; ``words`` are the heads of columns and blocks.

    ``words`` has ``units``, ``article``, ``price``, ``total``, ``to``, ``later``. Without prices, those are not drawn.
    """

    brand: str
    title: str
    code: str
    facts: tuple[tuple[str, str], ...]
    address: tuple[str, ...]
    lines: tuple[SlipLine, ...]
    later: tuple[SlipLine, ...]
    sums: tuple[tuple[str, str], ...]
    note: str
    message: str
    footer: str
    words: dict[str, str]
    with_prices: bool


@cache
def _register() -> None:
    pdfmetrics.registerFont(TTFont(PLAIN, str(font_path(LATIN))))
    pdfmetrics.registerFont(TTFont(OF_THAI, str(font_path(THAI))))
    pdfmetrics.registerFont(UnicodeCIDFont(OF_JAPANESE))


def draw(slips: Sequence[Slip]) -> bytes:
    """A PDF with the slips one after the other, each beginning on a page of its own."""
    _register()
    target = BytesIO()
    canvas = Canvas(target, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle(", ".join(slip.code for slip in slips[:3]))
    for slip in slips:
        size = next((one for one in TIGHTER if _Page(None, slip, one).run() == 1), TIGHTER[0])
        pages = _Page(None, slip, size).run()
        _Page(canvas, slip, size, pages=pages).run()
    canvas.save()
    return target.getvalue()


class _Page:
    """A pen that walks down the pages of one slip; without a canvas it only measures."""

    def __init__(self, canvas: Canvas | None, slip: Slip, size: float, *, pages: int = 1) -> None:
        self.canvas, self.slip, self.size, self.pages = canvas, slip, size, pages
        self.page = 1
        self.y = A4[1] - MARGIN

    def run(self) -> int:
        """Draw or measure the slip; returns its pages."""
        slip = self.slip
        self._head()
        if slip.message:
            self._box(slip.message, 12)
        self._table(slip.lines)
        if slip.later:
            self._room(14 * self.size)
            self._say(MARGIN, slip.words["later"], 10, after=5)
            self._table(slip.later)
        for name, value in slip.sums:
            self._room(14 * self.size)
            self._say(MARGIN + WIDTH * 0.6, name, 9.5, after=0)
            self._right(value, 9.5)
            self.y -= 14 * self.size
        if slip.note:
            self.y -= 4 * self.size
            self._box(slip.note, 11)
        self._foot()
        if self.canvas is not None:
            self.canvas.showPage()
        return self.page

    def _head(self) -> None:
        slip, top = self.slip, self.y
        if self.canvas is not None:
            bars = Code128(slip.code, barWidth=0.9, barHeight=9 * mm, quiet=0)
            bars.drawOn(self.canvas, A4[0] - MARGIN - bars.width, top - 9 * mm)
        self._at_right(MARGIN + WIDTH, top - 9 * mm - 2, slip.code, 8.5)
        self._say(MARGIN, slip.brand, 20, after=8, room=WIDTH * 0.55)
        self._say(MARGIN, slip.title, 13, after=10)
        self._rule()
        self.y -= 4 * self.size
        start = self.y
        self._say(MARGIN, slip.words["to"], 8.5, after=2)
        for line in slip.address:
            self._say(MARGIN, line, 11, after=2.5, room=WIDTH * 0.5)
        low = self.y
        self.y = start
        for name, value in slip.facts:
            self._say(MARGIN + WIDTH * 0.55, name, 9, after=0, room=WIDTH * 0.19)
            self._say(MARGIN + WIDTH * 0.75, value, 10, after=4, room=WIDTH * 0.25)
        self.y = min(self.y, low) - 8 * self.size

    def _table(self, lines: Sequence[SlipLine]) -> None:
        self._columns()
        for line in lines:
            names = wrap(line.name, 10.5 * self.size, self._name_room())
            told = wrap(" · ".join(filter(None, [line.sku, line.details])), 8.5 * self.size, self._name_room())[:3]
            tall = (len(names) * 13.5 + len(told) * 11 + 7) * self.size
            if self._room(tall):
                self._columns()
            top = self.y
            self._at(MARGIN, top, f"{line.quantity} ×", 10.5)
            if self.slip.with_prices:
                self._at_right(MARGIN + WIDTH * 0.84, top, line.price, 10.5)
                self._at_right(MARGIN + WIDTH, top, line.total, 10.5)
            for text in names:
                self._at(MARGIN + 15 * mm, self.y, text, 10.5)
                self.y -= 13.5 * self.size
            for text in told:
                self._at(MARGIN + 15 * mm, self.y, text, 8.5)
                self.y -= 11 * self.size
            self.y -= 1.5 * self.size
            self._rule(0.25)
            self.y -= 5.5 * self.size

    def _columns(self) -> None:
        words = self.slip.words
        self._at(MARGIN, self.y, words["units"], 8.5)
        self._at(MARGIN + 15 * mm, self.y, words["article"], 8.5)
        if self.slip.with_prices:
            self._at_right(MARGIN + WIDTH * 0.84, self.y, words["price"], 8.5)
            self._at_right(MARGIN + WIDTH, self.y, words["total"], 8.5)
        self.y -= 12 * self.size
        self._rule(0.75)
        self.y -= 4 * self.size

    def _name_room(self) -> float:
        return float((WIDTH * 0.68 if self.slip.with_prices else WIDTH) - 15 * mm)

    def _box(self, text: str, size: float) -> None:
        """Words to the customer, set apart."""
        lines = [part for block in text.splitlines() for part in wrap(block, size * self.size, WIDTH - 10 * mm)]
        tall = (len(lines) * size * 1.4 + 14) * self.size
        self._room(tall + 8)
        if self.canvas is not None:
            self.canvas.setLineWidth(0.75)
            self.canvas.roundRect(MARGIN, self.y - tall, WIDTH, tall, 4, stroke=1, fill=0)
        self.y -= 8 * self.size
        for line in lines:
            self._at(MARGIN + 5 * mm, self.y, line, size)
            self.y -= size * 1.4 * self.size
        self.y -= 16 * self.size

    def _room(self, tall: float) -> bool:
        """Begin another page when so much does not go on this one; whether it did."""
        if self.y - tall >= MARGIN + 14:
            return False
        self._foot()
        if self.canvas is not None:
            self.canvas.showPage()
        self.page += 1
        self.y = A4[1] - MARGIN
        self._say(MARGIN, f"{self.slip.brand} · {self.slip.code}", 10, after=8)
        return True

    def _foot(self) -> None:
        if self.canvas is None:
            return
        self._put(MARGIN, MARGIN - 6, self.slip.footer, 8.5, WIDTH * 0.8)
        if self.pages > 1:
            self._at_right(MARGIN + WIDTH, MARGIN + 2, f"{self.page} / {self.pages}", 8.5)

    def _rule(self, thick: float = 0.75) -> None:
        if self.canvas is not None:
            self.canvas.setLineWidth(thick)
            self.canvas.line(MARGIN, self.y, MARGIN + WIDTH, self.y)
        self.y -= 2 * self.size

    def _say(self, x: float, text: str, size: float, *, after: float, room: float = WIDTH) -> None:
        """A line of text, cut to its room, and the pen below it; with ``after`` 0 the pen stays."""
        self._at(x, self.y, text, size, room)
        if after:
            self.y -= (size * 1.2 + after) * self.size

    def _right(self, text: str, size: float) -> None:
        self._at_right(MARGIN + WIDTH, self.y, text, size)

    def _at_right(self, x: float, top: float, text: str, size: float) -> None:
        self._at(x - width(printable(text), size * self.size), top, text, size)

    def _at(self, x: float, top: float, text: str, size: float, room: float = WIDTH) -> None:
        """Text whose letters begin below ``top``."""
        if self.canvas is not None:
            self._put(x, top - size * self.size, text, size * self.size, room)

    def _put(self, x: float, baseline: float, text: str, size: float, room: float) -> None:
        text = _cut(printable(text), size, room)
        if not text or self.canvas is None:
            return
        if is_latin(text):
            self.canvas.setFont(PLAIN, size)
            self.canvas.drawString(x, baseline, text)
            return
        dots = round(size * SHARP)
        image = picture(text, size=dots, max_width=round(room * SHARP) + dots)
        low = baseline - (image.height - dots * 9 // 8) / SHARP
        self.canvas.drawImage(
            ImageReader(image.convert("L")), x, low, image.width / SHARP, image.height / SHARP, mask=[255, 255]
        )
        unseen = self.canvas.beginText(x, baseline)
        unseen.setTextRenderMode(UNSEEN)
        for script, part in runs(text):
            unseen.setFont({LATIN: PLAIN, THAI: OF_THAI, CJK: OF_JAPANESE}[script], size)
            unseen.textOut(part)
        unseen.setTextRenderMode(0)
        self.canvas.drawText(unseen)


def width(text: str, size: float) -> float:
    """Points the text takes."""
    if is_latin(text):
        return float(pdfmetrics.stringWidth(text, PLAIN, size))
    return float(width_of(text, MEASURE) * size / MEASURE)


def wrap(text: str, size: float, room: float) -> list[str]:
    """The text in lines of at most ``room`` points: at spaces, and anywhere in scripts that know none."""
    lines: list[str] = []
    line = ""
    for word in _pieces(printable(text)):
        if line and width((line + word).rstrip(), size) > room:
            lines.append(line.rstrip())
            line = word.lstrip()
        else:
            line += word
        while width(line.rstrip(), size) > room and len(line) > 1:
            keep = next(n for n in range(len(line) - 1, 0, -1) if n == 1 or width(line[:n], size) <= room)
            lines.append(line[:keep])
            line = line[keep:]
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> list[str]:
    """Words with the space behind them; letters of Japanese one by one."""
    found: list[str] = []
    for script, part in runs(text):
        if script == CJK:
            found += list(part)
        else:
            words = part.split(" ")
            found += [word + " " for word in words[:-1]] + [words[-1]]
    return [piece for piece in found if piece]


def _cut(text: str, size: float, room: float) -> str:
    if width(text, size) <= room:
        return text
    while text and width(text + "…", size) > room:
        text = text[:-1]
    return text + "…"
