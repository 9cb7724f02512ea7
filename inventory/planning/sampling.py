"""Which of the lines that arrive are looked at before they may be sold. Pure: no Django, no clock, no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Article = tuple[int, str]
"""(product_id, lot): what one line of a delivery is, however many scans it took to count it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A sampling rule; supplier or product None is any. ``seen`` lines were decided by it before.

    ``every_nth`` 0 samples none of the run, ``first_receipts`` the receipts of a new supplier or product.
    """

    id: int
    supplier_id: int | None
    product_id: int | None
    every_nth: int
    first_receipts: int
    seen: int

    def fits(self, supplier_id: int | None, product_id: int) -> bool:
        return self.supplier_id in (None, supplier_id) and self.product_id in (None, product_id)


@dataclass(slots=True)
class Sampled:
    """``chosen`` maps each article to the rule that wants it checked, None where none does; ``counted`` is how many
    articles each rule decided about."""

    chosen: dict[Article, int | None] = field(default_factory=dict)
    counted: dict[int, int] = field(default_factory=dict)


def newest_fitting(rules: Sequence[Rule], supplier_id: int | None, product_id: int) -> Rule | None:
    """The rule that decides about a product of a supplier: the newest one that fits."""
    return max((rule for rule in rules if rule.fits(supplier_id, product_id)), key=lambda rule: rule.id, default=None)


def sample(
    articles: Sequence[Article],
    *,
    rules: Sequence[Rule],
    supplier_id: int | None,
    receipts_before: Mapping[int, int],
) -> Sampled:
    """Decide about articles that are new on a receipt, each at most once.

    Of every rule's own run exactly each nth article is chosen, counted on from ``seen``; and every article while the
    receipt is among the rule's first (``receipts_before`` maps a rule to the number of receipts that came before
    this one; a rule left out asks for no first receipts).
    """
    told = Sampled()
    for article in dict.fromkeys(articles):
        rule = newest_fitting(rules, supplier_id, article[0])
        if rule is None:
            told.chosen[article] = None
            continue
        number = rule.seen + told.counted.get(rule.id, 0) + 1
        told.counted[rule.id] = told.counted.get(rule.id, 0) + 1
        nth = rule.every_nth > 0 and number % rule.every_nth == 0
        first = receipts_before.get(rule.id, rule.first_receipts) < rule.first_receipts
        told.chosen[article] = rule.id if nth or first else None
    return told
