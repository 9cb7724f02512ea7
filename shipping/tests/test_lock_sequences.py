"""No command of the floor locks what comes earlier in the written order after what comes later."""

from collections.abc import Callable, Iterator

import pytest

from core.outbox.services import run_due
from inventory.services import difference
from inventory.services.adjustment import adjust_stock, change_condition
from inventory.services.count_posting import approve_count
from inventory.services.counting import begin_count, enter_count, finish_count, request_count
from orders.models import Customer, OrderLine
from orders.services.cancellation import cancel_order
from orders.services.forgetting import erase_customer
from shipping.models import Parcel, PickLine, PickTote, Wave
from shipping.services import shorts
from shipping.services.bulk_packing import pack_many, purchase_labels
from shipping.services.bulk_picking import confirm_lists
from shipping.services.handover import hand_over_parcels
from shipping.services.packing import open_parcel, pack_all, set_weight, split_parcel
from shipping.services.pick_acts import short_pick, skip_stop, undo_last
from shipping.services.waves import WaveAsk, draft_wave, release_wave
from shipping.services.withdrawing import cancel_pick_list, cancel_wave, follow_order, pull_order
from shipping.tests.floor import NOW, TESTER, Floor, build_floor
from shipping.tests.lock_sequence import Sequence, recorded

pytestmark = pytest.mark.django_db(transaction=True)

Scene = Callable[[Floor], None]


@pytest.fixture
def floor() -> Iterator[Floor]:
    """Ten articles; of the last four there are but few units, on two shelves that are not in the order of the walk."""
    made = build_floor({f"ART{number:02}": 20 if number < 7 else 3 for number in range(1, 11)})
    shelves = list(made.shelves.values())
    with_more = {"ART07": shelves[9], "ART08": shelves[0], "ART09": shelves[1], "ART10": shelves[2]}
    for sku, shelf in with_more.items():
        adjust_stock(
            product_id=made.shop.products[sku],
            warehouse_id=made.warehouse_id,
            reason="found",
            bin_id=shelf.id,
            delta=2,
            by=TESTER,
            now=NOW,
        )
    yield made


def lose(floor: Floor, sku: str, units: int, bin_id: int | None = None) -> None:
    adjust_stock(
        product_id=floor.shop.products[sku],
        warehouse_id=floor.warehouse_id,
        reason="lost",
        bin_id=bin_id,
        delta=-units,
        by=TESTER,
        now=NOW,
    )


def parcel_of(floor: Floor, order_ref: str) -> Parcel:
    opened = open_parcel(order_ref, warehouse_id=floor.warehouse_id, user_id=None, by=TESTER, now=NOW)
    return Parcel.objects.get(pk=opened.id)


# --- the scenes -------------------------------------------------------------------------------------------------------


def every_scan_from_shelf_to_truck(floor: Floor) -> None:
    orders = [floor.order({"ART01": 2, "ART08": 1}), floor.order({"ART02": 1, "ART01": 1})]
    floor.release(method="batch", orders_per_list=2)
    floor.walk(floor.claim())
    for order in orders:
        floor.hand_over(floor.pack(order))


def scans_that_go_wrong(floor: Floor) -> None:
    order = floor.order({"ART01": 2, "ART02": 1, "ART03": 1})
    floor.release()
    pick_list = floor.claim()
    skip_stop(pick_list, by=floor.by, now=NOW)
    for _scan in range(3):
        floor.scan(pick_list, floor.right_code(pick_list))
    floor.scan(pick_list, "nonsense")
    undo_last(pick_list, by=floor.by, now=NOW)
    floor.walk(pick_list)
    parcel = parcel_of(floor, order.ref)
    floor.pack_scan(parcel.ref, "EAN-ART01")
    set_weight(parcel.pk, 5, override="sure", by=TESTER, now=NOW)
    split_parcel(parcel.pk, by=TESTER, now=NOW)
    for opened in Parcel.objects.filter(status="open").order_by("pk"):
        for item in opened.items.select_related("product"):
            for _unit in range(item.quantity - item.scanned):
                floor.pack_scan(opened.ref, f"EAN-{item.product.sku}")


def whole_lists_and_cages(floor: Floor) -> None:
    for number in (3, 1, 2):
        floor.order({f"ART{number:02}": 2, "ART10": 1})
    lists = floor.release()
    confirm_lists({key: {1: floor.totes[n].id} for n, key in enumerate(lists)}, by=TESTER, now=NOW)
    pack_many(PickTote.objects.values_list("fulfillment_order_id", flat=True), by=TESTER, now=NOW)
    purchase_labels(Parcel.objects.order_by("pk").values_list("ref", flat=True), by=TESTER, now=NOW)
    hand_over_parcels(Parcel.objects.values_list("pk", flat=True), by=TESTER, now=NOW)


def everything_of_an_order_at_once(floor: Floor) -> None:
    orders = [floor.order({"ART01": 2}), floor.order({"ART02": 1})]
    floor.pick(orders[0])
    parcel_of(floor, orders[0].ref)
    for order in orders:
        pack_all(floor.fulfillment_order(order), by=TESTER, now=NOW)


def a_short_that_is_fetched_elsewhere_and_takes_the_promise_of_others(floor: Floor) -> None:
    other = floor.order({"ART08": 1, "ART01": 1})
    mine = floor.order({"ART08": 3, "ART02": 1})
    floor.order({"ART08": 1})
    pull = floor.release(limit=3)
    line = PickLine.objects.filter(order_ref=mine.ref, product__sku="ART08").latest("quantity")
    pull_order(other.ref, by=TESTER, now=NOW)
    short_pick(line.pick_list_id, pick_line_id=line.pk, by=TESTER, now=NOW)
    assert pull


def a_short_of_what_nobody_has(floor: Floor) -> None:
    floor.order({"ART01": 1, "ART07": 5})
    (pick_list,) = floor.release()
    for line in PickLine.objects.filter(pick_list=pick_list).order_by("-product_id", "pk"):
        short_pick(pick_list, pick_line_id=line.pk, by=TESTER, now=NOW)


def a_loss_of_what_is_planned(floor: Floor) -> None:
    for _order in range(3):
        floor.order({"ART10": 1, "ART01": 1})
    floor.release()
    line = PickLine.objects.filter(product__sku="ART10").earliest("pk")
    lose(floor, "ART10", 2, line.bin_id)
    lose(floor, "ART10", 1)
    change_condition(
        product_id=floor.shop.products["ART01"],
        bin_id=PickLine.objects.filter(product__sku="ART01")[0].bin_id,
        quantity=19,
        from_condition="sellable",
        to_condition="damaged",
        by=TESTER,
        now=NOW,
    )


def picks_of_what_lost_its_shelf(floor: Floor) -> None:
    for lists_at_once in (False, True):
        orders = [floor.order({"ART09": 1, "ART02": 1, "ART08": 1}) for _order in range(2)]
        lists = floor.release()
        for sku in ("ART09", "ART08"):
            for line in PickLine.objects.filter(product__sku=sku, status="pending"):
                if line.order_ref == orders[0].ref:
                    lose(floor, sku, 1, line.bin_id)
        if lists_at_once:
            confirm_lists({key: {1: floor.totes[n + 3].id} for n, key in enumerate(lists)}, by=TESTER, now=NOW)
        else:
            floor.confirm(lists[0])
            floor.confirm(lists[1])


def a_count_that_loses_what_was_promised(floor: Floor) -> None:
    shelf = next(iter(floor.shelves.values()))
    for sku in ("ART02", "ART03", "ART08"):
        lose(floor, sku, 1)
    for _order in range(2):
        floor.order({"ART08": 2, "ART01": 9})
    floor.release(limit=1)
    ref = request_count(shelf.id, cause="request", by=TESTER, now=NOW)
    begin_count(ref, by=TESTER, now=NOW)
    for sku in ("ART01", "ART08"):
        enter_count(ref, product_id=floor.shop.products[sku], counted=0, by=TESTER, now=NOW)
    finish_count(ref, rest_is_gone=True, on_paper=True, by=TESTER, now=NOW)
    again = floor.by
    begin_count(ref, by=again, now=NOW)
    for sku in ("ART01", "ART08"):
        enter_count(ref, product_id=floor.shop.products[sku], counted=0, by=again, now=NOW)
    finish_count(ref, on_paper=True, by=again, now=NOW)
    approve_count(ref, by=TESTER, now=NOW)


def work_taken_back(floor: Floor) -> None:
    orders = [floor.order({"ART01": 2, "ART03": 2, "ART10": 1}) for _order in range(4)]
    lists = floor.release()
    floor.confirm(lists[3])
    parcel_of(floor, orders[3].ref)
    for order in orders[2:]:
        cancel_order(
            order.ref, reason="", lines=[(OrderLine.objects.filter(order=order.id)[0].pk, 1)], by=TESTER, now=NOW
        )
        follow_order(order.ref, by=TESTER, now=NOW)
    pull_order(orders[1].ref, by=TESTER, now=NOW)
    cancel_pick_list(lists[0], by=TESTER, now=NOW)
    cancel_wave(Wave.objects.get().pk, by=TESTER, now=NOW)
    made = draft_wave(WaveAsk(floor.warehouse_id), by=TESTER, now=NOW)
    release_wave(made.id, by=TESTER, now=NOW)
    cancel_wave(made.id, by=TESTER, now=NOW)
    cancel_order(orders[3].ref, reason="", by=TESTER, now=NOW)
    run_due(now=NOW, limit=200)


def a_customer_who_is_forgotten(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    erase_customer(Customer.objects.get().pk, by=TESTER, now=NOW)


SCENES: list[Scene] = [
    every_scan_from_shelf_to_truck,
    scans_that_go_wrong,
    whole_lists_and_cages,
    everything_of_an_order_at_once,
    a_short_that_is_fetched_elsewhere_and_takes_the_promise_of_others,
    a_short_of_what_nobody_has,
    a_loss_of_what_is_planned,
    picks_of_what_lost_its_shelf,
    a_count_that_loses_what_was_promised,
    work_taken_back,
    a_customer_who_is_forgotten,
]


def watched(scene: Scene, floor: Floor) -> Sequence:
    with recorded() as sequence:
        scene(floor)
    return sequence


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_locks_are_taken_downwards(floor: Floor, scene: Scene) -> None:
    sequence = watched(scene, floor)
    assert sequence.wrong == [], "\n".join(sequence.wrong)
    assert sum(len(locks) for locks in sequence.locked) > 3


@pytest.mark.parametrize(
    "scene",
    [
        a_short_that_is_fetched_elsewhere_and_takes_the_promise_of_others,
        a_loss_of_what_is_planned,
        a_count_that_loses_what_was_promised,
    ],
    ids=lambda scene: scene.__name__,
)
def test_without_the_first_look_a_loss_goes_back_up(
    floor: Floor, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(difference, "lock_for_losses", lambda *_args, **_more: True)
    monkeypatch.setattr("inventory.services.count_posting.lock_for_losses", lambda *_args, **_more: True)
    monkeypatch.setattr(shorts, "lock_for_losses", lambda *_args, **_more: True)
    assert watched(scene, floor).wrong
