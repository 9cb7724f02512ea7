"""A hold or a cancellation stops work already on the floor: at the next scan, whatever that scan is.

Every act that can touch an order is in the table. Each is done twice: without a stop it changes something (the
control), after a stop it refuses and changes nothing. A new command of the floor has to be put in the table, or in
the list of those that touch no order, with the reason.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from core.outbox.selectors import timeline
from core.outbox.services import run_due
from inventory.models import StockLevel, StockMovement
from orders.errors import WorkStopped
from orders.models import Allocation, FulfillmentOrder, Hold, Order
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold, release_holds
from orders.services.rules import create_rule
from shipping.models import (
    CarrierService,
    IssuedNumber,
    LabelRequest,
    Parcel,
    ParcelInsert,
    ParcelItem,
    PickLine,
    PickList,
    PickTote,
)
from shipping.services import labels, packing
from shipping.services.bulk_packing import pack_many, purchase_labels
from shipping.services.bulk_picking import confirm_lists
from shipping.services.facts import PickDone
from shipping.services.handover import hand_over_parcel, hand_over_parcels
from shipping.services.pack_scans import leave_out, weigh_parcel
from shipping.services.pick_acts import short_pick, undo_last
from shipping.services.picking import confirm_picks
from shipping.services.waves import create_wave, release_next_wave, release_part, release_wave
from shipping.tests.floor import LATER, NOW, TESTER, Floor

pytestmark = pytest.mark.slow

World = dict[str, Any]


# --- how far the order has come when it is stopped --------------------------------------------------------------------


def placed(floor: Floor) -> World:
    order = floor.order({"ART01": 2, "ART02": 1})
    return {"floor": floor, "order": order, "id": floor.fulfillment_order(order)}


def drafted(floor: Floor) -> World:
    world = placed(floor)
    world["wave"] = create_wave(floor.warehouse_id, by=TESTER, now=NOW).id
    return world


def on_list(floor: Floor) -> World:
    world = placed(floor)
    floor.release()
    world["list"] = floor.claim()
    return world


def at_shelf(floor: Floor) -> World:
    world = on_list(floor)
    floor.scan(world["list"], floor.right_code(world["list"]))
    return world


def in_hand(floor: Floor) -> World:
    world = at_shelf(floor)
    floor.scan(world["list"], floor.right_code(world["list"]))
    floor.scan(world["list"], floor.right_code(world["list"]))
    return world


def many_in_hand(floor: Floor) -> World:
    order = floor.order({"ART01": 5})
    floor.release()
    world: World = {"floor": floor, "order": order, "list": floor.claim()}
    for _scan in range(2):
        assert not floor.scan(world["list"], floor.right_code(world["list"])).refused
    return world


def one_line_put(floor: Floor) -> World:
    world = on_list(floor)
    while not PickLine.objects.filter(status="picked").exists():
        assert not floor.scan(world["list"], floor.right_code(world["list"])).refused
    return world


def picked(floor: Floor) -> World:
    world = placed(floor)
    floor.pick(world["order"])
    world["tote"] = floor.tote_of(world["order"])
    return world


def opened(floor: Floor) -> World:
    world = picked(floor)
    parcel = packing.open_parcel(
        world["tote"], warehouse_id=floor.warehouse_id, user_id=floor.picker.pk, by=floor.by, now=NOW
    )
    return {**world, "parcel": parcel.id, "ref": parcel.ref}


def half_packed(floor: Floor) -> World:
    world = opened(floor)
    assert not floor.pack_scan(world["ref"], "EAN-ART02").refused
    return world


def all_scanned(floor: Floor) -> World:
    world = opened(floor)
    for item in ParcelItem.objects.filter(parcel=world["parcel"]):
        ParcelItem.objects.filter(pk=item.pk).update(scanned=item.quantity)
    return world


def with_insert(floor: Floor) -> World:
    world = all_scanned(floor)
    ParcelInsert.objects.create(parcel_id=world["parcel"], product_id=floor.shop.products["ART09"], quantity=1)
    return world


def packed(floor: Floor) -> World:
    world = picked(floor)
    parcel = packing.pack_all(world["id"], by=floor.by, now=NOW)
    return {**world, "parcel": parcel.id, "ref": parcel.ref}


def intent_committed(floor: Floor) -> World:
    world = packed(floor)
    world["purchase"] = labels.begin_purchase(world["ref"], by=floor.by, now=NOW)
    return world


def labelled(floor: Floor) -> World:
    world = packed(floor)
    world["number"] = labels.purchase_label(world["ref"], by=floor.by, now=NOW).tracking_number
    return world


def ready(floor: Floor) -> World:
    world = labelled(floor)
    assert floor.pack_scan(world["ref"], world["number"]).verdict == "done"
    return world


# --- the acts: (stage, what the floor does) ---------------------------------------------------------------------------


def scan_right(w: World) -> object:
    return w["floor"].scan(w["list"], w["floor"].right_code(w["list"]))


def pack_scan(code: str) -> Callable[[World], object]:
    return lambda w: w["floor"].pack_scan(w["ref"], code)


def open_tote(w: World) -> object:
    floor = w["floor"]
    return packing.open_parcel(w["tote"], warehouse_id=floor.warehouse_id, user_id=None, by=floor.by, now=NOW)


def whole_list(w: World) -> object:
    lines = PickLine.objects.filter(pick_list=w["list"])
    return confirm_picks(w["list"], [PickDone(one.pk, one.quantity) for one in lines], by=TESTER, now=NOW)


def at_the_door(w: World) -> object:
    return hand_over_parcel(w["number"], warehouse_id=w["floor"].warehouse_id, by=TESTER, now=NOW)


ACTS: dict[str, tuple[Callable[[Floor], World], Callable[[World], object]]] = {
    "release the next wave": (placed, lambda w: release_next_wave(w["floor"].warehouse_id, by=TESTER, now=NOW)),
    "release a drafted wave": (drafted, lambda w: release_wave(w["wave"], by=TESTER, now=NOW)),
    "release a part of a large wave": (drafted, lambda w: release_part(w["wave"], at_most=9, by=TESTER, now=NOW)),
    "scan the shelf": (on_list, scan_right),
    "scan the article": (at_shelf, scan_right),
    "scan the tote": (in_hand, scan_right),
    "type the number": (many_in_hand, lambda w: w["floor"].number(w["list"], 5)),
    "report a short": (at_shelf, lambda w: short_pick(w["list"], by=TESTER, now=NOW)),
    "take the last pick back": (one_line_put, lambda w: undo_last(w["list"], by=TESTER, now=NOW)),
    "confirm a paper list": (on_list, whole_list),
    "confirm many lists": (on_list, lambda w: confirm_lists({w["list"]: {}}, by=TESTER, now=NOW)),
    "open the tote at the bench": (picked, open_tote),
    "scan a unit into the box": (opened, pack_scan("EAN-ART02")),
    "scan a carton": (opened, pack_scan("BOX-L")),
    "choose a carton": (opened, lambda w: packing.choose_carton(w["parcel"], "BOX-L", by=TESTER, now=NOW)),
    "say an insert is not there": (with_insert, lambda w: leave_out(w["ref"], by=TESTER, now=NOW)),
    "put the box on the scale": (all_scanned, lambda w: weigh_parcel(w["ref"], 660, by=TESTER, now=NOW)),
    "overrule the scale": (
        all_scanned,
        lambda w: weigh_parcel(w["ref"], 5000, override="wet", by=TESTER, now=NOW),
    ),
    "set the weight": (opened, lambda w: packing.set_weight(w["parcel"], 660, by=TESTER, now=NOW)),
    "start another box": (half_packed, lambda w: packing.split_parcel(w["parcel"], by=TESTER, now=NOW)),
    "close the box": (all_scanned, lambda w: packing.finish_parcel(w["parcel"], by=TESTER, now=NOW)),
    "pack without scans": (picked, lambda w: packing.pack_all(w["id"], by=TESTER, now=NOW)),
    "pack many": (picked, lambda w: pack_many([w["id"]], by=TESTER, now=NOW)),
    "buy the label": (packed, lambda w: labels.purchase_label(w["ref"], by=TESTER, now=NOW)),
    "begin to buy the label": (packed, lambda w: labels.begin_purchase(w["ref"], by=TESTER, now=NOW)),
    "call the carrier": (intent_committed, lambda w: labels.settle(w["purchase"], by=TESTER, now=NOW)),
    "buy many labels": (packed, lambda w: purchase_labels([w["ref"]], by=TESTER, now=NOW)),
    "scan the label on the box": (labelled, lambda w: w["floor"].pack_scan(w["ref"], w["number"])),
    "scan the parcel at the door": (ready, at_the_door),
    "scan a label at the door that nobody proved": (labelled, at_the_door),
    "close the cage": (ready, lambda w: hand_over_parcels([w["parcel"]], by=TESTER, now=NOW)),
}
# Third parties ship by ``partners.ship_for_partner``: shipping/tests/test_partners.py stops that.

TOUCH_NO_ORDER = {
    "claim_next_pick_list": "a list is taken, nothing of an order moves",
    "take_over": "a list changes hands",
    "skip_stop": "the walk goes on elsewhere",
    "create_wave": "a draft: its release asks",
    "draft_wave": "a draft: its release asks",
    "end_release": "only the wave's own word that its last part is out",
    "finish_purchase": "keeps what the carrier sold; begin and settle ask before it is called",
    "fail_purchase": "keeps what the carrier answered",
    "doubt_purchase": "keeps what the carrier answered",
    "count_print": "the label was bought before",
    "ship_for_partner": "has its own test",
}
COVERED = {
    "scan_pick", "set_picked", "confirm_picks", "short_pick", "undo_last", "confirm_lists", "open_parcel", "scan_pack",
    "leave_out", "weigh_parcel", "choose_carton", "set_weight", "split_parcel", "finish_parcel", "pack_all",
    "pack_many", "begin_purchase", "hand_over_parcel", "hand_over_parcels", "release_wave", "release_now",
    "release_part",
}  # fmt: skip
FLOOR_MODULES = (
    "picking", "pick_acts", "bulk_picking", "packing", "pack_scans", "bulk_packing", "labels", "handover", "partners",
    "waves",
)  # fmt: skip


# Not of the order: the walk goes on elsewhere, a claimed intent can be made anew, a drafted wave goes without it.
PUT_BACK = {
    "scan the shelf": ("stand",),
    "scan the article": ("stand",),
    "call the carrier": ("labels",),
    "release a drafted wave": ("stand", "totes"),
    "release a part of a large wave": ("stand", "totes"),
}


def hold(w: World) -> None:
    place_hold(w["order"].ref, type="fraud", reason="Look at the card", by=TESTER, now=NOW)


def cancel(w: World) -> None:
    cancel_order(w["order"].ref, reason="changed my mind", by=TESTER, now=NOW)


def rows(model: Any, *columns: str) -> list[Any]:
    return sorted(model.objects.values_list("pk", *columns), key=str)


def picture() -> dict[str, object]:
    """Everything the floor can change of an order, its stock and its parcels."""
    return {
        "moves": StockMovement.objects.count(),
        "levels": rows(StockLevel, "on_hand", "allocated", "reserved"),
        "allocations": rows(Allocation, "quantity", "status", "bin_id", "packed_at"),
        "shipments": rows(FulfillmentOrder, "status"),
        "picks": rows(PickLine, "picked", "quantity"),
        "stand": rows(PickList, "status", "at_bin_id", "in_hand", "last_quantity"),
        "totes": rows(PickTote, "released_at"),
        "parcels": rows(Parcel, "status", "carton_id", "weight_g", "tracking_number"),
        "inserts": rows(ParcelInsert, "laid_in", "issued"),
        "items": rows(ParcelItem, "parcel_id", "quantity", "scanned"),
        "labels": sorted(LabelRequest.objects.exclude(status="failed").values_list("pk", "status")),
        "numbers": IssuedNumber.objects.count(),
    }


def changed(before: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in picture().items() if value != before[name]}


@pytest.mark.parametrize("act", sorted(ACTS))
def test_without_a_stop_the_floor_goes_on(floor: Floor, act: str) -> None:
    stage, work = ACTS[act]
    world = stage(floor)
    before = picture()
    answer = work(world)
    assert not getattr(answer, "refused", False), answer
    assert changed(before)


@pytest.mark.parametrize("stop", [hold, cancel], ids=["hold", "cancellation"])
@pytest.mark.parametrize("act", sorted(ACTS))
def test_a_stop_in_between_is_met_at_the_next_scan(floor: Floor, act: str, stop: Callable[[World], None]) -> None:
    stage, work = ACTS[act]
    world = stage(floor)
    stop(world)
    before = picture()
    told = ""
    try:
        answer = work(world)
        told = str(getattr(answer, "message", ""))
        assert getattr(answer, "refused", True) or act.startswith("release"), answer
    except WorkStopped as stopped:
        told = str(stopped)
    left = changed(before)
    for name in PUT_BACK.get(act, ()):
        left.pop(name, None)
    assert left == {}
    if stop is hold and told:
        assert "Look at the card" in told, told
    assert not LabelRequest.objects.filter(status="purchased").exists() or "label" in stage.__name__ or stage is ready


def test_every_command_of_the_floor_is_in_the_table() -> None:
    commands = {
        name
        for module in FLOOR_MODULES
        for name, function in vars(import_module(f"shipping.services.{module}")).items()
        if hasattr(function, "__wrapped__")
        and function.__module__ == f"shipping.services.{module}"
        and not name.startswith("_")
    }
    assert commands == COVERED | TOUCH_NO_ORDER.keys()


def test_when_the_hold_is_released_the_floor_goes_on(floor: Floor) -> None:
    world = opened(floor)
    hold(world)
    assert floor.pack_scan(world["ref"], "EAN-ART02").verdict == "stop"
    release_holds(world["order"].ref, by=TESTER, now=NOW)
    assert not floor.pack_scan(world["ref"], "EAN-ART02").refused


def test_a_label_that_had_to_wait_is_bought_when_the_last_hold_is_released(floor: Floor) -> None:
    world = packed(floor)
    hold(world)
    place_hold(world["order"].ref, type="address", reason="", by=TESTER, now=NOW)
    run_due(now=LATER, raise_errors=True)
    assert not LabelRequest.objects.exists()

    release_holds(world["order"].ref, types=["address"], by=TESTER, now=LATER)
    run_due(now=LATER, raise_errors=True)
    assert not LabelRequest.objects.exists()
    release_holds(world["order"].ref, by=TESTER, now=LATER)
    run_due(now=LATER, raise_errors=True)
    assert Parcel.objects.get(pk=world["parcel"]).status == "label_purchased"
    assert LabelRequest.objects.get().status == "purchased"
    assert Hold.objects.filter(released_at=None).count() == 0


def test_an_intent_that_was_stopped_can_be_made_anew(floor: Floor) -> None:
    world = intent_committed(floor)
    hold(world)
    with pytest.raises(WorkStopped):
        labels.settle(world["purchase"], by=TESTER, now=NOW)
    assert LabelRequest.objects.get().status == "failed" and not IssuedNumber.objects.exists()
    release_holds(world["order"].ref, by=TESTER, now=NOW)
    labels.purchase_label(world["ref"], by=TESTER, now=NOW)
    assert sorted(LabelRequest.objects.values_list("status", flat=True)) == ["failed", "purchased"]


def test_a_method_a_rule_asks_for_after_the_label_was_bought_is_left_and_told(floor: Floor) -> None:
    actions = [{"do": "tag", "value": "vip"}, {"do": "method", "value": "express"}]
    document = {"name": "Hurry", "event": "order.held", "conditions": [], "actions": actions}
    CarrierService.objects.create(method="express", carrier="own_delivery", service="express", name="Express")
    create_rule(document, by=TESTER, now=NOW)
    world = labelled(floor)
    hold(world)
    run_due(now=NOW, raise_errors=True)

    row = Order.objects.get(ref=world["order"].ref)
    assert (row.shipping_method, row.tags) == ("standard", ["vip"])
    (told,) = [one.data for one in timeline(row.ref) if one.type == "order.rule_fired"]
    assert [one.get("done", True) for one in told["actions"]] == [True, False]
