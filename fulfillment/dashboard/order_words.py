"""Where an order is and why, in one sentence. Pure: facts in, words out, in the active language."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.selectors.lists import OrderRow

STAGES = ("placed", "allocated", "picked", "packed", "shipped", "delivered")
# How far a fulfilment order has come, the least first; what is not here is over.
FLOW = ("open", "scheduled", "allocated", "released", "picking", "picked", "packing", "packed")
_DONE_STEPS = {
    "open": 1, "scheduled": 1, "allocated": 2, "released": 2, "picking": 2, "picked": 3, "packing": 3, "packed": 4,
}  # fmt: skip
TROUBLE = ("lost", "exception", "delivery_failed", "return_to_sender")


@dataclass(frozen=True, slots=True)
class OrderState:
    """What the sentence is made of. ``holds`` are the open ones as words; ``stages`` of fulfilment orders not over;
    ``parcels`` the states of parcels that were not cancelled. Units in eaches; ``wanted`` leaves out the cancelled.
    Of what is packed: who packed it last, the carrier's name and the hour by which it is picked up; each may be "".
    """

    status: str
    fulfillment_status: str
    return_status: str = "none"
    cancel_reason: str = ""
    holds: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    parcels: tuple[str, ...] = ()
    wanted: int = 0
    waiting: int = 0
    shipped: int = 0
    ship_by: date | None = None
    packed_by: str = ""
    carrier: str = ""
    cut_off: str = ""


def sentence(state: OrderState) -> str:
    """Where the order is and what it waits for: one sentence, two when part of it is elsewhere."""
    if state.status == "cancelled":
        return (
            _("Cancelled: %(reason)s.") % {"reason": state.cancel_reason.rstrip(".")}
            if state.cancel_reason
            else _("Cancelled.")
        )
    if state.status in ("draft", "pending"):
        return _("Not confirmed yet. Nothing is promised.")
    # What waits for stock as a whole is in no part of the order yet.
    if not state.stages and state.waiting:
        state = replace(state, stages=("open",))
    if state.holds and state.stages:
        return _("On hold: %(why)s. %(rest)s") % {"why": ", ".join(state.holds), "rest": _of_stages(state)}
    if state.stages:
        left = ""
        if state.shipped:
            left = ngettext("%(count)d unit has left.", "%(count)d units have left.", state.shipped) % {
                "count": state.shipped
            }
        return " ".join(part for part in (_of_stages(state), left) if part)
    return _of_parcels(state)


def _of_stages(state: OrderState) -> str:
    """What the furthest open part does; beside it what still waits for stock."""
    furthest = max(state.stages, key=lambda stage: FLOW.index(stage) if stage in FLOW else 0)
    words = {
        "scheduled": _("Scheduled, not due on the floor yet."),
        "allocated": _("In stock, waiting to be released to the floor."),
        "released": _("On the floor, waiting for a picker."),
        "picking": _("Being picked."),
        "picked": _("Picked, waiting for a packer."),
        "packing": _("Being packed."),
        "packed": _packed(state),
    }.get(furthest, "")
    if not state.waiting:
        return words or _("Waiting for the rest of the order, or for a third party.")
    rest = ngettext("%(count)d unit waits for stock.", "%(count)d units wait for stock.", state.waiting)
    if not words and state.shipped:
        return rest % {"count": state.waiting}
    if not words:
        if state.waiting >= state.wanted - state.shipped:
            return ngettext(
                "Waiting for stock: %(count)d unit.", "Waiting for stock: all %(count)d units.", state.waiting
            ) % {"count": state.waiting}
        return _("Waiting for stock: %(waiting)d of %(wanted)d units.") % {
            "waiting": state.waiting,
            "wanted": state.wanted,
        }
    return f"{words} {rest % {'count': state.waiting}}"


def _packed(state: OrderState) -> str:
    done = _("Packed by %(who)s.") % {"who": state.packed_by} if state.packed_by else ""
    if "packed" in state.parcels:
        return f"{done} {_('Waiting for its label.')}" if done else _("Packed, waiting for its label.")
    if "ready_for_pickup" not in state.parcels and "label_purchased" not in state.parcels:
        return done or _("Packed.")
    if not state.carrier:
        return f"{done} {_('Waiting for the carrier.')}" if done else _("Packed, waiting for the carrier.")
    pickup = _("Waiting for the %(time)s pickup by %(carrier)s.") if state.cut_off else _("Waiting for %(carrier)s.")
    return f"{done or _('Packed.')} {pickup % {'time': state.cut_off, 'carrier': state.carrier}}"


def _of_parcels(state: OrderState) -> str:
    """Everything that will leave has left: the worst parcel speaks, then the slowest."""
    if not state.parcels:
        return _("Complete. Nothing of it had to be shipped.") if state.status == "completed" else _("Nothing to do.")
    if state.return_status == "returned":
        return _("Everything came back to us.")
    came = _of_journey(state)
    return f"{came} {_('Part of it came back to us.')}" if state.return_status == "partially_returned" else came


def _of_journey(state: OrderState) -> str:
    worst = next((trouble for trouble in TROUBLE if trouble in state.parcels), "")
    if worst:
        return {
            "lost": _("A parcel is lost."),
            "exception": _("The carrier reports a problem with a parcel."),
            "delivery_failed": _("A delivery failed. The carrier tries again or brings the parcel back."),
            "return_to_sender": _("A parcel is on its way back to us."),
        }[worst]
    here = sum(parcel == "delivered" for parcel in state.parcels)
    if here == len(state.parcels):
        return _("Delivered.")
    if here:
        return _("%(here)d of %(all)d parcels are delivered; the rest is on its way.") % {
            "here": here,
            "all": len(state.parcels),
        }
    if "ready_for_collection" in state.parcels:
        return _("Ready to be collected by the customer.")
    if "out_for_delivery" in state.parcels:
        return _("Out for delivery.")
    if "in_transit" in state.parcels:
        return _("On its way to the customer.")
    return _("Handed to the carrier.")


def in_trouble(state: OrderState) -> bool:
    """Whether the stage the order is at cannot go on by itself."""
    if state.holds and (state.stages or state.waiting):
        return True
    return state.return_status != "returned" and any(parcel in TROUBLE for parcel in state.parcels)


def stage_names() -> list[str]:
    """The stages of an order as the stepper shows them."""
    return [_("Placed"), _("In stock"), _("Picked"), _("Packed"), _("Shipped"), _("Delivered")]


def stage_reached(state: OrderState) -> int:
    """The index in ``STAGES`` the order works on now; ``len(STAGES)`` when it is delivered. The last part counts."""
    if state.stages:
        return min(_DONE_STEPS.get(stage, 1) for stage in state.stages)
    if state.status in ("draft", "pending"):
        return 0
    if state.waiting:
        return 1
    if not state.parcels:
        return len(STAGES) if state.status == "completed" else 1
    return len(STAGES) if all(parcel == "delivered" for parcel in state.parcels) else 5


def badges_of(row: OrderRow) -> list[tuple[str, str]]:
    """The badges of a row of a list of orders."""
    return badges(
        status=row.status,
        fulfillment_status=row.fulfillment_status,
        stages=row.stages,
        open_holds=row.open_holds,
        backordered=row.backordered,
    )


def badges(
    *, status: str, fulfillment_status: str, stages: Sequence[str], open_holds: int, backordered: int
) -> list[tuple[str, str]]:
    """The (status, kind) pairs of an order's row: where it is, and what stands in its way."""
    if status in ("cancelled", "draft", "pending"):
        return [(status, "order")]
    found: list[tuple[str, str]] = [("on_hold", "")] if open_holds else []
    open_stages = [stage for stage in stages if stage in FLOW]
    working = [stage for stage in open_stages if stage != "open"]
    if fulfillment_status == "fulfilled" and not open_stages:
        return [("fulfilled", "")]
    if working:
        found.append((min(working, key=FLOW.index), ""))
    if backordered:
        found.append(("backordered", ""))
    if not working and not backordered:
        found.append((fulfillment_status, ""))
    return found
