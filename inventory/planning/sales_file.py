"""A year of sales as a file: a retailer's invoice lines, or units by product and day. Streams; UTF-8, header, commas.

Invoice lines have the columns InvoiceNo, StockCode, Quantity, InvoiceDate and perhaps CustomerID; the short form has
sku, day and units.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

# Five digits and perhaps letters are goods; POST, M, BANK CHARGES and their like are money.
_GOODS = re.compile(r"\d{5}[A-Z]*")


@dataclass(frozen=True, slots=True)
class History:
    """Units of each product on each trading day, a day on which anything was sold, the oldest first."""

    days: list[date]
    units: dict[str, list[float]]


def read_history(lines: Iterable[str]) -> History:
    """The history in a file's lines. Raises ValueError when its columns are neither form, or a value is unreadable.

    What a customer cancelled on the day it was ordered (same product, same number of units) was no demand; goods
    brought back on a later day were.
    """
    reader = csv.DictReader(lines)
    columns = set(reader.fieldnames or ())
    if {"sku", "day", "units"} <= columns:
        sold = _from_days(reader)
    elif {"InvoiceNo", "StockCode", "Quantity", "InvoiceDate"} <= columns:
        sold = _from_invoices(reader)
    else:
        raise ValueError("The file has neither the columns sku, day, units nor those of invoice lines.")
    return by_trading_day(sold)


def by_trading_day(sold: Mapping[tuple[str, date], float]) -> History:
    """{(sku, day): units} as a history of the days on which anything was sold."""
    days = sorted({day for (_sku, day), units in sold.items() if units > 0})
    place = {day: at for at, day in enumerate(days)}
    units: dict[str, list[float]] = {}
    for (sku, day), count in sold.items():
        if count > 0:
            units.setdefault(sku, [0.0] * len(days))[place[day]] += count
    return History(days, units)


def _from_days(rows: Iterator[dict[str, str]]) -> Counter[tuple[str, date]]:
    sold: Counter[tuple[str, date]] = Counter()
    for row in rows:
        sold[row["sku"], date.fromisoformat(row["day"])] += int(row["units"])
    return sold


def _from_invoices(rows: Iterator[dict[str, str]]) -> Counter[tuple[str, date]]:
    sold: Counter[tuple[str, date]] = Counter()
    bought: Counter[tuple[str, date, str, int]] = Counter()
    for row in rows:
        sku, quantity = row["StockCode"].strip().upper(), int(row["Quantity"])
        if not _GOODS.fullmatch(sku):
            continue
        day, customer = date.fromisoformat(row["InvoiceDate"][:10]), row.get("CustomerID", "")
        if quantity > 0 and not row["InvoiceNo"].startswith("C"):
            sold[sku, day] += quantity
            bought[sku, day, customer, quantity] += 1
        elif row["InvoiceNo"].startswith("C") and bought[sku, day, customer, -quantity] > 0:
            sold[sku, day] += quantity
            bought[sku, day, customer, -quantity] -= 1
    return sold
