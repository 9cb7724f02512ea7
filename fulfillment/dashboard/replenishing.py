"""Replenish, step by step: the bulk bin, the article, the pick face."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.kernel.actors import Actor
from core.kernel.errors import NotFound
from fulfillment.dashboard.floorwork import number_in
from fulfillment.dashboard.scanning import Scan
from inventory.errors import BinFull
from inventory.selectors.faces import TaskFact, open_tasks, task_by_ref
from inventory.selectors.places import BinFact, bin_by_code
from inventory.selectors.scans import read_readings
from inventory.services.replenishing import bring_to_face, source_empty

Told = dict[str, Any]
Hand = dict[str, Any]
"""{"ref", "quantity"} of the task in hand; "item": its article was scanned; "ask": the face has no room for all."""

SHOWN = 40
CAUSES = {
    "orders": gettext_lazy("Orders wait for it"),
    "minimum": gettext_lazy("Below its minimum"),
    "forecast": gettext_lazy("Empty within a day"),
    "short_pick": gettext_lazy("A picker found too few"),
    "asked": gettext_lazy("Asked for"),
}


def act(scan: Scan, warehouse_id: int, hand: Hand | None, *, by: Actor, now: datetime) -> Told:
    """What a scan or a button does; ``hand`` in the answer is what is in hand afterwards."""
    task = in_hand(hand, warehouse_id)
    if scan.action:
        return _press(scan, task, hand or {}, by=by, now=now)
    found = _bin(scan, warehouse_id)
    if hand and task is None:
        told = _("Somebody else did it meanwhile. Put the units back and scan the next source.")
        return {"verdict": "already", "message": told, "hand": None}
    if task is None or hand is None:
        return _begin(found, warehouse_id)
    if not hand.get("item"):
        if found is not None:
            return _begin(found, warehouse_id, holding=task)
        return _take(scan, task, hand)
    if found is None:
        return _take(scan, task, hand)
    if found.id != task.to_bin_id:
        told = _("This is %(bin)s. Bring it to %(face)s.") % {"bin": found.name, "face": task.to_bin}
        return {"verdict": "wrong", "title": _("Wrong place"), "message": told}
    return _bring(task, hand, by=by, now=now)


def in_hand(hand: Hand | None, warehouse_id: int) -> TaskFact | None:
    """The open task in hand, None when there is none or it has ended."""
    if not hand:
        return None
    try:
        task = task_by_ref(hand["ref"])
    except NotFound:
        return None
    return task if task.status == "open" and task.warehouse_id == warehouse_id else None


def page_of(warehouse_id: int, hand: Hand | None) -> dict[str, Any]:
    """What the screen shows: the tasks by urgency, or the one in hand at its step."""
    task = in_hand(hand, warehouse_id)
    if task is not None and hand is not None:
        return {"task": task, "hand": hand, "cause": CAUSES.get(task.cause, "")}
    waiting = open_tasks(warehouse_id, limit=SHOWN + 1)
    return {
        "more": len(waiting) > SHOWN,
        "waiting": [{"task": one, "cause": CAUSES.get(one.cause, "")} for one in waiting[:SHOWN]],
    }


def _bin(scan: Scan, warehouse_id: int) -> BinFact | None:
    try:
        return bin_by_code(scan.code, warehouse_id=warehouse_id)
    except NotFound:
        return None


def _begin(found: BinFact | None, warehouse_id: int, holding: TaskFact | None = None) -> Told:
    if found is None:
        told = _("Scan the bulk bin of a task first.")
        return {"verdict": "unknown", "title": _("Bin first"), "message": told}
    task = next((one for one in open_tasks(warehouse_id) if one.from_bin_id == found.id), None)
    if task is None and holding is not None:
        told = _("This is %(bin)s. Go to %(source)s.") % {"bin": found.name, "source": holding.from_bin}
        return {"verdict": "wrong", "title": _("Wrong place"), "message": told}
    if task is None:
        told = _("Nothing is to be brought from %(bin)s. Choose a bin from the list.") % {"bin": found.name}
        return {"verdict": "wrong", "title": _("No task here"), "message": told}
    if holding is not None and holding.from_bin_id == found.id:
        return {"verdict": "already", "message": _("You are at the right bin. Scan the item.")}
    told = _("Take %(count)d × %(name)s and scan one.") % {"count": task.quantity, "name": task.name}
    return {"verdict": "ok", "message": told, "hand": {"ref": task.ref, "quantity": task.quantity}}


def _take(scan: Scan, task: TaskFact, hand: Hand) -> Told:
    found = read_readings(scan.readings())
    if found.product is None:
        told = _("Nothing here has the code %(code)s.") % {"code": scan.code[:40]}
        return {"verdict": "unknown", "title": _("Unknown code"), "message": told}
    if found.product.id != task.product_id:
        told = _("This is %(name)s. Take %(wanted)s.") % {"name": found.product.name, "wanted": task.name}
        return {"verdict": "wrong", "title": _("Wrong item"), "message": told}
    lot = found.lot or str(scan.gs1.get("lot", ""))
    if lot and task.lot and lot != task.lot:
        told = _("This is lot %(lot)s. Take lot %(wanted)s.") % {"lot": lot, "wanted": task.lot}
        return {"verdict": "wrong", "title": _("Wrong lot"), "message": told}
    told = _("Bring %(count)d to %(face)s.") % {"count": hand["quantity"], "face": task.to_bin}
    if hand.get("item"):
        return {"verdict": "already", "message": told}
    return {"verdict": "ok", "message": told, "hand": {**hand, "item": True}}


def _press(scan: Scan, task: TaskFact | None, hand: Hand, *, by: Actor, now: datetime) -> Told:
    if task is None:
        return {"verdict": "already", "message": _("This task has ended. Scan the next source."), "hand": None}
    if scan.action == "drop":
        return {"verdict": "ok", "message": _("Left for later. Scan the next source."), "hand": None}
    if scan.action == "empty":
        return _next_source(task, by=by, now=now)
    count = number_in(scan.values, "quantity", most=task.quantity)
    if scan.action == "quantity" and count:
        told = _("%(count)d in hand. Scan %(face)s.") % {"count": count, "face": task.to_bin}
        return {"verdict": "ok", "message": told, "hand": {**hand, "quantity": count, "item": True, "ask": None}}
    ask = hand.get("ask")
    if ask and scan.action == "part" and ask["fits"]:
        return _bring(task, {**hand, "quantity": ask["fits"]}, by=by, now=now)
    if ask and scan.action == "anyway":
        return _bring(task, hand, by=by, now=now, anyway=True)
    return {"verdict": "wrong", "title": _("No number"), "message": _("Type how many you bring.")}


def _next_source(task: TaskFact, *, by: Actor, now: datetime) -> Told:
    if source_empty(task.ref, by=by, now=now):
        again = task_by_ref(task.ref)
        told = _("%(bin)s will be counted. Go to %(next)s instead.")
        words = {"bin": task.from_bin, "next": again.from_bin}
        return {"verdict": "ok", "message": told % words, "hand": {"ref": again.ref, "quantity": again.quantity}}
    told = _("%(bin)s will be counted. There is no other bin to take it from; scan the next source.")
    return {"verdict": "ok", "message": told % {"bin": task.from_bin}, "hand": None}


def _bring(task: TaskFact, hand: Hand, *, by: Actor, now: datetime, anyway: bool = False) -> Told:
    try:
        brought = bring_to_face(task.ref, hand["quantity"], anyway=anyway, by=by, now=now)
    except BinFull as refusal:
        ask = {"fits": min(int(refusal.extra.get("fits", 0)), hand["quantity"])}
        return {"verdict": "decision", "message": refusal.detail, "hand": {**hand, "ask": ask}}
    if not brought.units:
        told = _("Somebody else did it meanwhile. Put the units back and scan the next source.")
        return {"verdict": "already", "message": told, "hand": None}
    told = ngettext(
        "%(count)d unit of %(name)s brought to %(face)s. Scan the next source.",
        "%(count)d units of %(name)s brought to %(face)s. Scan the next source.",
        brought.units,
    )
    words: Mapping[str, Any] = {"count": brought.units, "name": task.name, "face": task.to_bin}
    return {"verdict": "line_done", "message": told % words, "hand": None}
