"""What a new channel promises and asks, by its kind: where it starts, to be changed in the admin. Pure."""

from collections.abc import Mapping
from typing import Any

_EVERY_CHECK = ("address", "phone", "quantity", "price", "total", "duplicate")

# What is not named is as the model has it.
CHANNEL_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    # Our own shop: waits for what is missing and asks the buyer what to do meanwhile.
    "shop": {"ref_prefix": "ORD", "checks": _EVERY_CHECK, "choice_days": 3},
    # Writes to its buyers itself, punishes late shipping and overselling.
    "marketplace": {
        "ref_prefix": "MKT",
        "checks": _EVERY_CHECK,
        "sends_messages": False,
        "shortage_policy": "reject",
        "ships_within_days": 2,
        "stock_buffer": 2,
        "fill_policy": "promise",
    },
    # Orders out of chats: addresses are typed by hand, drivers call.
    "social": {"ref_prefix": "SOC", "checks": _EVERY_CHECK, "requires_phone": True, "choice_days": 2},
    # A till that has things sent home: the same buyer's address is often the shop's own.
    "point_of_sale": {
        "ref_prefix": "POS",
        "checks": ("address", "quantity", "price", "total"),
        "shortage_policy": "reject",
        "return_window_days": 14,
    },
    # Business buyers want one delivery, large quantities, and order the same again every week.
    "b2b": {
        "ref_prefix": "BIZ",
        "checks": ("address", "phone", "price", "total", "duplicate"),
        "ship_policy": "complete",
        "fill_policy": "completes_an_order",
        "duplicate_hours": 2,
        "return_window_days": 14,
    },
    # Typed in at the desk.
    "manual": {"ref_prefix": "MAN", "checks": _EVERY_CHECK, "choice_days": 3},
}
