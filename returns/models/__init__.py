from returns.models.inspection import Inspection
from returns.models.refund import RefundInstruction
from returns.models.rma import Return, ReturnItem

__all__ = ["Inspection", "RefundInstruction", "Return", "ReturnItem"]
