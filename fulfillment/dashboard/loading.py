"""Load a transfer, step by step: a bin, an item out of it, how many; then the load is sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.errors import NotFound
from fulfillment.dashboard.floorwork import number_in
from fulfillment.dashboard.scanning import Scan
from inventory.selectors.places import BinFact, bin_by_code, bin_by_id
from inventory.selectors.products import products_by_id
from inventory.selectors.scans import Scan as Read
from inventory.selectors.scans import read_readings
from inventory.selectors.stock import BinContent, bin_content, bins_with
from inventory.selectors.transfers import TransferFact, transfer_by_ref
from inventory.services.transfer_shipping import Load, load_units, send_transfer, unload_units

Told = dict[str, Any]
Hand = dict[str, Any]
"""{"bin"} once a bin was scanned, and {"product", "lot", "condition", "count"} of what was loaded out of it last."""

NO_BINS = frozenset({"packing", "staging"})
SHOWN = 40


def act(transfer: TransferFact, scan: Scan, hand: Hand | None, *, by: Actor, now: datetime) -> Told:
    """What a scan or a button does; ``hand`` in the answer is what is in hand afterwards."""
    if scan.action:
        return _press(transfer, scan, hand, by=by, now=now)
    place = _bin(scan, transfer.source_id)
    if place is not None:
        return _open_bin(transfer, place)
    read = read_readings(scan.readings())
    if read.product is None:
        told = _("Nobody knows the code %(code)s. Scan a bin or an item.") % {"code": scan.code[:40]}
        return {"verdict": "unknown", "title": _("Unknown code"), "message": told}
    rest = transfer.to_load().get(read.product.id, 0)
    if not rest:
        asked = any(line.product_id == read.product.id for line in transfer.lines)
        told = _("All of %(name)s is loaded.") if asked else _("%(name)s is not on this transfer. Put it back.")
        return {
            "verdict": "too_many" if asked else "wrong",
            "title": _("One too many") if asked else _("Not on the transfer"),
            "message": told % {"name": read.product.name},
        }
    if not hand:
        return {"verdict": "wrong", "title": _("Bin first"), "message": _("Scan the bin you take it from.")}
    lot = read.lot or str(scan.gs1.get("lot", ""))
    return _load(transfer, bin_by_id(hand["bin"]), read, lot, rest, hand, scan, by=by, now=now)


def page_of(transfer: TransferFact, hand: Hand | None) -> dict[str, Any]:
    """What the screen shows: what is still to be loaded and where it lies, and what was loaded last."""
    rest = transfer.to_load()
    facts = products_by_id([*rest, *(line.product_id for line in transfer.lines)])
    waiting: list[dict[str, Any]] = []
    for product_id, units in sorted(rest.items(), key=lambda one: facts[one[0]].sku)[:SHOWN]:
        waiting.append({"product": facts[product_id], "units": units})
    page: dict[str, Any] = {
        "transfer": transfer,
        "waiting": waiting,
        "rest_units": sum(rest.values()),
        "hand": hand,
    }
    if waiting:
        first = bins_with(waiting[0]["product"].id, warehouse_id=transfer.source_id, limit=20)
        page["next_bins"] = [row for row in first if _free(row) and row.bin_kind not in NO_BINS][:3]
    if hand:
        page["place"] = bin_by_id(hand["bin"])
        if hand.get("product"):
            page["product"] = facts.get(hand["product"])
            page["all_units"] = hand["count"] + min(rest.get(hand["product"], 0), _left_in_bin(hand))
    return page


def _bin(scan: Scan, warehouse_id: int) -> BinFact | None:
    for code in scan.readings():
        try:
            return bin_by_code(code, warehouse_id=warehouse_id)
        except NotFound:
            continue
    return None


def _open_bin(transfer: TransferFact, place: BinFact) -> Told:
    rest = transfer.to_load()
    here = [row for row in bin_content(place.id) if row.product_id in rest and _free(row)]
    if not here:
        told = _("Nothing of this transfer can be taken from %(bin)s. Scan another bin.") % {"bin": place.name}
        return {"verdict": "wrong", "title": _("Wrong bin"), "message": told}
    words = ", ".join(f"{min(_free(row), rest[row.product_id])} × {row.name}" for row in here[:3])
    return {
        "verdict": "ok",
        "message": _("%(bin)s: take %(what)s. Scan the item.") % {"bin": place.name, "what": words},
        "hand": {"bin": place.id},
    }


def _load(
    transfer: TransferFact,
    place: BinFact,
    read: Read,
    lot: str,
    rest: int,
    hand: Hand,
    scan: Scan,
    *,
    by: Actor,
    now: datetime,
) -> Told:
    product = read.product
    assert product is not None  # noqa: S101  asked before
    rows = [row for row in bin_content(place.id, product_id=product.id) if _free(row) and (not lot or row.lot == lot)]
    if not rows:
        told = _("%(name)s does not lie in %(bin)s, or is promised to orders. Scan the bin you take it from.")
        return {
            "verdict": "wrong",
            "title": _("Not in this bin"),
            "message": told % {"name": product.name, "bin": place.name},
        }
    rows.sort(key=lambda row: row.condition != "sellable")
    if len({row.lot for row in rows if row.condition == rows[0].condition}) > 1:
        told = _("Several lots of %(name)s lie here. Scan the code that names the lot.") % {"name": product.name}
        return {"verdict": "wrong", "title": _("Which lot?"), "message": told}
    row = rows[0]
    units = min(read.units, rest) if read.units > rest else read.units
    load = Load(product.id, place.id, units, row.lot, row.condition)
    load_units(transfer.ref, [load], action_id=scan.id, by=by, now=now)
    same = hand.get("product") == product.id and hand.get("lot") == row.lot and hand.get("condition") == row.condition
    count = units + (hand["count"] if same else 0)
    return _loaded(
        transfer.ref,
        {"bin": place.id, "product": product.id, "lot": row.lot, "condition": row.condition, "count": count},
        product.name,
    )


def _press(transfer: TransferFact, scan: Scan, hand: Hand | None, *, by: Actor, now: datetime) -> Told:
    if scan.action == "send":
        complete = scan.values.get("complete") != "no"
        if not send_transfer(transfer.ref, complete=complete, by=by, now=now) and complete:
            return {"verdict": "already", "message": _("This load was sent before."), "hand": None}
        told = _("%(ref)s is on its way: %(count)d units.") if complete else _("%(count)d units of %(ref)s are loaded.")
        return {
            "verdict": "done",
            "message": told % {"ref": transfer.ref, "count": transfer.shipped},
            "hand": None,
            "sent": True,
        }
    wanted = number_in(scan.values, "quantity")
    if scan.action != "quantity" or wanted is None or not hand or not hand.get("product"):
        return {"verdict": "wrong", "title": _("No item"), "message": _("Scan an item first.")}
    # What the form counted from: pressed twice, or late, it sets the same number.
    more = wanted - int(hand["count"])
    load = Load(hand["product"], hand["bin"], abs(more), hand["lot"], hand["condition"])
    if more > 0:
        load_units(transfer.ref, [load], action_id=scan.id, by=by, now=now)
    elif more < 0:
        unload_units(transfer.ref, load, action_id=scan.id, by=by, now=now)
    name = products_by_id([hand["product"]])[hand["product"]].name
    return _loaded(transfer.ref, {**hand, "count": wanted}, name)


def _loaded(ref: str, hand: Mapping[str, Any], name: str) -> Told:
    rest = transfer_by_ref(ref).to_load()
    left = rest.get(hand["product"], 0)
    told = _("%(name)s: %(count)d loaded, %(left)d to go.") if left else _("%(name)s: %(count)d loaded, that is all.")
    said = told % {"name": name, "count": hand["count"], "left": left}
    if not rest:
        said = _("Everything is loaded. Send it.")
    return {"verdict": "ok" if left else "line_done", "message": said, "hand": dict(hand)}


def _free(row: BinContent) -> int:
    return row.quantity - row.to_pick


def _left_in_bin(hand: Hand) -> int:
    return sum(
        _free(row)
        for row in bin_content(hand["bin"], product_id=hand["product"])
        if row.lot == hand["lot"] and row.condition == hand["condition"]
    )
