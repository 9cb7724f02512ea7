"""What the receiving screen shows of a delivery: what came, what is still expected, and the difference in words."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fulfillment.dashboard.naming import telling_words
from inventory.selectors.dock import Expected, expected_on
from inventory.selectors.products import products_by_id
from inventory.selectors.receiving import ReceiptFact, receipt_lines, received_units
from inventory.selectors.storing import suggest_bins

SHOWN = 40

# Why more came than was expected, and why a delivery comes without an order. The key is what is written down.
OVER_REASONS: dict[str, str | Promise] = {
    "sent_more": gettext_lazy("The supplier sent more"),
    "replacement": gettext_lazy("It replaces something from before"),
    "pack_size": gettext_lazy("It only comes in full packs"),
}
BLIND_REASONS: dict[str, str | Promise] = {
    "no_order": gettext_lazy("Ordered without a purchase order"),
    "no_papers": gettext_lazy("The papers are missing"),
    "samples": gettext_lazy("Samples or gifts"),
}


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
            return more_than_ordered(self.over)
        if self.left:
            return ngettext("%(n)d still expected", "%(n)d still expected", self.left) % {"n": self.left}
        return _("Complete")


def more_than_ordered(units: int) -> str:
    """How many are too many, in words."""
    return ngettext("%(n)d more than ordered", "%(n)d more than ordered", units) % {"n": units}


def reason_word(note: str) -> str:
    """The words of a reason's key; any other text as it is."""
    return str(OVER_REASONS.get(note) or BLIND_REASONS.get(note) or note)


def receipt_page(receipt: ReceiptFact) -> dict[str, Any]:
    """The page of a receipt. A constant number of statements, however many lines it has."""
    log = [one for one in receipt_lines(receipt.ref, limit=24) if one.voided_at is None][:12]
    here = received_units(receipt.ref)
    lines = [_expected_line(one, here) for one in expected_on(receipt)]
    known = {line.product_id for line in lines}
    for one in log:
        if one.product_id is not None and one.product_id not in known:
            known.add(one.product_id)
            count = here.get(one.product_id, 0)
            lines.append(Line(one.product_id, one.sku, one.name, None, count, count))
    newest = next((one for one in log if one.product_id is not None and one.bin_name), None)
    current = next((line for line in lines if newest and line.product_id == newest.product_id), None)
    waiting = sorted((line for line in lines if line.left and line is not current), key=lambda line: line.sku)
    rest = sorted(
        (line for line in lines if not line.left and line is not current and line.here), key=lambda line: line.sku
    )
    fact = products_by_id([current.product_id]).get(current.product_id) if current else None
    return {
        "receipt": receipt,
        "reason": reason_word(receipt.note),
        "current": current,
        "newest": newest,
        "serial": fact is not None and fact.tracking == "serial",
        "stored_at": _stored_at(receipt, current, newest.lot if newest else "", newest.condition if newest else ""),
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


def _stored_at(receipt: ReceiptFact, current: Line | None, lot: str, condition: str) -> Any:
    """Where these units go from the dock, with the reason; None when no bin takes them."""
    if current is None or receipt.closed_at is not None:
        return None
    found = suggest_bins(
        current.product_id, receipt.warehouse_id, max(current.here, 1), lot=lot, condition=condition, limit=1
    )
    return found[0] if found else None


def _expected_line(one: Expected, here: dict[int, int]) -> Line:
    return Line(one.product_id, one.sku, one.name, one.quantity, one.received, here.get(one.product_id, 0))
