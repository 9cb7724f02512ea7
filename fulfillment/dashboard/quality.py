"""What a scan or a button does at the quality desk."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.refs import tidy_ref
from fulfillment.dashboard.floorwork import number_in
from fulfillment.dashboard.scanning import Scan
from inventory.selectors.quality import OpenCheck, open_checks
from inventory.selectors.scans import read_readings
from inventory.services.quality import decide_check

Hand = dict[str, Any]
RESULTS = ("pass", "damaged", "quarantine")


def hand_of(check: OpenCheck) -> Hand:
    """What the screen remembers of the article in hand."""
    return {"receipt": check.receipt_ref, "product": check.product_id, "lot": check.lot}


def in_hand(hand: Hand | None, warehouse_id: int) -> OpenCheck | None:
    """The article in hand as it is now; None when nothing of it waits any more. One query."""
    if not hand:
        return None
    found = open_checks(warehouse_id=warehouse_id, product_ids=[int(hand["product"])], receipt_ref=hand["receipt"])
    return next((one for one in found if one.lot == hand["lot"]), None)


def act(scan: Scan, hand: Hand | None, warehouse_id: int, by: Actor, now: datetime) -> dict[str, Any]:
    """Take an article in hand by scan or from the list, or decide about it; the answer may hold ``hand`` and
    ``only`` (the articles to choose from, as the screen remembers them)."""
    if scan.action == "drop":
        return {"verdict": "ok", "message": _("Left for later."), "hand": None}
    if scan.action == "take":
        wanted = {
            "receipt": str(scan.values.get("receipt", ""))[:24],
            "product": number_in(scan.values, "product", most=10**9) or 0,
            "lot": str(scan.values.get("lot", ""))[:40],
        }
        return _take([check] if (check := in_hand(wanted, warehouse_id)) else [])
    if scan.action == "decide" and scan.values.get("result") in RESULTS:
        return _decide(scan, in_hand(hand, warehouse_id), warehouse_id, by, now)
    if scan.action:
        return {"verdict": "wrong", "title": _("Not here"), "message": _("This button does nothing here.")}
    return _scanned(scan, warehouse_id)


def _scanned(scan: Scan, warehouse_id: int) -> dict[str, Any]:
    code = tidy_ref(scan.code)
    if code.startswith("REC-"):
        return _take(open_checks(warehouse_id=warehouse_id, receipt_ref=code))
    label = read_readings([scan.code, scan.alt, str(scan.gs1.get("gtin", ""))])
    if label.product is None:
        told = _("Nobody knows the code %(code)s. Scan the article, or the receipt it came with.")
        return {"verdict": "unknown", "title": _("Unknown code"), "message": told % {"code": scan.code[:40]}}
    found = open_checks(warehouse_id=warehouse_id, product_ids=[label.product.id])
    if label.lot and any(one.lot == label.lot for one in found):
        found = [one for one in found if one.lot == label.lot]
    if not found:
        told = _("No %(name)s waits to be checked.") % {"name": label.product.name}
        return {"verdict": "wrong", "title": _("Nothing to check"), "message": told}
    return _take(found)


def _take(found: Sequence[OpenCheck]) -> dict[str, Any]:
    if not found:
        return {"verdict": "already", "message": _("Nothing of it waits to be checked."), "hand": None}
    if len(found) > 1:
        told = _("%(count)d fit. Choose one.") % {"count": len(found)}
        return {"verdict": "decision", "message": told, "hand": None, "only": [hand_of(one) for one in found]}
    told = _("%(units)d × %(name)s: look at them, then say how many passed.")
    return {
        "verdict": "ok",
        "message": told % {"units": found[0].units, "name": found[0].name},
        "hand": hand_of(found[0]),
    }


def _decide(scan: Scan, check: OpenCheck | None, warehouse_id: int, by: Actor, now: datetime) -> dict[str, Any]:
    if check is None:
        return {"verdict": "already", "message": _("This was decided before. Scan the next article."), "hand": None}
    count = number_in(scan.values, "quantity")
    if count is None:
        return {"verdict": "wrong", "title": _("No number"), "message": _("Type how many units you mean.")}
    result = scan.values["result"]
    fails = result != "pass"
    decided = decide_check(
        check.receipt_ref,
        product_id=check.product_id,
        lot=check.lot,
        passed=0 if fails else count,
        failed=count if fails else 0,
        failed_as="damaged" if result == "damaged" else "quarantined",
        note=str(scan.values.get("note", ""))[:200],
        by=by,
        now=now,
    )
    names = {"count": count, "name": check.name, "left": decided.left}
    if result == "pass":
        told = _("%(count)d × %(name)s passed: they can be sold.") % names
    elif result == "damaged":
        told = _("%(count)d × %(name)s are damaged. Put them in the damaged bin.") % names
    else:
        told = _("%(count)d × %(name)s did not pass. Put them in quarantine.") % names
    if decided.left:
        return {"verdict": "ok", "message": f"{told} " + _("%(left)d still to check.") % names, "hand": hand_of(check)}
    return {"verdict": "line_done", "message": told, "hand": None}
