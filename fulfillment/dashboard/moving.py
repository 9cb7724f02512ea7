"""Move anything: what is taken, by the place it lies in, and the place it goes to."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.errors import NotFound
from fulfillment.dashboard.floorwork import number_in
from fulfillment.dashboard.scanning import Scan
from inventory.selectors.places import BinFact, bin_by_code, bin_by_id
from inventory.selectors.products import ProductFact, product_by_code, products_by_id
from inventory.selectors.stock import bin_content
from inventory.selectors.storing import articles, judge, load_of
from inventory.services.moving import Moved, move_all, move_some

Told = dict[str, Any]
Hand = dict[str, Any]
"""{"from"} a bin, with {"product", "quantity"} for some of an article alone; "ask": {"bin", "fits"}, "unload"."""

SHOWN = 40


def act(scan: Scan, warehouse_id: int, hand: Hand | None, *, by: Actor, now: datetime) -> Told:
    """What a scan or a button does; ``hand`` in the answer is what is in hand afterwards."""
    if scan.action:
        return _press(scan, hand, by=by, now=now)
    found = _read(scan, warehouse_id)
    if found is None:
        told = _("Nothing here has the code %(code)s.") % {"code": scan.code[:40]}
        return {"verdict": "unknown", "title": _("Unknown code"), "message": told}
    if isinstance(found, tuple):
        return _add(hand, *found)
    if not hand:
        return take(found)
    if found.id == hand["from"]:
        return {"verdict": "already", "message": _("You took it from here. Scan where it goes.")}
    return _put(hand, found, scan, by=by, now=now)


def take(place: BinFact) -> Told:
    """A bin, tote or pallet whose content is to be moved."""
    if not load_of(place.id) and place.kind != "pallet":
        told = _("%(bin)s is empty. Scan the bin you take from.") % {"bin": place.name}
        return {"verdict": "wrong", "title": _("Empty"), "message": told}
    told = _("All of %(bin)s: scan where it goes, or an item to move only that.") % {"bin": place.name}
    return {"verdict": "ok", "message": told, "hand": {"from": place.id}}


def page_of(hand: Hand | None) -> dict[str, Any]:
    """What the screen shows."""
    if not hand:
        return {}
    source = bin_by_id(hand["from"])
    page: dict[str, Any] = {"hand": hand, "source": source, "content": bin_content(source.id, limit=SHOWN)}
    if "product" in hand:
        page["product"] = products_by_id([hand["product"]]).get(hand["product"])
        page["here"] = sum(one.quantity - one.to_pick for one in page["content"] if one.product_id == hand["product"])
    if hand.get("ask"):
        page |= {"ask": hand["ask"], "ask_bin": bin_by_id(hand["ask"]["bin"])}
    return page


def _read(scan: Scan, warehouse_id: int) -> tuple[ProductFact, int] | BinFact | None:
    for code in scan.readings():
        try:
            return product_by_code(code)
        except NotFound:
            continue
    try:
        return bin_by_code(scan.code, warehouse_id=warehouse_id)
    except NotFound:
        return None


def _add(hand: Hand | None, product: ProductFact, units: int) -> Told:
    """An item: one more of it, or its case, is to be moved."""
    if not hand:
        told = _("Scan the bin, tote or pallet you take it from first.")
        return {"verdict": "wrong", "title": _("Bin first"), "message": told}
    had = hand["quantity"] if hand.get("product") == product.id else 0
    here = sum(one.quantity - one.to_pick for one in bin_content(hand["from"], product_id=product.id))
    name = bin_by_id(hand["from"]).name
    if had + units > here:
        told = _("Only %(here)d of %(name)s lie in %(bin)s and are not planned for a pick.")
        words = {"here": here, "name": product.name, "bin": name}
        return {"verdict": "too_many" if here else "wrong", "title": _("Not there"), "message": told % words}
    told = _("%(count)d × %(name)s. Scan the next one, or where it goes.")
    return {
        "verdict": "ok",
        "message": told % {"count": had + units, "name": product.name},
        "hand": {"from": hand["from"], "product": product.id, "quantity": had + units},
    }


def _press(scan: Scan, hand: Hand | None, *, by: Actor, now: datetime) -> Told:
    if scan.action == "drop":
        return {"verdict": "ok", "message": _("Nothing was moved."), "hand": None}
    ask = (hand or {}).get("ask")
    if hand and ask and scan.action == "part" and "product" in hand:
        return _put({**hand, "quantity": ask["fits"]}, bin_by_id(ask["bin"]), scan, by=by, now=now)
    if hand and ask and scan.action == "anyway":
        return _put(hand, bin_by_id(ask["bin"]), scan, by=by, now=now, anyway=True)
    if hand and scan.action == "unload":
        told = _("The pallet is emptied where it goes.") if not hand.get("unload") else _("The pallet goes as it is.")
        return {"verdict": "ok", "message": told, "hand": {**hand, "unload": not hand.get("unload")}}
    count = number_in(scan.values, "quantity")
    if hand and count and scan.action == "quantity" and "product" in hand:
        told = _("%(count)d in hand. Scan where it goes.") % {"count": count}
        return {"verdict": "ok", "message": told, "hand": {**hand, "quantity": count, "ask": None}}
    return {"verdict": "wrong", "title": _("Nothing in hand"), "message": _("Scan the bin you take from.")}


def _put(hand: Hand, target: BinFact, scan: Scan, *, by: Actor, now: datetime, anyway: bool = False) -> Told:
    some = "product" in hand
    load = [(articles([hand["product"]])[hand["product"]], hand["quantity"])] if some else load_of(hand["from"])
    source = bin_by_id(hand["from"])
    said = judge(load, target.id) if load and target.id != source.parent_id else None
    if said is not None and said.sentence and said.may_overrule and not anyway:
        ask = {"bin": target.id, "fits": said.fits}
        return {"verdict": "decision", "message": said.sentence, "hand": {**hand, "ask": ask}}
    where: dict[str, Any] = {
        "source_id": hand["from"],
        "target_id": target.id,
        "action_id": scan.id,
        "by": by,
        "now": now,
    }
    if some:
        moved = move_some(product_id=hand["product"], quantity=hand["quantity"], anyway=anyway, **where)
    else:
        moved = move_all(unload=bool(hand.get("unload")), anyway=anyway, **where)
    return {"verdict": "line_done", "message": _said(moved, source, target), "hand": None}


def _said(moved: Moved, source: BinFact, target: BinFact) -> str:
    words = {"count": moved.units, "from": source.name, "to": target.name, "planned": moved.planned}
    if moved.stood and source.kind == "pallet":
        return _("%(from)s stands in %(to)s now.") % words
    if moved.planned:
        return _("%(count)d units are in %(to)s. %(planned)d stay in %(from)s for a picker.") % words
    return _("%(count)d units from %(from)s are in %(to)s.") % words
