"""What the pack screen shows: what is missing first, the box to take, and what to know before the first scan."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from orders.selectors.combining import TOGETHER, companions
from orders.selectors.facts import Recipient
from orders.selectors.work import recipient_of_fulfillment_order
from shipping.planning.packaging import Packaging
from shipping.selectors.bench import BenchParcel, service_name
from shipping.selectors.packagings import packagings_of

# Corners of the box in the drawing: a front face, a top and a side, scaled to fit 240 × 200.
_CANVAS = (240, 190)
KEYS = 4


def pack_page(parcel: BenchParcel, job: Mapping[str, Any]) -> dict[str, Any]:
    """Everything around the job of ``shipping.selectors.pack_jobs.job_of``. Seven statements at most."""
    recipient = recipient_of_fulfillment_order(parcel.fulfillment_order_id)
    items = sorted(job["items"], key=lambda item: item["scanned"] >= item["quantity"])
    waiting = [item for item in items if item["scanned"] < item["quantity"]]
    carton = job["carton"]
    order_id = recipient.order_id if recipient else 0
    packaging = (packagings_of([order_id]) if recipient else {}).get(order_id, Packaging())
    return {
        "parcel": parcel,
        "job": job,
        "data": {key: job[key] for key in ("ref", "at", "known", "always", "steps")},
        "items": [
            {**item, "done": item["scanned"] >= item["quantity"], "left": item["quantity"] - item["scanned"]}
            for item in items
        ],
        "scanned": job["units"] - job["units_left"],
        "ask": _ask(job, waiting),
        "box": {**carton, "drawing": drawing(carton)} if carton else None,
        "others": [one for one in job["cartons"] if not carton or one["code"] != carton["code"]][:KEYS],
        "recipient": recipient,
        "service": service_name(recipient.shipping_method) if recipient else "",
        "bands": [*_together(parcel, recipient), *_bands(recipient, packaging), *_of_carton(packaging, job)],
        "note": packaging.note,
        "inserts": job["inserts"],
    }


def _ask(job: Mapping[str, Any], waiting: list[dict[str, Any]]) -> str:
    step = job["step"]
    if step == "item":
        if len(waiting) == 1 and job["units_left"] == 1:
            return _("Scan the last unit. The label prints by itself.")
        return _("Scan every unit into the box")
    if step == "insert":
        return _("Lay in what goes with it and scan it")
    if step == "weight":
        return _("Put the box on the scale and type the grams")
    if step == "finish":
        return _("Everything is in the box. Close it.")
    if step == "label":
        return _("The label is not here yet")
    if step == "confirm":
        return _("Put the label on the box and scan it")
    return _("This box is done")


def _together(parcel: BenchParcel, recipient: Recipient | None) -> list[tuple[str, str]]:
    """Names the orders combined with this one that have not left; no statement as a rule, else two."""
    if recipient is None or not any(tag.startswith(TOGETHER) for tag in recipient.tags):
        return []
    refs = companions([parcel.fulfillment_order_id]).get(parcel.fulfillment_order_id, ())
    told = _("Goes out together with %(refs)s: same buyer, same address. Keep the boxes side by side.")
    return [("info", told % {"refs": ", ".join(refs)})] if refs else []


def _bands(recipient: Recipient | None, packaging: Packaging) -> list[tuple[str, str]]:
    """What has to be seen before the first unit is scanned: (tone, sentence)."""
    found = []
    if recipient is not None and recipient.is_gift:
        told = _("A gift: no prices in the box.")
        if recipient.gift_message:
            told = f"{told} {_('Card: “%(text)s”') % {'text': recipient.gift_message}}"
        found.append(("hold", told))
    elif packaging.hide_prices:
        found.append(("hold", _("No prices in the box.")))
    how = [packaging.instruction]
    if packaging.material:
        how.append(_("Material: %(what)s.") % {"what": packaging.material.rstrip(".")})
    if any(how):
        found.append(("info", " ".join(part for part in how if part)))
    if recipient is not None and recipient.on_pallet:
        found.append(("info", _("It goes on a pallet.")))
    if recipient is not None and recipient.purchase_order_number:
        told = _("Purchase order %(number)s: the slip names it.") % {"number": recipient.purchase_order_number}
        found.append(("info", told))
    if recipient is not None and recipient.note:
        found.append(("warn", recipient.note))
    return found


def _of_carton(packaging: Packaging, job: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Says that the box a rule asks for is too small, so that nobody looks for it."""
    wanted = next((one for one in job["cartons"] if one["carton_id"] == packaging.carton_id), None)
    if wanted is None or job["status"] != "open" or wanted["holds_all"]:
        return []
    return [("warn", _("%(name)s is meant for it, but not everything fits in.") % {"name": wanted["name"]})]


def drawing(carton: Mapping[str, Any]) -> dict[str, str]:
    """A box seen from above its left corner, as three polygons' points; its proportions are the carton's."""
    length, width, height = (max(int(carton[key]), 1) for key in ("length_mm", "width_mm", "height_mm"))
    cos, sin = 0.866, 0.5
    across, tall = (length + width) * cos, (length + width) * sin + height
    scale = min((_CANVAS[0] - 8) / across, (_CANVAS[1] - 8) / tall)
    left, top = (_CANVAS[0] - across * scale) / 2, (_CANVAS[1] - tall * scale) / 2

    def at(x: float, y: float, z: float) -> str:
        return f"{left + (x * cos + (width - y) * cos) * scale:.1f},{top + ((x + y) * sin + (height - z)) * scale:.1f}"

    faces: dict[str, list[tuple[float, float, float]]] = {
        "top": [(0, 0, height), (length, 0, height), (length, width, height), (0, width, height)],
        "left": [(0, width, height), (length, width, height), (length, width, 0), (0, width, 0)],
        "right": [(length, 0, height), (length, width, height), (length, width, 0), (length, 0, 0)],
    }
    fill = min(max(int(carton["fill"]), 0), 100) / 100 * height
    faces["level_left"] = [(0, width, fill), (length, width, fill), (length, width, 0), (0, width, 0)]
    faces["level_right"] = [(length, 0, fill), (length, width, fill), (length, width, 0), (length, 0, 0)]
    return {name: " ".join(at(*corner) for corner in corners) for name, corners in faces.items()}
