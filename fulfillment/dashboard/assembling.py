"""Assemble and take apart, step by step: the number, the bin it goes to, the kit's code."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.kernel.actors import Actor
from core.kernel.errors import NotFound
from fulfillment.dashboard.floorwork import number_in
from fulfillment.dashboard.scanning import Scan
from inventory.selectors.assembling import WorkOrderDetail, shelves_of, work_order
from inventory.selectors.places import bin_by_code, bin_by_id
from inventory.selectors.scans import read_readings
from inventory.selectors.storing import suggest_bins
from inventory.services.assembling import complete_kits

Hand = dict[str, Any]
"""{"quantity"} of kits the next scan books, {"bin"} they go to; either may be missing."""


def act(scan: Scan, ref: str, hand: Hand, *, by: Actor, now: datetime) -> Mapping[str, Any]:
    """What a scan or a button does; ``hand`` in the answer is what is in hand afterwards."""
    found = work_order(ref)
    if scan.action == "quantity":
        count = number_in(scan.values, "quantity")
        if not count or count > found.order.left:
            told = _("%(left)d kits of this work order are still to be done.") % {"left": found.order.left}
            return {"verdict": "too_many", "title": _("Too many"), "message": told}
        told = ngettext("%(count)d kit. Scan its code.", "%(count)d kits. Scan the kit's code.", count)
        return {"verdict": "ok", "message": told % {"count": count}, "hand": {**hand, "quantity": count}}
    read = read_readings(scan.readings())
    if read.product is None:
        return _bin(scan, found, hand)
    if read.product.id != found.order.product_id:
        told = _("This is %(name)s. Scan %(kit)s when it is done.") % {
            "name": read.product.name,
            "kit": found.order.name,
        }
        return {"verdict": "wrong", "title": _("Not the kit"), "message": told}
    return _complete(found, read.lot or str(scan.gs1.get("lot", "")), hand, by=by, now=now)


def _bin(scan: Scan, found: WorkOrderDetail, hand: Hand) -> Mapping[str, Any]:
    try:
        place = bin_by_code(scan.code, warehouse_id=found.order.warehouse_id)
    except NotFound:
        told = _("Nothing here has the code %(code)s.") % {"code": scan.code[:40]}
        return {"verdict": "unknown", "title": _("Unknown code"), "message": told}
    told = _("What is done goes to %(bin)s.") % {"bin": place.name}
    return {"verdict": "ok", "message": told, "hand": {**hand, "bin": place.id}}


def _complete(found: WorkOrderDetail, lot: str, hand: Hand, *, by: Actor, now: datetime) -> Mapping[str, Any]:
    order = found.order
    count = min(int(hand.get("quantity", 1)), order.left) or 1
    lots = {order.product_id: lot} if lot and order.kind == "assemble" else {}
    left = complete_kits(order.ref, count, bin_id=_target(found, hand, count), lots=lots, by=by, now=now)
    if not left:
        return {"verdict": "done", "message": _("All of it is done."), "hand": {}}
    told = ngettext("%(count)d done, %(left)d left.", "%(count)d done, %(left)d left.", count)
    after = {key: value for key, value in hand.items() if key != "quantity"}
    return {"verdict": "line_done", "message": told % {"count": count, "left": left}, "hand": after}


def page_of(found: WorkOrderDetail, hand: Hand) -> dict[str, Any]:
    """What the screen shows: what to fetch from where, what to scan, and where it goes."""
    order = found.order
    count = min(int(hand.get("quantity", 1)), max(order.left, 1))
    apart = order.kind == "disassemble"
    uses = [order.product_id] if apart else [line.product_id for line in found.lines]
    places = shelves_of(uses, order.warehouse_id)
    target = _target(found, hand, count) if order.is_open else None
    return {
        "work": order,
        "lines": [
            {"line": line, "units": line.per_kit * count, "places": places.get(line.product_id, [])}
            for line in found.lines
        ],
        "kit_places": places.get(order.product_id, []) if apart else [],
        "can_make": found.can_make,
        "short": order.is_open and found.can_make < order.left,
        "apart": apart,
        "quantity": count,
        "target": bin_by_id(target).name if target else "",
    }


def _target(found: WorkOrderDetail, hand: Hand, count: int) -> int | None:
    """The bin scanned, else the one suggested for the kits; None leaves it where deliveries arrive."""
    if hand.get("bin"):
        return int(hand["bin"])
    order = found.order
    if order.kind == "disassemble":
        return None
    best = suggest_bins(order.product_id, order.warehouse_id, count, limit=1)
    return best[0].bin_id if best else None
