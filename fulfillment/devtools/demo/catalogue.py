"""The retailer's articles as products: what is known from the invoices, and plain guesses for the rest."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from fulfillment.devtools.demo.invoices import Invoice, Sale

# Descriptions that are a clerk's note, not a name.
_NOTES = {"", "?", "??", "DAMAGED", "LOST", "CHECK", "FOUND", "MISSING", "DAMAGES", "THROWN AWAY", "AMAZON", "DOTCOM"}


@dataclass(slots=True)
class Article:
    """One product. ``demand`` counts the units all sales together ask for; size and weight are guesses."""

    sku: str
    names: Counter[str] = field(default_factory=Counter)
    demand: int = 0
    lines: int = 0
    price: Decimal = Decimal(0)

    @property
    def name(self) -> str:
        """The name used most often, as a title; the SKU when no line ever named it."""
        known = [(count, name) for name, count in self.names.items() if name.upper() not in _NOTES]
        return max(known)[1].strip(" .,").capitalize() if known else self.sku

    @property
    def barcode(self) -> str:
        """An EAN-13 out of the range for use inside a company (prefix 2), made from the SKU."""
        return ean13("2" + f"{int.from_bytes(self.sku.encode(), 'big') % 10**11:011d}")

    @property
    def weight_g(self) -> int:
        return random.Random(f"weight {self.sku}").choice([5, 8, 10, 15, 20, 25, 30, 40, 60])

    @property
    def size_mm(self) -> tuple[int, int, int]:
        """Length, width, height."""
        pick = random.Random(f"size {self.sku}")
        return (
            pick.choice([60, 80, 100, 150, 200]),
            pick.choice([50, 60, 80, 100, 120]),
            pick.choice([10, 20, 40, 60]),
        )


def ean13(twelve_digits: str) -> str:
    """Twelve digits and their GS1 check digit: weights 1, 3, 1, 3, … from the left."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve_digits))
    return f"{twelve_digits}{-total % 10}"


def articles_of(invoices: Iterable[Invoice]) -> dict[str, Article]:
    """Every article any sale names, by SKU, with the demand for it. Memory grows with the articles only."""
    articles: dict[str, Article] = {}
    for invoice in invoices:
        if not isinstance(invoice, Sale):
            continue
        for line in invoice.goods:
            article = articles.setdefault(line.sku, Article(line.sku))
            article.names[line.description] += 1
            article.demand += line.quantity
            article.lines += 1
            article.price = max(article.price, line.price)
    return articles


def opening_stock(article: Article) -> int:
    """Units in the house before the first order: most of the demand, for one article in twelve only a part of it.

    So shortages and backorders are real, and the same in every run.
    """
    if random.Random(f"stock {article.sku}").random() < 1 / 12:
        return article.demand * 2 // 3
    return article.demand + article.demand // 10 + 2


def late_delivery(article: Article) -> int:
    """Units that arrive while the orders are worked: what is missing, but for one short article in three."""
    missing = article.demand - opening_stock(article)
    if missing <= 0 or random.Random(f"late {article.sku}").random() < 1 / 3:
        return 0
    return missing
