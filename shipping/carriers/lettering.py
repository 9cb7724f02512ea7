"""Text that any printer can print: which font knows it, and a picture of it where a printer's own fonts would not."""

import unicodedata
from functools import cache
from pathlib import Path

import fontpkg
import noto_cjk_sans_jp_regular
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfbase.ttfonts import TTFontFile

LATIN, THAI, CJK = "latin", "thai", "cjk"


@cache
def font_path(script: str) -> Path:
    """The font file for a script."""
    if script == THAI:
        return Path(fontpkg.path("Noto Sans Thai"))
    if script == CJK:
        return Path(noto_cjk_sans_jp_regular.__file__).parent / "NotoSansCJKjp-Regular.otf"
    return Path(fontpkg.path("Noto Sans"))


@cache
def _known_to_latin() -> frozenset[int]:
    return frozenset(TTFontFile(str(font_path(LATIN))).charToGlyph)


def printable(text: str) -> str:
    """The text without what cannot be seen: control, format and private characters; runs of space become one."""
    kept = "".join(
        " " if unicodedata.category(one) in ("Zl", "Zp", "Zs", "Cc") else one
        for one in unicodedata.normalize("NFC", text)
        if unicodedata.category(one) not in ("Cf", "Cs", "Co", "Cn")
    )
    return " ".join(kept.split())


def script_of(character: str) -> str:
    """Which of our fonts draws a character."""
    point = ord(character)
    if point in _known_to_latin():
        return LATIN
    if 0x0E00 <= point <= 0x0E7F:
        return THAI
    return CJK


def is_latin(text: str) -> bool:
    """Whether the plain font draws every character of the text."""
    return all(script_of(one) == LATIN for one in text)


def runs(text: str) -> list[tuple[str, str]]:
    """The text cut where the font changes; marks and spaces stay with what they follow."""
    found: list[tuple[str, str]] = []
    for one in text:
        follows = one == " " or unicodedata.category(one) in ("Mn", "Mc", "Nd")
        script = found[-1][0] if follows and found else script_of(one)
        if found and found[-1][0] == script:
            found[-1] = (script, found[-1][1] + one)
        else:
            found.append((script, one))
    return found


@cache
def _font(script: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_path(script)), size)


def width_of(text: str, size: int) -> int:
    """Width in dots of the text in letters of ``size`` dots."""
    return int(sum(_font(script, size).getlength(part) for script, part in runs(text)) + 0.999)


def picture(text: str, *, size: int, max_width: int) -> Image.Image:
    """The text as a one-bit picture, black is 0; made smaller, then cut with …, until it fits ``max_width`` dots."""
    text = printable(text)
    smallest = max(12, size * 2 // 3)
    while size > smallest and width_of(text, size) > max_width:
        size -= 1
    if width_of(text, size) > max_width:
        while text and width_of(text + "…", size) > max_width:
            text = text[:-1]
        text += "…"
    image = Image.new("L", (max(1, min(max_width, width_of(text, size) + 2)), size * 3 // 2), 255)
    draw = ImageDraw.Draw(image)
    x = 0.0
    for script, part in runs(text):
        font = _font(script, size)
        draw.text((x, size * 9 // 8), part, font=font, fill=0, anchor="ls")
        x += font.getlength(part)
    return image.point(lambda value: 255 if value > 140 else 0).convert("1")
