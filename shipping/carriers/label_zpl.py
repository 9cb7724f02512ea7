"""The label as ZPL II. Field data is hex-escaped throughout, so that no text can be a command; scripts a printer's font
may not know are sent as pictures."""

from PIL import Image

from shipping.carriers.label_layout import HEIGHT, MARGIN, WIDTH, Bars, Mark, Matrix, Rule, Text
from shipping.carriers.lettering import picture, printable

# What font 0 of every printer of the last twenty years knows: Latin, with all its accents.
LAST_LATIN = 0x024F
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,-/")


def draw(marks: list[Mark]) -> bytes:
    """One label of 4×6 inches at 203 dpi, UTF-8."""
    commands = ["^XA", "^CI28", f"^PW{WIDTH}", f"^LL{HEIGHT}", "^LH0,0"]
    for mark in marks:
        if isinstance(mark, Text):
            commands += _text(mark)
        elif isinstance(mark, Rule):
            commands.append(f"^FO{MARGIN},{mark.y}^GB{WIDTH - 2 * MARGIN},{mark.thickness},{mark.thickness}^FS")
        elif isinstance(mark, Bars):
            commands.append(
                f"^FO{mark.x},{mark.y}^BY{mark.module}^BCN,{mark.height},N,N,N,A^FH_^FD{escape(mark.text)}^FS"
            )
        else:
            commands.append(_matrix(mark))
    return ("\n".join([*commands, "^XZ"]) + "\n").encode()


def escape(text: str) -> str:
    """Field data for ``^FH_``: every byte of UTF-8 that is not a plain letter, digit or mark as ``_XX``."""
    return "".join(chr(byte) if byte in _PLAIN else f"_{byte:02X}" for byte in printable(text).encode())


def _text(mark: Text) -> list[str]:
    text = printable(mark.text)
    if not text:
        return []
    if any(ord(one) > LAST_LATIN and one not in "–—‘’“”…·€" for one in text):
        return [f"^FO{mark.x},{mark.y}{graphic(picture(text, size=mark.size, max_width=mark.max_width))}^FS"]
    # ^TB cuts what does not fit instead of running over the edge.
    return [
        f"^FO{mark.x},{mark.y}^A0N,{mark.size},{mark.size}^TBN,{mark.max_width},{mark.size}^FH_^FD{escape(text)}^FS"
    ]


def graphic(image: Image.Image) -> str:
    """A one-bit picture as ``^GFA``: a set bit is black."""
    row_bytes = (image.width + 7) // 8
    wide = Image.new("1", (row_bytes * 8, image.height), 1)
    wide.paste(image, (0, 0))
    bits = bytes(byte ^ 0xFF for byte in wide.tobytes())
    return f"^GFA,{len(bits)},{len(bits)},{row_bytes},{bits.hex().upper()}"


def _matrix(mark: Matrix) -> str:
    return f"^FO{mark.x},{mark.y}^BQN,2,{mark.module}^FH_^FDQA,{escape(mark.text)}^FS"
