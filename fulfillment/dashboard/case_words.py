"""What the kinds of exception cases are called, and what helps first. A kind without words reads as its own name."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from fulfillment.dashboard.promise_words import late_figures
from fulfillment.dashboard.templatetags.ui import day_of

KINDS: dict[str, str | Promise] = {
    "allocation_given_up": _("Promise lost its stock"),
    "short_pick": _("Short pick"),
    "no_pickable_stock": _("No bin to pick from"),
    "unpack": _("Box to open again"),
    "label_failed": _("Label failed"),
    "delivery_problem": _("Delivery problem"),
    "parcel_coming_back": _("Parcel coming back"),
    "return_needs_approval": _("Return to approve"),
    "return_without_rma": _("Return nobody asked for"),
    "return_without_sale": _("Return without a sale"),
    "return_unknown_parcel": _("Unknown parcel"),
    "return_unexpected_item": _("Unexpected item"),
    "return_item_needs_decision": _("Returned item to decide"),
    "inspection_overdue": _("Inspection overdue"),
    "exchange_to_place": _("Exchange to place"),
    "refund_failed": _("Refund failed"),
    "stock_low": _("Low stock"),
    "count_variance": _("Count differs"),
    "stock_drift": _("Stock books do not balance"),
    "unknown_article": _("Unknown article"),
    "lot_expired": _("Lot expires"),
    "lot_recalled": _("Lot recalled"),
    "lot_not_set_aside": _("Lot still on sale"),
    "transfer_loss": _("Transfer came short"),
    "dead_letter": _("Effect given up"),
    "return_short": _("Return came short"),
    "return_not_approved": _("Return not approved"),
    "outbox_stalled": _("Follow-up work is late"),
    "webhook_failing": _("A webhook was switched off"),
    "late": _("Late"),
    "will_be_late": _("Will be late"),
    "stuck": _("Stuck"),
    "address": _("Address"),
    "third_party": _("Third party declined"),
    "pack_problem": _("Set aside at the bench"),
    "weight": _("Weight is off"),
}

GROUPS: dict[str, tuple[str | Promise, frozenset[str]]] = {
    "late": (_("Late"), frozenset({"late"})),
    "will_be_late": (_("Will be late"), frozenset({"will_be_late"})),
    "stuck": (_("Stuck"), frozenset({"stuck"})),
    "short": (_("Short"), frozenset({"short_pick", "allocation_given_up", "no_pickable_stock", "third_party"})),
    "address": (_("Address"), frozenset({"address"})),
    "weight": (_("Weight and boxes"), frozenset({"pack_problem", "unpack", "weight"})),
    "label": (_("Label"), frozenset({"label_failed"})),
    "carrier": (_("Carrier"), frozenset({"delivery_problem", "parcel_coming_back"})),
    "return": (
        _("Returns"),
        frozenset(
            {
                "return_without_rma",
                "return_unknown_parcel",
                "return_without_sale",
                "return_needs_approval",
                "return_not_approved",
                "return_unexpected_item",
                "return_item_needs_decision",
                "return_short",
                "inspection_overdue",
                "exchange_to_place",
                "refund_failed",
            }
        ),
    ),
    "count": (_("Counts and stock"), frozenset({"count_variance", "stock_drift", "stock_low", "transfer_loss"})),
    "goods": (
        _("Goods"),
        frozenset({"unknown_article", "lot_expired", "lot_recalled", "lot_not_set_aside"}),
    ),
    "system": (_("System"), frozenset({"dead_letter", "outbox_stalled", "webhook_failing"})),
}
"""The tabs of the inbox in the order in which they matter; a kind in none of them is under “Other”."""


def group_of(kind: str) -> str:
    """The group a kind of case belongs to."""
    return next((name for name, (_word, kinds) in GROUPS.items() if kind in kinds), "other")


def kind_name(kind: str) -> str:
    """The name of a kind of case."""
    return str(KINDS.get(kind) or kind.replace("_", " ").capitalize())


def figures(detail: Mapping[str, Any]) -> list[str]:
    """The numbers of a case in words: units, their value, what is left, which orders."""
    told = []
    units = detail.get("units", detail.get("quantity"))
    if isinstance(units, int) and units:
        told.append(ngettext("%(count)d unit", "%(count)d units", abs(units)) % {"count": units})
    if isinstance(grams := detail.get("grams"), int):
        told.append(gettext("%(grams)s g on the scale") % {"grams": grams})
    told += late_figures(detail)
    if value := detail.get("value"):
        told.append(gettext("worth %(value)s at cost") % {"value": value})
    if detail.get("reorder_point") is not None and detail.get("available") is not None:
        told.append(
            gettext("%(available)s available, reorder point %(point)s")
            % {"available": detail["available"], "point": detail["reorder_point"]}
        )
    if day := detail.get("expires_on"):
        told.append(gettext("expires %(day)s") % {"day": day_of(date.fromisoformat(str(day)))})
    if isinstance(orders := detail.get("orders"), int):
        told.append(ngettext("%(count)d order", "%(count)d orders", orders) % {"count": orders})
    if isinstance(products := detail.get("products"), list):
        told += [str(line) for line in products[:3]]
    return told
