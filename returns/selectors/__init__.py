"""What other rooms may read of returns."""

from returns.selectors.desk import TABS, DeskRow, desk_counts, desk_rows
from returns.selectors.inspections import (
    InspectionFact,
    Question,
    inspection_fact,
    inspection_queue,
    inspections_of,
    open_inspection_of,
)
from returns.selectors.offers import LineOffer, Offer, reason_choices, resolution_choices, return_offer, why_not
from returns.selectors.reads import (
    RefundFact,
    ReturnFact,
    ReturnFilter,
    ReturnItemFact,
    fact_of,
    refund_by_id,
    return_by_ref,
    returns_list,
    returns_of_order,
)

__all__ = [
    "TABS",
    "DeskRow",
    "InspectionFact",
    "LineOffer",
    "Offer",
    "Question",
    "RefundFact",
    "ReturnFact",
    "ReturnFilter",
    "ReturnItemFact",
    "desk_counts",
    "desk_rows",
    "fact_of",
    "inspection_fact",
    "inspection_queue",
    "inspections_of",
    "open_inspection_of",
    "reason_choices",
    "refund_by_id",
    "resolution_choices",
    "return_by_ref",
    "return_offer",
    "returns_list",
    "returns_of_order",
    "why_not",
]
