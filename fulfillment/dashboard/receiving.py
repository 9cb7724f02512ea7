"""What the receiving screen shows of a delivery: what came, what is still expected, and the difference in words."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fulfillment.dashboard.naming import telling_words
from inventory.selectors.receiving import (
    PurchaseOrderLineFact,
    ReceiptFact,
    purchase_order,
    receipt_lines,
    received_units,
)

SHOWN = 40


@dataclass(frozen=True)
class Line:
    """An article of the delivery. ``expected`` is None for one nobody ordered; ``here`` came with this receipt."""

    product_id: int
    sku: str
    name: str
    expected: int | None
    received: int
    here: int

    @property
    def left(self) -> int:
        return max((self.expected or 0) - self.received, 0)

    @property
    def over(self) -> int:
        return max(self.received - (self.expected or 0), 0) if self.expected is not None else 0

    @property
    def tone(self) -> str:
        if self.expected is None or self.over:
            return "warn"
        return "ok" if not self.left else "neutral"

    @property
    def difference(self) -> str:
        """Over or short, in words."""
        if self.expected is None:
            return _("Not on the order")
        if self.over:
            return ngettext("%(n)d more than ordered", "%(n)d more than ordered", self.over) % {"n": self.over}
        if self.left:
            return ngettext("%(n)d still expected", "%(n)d still expected", self.left) % {"n": self.left}
        return _("Complete")


def receipt_page(receipt: ReceiptFact) -> dict[str, Any]:
    """The page of a receipt. At most five statements, however many lines it has."""
    log = receipt_lines(receipt.ref, limit=12)
    here = received_units(receipt.ref)
    order, ordered = purchase_order(receipt.purchase_order_ref) if receipt.purchase_order_ref else (None, [])
    lines = [_ordered_line(one, here) for one in ordered]
    known = {line.product_id for line in lines}
    for one in log:
        if one.product_id is not None and one.product_id not in known:
            known.add(one.product_id)
            lines.append(
                Line(one.product_id, one.sku, one.name, None, here.get(one.product_id, 0), here.get(one.product_id, 0))
            )
    newest = next((one for one in log if one.product_id is not None), None)
    current = next((line for line in lines if newest and line.product_id == newest.product_id), None)
    waiting = sorted((line for line in lines if line.left and line is not current), key=lambda line: line.sku)
    rest = sorted(
        (line for line in lines if not line.left and line is not current and line.here), key=lambda line: line.sku
    )
    return {
        "receipt": receipt,
        "order": order,
        "current": current,
        "current_bin": newest.bin_name if newest else "",
        "telling": telling_words(current.name) if current else "",
        "lines": [*waiting, *rest][:SHOWN],
        "hidden": max(len(waiting) + len(rest) - SHOWN, 0),
        "waiting": len(waiting) + bool(current and current.left),
        "total": len(lines),
        "left_units": sum(line.left for line in lines),
        "over_units": sum(line.over for line in lines),
        "unknown": [one for one in log if one.product_id is None],
        "units": sum(here.values()),
        "damaged_units": receipt.units.get("damaged", 0),
    }


def _ordered_line(one: PurchaseOrderLineFact, here: dict[int, int]) -> Line:
    return Line(one.product_id, one.sku, one.name, one.quantity, one.received, here.get(one.product_id, 0))
