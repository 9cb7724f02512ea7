"""Units on their way between two warehouses are in neither's stock, and none is ever forgotten."""

import uuid
from collections.abc import Mapping

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from core.attention.models import ExceptionCase
from core.kernel.errors import IllegalTransition
from core.outbox.models import Event
from inventory.errors import InsufficientStock, Invalid, NotFound, TooManyForTransfer
from inventory.models import BinKind, BinStock, Product, Reservation, StockMovement, Transfer, TransferLine
from inventory.selectors.incoming import incoming_of
from inventory.selectors.stock import stock_rows
from inventory.services.adjustment import adjust_stock, change_condition
from inventory.services.checking import check_stock
from inventory.services.ledger import Move, move
from inventory.services.transfer_checking import check_transfers
from inventory.services.transfer_shipping import Load, load_units, send_transfer, ship_transfer, unload_units
from inventory.services.transfers import (
    Key,
    cancel_transfer,
    close_transfer,
    count_received,
    create_transfer,
    order_transfer,
    uncount_received,
)
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products

pytestmark = pytest.mark.django_db


@pytest.fixture
def far(db: None) -> Floor:
    return build_floor("FAR")


def ask(floor: Floor, far: Floor, wanted: Mapping[int, int], *, order: bool = True) -> str:
    return create_transfer(
        source_id=floor.warehouse_id,
        target_id=far.warehouse_id,
        lines=list(wanted.items()),
        order=order,
        by=TESTER,
        now=NOW,
    )


def arrive(far: Floor, ref: str, units: Mapping[Key, int]) -> frozenset[Key]:
    """As a receipt does it: count against the transfer, then book out of the target's TRANSIT bin."""
    with transaction.atomic():
        over = count_received(Transfer.objects.get(ref=ref).pk, units, by=TESTER, now=NOW)
        move(
            [
                Move(
                    product_id,
                    quantity,
                    far.bins[BinKind.TRANSIT],
                    far.bins[BinKind.RECEIVING],
                    "transfer_in",
                    lot=lot,
                    document=ref,
                )
                for (product_id, lot), quantity in units.items()
            ],
            by=TESTER,
            now=NOW,
        )
    return over


def line(ref: str, product_id: int, lot: str = "") -> TransferLine:
    return TransferLine.objects.get(transfer__ref=ref, product_id=product_id, lot=lot)


def status(ref: str) -> str:
    return Transfer.objects.get(ref=ref).status


def test_an_ordered_transfer_holds_its_units_at_the_source(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 10)
    ref = ask(floor, far, {product: 6})
    level = floor.level(product)
    assert (level.on_hand, level.reserved, level.available) == (10, 6, 4)
    assert status(ref) == "ordered"


def test_a_draft_holds_nothing_until_it_is_ordered(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 10)
    ref = ask(floor, far, {product: 6}, order=False)
    assert floor.level(product).reserved == 0
    order_transfer(ref, by=TESTER, now=NOW)
    assert floor.level(product).reserved == 6


def test_more_than_the_source_has_is_refused_by_name_and_leaves_no_transfer(floor: Floor, far: Floor) -> None:
    enough, scarce = make_products(2)
    floor.receive(enough, 5)
    floor.receive(scarce, 1)
    with pytest.raises(InsufficientStock) as refusal:
        ask(floor, far, {enough: 5, scarce: 2})
    assert [one.sku for one in refusal.value.short] == ["P-002"]
    assert not Transfer.objects.exists()


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_line_without_units_is_refused(floor: Floor, far: Floor, product: int, quantity: int) -> None:
    with pytest.raises(Invalid):
        ask(floor, far, {product: quantity})


def test_a_transfer_to_the_same_warehouse_is_refused(floor: Floor, product: int) -> None:
    with pytest.raises(Invalid):
        ask(floor, floor, {product: 1})


def test_cancelling_before_it_left_gives_the_hold_back_and_says_so(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 5)
    ref = ask(floor, far, {product: 5})
    newest = Event.objects.latest("pk").pk
    cancel_transfer(ref, by=TESTER, now=NOW)
    assert floor.level(product).available == 5
    said = Event.objects.filter(pk__gt=newest).values_list("type", flat=True)
    assert set(said) == {"transfer.cancelled", "stock.replenished"}


def test_what_has_left_cannot_be_cancelled(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 5)
    ref = ask(floor, far, {product: 5})
    load_units(ref, [Load(product, floor.shelves[0], 1)], by=TESTER, now=NOW)
    with pytest.raises(IllegalTransition):
        cancel_transfer(ref, by=TESTER, now=NOW)


def test_a_load_leaves_the_source_and_its_hold_at_once(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 10)
    ref = ask(floor, far, {product: 6})
    assert load_units(ref, [Load(product, floor.shelves[0], 4)], by=TESTER, now=NOW) == 4
    level = floor.level(product)
    assert (level.on_hand, level.reserved, level.available) == (6, 2, 4)
    assert status(ref) == "in_transit"
    assert line(ref, product).shipped == 4
    assert StockMovement.objects.get(reason="transfer_out").document == ref


def test_the_same_scan_twice_loads_once(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 10)
    ref = ask(floor, far, {product: 6})
    act = uuid.uuid4()
    loads = [Load(product, floor.shelves[0], 2)]
    assert load_units(ref, loads, action_id=act, by=TESTER, now=NOW) == 2
    assert load_units(ref, loads, action_id=act, by=TESTER, now=NOW) == 0
    assert line(ref, product).shipped == 2


def test_more_than_was_asked_for_is_not_loaded(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 10)
    ref = ask(floor, far, {product: 3})
    with pytest.raises(TooManyForTransfer, match="Only 3 units of P-001"):
        load_units(ref, [Load(product, floor.shelves[0], 4)], by=TESTER, now=NOW)
    assert floor.level(product).on_hand == 10


def test_a_bin_of_another_warehouse_is_not_loaded_from(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 3)
    far.receive(product, 3)
    ref = ask(floor, far, {product: 3})
    with pytest.raises(NotFound):
        load_units(ref, [Load(product, far.shelves[0], 1)], by=TESTER, now=NOW)


def test_a_load_can_be_taken_back_before_it_is_sent(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 5)
    ref = ask(floor, far, {product: 5})
    load = Load(product, floor.shelves[0], 3)
    load_units(ref, [load], by=TESTER, now=NOW)
    unload_units(ref, load, by=TESTER, now=NOW)
    level = floor.level(product)
    assert (level.on_hand, level.reserved) == (5, 5)
    send_after = load_units(ref, [load], by=TESTER, now=NOW)
    assert send_after == 3
    send_transfer(ref, by=TESTER, now=NOW)
    with pytest.raises(IllegalTransition):
        unload_units(ref, load, by=TESTER, now=NOW)


def test_sending_frees_what_stays_behind_and_sending_again_changes_nothing(
    floor: Floor, far: Floor, product: int
) -> None:
    floor.receive(product, 5)
    ref = ask(floor, far, {product: 5})
    load_units(ref, [Load(product, floor.shelves[0], 3)], by=TESTER, now=NOW)
    assert send_transfer(ref, by=TESTER, now=NOW) is True
    assert floor.level(product).available == 2
    assert send_transfer(ref, by=TESTER, now=NOW) is False


def test_nothing_loaded_cannot_be_sent(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 5)
    with pytest.raises(IllegalTransition):
        send_transfer(ask(floor, far, {product: 5}), by=TESTER, now=NOW)


def test_shipping_all_of_it_takes_it_from_the_shelves_by_itself(floor: Floor, far: Floor) -> None:
    first, second = make_products(2)
    for one, shelf in ((first, 0), (first, 1), (second, 2)):
        floor.receive(one, 4, floor.shelves[shelf])
    ref = ask(floor, far, {first: 7, second: 4})
    assert ship_transfer(ref, by=TESTER, now=NOW) == 11
    assert (floor.level(first).on_hand, floor.level(first).reserved) == (1, 0)
    assert BinStock.objects.aggregate(planned=Sum("to_pick"))["planned"] == 0
    assert check_stock(by=TESTER, now=NOW) == []


def test_what_arrives_is_counted_and_the_rest_stays_on_its_way(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 5)
    ref = ask(floor, far, {product: 5})
    ship_transfer(ref, by=TESTER, now=NOW)
    assert arrive(far, ref, {(product, ""): 3}) == frozenset()
    assert (status(ref), line(ref, product).received) == ("partially_received", 3)
    assert far.level(product).on_hand == 3
    arrive(far, ref, {(product, ""): 2})
    assert status(ref) == "received"
    assert check_stock(by=TESTER, now=NOW) == []


def test_what_arrives_while_more_is_loaded_does_not_end_the_transfer(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 5)
    ref = ask(floor, far, {product: 5})
    load_units(ref, [Load(product, floor.shelves[0], 3)], by=TESTER, now=NOW)
    arrive(far, ref, {(product, ""): 3})
    assert status(ref) == "partially_received"
    send_transfer(ref, by=TESTER, now=NOW)
    assert status(ref) == "received"


def test_nothing_can_arrive_before_anything_left(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 5)
    ref = ask(floor, far, {product: 5})
    with pytest.raises(IllegalTransition):
        arrive(far, ref, {(product, ""): 1})


def test_units_nobody_sent_come_over_and_the_books_still_balance(floor: Floor, far: Floor) -> None:
    sent, stranger = make_products(2)
    floor.receive(sent, 5)
    ref = ask(floor, far, {sent: 5})
    ship_transfer(ref, by=TESTER, now=NOW)
    assert arrive(far, ref, {(sent, ""): 6, (stranger, ""): 1}) == {(sent, ""), (stranger, "")}
    assert (far.level(sent).on_hand, far.level(stranger).on_hand) == (6, 1)
    assert line(ref, sent).received == 5
    assert check_stock(by=TESTER, now=NOW) == []


def test_closing_writes_off_what_never_came_and_names_units_and_value(floor: Floor, far: Floor, product: int) -> None:
    Product.objects.filter(pk=product).update(unit_cost="2.5000")
    floor.receive(product, 5)
    ref = ask(floor, far, {product: 5})
    ship_transfer(ref, by=TESTER, now=NOW)
    arrive(far, ref, {(product, ""): 3})
    assert close_transfer(ref, by=TESTER, now=NOW) == 2
    assert (status(ref), line(ref, product).lost) == ("closed", 2)
    lost = StockMovement.objects.get(reason="lost", document=ref)
    assert (lost.quantity, lost.warehouse_id, lost.to_bin_id) == (2, far.warehouse_id, far.bins[BinKind.ADJUSTMENT])
    case = ExceptionCase.objects.get(kind="transfer_loss")
    assert (case.detail["units"], case.detail["value"]) == (2, "5.00")
    assert check_stock(by=TESTER, now=NOW) == []


def test_closing_when_everything_came_opens_no_case(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 5)
    ref = ask(floor, far, {product: 5})
    ship_transfer(ref, by=TESTER, now=NOW)
    arrive(far, ref, {(product, ""): 5})
    assert close_transfer(ref, by=TESTER, now=NOW) == 0
    assert not ExceptionCase.objects.exists()


def test_lost_units_found_later_come_over_and_are_lost_no_more(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 5)
    ref = ask(floor, far, {product: 5})
    ship_transfer(ref, by=TESTER, now=NOW)
    close_transfer(ref, by=TESTER, now=NOW)
    assert arrive(far, ref, {(product, ""): 2}) == {(product, "")}
    found = line(ref, product)
    assert (status(ref), found.received, found.lost) == ("closed", 2, 3)
    assert StockMovement.objects.get(reason="found").quantity == 2
    assert check_stock(by=TESTER, now=NOW) == []


def test_a_voided_receipt_puts_the_units_back_on_their_way(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 5)
    ref = ask(floor, far, {product: 5})
    ship_transfer(ref, by=TESTER, now=NOW)
    arrive(far, ref, {(product, ""): 6})
    transfer = Transfer.objects.get(ref=ref)
    with transaction.atomic():
        uncount_received(transfer.pk, {(product, ""): 6}, by=TESTER, now=NOW)
        back = Move(product, 6, far.bins[BinKind.RECEIVING], far.bins[BinKind.TRANSIT], "void", document=ref)
        move([back], by=TESTER, now=NOW)
    assert (status(ref), line(ref, product).received) == ("partially_received", 0)
    assert check_stock(by=TESTER, now=NOW) == []


def test_each_lot_travels_on_a_line_of_its_own(floor: Floor, far: Floor, product: int) -> None:
    with transaction.atomic():
        move(
            [
                Move(product, 4, floor.bins[BinKind.SUPPLIER], floor.shelves[0], "receive", lot=lot)
                for lot in ("L1", "L2")
            ],
            by=TESTER,
            now=NOW,
        )
    ref = ask(floor, far, {product: 6})
    loads = [Load(product, floor.shelves[0], 4, "L1"), Load(product, floor.shelves[0], 2, "L2")]
    load_units(ref, loads, by=TESTER, now=NOW)
    send_transfer(ref, by=TESTER, now=NOW)
    assert arrive(far, ref, {(product, "L1"): 4, (product, "L2"): 1}) == frozenset()
    assert close_transfer(ref, by=TESTER, now=NOW) == 1
    assert line(ref, product, "L2").lost == 1
    assert check_stock(by=TESTER, now=NOW) == []


def test_damaged_units_travel_without_touching_what_may_be_sold(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 5)
    ref = ask(floor, far, {product: 3})
    change_condition(
        product_id=product,
        bin_id=floor.shelves[0],
        quantity=2,
        from_condition="sellable",
        to_condition="damaged",
        by=TESTER,
        now=NOW,
    )
    load_units(ref, [Load(product, floor.shelves[0], 2, condition="damaged")], by=TESTER, now=NOW)
    level = floor.level(product)
    assert (level.on_hand, level.damaged, level.reserved) == (3, 0, 3)


def test_a_loss_may_end_the_hold_and_the_load_then_finds_less(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 5)
    ref = ask(floor, far, {product: 5})
    adjust_stock(product_id=product, warehouse_id=floor.warehouse_id, reason="lost", delta=-3, by=TESTER, now=NOW)
    assert not Reservation.objects.filter(document=ref, closed_at=None).exists()
    load_units(ref, [Load(product, floor.shelves[0], 2)], by=TESTER, now=NOW)
    assert floor.level(product).on_hand == 0
    assert check_stock(by=TESTER, now=NOW) == []


def test_a_load_of_many_lines_takes_no_more_statements_than_a_load_of_few(floor: Floor, far: Floor) -> None:
    counts = []
    for start, many in ((1, 3), (100, 30)):
        products = make_products(many, start=start)
        for one in products:
            floor.receive(one, 2)
        ref = ask(floor, far, dict.fromkeys(products, 2))
        with CaptureQueriesContext(connection) as queries:
            ship_transfer(ref, by=TESTER, now=NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_stock_check_finds_a_line_that_the_ledger_does_not_bear_out(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 5)
    ref = ask(floor, far, {product: 5})
    ship_transfer(ref, by=TESTER, now=NOW)
    TransferLine.objects.filter(transfer__ref=ref).update(shipped=6)
    (drift,) = check_transfers()
    assert (drift.check, drift.stored, drift.expected) == ("transit_makes_transfers", 6, 5)
    assert drift.subject == f"P-001 on {ref}"


def test_units_on_their_way_are_incoming_at_the_target_alone(floor: Floor, far: Floor, product: int) -> None:
    floor.receive(product, 5)
    far.receive(product, 1)
    ref = ask(floor, far, {product: 5})
    load_units(ref, [Load(product, floor.shelves[0], 4)], by=TESTER, now=NOW)
    arrive(far, ref, {(product, ""): 1})
    incoming = {row.warehouse_id: row.incoming for row in stock_rows(product_ids=[product])}
    assert incoming == {floor.warehouse_id: 0, far.warehouse_id: 3}
    (line_in,) = incoming_of(product)
    assert (line_in.purchase_order_ref, line_in.expected, line_in.is_transfer) == (ref, 3, True)
