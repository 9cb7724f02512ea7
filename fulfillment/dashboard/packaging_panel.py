"""How an order is packed and sent, on its page: every decision with the rule that made it."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from core.accounts.models import User
from orders.selectors.facts import OrderFact
from orders.selectors.orders import order_by_id
from shipping.selectors.costs import upgrade_of
from shipping.selectors.inserts import inserts_in
from shipping.selectors.of_order import ParcelOnPage
from shipping.selectors.packagings import Explained, explained
from shipping.selectors.tariffs import tariffs_by_method
from shipping.services.handover import AWAY
from shipping.states import PARCEL_TRANSITIONS

REASONS = ("lost", "damaged", "missing", "wrong_item", "other")


def packaging_panel(order: OrderFact, parcels: Sequence[ParcelOnPage], user: User) -> dict[str, Any]:
    """What ``dashboard/order/_packaging.html`` and ``_parcel_acts.html`` show. Eleven statements at most."""
    found = explained(order.id)
    open_order = order.status == "confirmed"
    may_change = open_order and user.may("order.upgrade")
    replaced = order_by_id(order.replaces_id).ref if order.replaces_id else ""
    return {
        "decisions": _decisions(found) if found else [],
        "rules": found.rules if found else (),
        "upgrade": upgrade_of(order.id),
        "replaces": replaced,
        "methods": [one for one in tariffs_by_method() if one != order.shipping_method] if may_change else [],
        "laid_in": [one for rows in inserts_in([parcel.id for parcel in parcels]).values() for one in rows],
        "away": {parcel.ref for parcel in parcels if parcel.status in AWAY},
        "may_be_lost": _with_carrier(parcels) if user.may("order.replace") else set(),
        "reasons": [(code, reason_word(code)) for code in REASONS] if user.may("order.replace") else [],
    }


def reason_word(code: str) -> str:
    """Why something is sent again, in words."""
    return {
        "lost": _("It got lost"),
        "damaged": _("It arrived damaged"),
        "missing": _("Something was missing"),
        "wrong_item": _("It was the wrong article"),
        "returned": _("It came back"),
    }.get(code, _("Something else"))


def _with_carrier(parcels: Sequence[ParcelOnPage]) -> set[str]:
    return {parcel.ref for parcel in parcels if "lost" in PARCEL_TRANSITIONS.get(parcel.status, ())}


def _decisions(found: Explained) -> list[tuple[str, str, str]]:
    """(thing, what was decided, the rule that said so)."""
    packaging, because = found.packaging, found.packaging.because
    rows = [
        (_("Box"), found.carton, because.get("carton", "")),
        (_("Material"), packaging.material, because.get("material", "")),
        (_("For the packer"), packaging.instruction, because.get("instruction", "")),
        (_("For the customer"), packaging.note, because.get("note", "")),
    ]
    for insert, _sku, name, rule in found.inserts:
        often = _("every parcel") if insert.every_parcel else _("first parcel")
        rows.append((_("Lay in"), f"{insert.quantity} × {name} ({often})", rule or _("a rule for orders")))
    if packaging.hide_prices:
        rows.append(
            (_("Prices"), _("not in the box"), because.get("hide_prices") or _("a gift, or as the buyer asked"))
        )
    return [row for row in rows if row[1]]
