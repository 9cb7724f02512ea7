"""What the counting screen does with a scan and what it shows: never how many there should be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.accounts.models import User
from core.kernel.actors import Actor
from core.kernel.errors import DomainError, NotFound
from core.kernel.refs import is_scan_code
from fulfillment.dashboard.desk import warehouse_day
from fulfillment.dashboard.floorwork import number_in
from fulfillment.dashboard.naming import telling_words
from fulfillment.dashboard.scanning import Scan
from inventory.selectors.counting import CountFact, Slot, in_hand, next_bins, progress_of, slots_of
from inventory.selectors.places import BinFact, WarehouseFact, bin_by_code, bin_by_id
from inventory.selectors.products import products_by_id
from inventory.selectors.scans import read_readings
from inventory.services.counting import begin_count, enter_count, finish_count, put_down_count, request_count

Told = dict[str, Any]
AGAIN = "again"


@dataclass(frozen=True)
class Counter:
    """Who counts where, at what moment."""

    user: User
    warehouse: WarehouseFact
    now: datetime

    @property
    def by(self) -> Actor:
        return self.user.actor


def open_bin(scan: Scan, counter: Counter) -> Told:
    """A scan with no bin in hand: begin the bin scanned, whether a count of it was asked for or not."""
    place = _bin_of(scan, counter.warehouse.id)
    if place is None:
        told = _("Scan the label of the bin you want to count.")
        return {"verdict": "unknown", "title": _("No bin"), "message": told}
    return _begin(place, counter)


def act(found: CountFact, scan: Scan, counter: Counter) -> Told:
    """A scan or a button while a bin is being counted."""
    match scan.action:
        case "":
            return _scanned(found, scan, counter)
        case "quantity":
            return _typed(found, scan, counter)
        case "lot":
            return _lot(found, scan)
        case "finish":
            return _finish(found, counter)
        case "gone" | "empty":
            return _finish(found, counter, rest_is_gone=True)
        case "leave":
            put_down_count(found.ref, by=counter.by, now=counter.now)
            return {"verdict": "ok", "message": _("%(bin)s is left for later.") % {"bin": found.bin_name}, "ref": ""}
    return {"verdict": "wrong", "title": _("Not here"), "message": _("This button does nothing here.")}


def start_page(counter: Counter, *, after: int | None = None) -> dict[str, Any]:
    """Where to count next, what is in hand, and the map of today's counting."""
    today = warehouse_day(counter.warehouse, counter.now)
    zones = progress_of(counter.warehouse.id, today=today, day_began=_midnight(counter))
    return {
        "next": next_bins(
            counter.warehouse.id,
            today=today,
            counter_id=counter.by.id,
            counter_name=counter.by.name,
            after=after,
        ),
        "in_hand": in_hand(counter.warehouse.id, counter_id=counter.by.id or 0),
        "zones": zones,
        "done": sum(zone.done for zone in zones),
        "total": sum(zone.total for zone in zones),
    }


def job_page(found: CountFact, told: Told | None = None) -> dict[str, Any]:
    """A bin being counted: its products and lots with what was entered, and the one asked for now."""
    told = told or {}
    slots = slots_of(found.ref)
    current = _current(slots, told)
    again = bool(current and current.doubtful and not told.get("tally"))
    left = [slot for slot in slots if slot.counted is None]
    step = AGAIN if again else "item"
    return {
        "count": found,
        "slots": slots,
        "current": current,
        "telling": telling_words(current.name) if current else "",
        "again": again,
        "left": len(left),
        "entered": len(slots) - len(left),
        "ask": told.get("ask", ""),
        "ask_product": told.get("product"),
        "ask_name": told.get("name", ""),
        "ask_units": told.get("units", 1),
        "lots": sorted({slot.lot for slot in slots if slot.product_id == told.get("product") and slot.lot}),
        "job": {"ref": found.ref, "at": 0, "steps": [{"step": step}]},
    }


def _begin(place: BinFact, counter: Counter) -> Told:
    ref = request_count(place.id, cause="request", by=counter.by, now=counter.now)
    begin_count(ref, by=counter.by, now=counter.now)
    told = _("%(bin)s: count what lies there.") % {"bin": place.name}
    return {"verdict": "ok", "message": told, "ref": ref}


def _scanned(found: CountFact, scan: Scan, counter: Counter) -> Told:
    code = scan.code.strip().upper()
    if is_scan_code(code, "L"):
        return _bin_scanned(found, scan, counter)
    read = read_readings(scan.readings())
    if read.product is None:
        if _bin_of(scan, counter.warehouse.id) is not None:
            return _bin_scanned(found, scan, counter)
        told = _("Nobody knows the code %(code)s. Scan another code of it, or put it aside with a note.")
        return {"verdict": "unknown", "title": _("Unknown code"), "message": told % {"code": scan.code[:40]}}
    product, lot = read.product, read.lot if read.product.tracking != "none" else ""
    slots = [slot for slot in slots_of(found.ref) if slot.product_id == product.id]
    if product.tracking != "none" and not lot:
        told = _("%(name)s: which lot or serial number?") % {"name": product.name}
        return {
            "verdict": "decision",
            "message": told,
            "ask": "lot",
            "product": product.id,
            "name": product.name,
            "units": read.units,
        }
    slot = next((one for one in slots if one.lot == lot), None)
    anew = scan.step == AGAIN and slot is not None and slot.doubtful
    done = enter_count(
        found.ref,
        product_id=product.id,
        lot=lot,
        counted=read.units if anew else None,
        add=None if anew else read.units,
        by=counter.by,
        now=counter.now,
    )
    told = _("%(name)s: %(count)d.") % {"name": product.name, "count": done.counted}
    return {"verdict": "ok", "message": told, "product": product.id, "lot": lot, "tally": True}


def _bin_scanned(found: CountFact, scan: Scan, counter: Counter) -> Told:
    """The bin's own label ends its count; that of another bin ends it and begins the other."""
    place = _bin_of(scan, counter.warehouse.id)
    if place is None:
        raise NotFound(_("No bin here has the code %(code)s.") % {"code": scan.code[:40]})
    ended = _finish(found, counter)
    if ended["verdict"] != "done" or place.id == found.bin_id:
        return ended
    try:
        begun = _begin(place, counter)
    except DomainError as refusal:
        # The bin in hand is finished all the same.
        told = _("%(bin)s is done. %(why)s") % {"bin": found.bin_name, "why": refusal.detail}
        return {"verdict": "decision", "message": told, "ref": ""}
    return begun | {"verdict": "line_done", "message": f"{ended['message']} {begun['message']}"}


def _typed(found: CountFact, scan: Scan, counter: Counter) -> Told:
    product_id = number_in(scan.values, "product", most=10**9) or 0
    counted = number_in(scan.values, "quantity", most=999_999)
    product = products_by_id([product_id]).get(product_id)
    if product is None or counted is None:
        return {"verdict": "wrong", "title": _("No number"), "message": _("Type how many there are, 0 for none.")}
    lot = str(scan.values.get("lot", ""))[:40]
    done = enter_count(found.ref, product_id=product.id, lot=lot, counted=counted, by=counter.by, now=counter.now)
    if done.again:
        told = _("Units of %(name)s moved while you counted. Count them once more.") % {"name": product.name}
        return {"verdict": "decision", "message": told, "product": product.id, "lot": lot}
    told = _("%(name)s: %(count)d.") % {"name": product.name, "count": counted}
    return {"verdict": "line_done", "message": told}


def _lot(found: CountFact, scan: Scan) -> Told:
    product_id = number_in(scan.values, "product", most=10**9) or 0
    lot = str(scan.values.get("lot", "")).strip()[:40]
    product = products_by_id([product_id]).get(product_id)
    if product is None or not lot:
        return {"verdict": "wrong", "title": _("No lot"), "message": _("Scan or type the lot or serial number.")}
    told = _("%(name)s, lot %(lot)s: type how many there are.") % {"name": product.name, "lot": lot}
    return {"verdict": "ok", "message": told, "product": product.id, "lot": lot, "tally": True}


def _finish(found: CountFact, counter: Counter, *, rest_is_gone: bool = False) -> Told:
    done = finish_count(found.ref, rest_is_gone=rest_is_gone, by=counter.by, now=counter.now)
    if done.missing:
        told = ngettext(
            "%(n)d product was not counted. Count it, or say that it is not here.",
            "%(n)d products were not counted. Count them, or say that they are not here.",
            len(done.missing),
        )
        return {"verdict": "decision", "message": told % {"n": len(done.missing)}, "ask": "gone"}
    if done.doubtful:
        product_id, lot = done.doubtful[0]
        name = products_by_id([product_id])[product_id].name
        told = _("Units of %(name)s moved while you counted. Count them once more.") % {"name": name}
        return {"verdict": "decision", "message": told, "product": product_id, "lot": lot}
    told = _("%(bin)s is done.") % {"bin": found.bin_name}
    if done.status == "investigating":
        told = _("%(bin)s is done. Somebody else counts it again.") % {"bin": found.bin_name}
    elif done.status == "counted":
        told = _("%(bin)s is done. A supervisor looks at it.") % {"bin": found.bin_name}
    return {"verdict": "done", "message": told, "ref": "", "after": bin_by_id(found.bin_id).pick_sequence}


def _current(slots: list[Slot], told: Told) -> Slot | None:
    """The slot just touched or asked for, else one to count again, else the first not counted yet."""
    named = (told.get("product"), told.get("lot", ""))
    if named[0] and told.get("ask") != "lot":
        for slot in slots:
            if (slot.product_id, slot.lot) == named:
                return slot
        product = products_by_id([int(named[0])]).get(int(named[0]))
        if product is not None:
            return Slot(product.id, product.sku, product.name, str(named[1]), product.tracking)
    return next((slot for slot in slots if slot.doubtful), None) or next(
        (slot for slot in slots if slot.counted is None), None
    )


def _bin_of(scan: Scan, warehouse_id: int) -> BinFact | None:
    for code in scan.readings() or [str(scan.values.get("bin", ""))]:
        try:
            return bin_by_code(code, warehouse_id=warehouse_id)
        except NotFound:
            continue
    return None


def _midnight(counter: Counter) -> datetime:
    """When the warehouse's day began."""
    zone = ZoneInfo(counter.warehouse.time_zone)
    return counter.now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


__all__ = ["Counter", "act", "job_page", "open_bin", "start_page"]
