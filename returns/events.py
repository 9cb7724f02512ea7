"""What returns publishes, beside ``<subject>.<state>`` of each step of a return, an inspection or a refund."""

RETURN_REQUESTED = "return.requested"
"""Somebody asked to send goods back. Subject ``return``; data return_ref, kind, units."""

RETURN_ANNOUNCED = "return.in_transit"
"""Goods are on their way back. Subject ``return``; data return_ref, kind."""

UNITS_RECEIVED = "return.units_received"
"""Units of a return arrived and wait for inspection. Subject ``return``; data return_ref, kind, units."""

INSPECTION_QUEUED = "inspection.queued"
"""Received units wait for an inspector. Subject ``inspection``; data return_ref, item_id, quantity, due_at."""

INSPECTION_DEADLINE = "inspection.deadline"
"""Due when an inspection's time is up; whether it is still open is asked then. Subject ``inspection``."""

ITEM_DECIDED = "return.item_decided"
"""Units of an item were judged. Subject ``return``; data item_id, quantity, grade, disposition, acceptance."""

REFUND_CREATED = "refund.pending"
"""Money is to be given back. Subject ``refund``; data return_ref, refund_id."""

LINK_REQUESTED = "portal.link_requested"
"""Somebody asked for the links to an order. Subject ``order``, its id 0 when the two did not belong together."""
