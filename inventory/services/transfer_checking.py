"""Prove that every unit of a transfer is accounted for: sent, received, lost or on its way."""

from typing import Any

from django.db import connection

from inventory.ports import Drift

CHECK = "transit_makes_transfers"

# Of each transfer the movements through the TRANSIT bins of its two warehouses, its receipts' among them.
_TRANSIT = """
WITH document AS (
    SELECT id AS transfer_id, ref, source_id, target_id FROM inventory_transfer
    UNION ALL
    SELECT transfer.id, receipt.ref, transfer.source_id, transfer.target_id
    FROM inventory_receipt receipt JOIN inventory_transfer transfer ON transfer.id = receipt.transfer_id
), leg AS (
    SELECT document.transfer_id, movement.product_id, movement.lot,
           movement.quantity * ((target.kind = 'transit')::int - (source.kind = 'transit')::int) AS quantity
    FROM document
    JOIN inventory_stockmovement movement ON movement.document = document.ref AND movement.document <> ''
    JOIN inventory_bin source ON source.id = movement.from_bin_id
    JOIN inventory_bin target ON target.id = movement.to_bin_id
    WHERE (source.kind = 'transit' OR target.kind = 'transit')
      AND movement.warehouse_id IN (document.source_id, document.target_id)
), ledger AS (
    SELECT transfer_id, product_id, lot, sum(quantity) AS quantity FROM leg GROUP BY transfer_id, product_id, lot
)
SELECT transfer.ref, product.id, product.sku, lot, coalesce(line.shipped - line.received - line.lost, 0),
       coalesce(ledger.quantity, 0)
FROM ledger FULL JOIN inventory_transferline line USING (transfer_id, product_id, lot)
JOIN inventory_transfer transfer ON transfer.id = transfer_id
JOIN inventory_product product ON product.id = product_id
WHERE coalesce(line.shipped - line.received - line.lost, 0) <> coalesce(ledger.quantity, 0)
ORDER BY transfer.id, product_id, lot
"""


def check_transfers() -> list[Drift]:
    """Transfer lines whose shipped − received − lost is not what the ledger has in transit. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_TRANSIT)
        rows: list[tuple[Any, ...]] = list(cursor.fetchall())
    return [
        Drift(
            CHECK,
            f"{sku} on {ref}" + (f", lot {lot}" if lot else ""),
            int(stored),
            int(expected),
            detail={"transfer": ref, "product_id": product_id, "lot": lot},
        )
        for ref, product_id, sku, lot, stored, expected in rows
    ]
