"""Decide, under the rules' locks, which of the units that arrive are looked at first."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from core.kernel.commands import refuse_outside_transaction
from core.kernel.locks import lock_many
from inventory.models import Receipt, ReceiptLine, SamplingRule
from inventory.planning.sampling import Article, Rule, newest_fitting, sample
from inventory.states import Condition, ReceiptDiscrepancy


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether units are checked, and by which rule."""

    check: bool = False
    rule_id: int | None = None


NO_CHECK = Verdict()


def choose_checks(receipt: Receipt, articles: Sequence[Article]) -> dict[Article, Verdict]:
    """A verdict for each article that arrives on a locked receipt; one without a rule is not checked.

    An article the receipt has met before goes the way it went then, so that counting by scan is one decision. Runs in
    the caller's transaction; where no rule fits it is one query, else the rules are locked, so that two receivers are
    counted one after the other. What comes from one of our own warehouses was looked at before.
    """
    refuse_outside_transaction()
    if not articles or receipt.transfer_id is not None:
        return {}
    products = sorted({product_id for product_id, _lot in articles})
    supplier = Q(supplier=None) if receipt.supplier_id is None else Q(supplier=None) | Q(supplier=receipt.supplier_id)
    fitting = [
        _rule(row)
        for row in SamplingRule.objects.filter(supplier, Q(product=None) | Q(product__in=products), active=True)
    ]
    if not fitting:
        return {}
    told = _met_before(receipt, products)
    fresh = [article for article in dict.fromkeys(articles) if article not in told]
    deciding = {
        rule.id for article in fresh if (rule := newest_fitting(fitting, receipt.supplier_id, article[0])) is not None
    }
    if not deciding:
        return told
    locked = {row.pk: row for row in lock_many(SamplingRule.objects.all(), deciding)}
    rules = [_rule(locked[rule.id]) if rule.id in locked else rule for rule in fitting]
    before = {rule.id: _receipts_before(receipt, rule) for rule in rules if rule.id in deciding and rule.first_receipts}
    sampled = sample(
        fresh,
        rules=rules,
        supplier_id=receipt.supplier_id,
        receipts_before={rule_id: count for rule_id, count in before.items() if count is not None},
    )
    for rule_id, count in sampled.counted.items():
        SamplingRule.objects.filter(pk=rule_id).update(seen=locked[rule_id].seen + count)
    return told | {article: Verdict(rule_id is not None, rule_id) for article, rule_id in sampled.chosen.items()}


def _rule(row: SamplingRule) -> Rule:
    return Rule(
        id=row.pk,
        supplier_id=row.supplier_id,
        product_id=row.product_id,
        every_nth=row.every_nth,
        first_receipts=row.first_receipts,
        seen=row.seen,
    )


def _met_before(receipt: Receipt, products: Sequence[int]) -> dict[Article, Verdict]:
    rows = (
        ReceiptLine.objects.filter(
            receipt=receipt,
            product__in=products,
            voided_at=None,
            condition__in=[Condition.SELLABLE, Condition.QUALITY_CONTROL],
        )
        .exclude(discrepancy=ReceiptDiscrepancy.SHORT)
        .order_by("pk")
        .values_list("product_id", "lot", "condition", "quality_check__rule_id")
    )
    return {
        (product_id, lot): Verdict(condition == Condition.QUALITY_CONTROL, rule_id)
        for product_id, lot, condition, rule_id in rows
        if product_id is not None
    }


def _receipts_before(receipt: Receipt, rule: Rule) -> int | None:
    """How many receipts (at most as many as matter) the rule met before this one; None when it cannot tell."""
    of_product = Q() if rule.product_id is None else Q(product=rule.product_id)
    came = ReceiptLine.objects.filter(of_product, bin__isnull=False, voided_at=None)
    others = Receipt.objects.filter(voided_at=None).exclude(pk=receipt.pk)
    if rule.product_id is None or rule.supplier_id is not None:
        if receipt.supplier_id is None:
            return None
        others = others.filter(supplier=receipt.supplier_id)
    first = came.filter(receipt=receipt).order_by("pk").values_list("pk", flat=True).first()
    earlier = came.filter(receipt=OuterRef("pk"))
    if first is not None:
        earlier = earlier.filter(pk__lt=first)
    return len(others.filter(Exists(earlier)).values_list("pk", flat=True)[: rule.first_receipts])
