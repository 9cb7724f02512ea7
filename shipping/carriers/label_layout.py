"""What stands where on a 4×6 inch label: one layout in dots of 203 to the inch, drawn as PDF and as ZPL."""

from dataclasses import dataclass

from shipping.carriers.base import Address, LabelOrder
from shipping.carriers.lettering import printable

DPI = 203
WIDTH, HEIGHT = 812, 1218
MARGIN = 30


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text, its baseline's top left corner and the height of its letters in dots."""

    x: int
    y: int
    size: int
    text: str
    max_width: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line."""

    y: int
    thickness: int = 3


@dataclass(frozen=True, slots=True)
class Bars:
    """A Code 128, its left top corner; ``module`` dots to the narrowest bar."""

    x: int
    y: int
    height: int
    module: int
    text: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """A QR code; ``module`` dots to a cell."""

    x: int
    y: int
    module: int
    text: str


Mark = Text | Rule | Bars | Matrix


def address_lines(address: Address) -> list[str]:
    """The address as lines; the country last, in capitals."""
    city = " ".join(part for part in (address.postal_code, address.city, address.region) if part)
    lines = [address.name, address.company, address.line1, address.line2, city]
    return [line for line in map(printable, lines) if line] + ([address.country.upper()] if address.country else [])


def layout(order: LabelOrder, tracking_number: str) -> list[Mark]:
    """Every mark on the label, top to bottom."""
    inner = WIDTH - 2 * MARGIN
    marks: list[Mark] = [Text(MARGIN, 24, 24, "  ·  ".join(address_lines(order.sender)[:2]), inner)]
    marks.append(Text(MARGIN, 60, 24, ", ".join(address_lines(order.sender)[2:]), inner))
    marks.append(Rule(104))
    marks.append(Text(MARGIN, 116, 56, printable(order.service_name), inner))
    marks.append(Rule(204))
    y = 222
    for line in address_lines(order.recipient)[:7]:
        marks.append(Text(MARGIN, y, 44, line, inner))
        y += 66
    if order.instructions:
        marks.append(Text(MARGIN, 690, 24, printable(order.instructions), inner))
    marks.append(Rule(736))
    # 13 characters of Code 128 are about 190 modules; 3 dots each keep a quiet zone of 10 modules on both sides.
    marks.append(Bars(100, 764, 200, 3, tracking_number))
    marks.append(Text(250, 976, 40, tracking_number, inner))
    marks.append(Rule(1040))
    marks.append(Matrix(WIDTH - MARGIN - 140, 1056, 5, tracking_number))
    details = [order.parcel_ref, order.order_ref, f"{order.weight_g / 1000:.2f} kg"]
    if order.ship_on:
        details[2] += f"  ·  {order.ship_on.isoformat()}"
    for number, line in enumerate(details):
        marks.append(Text(MARGIN, 1056 + number * 44, 32, line, 560))
    return marks
