"""What shipping publishes, beside ``<subject>.<state>`` of each transition. Data holds ids and quantities."""

LABEL_VOID_WANTED = "label_request.void_wanted"
"""A bought label is not needed: a handler gives it back to the carrier. No data."""

CARRIER_NOTICE_RECEIVED = "carrier_notice.received"
"""A carrier's webhook was stored and waits to be read. No data."""

PARCEL_PACKED = "parcel.packed"
"""Data: units, order_ref."""

PARCEL_SHIPPED = "parcel.shipped"
"""Data: carrier, tracking_number, order_id."""

PARCEL_DELIVERED, PARCEL_RETURN_TO_SENDER = "parcel.delivered", "parcel.return_to_sender"
"""Data: order_id, at (when the carrier says it happened)."""

UPGRADE_BUDGET_CHANGED = "upgrade_budget.changed"
"""A budget was started or stopped. Data: active."""

FREE_SHIPPING_CHANGED = "carrier_service.free_from_changed"
"""The value from which a service is free was set. Subject is the service. Data: method, before, after (amounts or
null), band_id (null for the service's own), orders, average, change (what was shown before it was saved)."""

WAVE_RELEASE_WANTED = "wave.release_wanted"
"""A large drafted wave is to be released by a worker. Data: orders."""

PICK_LIST_REASSIGNED = "pick_list.reassigned"
"""Data: before, after (user ids, null for nobody)."""
