"""What a scan or a button does while a delivery is on the screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.kernel.actors import Actor
from core.kernel.errors import NotFound
from core.kernel.refs import is_scan_code
from fulfillment.dashboard.floorwork import number_in
from fulfillment.dashboard.receiving import OVER_REASONS, more_than_ordered
from fulfillment.dashboard.scanning import Scan
from inventory.errors import AlreadyReceived
from inventory.selectors.dock import expected_on, newest_line, over_reason
from inventory.selectors.places import bin_by_code
from inventory.selectors.products import ProductFact, products_by_id
from inventory.selectors.receiving import ReceiptFact
from inventory.selectors.scans import LONGEST_LOT, read_readings
from inventory.selectors.scans import Scan as Label
from inventory.selectors.ship_notices import notices_with_case
from inventory.services.receiving import close_receipt, receive_case, receive_units

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Units:
    """What is about to be received."""

    product: ProductFact
    count: int
    lot: str = ""
    expires_on: date | None = None
    sscc: str = ""


@dataclass(frozen=True, slots=True)
class Dock:
    """Who receives what, and what the screen remembers between scans: ``damaged`` for the next item, and the article
    that waits for its lot or serial number. Units go onto the pallet ``into``, 0 for the dock itself."""

    found: ReceiptFact
    scan_id: UUID
    by: Actor
    now: datetime
    damaged: bool = False
    waits_for: int = 0
    into: int = 0

    def receive(self, units: Units, *, note: str = "", anyway: bool = False) -> Told:
        """Receive the units, or ask first: for the lot, whether at all, or why so many."""
        if units.product.tracking != "none" and not units.lot:
            return self._ask_lot(units)
        if not anyway and (question := self._doubt(units, note)) is not None:
            return question
        note = note or over_reason(self.found.ref, units.product.id)
        line = receive_units(
            self.found.ref,
            product_id=units.product.id,
            quantity=units.count,
            bin_id=None if self.damaged else self.into or None,
            discrepancy="damaged" if self.damaged else "none",
            lot=units.lot if units.product.tracking != "none" else "",
            expires_on=units.expires_on,
            sscc=units.sscc,
            note=note,
            action_id=self.scan_id,
            by=self.by,
            now=self.now,
        )
        serial = units.product.tracking == "serial"
        told = self._said(units, line.discrepancy, line.condition)
        return told | {"state": {"damaged": False, "waits_for": units.product.id if serial else 0}}

    def _said(self, units: Units, discrepancy: str, condition: str) -> Told:
        names = {"name": units.product.name, "units": units.count, "lot": units.lot}
        if discrepancy == "damaged":
            told = _("%(name)s, %(units)d damaged. Put it in the damaged bin, and take a photo.")
            return {"verdict": "ok", "message": told % names}
        if condition == "quality_control":
            told = _("%(name)s, %(units)d received. Quality control looks at it first: put it aside.")
            return {"verdict": "decision", "message": told % names}
        if condition == "quarantined":
            told = _("%(name)s, %(units)d received. Its lot may not be sold: put it in quarantine.")
            return {"verdict": "decision", "message": told % names}
        if discrepancy == "over":
            told = _("%(name)s, %(units)d received. That is more than was ordered.")
            return {"verdict": "decision", "message": told % names}
        if units.product.tracking == "serial":
            told = _("%(name)s, serial number %(lot)s received. Scan the next serial number, or the next item.")
            return {"verdict": "ok", "message": told % names}
        if units.product.tracking == "lot":
            return {"verdict": "ok", "message": _("%(name)s, %(units)d received of lot %(lot)s.") % names}
        return {"verdict": "ok", "message": _("%(name)s, %(units)d received.") % names}

    def _ask_lot(self, units: Units) -> Told:
        if units.product.tracking == "serial":
            told = _("Scan the serial number of this %(name)s.")
        else:
            told = _("Scan or type the lot of %(name)s.")
        return {
            "verdict": "decision",
            "message": told % {"name": units.product.name},
            "ask": units.product.tracking,
            "product": units.product.id,
            "name": units.product.name,
            "state": {"damaged": self.damaged, "waits_for": units.product.id},
        }

    def _doubt(self, units: Units, note: str) -> Told | None:
        """A question before units are received that nobody expected; None when there is nothing to ask."""
        if not self.found.document:
            return None
        carried = {
            "product": units.product.id,
            "units": units.count,
            "lot": units.lot,
            "expires_on": units.expires_on.isoformat() if units.expires_on else "",
        }
        line = next((one for one in expected_on(self.found) if one.product_id == units.product.id), None)
        if line is None:
            told = _("%(name)s is not on this order. Put it aside, or receive it all the same.")
            return {"verdict": "decision", "message": told % {"name": units.product.name}, "ask": "anyway", **carried}
        over = line.received + units.count - line.quantity
        if over <= 0 or self.damaged or note in OVER_REASONS or over_reason(self.found.ref, units.product.id):
            return None
        told = _("%(name)s: %(over)s. Say why, or put it aside.")
        return {
            "verdict": "decision",
            "message": told % {"name": units.product.name, "over": more_than_ordered(over)},
            "ask": "over",
            "over": over,
            **carried,
        }


def act(found: ReceiptFact, scan: Scan, state: Mapping[str, Any], by: Actor, now: datetime) -> Told:
    """Do what a scan or a button says; the answer is the verdict with what the screen needs, and its new ``state``."""
    if scan.action == "close":
        return _close(found, complete=scan.values.get("complete") != "no", by=by, now=now)
    if found.closed_at is not None:
        return {"verdict": "already", "message": _("This delivery is closed. Scan the next delivery note.")}
    dock = Dock(
        found,
        scan.id,
        by,
        now,
        bool(state.get("damaged")),
        int(state.get("waits_for") or 0),
        int(state.get("into") or 0),
    )
    told = _scanned(dock, scan) if not scan.action else _pressed(dock, scan, state)
    if "state" in told and dock.into:
        told["state"] = {"into": dock.into, **told["state"]}
    return told


def _pressed(dock: Dock, scan: Scan, state: Mapping[str, Any]) -> Told:
    found, by, now = dock.found, dock.by, dock.now
    match scan.action:
        case "damaged":
            told = _("The next item counts as good.") if dock.damaged else _("The next item counts as damaged.")
            return {"verdict": "ok", "message": told, "state": {**state, "damaged": not dock.damaged}}
        case "quantity":
            return _quantity(dock, scan)
        case "unknown":
            code = str(scan.values.get("article", ""))[:80]
            receive_units(found.ref, code=code, quantity=1, action_id=scan.id, by=by, now=now)
            return {"verdict": "ok", "message": _("Noted as an unknown article. Put it aside with a note.")}
        case "anyway":
            return dock.receive(_carried(scan), anyway=True)
        case "over":
            return dock.receive(_carried(scan), note=str(scan.values.get("reason", ""))[:200])
        case "lot":
            return _lot_typed(dock, scan)
        case "set_aside":
            return {"verdict": "ok", "message": _("Put aside. Scan the next item."), "state": {}}
    return {"verdict": "wrong", "title": _("Not here"), "message": _("This button does nothing here.")}


def _scanned(dock: Dock, scan: Scan) -> Told:
    code = scan.code.strip().upper()
    if any(is_scan_code(code, letter) for letter in "LTXP"):
        return _into(dock, code)
    label = read_readings([scan.code, scan.alt, str(scan.gs1.get("gtin", ""))])
    if label.sscc:
        told_case = _case(dock, label)
        if told_case is not None:
            return told_case
    waiting = products_by_id([dock.waits_for]).get(dock.waits_for) if dock.waits_for else None
    if label.product is None and waiting is not None:
        return dock.receive(Units(waiting, 1, (label.lot or label.text)[:LONGEST_LOT], label.expires_on))
    if label.product is None:
        told = _("Nobody knows the code %(code)s. Scan another code of it, or note it as unknown.")
        return {
            "verdict": "decision",
            "message": told % {"code": scan.code[:40]},
            "ask": "unknown",
            "code": scan.code[:80],
        }
    lot, expires_on = label.lot, label.expires_on
    if label.product.tracking == "lot" and not lot:
        # The same article again is the same lot, until a label or a person says otherwise.
        newest = newest_line(dock.found.ref)
        if newest is not None and newest[0] == label.product.id:
            lot, expires_on = newest[1], newest[2]
    return dock.receive(Units(label.product, label.units, lot, expires_on, label.sscc))


def _into(dock: Dock, code: str) -> Told:
    """A pallet's label: what comes now goes onto it. The dock's own label ends that."""
    try:
        place = bin_by_code(code, warehouse_id=dock.found.warehouse_id)
    except NotFound:
        place = None
    state = {"damaged": dock.damaged, "waits_for": dock.waits_for}
    if place is not None and place.kind == "pallet":
        told = _("What you scan now goes onto %(pallet)s. Scan the dock's label when the pallet is done.")
        return {"verdict": "ok", "message": told % {"pallet": place.name}, "state": {**state, "into": place.id}}
    if place is not None and place.kind == "receiving":
        told = _("What you scan now goes to %(bin)s.") % {"bin": place.name}
        return {"verdict": "ok", "message": told, "state": {**state, "into": 0}}
    told = _("This is the code of a place, not of an article. Scan the article.")
    return {"verdict": "wrong", "title": _("Not an article"), "message": told}


def _case(dock: Dock, label: Label) -> Told | None:
    """Receive an announced case whole; None when nobody announced it and the label says itself what is inside."""
    try:
        lines = receive_case(dock.found.ref, label.sscc, action_id=dock.scan_id, by=dock.by, now=dock.now)
    except AlreadyReceived:
        return {"verdict": "already", "message": _("This case was received before. Scan the next one.")}
    except NotFound:
        if label.product is not None:
            return None
        elsewhere = notices_with_case(label.sscc, warehouse_id=dock.found.warehouse_id, limit=1)
        if elsewhere:
            told = _("This case belongs to notice %(number)s. Go back to the dock and scan it there.")
            told %= {"number": elsewhere[0].number}
            return {"verdict": "wrong", "title": _("Another delivery"), "message": told}
        told = _("Nobody announced the case %(sscc)s for this delivery. Open it and scan the items.")
        return {"verdict": "wrong", "title": _("Not announced"), "message": told % {"sscc": label.sscc}}
    units = sum(line.quantity for line in lines)
    aside = [line for line in lines if line.condition != "sellable"]
    told = ngettext(
        "Case received: %(units)d units of %(count)d article.",
        "Case received: %(units)d units of %(count)d articles.",
        len(lines),
    ) % {"units": units, "count": len(lines)}
    if aside:
        told += " " + _("Part of it is to be put aside.")
    return {"verdict": "decision" if aside else "line_done", "message": told, "state": {}}


def _lot_typed(dock: Dock, scan: Scan) -> Told:
    product = products_by_id([dock.waits_for]).get(dock.waits_for) if dock.waits_for else None
    lot = str(scan.values.get("lot", "")).replace("\0", "").strip()[:LONGEST_LOT]
    if product is None or not lot:
        return {"verdict": "wrong", "title": _("No lot"), "message": _("Scan the article, then its lot.")}
    return dock.receive(Units(product, 1, lot, _day(scan.values.get("expires_on"))))


def _quantity(dock: Dock, scan: Scan) -> Told:
    """The number typed is the total of the article in this delivery; what the screen showed before is in ``had``.

    Two receivers may count the same article: what the other one added since is not taken for a mistake.
    """
    product_id, total = number_in(scan.values, "product", most=10**9), number_in(scan.values, "quantity")
    had = number_in(scan.values, "had") or 0
    product = products_by_id([product_id or 0]).get(product_id or 0)
    if product is None or total is None:
        return {"verdict": "wrong", "title": _("No number"), "message": _("Scan the article, then type how many came.")}
    if total == had:
        return {"verdict": "already", "message": _("%(count)d are counted already.") % {"count": total}}
    if total < had:
        told = _("%(count)d are counted already. A supervisor can void the delivery, or correct the stock.")
        return {"verdict": "wrong", "title": _("Too few"), "message": told % {"count": had}}
    if product.tracking == "serial":
        told = _("Every serial number is scanned by itself.")
        return {"verdict": "wrong", "title": _("Serial numbers"), "message": told}
    newest = newest_line(dock.found.ref)
    lot, expires_on = (newest[1], newest[2]) if newest is not None and newest[0] == product.id else ("", None)
    return dock.receive(Units(product, total - had, lot, expires_on))


def _carried(scan: Scan) -> Units:
    """The units a question was about, as its button carries them. Raises NotFound."""
    known = products_by_id([number_in(scan.values, "product", most=10**9) or 0])
    if not known:
        raise NotFound(_("There is no such product."))
    return Units(
        next(iter(known.values())),
        number_in(scan.values, "units") or 1,
        str(scan.values.get("lot", "")).replace("\0", "")[:LONGEST_LOT],
        _day(scan.values.get("expires_on")),
    )


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text or ""))
    except ValueError:
        return None


def _close(found: ReceiptFact, *, complete: bool, by: Actor, now: datetime) -> Told:
    if found.closed_at is not None:
        return {"verdict": "already", "message": _("This delivery was closed before.")}
    closed = close_receipt(found.ref, complete=complete, by=by, now=now)
    short = closed.units.get("short", 0)
    told = _("The delivery is closed.")
    if short:
        told = _("The delivery is closed: %(short)d units short.") % {"short": short}
    return {"verdict": "done", "message": told, "state": {}}


__all__ = ["Told", "act"]
