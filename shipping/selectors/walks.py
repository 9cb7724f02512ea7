"""A pick list as the state machine of picking sees it, and as the pick screen does."""

from collections.abc import Mapping
from typing import Any

from core.kernel.refs import is_scan_code
from orders.planning.wishes import wish_words
from shipping.models import PickLine, PickList, PickTote
from shipping.planning.picking_ahead import ScreenStep, scans_ahead, steps_ahead
from shipping.planning.picking_steps import (
    Place,
    Stop,
    ToteSlot,
    Walk,
    current_stop,
    empty_slot,
    next_step,
    slot_of,
    wants_number,
)
from shipping.selectors.commands import ALWAYS

# Of a kit's part, what is wanted of the kit.
_WISHES = tuple(
    f"allocation__order_line__{name}" for name in ("properties", "note", "kit__properties", "kit__note", "order__note")
)
WALKED = ("pending", "skipped", "picked")


def walk_of(pick_list: PickList) -> Walk:
    """The walk of a pick list. Three statements."""
    slots = tuple(
        ToteSlot(
            position=row["position"],
            order_ref=row["fulfillment_order__order_ref"],
            tote=Place(row["tote_id"], row["tote__name"], row["tote__code"]) if row["tote_id"] else None,
        )
        for row in PickTote.objects.filter(pick_list=pick_list)
        .order_by("position")
        .values("position", "fulfillment_order__order_ref", "tote_id", "tote__name", "tote__code")
    )
    rows = list(
        PickLine.objects.filter(pick_list=pick_list, status__in=WALKED)
        .order_by("sequence", "pk")
        .values_list(
            "pk",
            "pick_tote__position",
            "bin_id",
            "bin__name",
            "bin__code",
            "bin__parent__name",
            "product_id",
            "product__sku",
            "product__name",
            "quantity",
            "picked",
            "status",
            "lot",
            *_WISHES,
        )
    )
    codes = codes_on(pick_list.pk)
    stops = tuple(
        Stop(
            line_id=pk,
            position=position,
            place=Place(bin_id, _where(bin_name, standing_in), bin_code),
            product_id=product_id,
            sku=sku,
            name=name,
            codes={sku.casefold(): 1, **codes.get(product_id, {})},
            quantity=quantity,
            picked=picked,
            skipped=status == "skipped",
            lot=lot,
            wishes=wish_words({**(kit_properties or {}), **properties}, note or kit_note or ""),
            note=order_note,
        )
        for (
            pk,
            position,
            bin_id,
            bin_name,
            bin_code,
            standing_in,
            product_id,
            sku,
            name,
            quantity,
            picked,
            status,
            lot,
            properties,
            note,
            kit_properties,
            kit_note,
            order_note,
        ) in rows
    )
    wanted = {stop.position for stop in stops}
    return Walk(
        ref=pick_list.ref,
        slots=tuple(slot for slot in slots if slot.position in wanted) or slots,
        stops=stops,
        at_bin_id=pick_list.at_bin_id,
        hand_line_id=pick_list.hand_line_id,
        in_hand=pick_list.in_hand,
    )


def codes_on(pick_list_id: int) -> dict[int, dict[str, int]]:
    """{product_id: {casefolded barcode: units a scan counts}} of the products on a pick list. One statement."""
    found: dict[int, dict[str, int]] = {}
    rows = (
        PickLine.objects.filter(pick_list=pick_list_id, product__barcodes__isnull=False)
        .order_by("product_id", "product__barcodes__id")
        .values_list("product_id", "product__barcodes__code", "product__barcodes__units")
        .distinct()
    )
    for product_id, code, units in rows:
        found.setdefault(product_id, {})[code.casefold()] = units
    return found


def pick_job(pick_list_id: int) -> dict[str, Any]:
    """The job of the pick screen (docs/scan-contract.md), with what the page shows around it. Four statements.

    Beside the contract's members: ``list_id``, ``status``, ``step``, ``line``, ``lines``, ``place``, ``name``, ``sku``,
    ``quantity`` (left at this stop), ``taken``, ``tote``, ``totes``, ``next_place``, ``ask_number``, ``scans_left``.
    Raises PickList.DoesNotExist.
    """
    row = PickList.objects.get(pk=pick_list_id)
    return job_of(row, walk_of(row))


def job_of(row: PickList, walk: Walk) -> dict[str, Any]:
    """The same, for a walk already read."""
    stop, slot = current_stop(walk), empty_slot(walk)
    here = slot_of(walk, stop.position) if stop else slot
    known = {code: one.name for one in walk.stops for code in one.codes}
    upcoming = [one for one in walk.stops if one.missing and one is not stop]
    return {
        "list_id": row.pk,
        "ref": row.ref,
        "status": row.status,
        "picker_id": row.picker_id,
        "step": next_step(walk),
        "line": min(walk.lines_done + 1, len(walk.stops)),
        "lines": len(walk.stops),
        "place": stop.place.name if stop else "",
        "at_place": bool(stop and walk.at_bin_id == stop.place.bin_id),
        "name": stop.name if stop else "",
        "sku": stop.sku if stop else "",
        "lot": stop.lot if stop else "",
        "wishes": stop.wishes if stop else "",
        "note": stop.note if stop else "",
        "product_id": stop.product_id if stop else None,
        "line_id": stop.line_id if stop else None,
        "quantity": stop.missing - walk.in_hand if stop else 0,
        "wanted": stop.quantity if stop else 0,
        "taken": (stop.picked + walk.in_hand) if stop else 0,
        "tote": (slot.letter if slot else here.letter if here else ""),
        "tote_position": (slot or here).position if (slot or here) else 0,  # type: ignore[union-attr]
        "totes": [
            {
                "letter": one.letter,
                "position": one.position,
                "order_ref": one.order_ref,
                "tote": one.tote.name if one.tote else "",
            }
            for one in walk.slots
        ],
        "many": walk.many_orders,
        "next_place": upcoming[0].place.name if upcoming else "",
        "ask_number": wants_number(walk),
        "scans_left": scans_ahead(walk),
        "at": 0,
        "known": known,
        "always": list(ALWAYS),
        "steps": [_step(step) for step in steps_ahead(walk)],
    }


def _step(step: ScreenStep) -> Mapping[str, Any]:
    described: dict[str, Any] = {"step": step.step}
    if step.expect:
        described["expect"] = list(step.expect)
    if step.line_done:
        described["line_done"] = True
    if step.stop:
        described["show"] = {
            "place": step.stop.place.name,
            "name": step.stop.name,
            "quantity": f"{step.stop.quantity}×",
            "tote": step.slot.letter if step.slot else "",
        }
        if step.stop.lot:
            described["show"]["lot"] = step.stop.lot
        for name in ("wishes", "note"):
            if text := getattr(step.stop, name):
                described["show"][name] = text
    elif step.slot:
        described["show"] = {"tote": step.slot.letter}
    return described


def looks_like_place(code: str) -> bool:
    """Whether a code is well-formed as that of a bin or tote of ours."""
    return is_scan_code(code.upper(), "L") or is_scan_code(code.upper(), "T")


def _where(name: str, standing_in: str | None) -> str:
    """A pallet is found by the bin it stands in."""
    return f"{standing_in} · {name}" if standing_in else name
