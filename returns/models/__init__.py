from returns.models.inspection import Inspection
from returns.models.refund import RefundInstruction
from returns.models.rma import Reception, Return, ReturnItem, SpokenFor

__all__ = ["Inspection", "Reception", "RefundInstruction", "Return", "ReturnItem", "SpokenFor"]
