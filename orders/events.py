"""What orders publishes, beside ``<subject>.<state>`` of each transition. Data holds ids and quantities."""

ORDER_PLACED = "order.placed"
"""Data: fulfillment_order_id (or null), allocated, backordered (units)."""

ORDER_RULE_FIRED = "order.rule_fired"
"""A rule matched. Data: rule_id, name, actions [{"do", "value"}], event (what it was asked about)."""

RULE_CHANGED = "rule.changed"
"""Subject is the rule. Data: what (created, changed, switched_on, …), name, version."""

ORDER_ROUTED = "order.routed"
"""Where parts of the order ship from was chosen. Data: cause (placed, split, merged, moved, …), warehouses, considered
(see ``orders.planning.routing``). Split, merged and moved also from (warehouse id), fulfillment_order_id (the part they
are in now) and lines [[order_line_id, units]]."""

ORDER_COMBINED = "order.combined"
"""It goes out together with others of its buyer. Data: refs (all of them), warehouse_id."""

ORDER_COMPLETED = "order.completed"
"""Everything that was wanted has left the house, or nothing of it ever ships."""

ORDER_BACKORDERED = "order.backordered"
"""Units of the order wait for stock. Data: lines [[order_line_id, units]], cause (intake, given_up, short); when given
up also allocations [[allocation_id, units]], so that planned picks can be taken off."""

ORDER_BACKORDER_FILLED = "order.backorder_filled"
"""Units that were waited for were given. Data: fulfillment_order_id, quantity, lines [[order_line_id, units]]."""

ORDER_EDITED = "order.edited"
"""Data: fields (names only), version."""

ORDER_ASSIGNED = "order.assigned"
"""Somebody at the desk looks after it, or nobody does any more. Data: owner_id (or null)."""

ORDER_LINES_CANCELLED = "order.lines_cancelled"
ORDER_CANCELLED = "order.cancelled"
"""Both: lines [[order_line_id, units]], allocations [[allocation_id, units]] (what was taken from each),
allocation_ids (the rows that hold the released units), fulfillment_order_ids (touched),
put_back [[product_id, bin_id, quantity, order_line_id]] of units that had been picked."""

ORDER_HELD = "order.held"
"""Data: hold_id, type, code (the check or rule that placed it; empty for a person)."""

ORDER_HOLD_RELEASED = "order.hold_released"
"""Data: hold_id, type, open_holds (left)."""

ORDER_PAYMENT_CHANGED = "order.payment_changed"
"""Data: before, after."""

PROMISE_CHANGED = "promise.changed"
"""Subject is the order. Data: version, ship_by, reason (a code of ``planning.promises.CHANGE_REASONS``), later."""

FULFILLMENT_ORDER_SHORT = "fulfillment_order.short"
"""Data: allocation_id, order_line_id, quantity, reason."""

ORDER_LINES_RETURNED = "order.lines_returned"
"""Data: order_line_id, quantity."""

SHORTAGE_CHOICE_ASKED = "shortage_choice.asked"
"""The customer is asked what to do about what is missing. Data: order_id, lines [[order_line_id, units]], deadline.
``.chosen``, ``.expired`` and ``.withdrawn`` follow, with order_id, choice and by (customer, staff, deadline)."""

CUSTOMER_CHANGED = "customer.changed"
"""Data: fields (names only)."""

CUSTOMER_MERGED = "customer.merged"
"""Subject is the kept one. Data: gone_id, orders (how many went over)."""

CUSTOMER_ERASED = "customer.erased"
"""Data: orders (how many were blanked)."""

FULFILLMENT_ORDER_RESCHEDULED = "fulfillment_order.rescheduled"
"""It is to leave on another day than was planned. Data: ship_by, was (ISO days)."""

FULFILLMENT_ORDER_REQUESTED = "fulfillment_order.requested"
FULFILLMENT_ORDER_ACCEPTED = "fulfillment_order.accepted"
FULFILLMENT_ORDER_REJECTED = "fulfillment_order.rejected"
FULFILLMENT_ORDER_REQUEST_CANCELLED = "fulfillment_order.request_cancelled"
"""A third party was asked to ship it, took it on, declined it, or is no longer to. Data: warehouse_id, order_id;
rejected also reason."""

ORDER_UPGRADED, ORDER_METHOD_CHANGED = "order.upgraded", "order.method_changed"
"""Data: from, to (shipping methods), surprise (true when a budget gave it)."""

ORDER_REPLACED = "order.replaced"
"""Units of the order are sent again. Data: replacement (ref), source (ref of parcel, return or order), reason, lines
[[order_line_id, units]]."""

ORDER_RELEASE_MOVED = "order.release_moved"
"""What was ordered ahead may leave on another day. Data: product_id, lines (ids), release_on (ISO day or null)."""

ORDER_ADDRESS_ASKED = "order.address_asked"
"""The customer is asked for the right address. Data: hold_id."""
