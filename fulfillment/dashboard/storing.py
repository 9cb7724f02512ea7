"""Put away, step by step: a pallet or an item at the dock in hand, then the bin it goes to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.errors import NotFound
from fulfillment.dashboard.floorwork import number_in
from fulfillment.dashboard.scanning import Scan
from inventory.selectors.places import BinFact, bin_by_code, bin_by_id
from inventory.selectors.products import ProductFact, product_by_code, products_by_id
from inventory.selectors.stock import BinContent, bin_content
from inventory.selectors.storing import (
    Suggestion,
    articles,
    judge,
    load_of,
    suggest_bins,
    suggest_for_load,
)
from inventory.selectors.to_put_away import at_dock
from inventory.services.moving import move_all, move_some

Told = dict[str, Any]
Hand = dict[str, Any]
"""{"product", "bin", "lot", "condition", "quantity"} of an item or {"lpn"} of a pallet; "ask": {"bin", "fits"}."""

SHOWN = 40


def act(scan: Scan, warehouse_id: int, hand: Hand | None, *, by: Actor, now: datetime) -> Told:
    """What a scan or a button does; ``hand`` in the answer is what is in hand afterwards."""
    if scan.action:
        return _press(scan, warehouse_id, hand, by=by, now=now)
    found = _read(scan, warehouse_id)
    if isinstance(found, ProductFact):
        return _take(found, warehouse_id, str(scan.gs1.get("lot", "")))
    if found is None:
        told = _("Nothing here has the code %(code)s. Scan a bin.") if hand else _("Scan the item you put away.")
        title = _("Unknown code") if hand else _("Item first")
        return {"verdict": "unknown", "title": title, "message": told % {"code": scan.code[:40]}}
    if _is_load(found, warehouse_id, hand):
        return {
            "verdict": "ok",
            "message": _("%(lpn)s: scan the bin you put it in.") % {"lpn": found.name},
            "hand": {"lpn": found.id},
        }
    if not hand:
        return {"verdict": "unknown", "title": _("Item first"), "message": _("Scan the item you put away.")}
    return _put(hand, found, warehouse_id, scan, by=by, now=now)


def page_of(warehouse_id: int, hand: Hand | None) -> dict[str, Any]:
    """What the screen shows: the dock, or what is in hand with where it goes."""
    waiting = at_dock(warehouse_id)
    page: dict[str, Any] = {
        "waiting": waiting[:SHOWN],
        "total": len(waiting),
        "dock": ", ".join(sorted({one.bin_name for one in waiting if one.bin_kind == "receiving"})[:3])
        or _("the dock"),
    }
    if not hand:
        return page
    page["hand"] = hand
    if "lpn" in hand:
        lpn = bin_by_id(hand["lpn"])
        page |= {"lpn": lpn, "content": bin_content(lpn.id, limit=SHOWN)}
    else:
        page["product"] = products_by_id([hand["product"]]).get(hand["product"])
    page["suggestions"] = _suggest(hand, warehouse_id)
    if hand.get("ask"):
        page |= {"ask": hand["ask"], "ask_bin": bin_by_id(hand["ask"]["bin"])}
    return page


def _is_load(found: BinFact, warehouse_id: int, hand: Hand | None) -> bool:
    """Whether a place is what is put away, not where to: the dock, a pallet there, a tote or the returns bin."""
    if found.kind in ("receiving", "pallet"):
        return bool(at_dock(warehouse_id, bin_id=found.id, limit=1))
    return not hand and found.kind in ("tote", "returns") and bool(load_of(found.id))


def _read(scan: Scan, warehouse_id: int) -> ProductFact | BinFact | None:
    for code in scan.readings():
        try:
            return product_by_code(code)[0]
        except NotFound:
            continue
    try:
        return bin_by_code(scan.code, warehouse_id=warehouse_id)
    except NotFound:
        return None


def _press(scan: Scan, warehouse_id: int, hand: Hand | None, *, by: Actor, now: datetime) -> Told:
    if scan.action == "drop":
        return {"verdict": "ok", "message": _("Left at the dock."), "hand": None}
    ask = (hand or {}).get("ask")
    if hand and ask and scan.action in ("anyway", "part"):
        if scan.action == "part":
            hand = {**hand, "quantity": ask["fits"]}
        return _put(hand, bin_by_id(ask["bin"]), warehouse_id, scan, by=by, now=now, anyway=scan.action == "anyway")
    count = number_in(scan.values, "quantity")
    if scan.action == "quantity" and hand and count and "product" in hand:
        told = _("%(count)d in hand. Scan the bin.") % {"count": count}
        return {"verdict": "ok", "message": told, "hand": {**hand, "quantity": count, "ask": None}}
    return {"verdict": "wrong", "title": _("No item"), "message": _("Scan an item first.")}


def _take(product: ProductFact, warehouse_id: int, lot: str) -> Told:
    here = at_dock(warehouse_id, product_id=product.id)
    row = next((one for one in here if one.lot == lot), here[0] if here else None)
    if row is None:
        told = _("No %(name)s stands at the dock. Scan another item.") % {"name": product.name}
        return {"verdict": "wrong", "title": _("Not at the dock"), "message": told}
    if row.condition == "quality_control":
        told = _("%(name)s waits for its quality check. Leave it at the dock.") % {"name": product.name}
        return {"verdict": "wrong", "title": _("Not checked yet"), "message": told}
    hand = {
        "product": product.id,
        "bin": row.bin_id,
        "lot": row.lot,
        "condition": row.condition,
        "quantity": row.quantity,
    }
    told = _("%(name)s: scan the bin you put it in.") % {"name": product.name}
    return {"verdict": "ok", "message": told, "hand": hand}


def _put(
    hand: Hand, target: BinFact, warehouse_id: int, scan: Scan, *, by: Actor, now: datetime, anyway: bool = False
) -> Told:
    if "lpn" in hand:
        load, name = load_of(hand["lpn"]), bin_by_id(hand["lpn"]).name
    else:
        row = _still_there(hand, warehouse_id)
        hand = {**hand, "quantity": min(hand["quantity"], row.quantity if row else 0)}
        name = row.name if row else ""
        load = [(articles([hand["product"]])[hand["product"]], hand["quantity"])] if row else []
    if not load:
        return {"verdict": "already", "message": _("It was put away already. Scan the next item."), "hand": None}
    said = judge(load, target.id)
    if said.sentence and not (anyway and said.may_overrule):
        return _refuse(hand, target, warehouse_id, said.sentence, fits=said.fits if said.may_overrule else None)
    where: dict[str, Any] = {"target_id": target.id, "anyway": anyway, "action_id": scan.id, "by": by, "now": now}
    if "lpn" in hand:
        moved = move_all(source_id=hand["lpn"], **where)
        told = _("%(name)s stands in %(bin)s. Scan the next item.")
        if not moved.stood:
            told = _("%(count)d units of %(name)s put away. Scan the next item.")
        words = {"name": name, "bin": target.name, "count": moved.units}
        return {"verdict": "line_done", "message": told % words, "hand": None}
    move_some(
        source_id=hand["bin"],
        product_id=hand["product"],
        quantity=hand["quantity"],
        lot=hand["lot"],
        condition=hand["condition"],
        **where,
    )
    told = _("%(count)d × %(name)s put away. Scan the next item.")
    return {"verdict": "line_done", "message": told % {"count": hand["quantity"], "name": name}, "hand": None}


def _refuse(hand: Hand, target: BinFact, warehouse_id: int, sentence: str, *, fits: int | None) -> Told:
    """Why not, and where else; a want of room may be overruled, a rule may not."""
    better = next((one for one in _suggest(hand, warehouse_id) if one.bin_id != target.id), None)
    if better is not None:
        sentence += " " + _("Next best: %(bin)s (%(reason)s).") % {"bin": better.bin_name, "reason": better.reason}
    if fits is None:
        return {"verdict": "wrong", "title": _("Not in this bin"), "message": sentence}
    return {"verdict": "decision", "message": sentence, "hand": {**hand, "ask": {"bin": target.id, "fits": fits}}}


def _still_there(hand: Hand, warehouse_id: int) -> BinContent | None:
    rows = at_dock(warehouse_id, product_id=hand["product"], bin_id=hand["bin"])
    return next((one for one in rows if (one.lot, one.condition) == (hand["lot"], hand["condition"])), None)


def _suggest(hand: Mapping[str, Any], warehouse_id: int) -> list[Suggestion]:
    if "lpn" in hand:
        load = load_of(hand["lpn"])
        stands = bin_by_id(hand["lpn"]).kind == "pallet"
        return suggest_for_load(load, warehouse_id, stands=stands) or (
            suggest_for_load(load, warehouse_id, stands=False) if stands else []
        )
    return suggest_bins(hand["product"], warehouse_id, hand["quantity"], lot=hand["lot"], condition=hand["condition"])
