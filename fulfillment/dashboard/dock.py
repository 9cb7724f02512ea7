"""What a scan opens while no delivery is on the screen."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from fulfillment.dashboard.receiving_acts import Told, act
from fulfillment.dashboard.scanning import Scan
from inventory.selectors.dock import Document, documents_expecting, documents_of_supplier, of_notice
from inventory.selectors.receiving import ReceiptFact, receipt_fact
from inventory.selectors.scans import read_readings
from inventory.selectors.ship_notices import notices_numbered, notices_with_case
from inventory.selectors.suppliers import supplier_by_code
from inventory.services.receiving import open_receipt

OURS = {"PO-": "order", "ASN-": "notice", "TRF-": "transfer"}


def begin(scan: Scan, warehouse_id: int, by: Actor, now: datetime) -> Told:
    """Open the delivery that a document, a case, a supplier's label or an item belongs to, or ask which.

    The answer holds ``ref`` of the receipt once there is one; an item or case that opened it is received with it.
    """
    if scan.action == "blind":
        return _blind(scan, warehouse_id, by, now)
    code = tidy_ref(scan.code or str(scan.values.get("order", "")))
    if code.startswith("REC-"):
        return {"verdict": "ok", "message": _("Go on with this delivery."), "ref": receipt_fact(code).ref}
    if kind := next((kind for prefix, kind in OURS.items() if code.startswith(prefix)), ""):
        opened = _open(kind, code, warehouse_id, by, now)
        if item := str(scan.values.get("item", "")):
            return _go_on(opened, replace(scan, code=item, action=""), by, now)
        return {"verdict": "ok", "message": _said(opened), "ref": opened.ref}
    if scan.action:
        return {"verdict": "wrong", "title": _("Not here"), "message": _("This button does nothing here.")}
    return _by_label(scan, warehouse_id, by, now)


def _by_label(scan: Scan, warehouse_id: int, by: Actor, now: datetime) -> Told:
    label = read_readings([scan.code, scan.alt, str(scan.gs1.get("gtin", ""))])
    if label.sscc and (notices := notices_with_case(label.sscc, warehouse_id=warehouse_id)):
        expected = [one for one in notices if one.status == "expected"]
        if not expected:
            told = _("This case was received before, with notice %(number)s.") % {"number": notices[0].number}
            return {"verdict": "already", "message": told}
        return _go_on(_open("notice", expected[0].ref, warehouse_id, by, now), scan, by, now)
    if label.product is not None:
        found = documents_expecting(label.product.id, warehouse_id=warehouse_id)
        if len(found) == 1:
            return _go_on(_open(found[0].kind, found[0].ref, warehouse_id, by, now), scan, by, now)
        if found:
            told = _("%(count)d orders expect %(name)s. Choose one.")
            return _choose(found, told % {"count": len(found), "name": label.product.name}, item=scan.code)
        told = _("No order expects %(name)s. Say why it came, or scan the delivery note.")
        return _ask_blind(told % {"name": label.product.name}, item=scan.code)
    numbered = [of_notice(one) for one in notices_numbered(label.text, warehouse_id=warehouse_id)]
    if numbered:
        return _only_or_choose(numbered, warehouse_id, by, now)
    try:
        supplier = supplier_by_code(label.text)
    except NotFound:
        told = _("No order, notice, supplier or article has the code %(code)s. Say why the goods came, or scan again.")
        return _ask_blind(told % {"code": scan.code[:40]}, item=scan.code)
    found = documents_of_supplier(supplier.id, warehouse_id=warehouse_id)
    if not found:
        told = _("Nothing is expected of %(name)s. Say why the goods came, or scan the delivery note.")
        return _ask_blind(told % {"name": supplier.name}, supplier=supplier.code)
    return _only_or_choose(found, warehouse_id, by, now)


def _only_or_choose(found: Sequence[Document], warehouse_id: int, by: Actor, now: datetime) -> Told:
    if len(found) == 1:
        opened = _open(found[0].kind, found[0].ref, warehouse_id, by, now)
        return {"verdict": "ok", "message": _said(opened), "ref": opened.ref}
    return _choose(found, _("%(count)d deliveries fit. Choose one.") % {"count": len(found)})


def _choose(found: Sequence[Document], told: str, *, item: str = "") -> Told:
    return {"verdict": "decision", "message": told, "candidates": list(found), "item": item[:200]}


def _ask_blind(told: str, *, item: str = "", supplier: str = "") -> Told:
    return {"verdict": "decision", "message": told, "ask": "blind", "item": item[:200], "supplier": supplier}


def _blind(scan: Scan, warehouse_id: int, by: Actor, now: datetime) -> Told:
    reason = str(scan.values.get("reason", "")).replace("\0", "").strip()[:200]
    item, supplier = str(scan.values.get("item", ""))[:200], str(scan.values.get("supplier", ""))[:40]
    if not reason:
        return _ask_blind(_("Why does this delivery come without an order?"), item=item, supplier=supplier)
    opened = open_receipt(
        warehouse_id=warehouse_id,
        supplier_id=supplier_by_code(supplier).id if supplier else None,
        note=reason,
        by=by,
        now=now,
    )
    if item:
        return _go_on(opened, replace(scan, code=item, action=""), by, now)
    return {"verdict": "ok", "message": _("A delivery without an order. Scan the items."), "ref": opened.ref}


def _open(kind: str, ref: str, warehouse_id: int, by: Actor, now: datetime) -> ReceiptFact:
    which: dict[str, Any] = {
        {"order": "purchase_order_ref", "notice": "ship_notice_ref", "transfer": "transfer_ref"}[kind]: ref
    }
    return open_receipt(warehouse_id=warehouse_id, by=by, now=now, **which)


def _go_on(opened: ReceiptFact, scan: Scan, by: Actor, now: datetime) -> Told:
    """The item or case that opened the delivery is its first scan."""
    told = act(opened, scan, {}, by, now)
    named = f"{opened.document}: " if opened.document else ""
    return {**told, "message": named + str(told["message"]), "ref": opened.ref}


def _said(opened: ReceiptFact) -> str:
    return _("%(order)s is open. Scan the items.") % {"order": opened.document}
