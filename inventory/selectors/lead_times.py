"""How long suppliers really take, learned from what arrived."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

NEWEST = 50
"""So many of a supplier's last orders are looked at: what it did years ago says little."""


@dataclass(frozen=True, slots=True)
class LeadTime:
    """Days from ordering to the first receipt: over ``receipts`` orders, the middle one, and nine out of ten."""

    receipts: int
    median_days: float
    p90_days: float


_LEARNED = """
SELECT supplier_id, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY days),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY days)
FROM unnest(%s::bigint[]) AS asked (supplier_id)
CROSS JOIN LATERAL (
    SELECT extract(epoch FROM first_receipt.opened_at - bought.ordered_at) / 86400.0 AS days
    FROM inventory_purchaseorder bought
    CROSS JOIN LATERAL (
        SELECT receipt.opened_at
        FROM inventory_receipt receipt
        WHERE receipt.purchase_order_id = bought.id AND receipt.voided_at IS NULL
          AND EXISTS (SELECT FROM inventory_receiptline line
                      WHERE line.receipt_id = receipt.id AND line.bin_id IS NOT NULL AND line.voided_at IS NULL)
        ORDER BY receipt.opened_at LIMIT 1
    ) AS first_receipt
    WHERE bought.supplier_id = asked.supplier_id AND bought.ordered_at IS NOT NULL
      AND first_receipt.opened_at >= bought.ordered_at
    ORDER BY bought.id DESC LIMIT %s
) AS taken
GROUP BY supplier_id
"""


def lead_times(supplier_ids: Iterable[int]) -> dict[int, LeadTime]:
    """{supplier id: lead time} of suppliers that have delivered an order; one statement. Voided receipts do not count.

    A supplier left out has delivered nothing yet: go by the days it promises (``Supplier.lead_time_days``).
    """
    wanted = sorted(set(supplier_ids))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LEARNED, [wanted, NEWEST])
        return {
            supplier_id: LeadTime(count, round(float(median), 1), round(float(p90), 1))
            for supplier_id, count, median, p90 in cursor.fetchall()
        }
