"""Read the retailer's invoices as they are: sales, cancellations, charges and everything odd, all of it counted."""

import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

SLICE = Path(__file__).parent / "data" / "online_retail_5k.csv"
SHOP_ZONE = ZoneInfo("Europe/London")
LINES_PER_ORDER = 200

# Five digits and perhaps letters are goods; so are the shop's gift vouchers and a few named articles.
_GOODS = re.compile(r"\d{5}[A-Z]*|DCGS.*|PADS|SP1002")


@dataclass(frozen=True, slots=True)
class Goods:
    """One article line; ``quantity`` positive, ``price`` in pounds."""

    sku: str
    description: str
    quantity: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that is no goods: postage, a manual entry, bank charges, a discount (negative)."""

    code: str
    description: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Sale:
    """An order to place. ``external_id`` is the invoice number; long invoices continue as ``536544-2``."""

    external_id: str
    placed_at: datetime
    customer: str
    country: str
    goods: tuple[Goods, ...]
    charges: tuple[Charge, ...]


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Goods a customer gave back. Quantities are positive here."""

    number: str
    at: datetime
    customer: str
    goods: tuple[Goods, ...]
    charges: tuple[Charge, ...]


Invoice = Sale | Cancellation


def read_invoices(path: Path, *, last_day: date, counts: Counter[str]) -> Iterator[Invoice]:
    """Invoices in time order, moved in time by whole days so that the shop's last day becomes ``last_day``.

    Streams: memory does not grow with the file. ``counts`` is told of every line that is not plain goods.
    """
    shift = last_day - _last_day_of(path)
    with _open(path) as lines:
        for number, rows in groupby(csv.DictReader(lines), key=lambda row: row["InvoiceNo"]):
            counts["invoices read"] += 1
            yield from _invoices_of(number, list(rows), shift_days=shift.days, counts=counts)


@contextmanager
def _open(path: Path) -> Iterator[Iterator[str]]:
    with (
        gzip.open(path, "rt", encoding="utf-8", newline="")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8", newline="")
    ) as lines:
        yield iter(lines)


def _last_day_of(path: Path) -> date:
    last = ""
    with _open(path) as lines:
        for row in csv.DictReader(lines):
            last = max(last, row["InvoiceDate"])
    return date.fromisoformat(last[:10])


def sku_of(stock_code: str) -> str:
    """The product a stock code stands for: ``85123a`` and ``85123A`` are one."""
    return stock_code.strip().upper()


def is_goods(sku: str) -> bool:
    """Whether a stock code names something that lies on a shelf."""
    return _GOODS.fullmatch(sku) is not None


def _invoices_of(
    number: str, rows: list[dict[str, str]], *, shift_days: int, counts: Counter[str]
) -> Iterator[Invoice]:
    counts["lines read"] += len(rows)
    at = datetime.fromisoformat(rows[0]["InvoiceDate"]).replace(tzinfo=SHOP_ZONE) + timedelta(days=shift_days)
    customer, country = rows[0]["CustomerID"].strip(), rows[0]["Country"].strip()
    if not customer:
        counts["invoices without a customer (guests)"] += 1
    if number.startswith("C"):
        goods, charges = _split(rows, sign=-1, counts=counts)
        counts["cancellations read"] += 1
        yield Cancellation(number, at, customer, goods, charges)
        return
    goods, charges = _split(rows, sign=1, counts=counts)
    if not goods:
        counts["invoices without goods"] += 1
        return
    parts = [goods[start : start + LINES_PER_ORDER] for start in range(0, len(goods), LINES_PER_ORDER)]
    if len(parts) > 1:
        counts["invoices split, over 200 lines"] += 1
    for part, lines in enumerate(parts, start=1):
        external_id = number if part == 1 else f"{number}-{part}"
        yield Sale(external_id, at, customer, country, lines, charges if part == 1 else ())


def _split(
    rows: list[dict[str, str]], *, sign: int, counts: Counter[str]
) -> tuple[tuple[Goods, ...], tuple[Charge, ...]]:
    goods: list[Goods] = []
    charges: list[Charge] = []
    for row in rows:
        sku, description = sku_of(row["StockCode"]), row["Description"].strip()
        quantity, price = int(row["Quantity"]) * sign, Decimal(row["UnitPrice"])
        if not is_goods(sku):
            counts["charge lines (no goods)"] += 1
            charges.append(Charge(sku, description, (quantity * price).quantize(Decimal("0.01"))))
        elif quantity <= 0:
            counts["stock notes on invoices (no sale)"] += 1
        else:
            if price <= 0:
                counts["lines at no price (given away)"] += 1
            goods.append(Goods(sku, description, quantity, max(price, Decimal(0))))
    counts["goods lines"] += len(goods)
    counts["units"] += sum(line.quantity for line in goods)
    return tuple(goods), tuple(charges)
