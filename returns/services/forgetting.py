"""This room's part of forgetting a buyer: what they wrote, and whether we are still at work for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from orders.ports import Forgotten
from returns.models import Inspection, RefundInstruction, Return, ReturnItem
from returns.states import OPEN_RETURN, RefundStatus


def busy_orders(order_ids: Sequence[int]) -> list[str]:
    """References of open returns of the orders, and of the orders that still wait for a refund."""
    returns = Return.objects.filter(order__in=order_ids)
    waiting = RefundInstruction.objects.filter(
        rma__in=returns, status__in=[RefundStatus.PENDING, RefundStatus.REQUESTED]
    )
    return [
        *returns.filter(status__in=OPEN_RETURN).order_by("pk").values_list("ref", flat=True),
        *waiting.order_by("pk").values_list("order_ref", flat=True),
    ]


def forget_orders(forgotten: Forgotten, now: datetime) -> dict[str, int]:
    """Blank what buyers wrote with their returns, and what inspectors noted."""
    returns = Return.objects.filter(order__in=forgotten.order_ids)
    return {
        "return_comments": ReturnItem.objects.filter(rma__in=returns).exclude(comment="").update(comment=""),
        "inspection_notes": Inspection.objects.filter(item__rma__in=returns).exclude(note="").update(note=""),
    }


def personal_data(refs: Sequence[str]) -> dict[str, Any]:
    """The returns of the orders with what the buyer wrote."""
    rows = Return.objects.filter(order__ref__in=refs).order_by("pk").prefetch_related("items")
    return {
        "returns": [
            {
                "ref": row.ref,
                "order": row.order_ref,
                "status": row.status,
                "requested_at": row.requested_at.isoformat(),
                "items": [
                    {"sku": item.sku, "quantity": item.quantity, "reason": item.reason, "comment": item.comment}
                    for item in row.items.all()
                ],
            }
            for row in rows
        ]
    }
