"""What a scan at the floor means: which article, how many units, which lot, which case."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from inventory.models import Barcode
from inventory.planning.gs1 import LONGEST, Gs1, read_gs1, same_article
from inventory.selectors.products import ProductFact, fact_of, products_by_sku

LONGEST_LOT = 40


@dataclass(frozen=True, slots=True)
class Scan:
    """One code, read. ``product`` is None when nobody knows the code; one scan stands for ``units`` eaches of it.

    ``lot`` also holds the serial number when only that is on the label: it is what stock is kept by. ``sscc`` is the
    number of a case or pallet. ``text`` is the code as it was scanned, without control characters at its ends.
    """

    product: ProductFact | None
    units: int
    gtin: str
    lot: str
    serial: str
    expires_on: date | None
    sscc: str
    text: str


def read_scan(text: str) -> Scan:
    """Read a plain barcode, a SKU or a GS1 code in any of its forms. Two statements at most. Never raises."""
    return read_readings([text])


def read_readings(readings: Iterable[str]) -> Scan:
    """The same for one code read in several ways (a second keyboard layout), the likeliest first."""
    texts = [text.replace("\0", "").strip()[:LONGEST] for text in readings] or [""]
    labels = [read_gs1(text) for text in texts]
    codes: list[str] = []
    whose: list[int] = []
    for number, (text, label) in enumerate(zip(texts, labels, strict=True)):
        for code in [text, *same_article(label.gtin)]:
            if code and len(code) <= 64 and code not in codes:
                codes.append(code)
                whose.append(number)
    barcodes = {row.code: row for row in Barcode.objects.select_related("product").filter(code__in=codes)}
    for code, number in zip(codes, whose, strict=True):
        if code in barcodes:
            return _scan(fact_of(barcodes[code].product), barcodes[code].units, labels[number], texts[number])
    skus = products_by_sku([text for text in texts if len(text) <= 64])
    for text, label in zip(texts, labels, strict=True):
        if text.casefold() in skus:
            return _scan(skus[text.casefold()], 1, label, text)
    best = next((number for number, label in enumerate(labels) if label.sscc or label.gtin), 0)
    return _scan(None, 1, labels[best], texts[best])


def _scan(product: ProductFact | None, units: int, label: Gs1, text: str) -> Scan:
    return Scan(
        product=product,
        units=units * label.count,
        gtin=label.gtin,
        lot=(label.lot or label.serial)[:LONGEST_LOT],
        serial=label.serial[:LONGEST_LOT],
        expires_on=label.expires_on,
        sscc=label.sscc,
        text=text,
    )
