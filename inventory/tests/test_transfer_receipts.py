"""A transfer received at the dock: units come from the way, in the condition they left in."""

from core.outbox.models import Event
from inventory.models import Transfer
from inventory.selectors.transfers import arriving_at, transfer_by_ref, transfers_page
from inventory.services.adjustment import change_condition
from inventory.services.checking import check_stock
from inventory.services.receipt_opening import open_receipt
from inventory.services.receiving import receive_units
from inventory.services.transfer_shipping import Load, load_units, send_transfer, ship_transfer
from inventory.services.transfers import close_transfer, create_transfer
from inventory.services.voiding import void_receipt
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products


def sent(floor: Floor, far: Floor, product: int, units: int) -> str:
    ref = create_transfer(
        source_id=floor.warehouse_id, target_id=far.warehouse_id, lines=[(product, units)], by=TESTER, now=NOW
    )
    ship_transfer(ref, by=TESTER, now=NOW)
    return ref


def test_a_transfer_is_received_closed_and_its_receipt_can_be_voided_before(floor: Floor, product: int) -> None:
    far = build_floor("FAR")
    floor.receive(product, 5)
    ref = sent(floor, far, product, 5)
    assert [one.ref for one in arriving_at(far.warehouse_id)] == [ref]
    receipt = open_receipt(warehouse_id=far.warehouse_id, transfer_ref=ref, by=TESTER, now=NOW)
    receive_units(receipt.ref, product_id=product, quantity=4, by=TESTER, now=NOW)
    assert far.level(product).on_hand == 4
    void_receipt(receipt.ref, reason="wrong pallet", by=TESTER, now=NOW)
    assert (far.level(product).on_hand, transfer_by_ref(ref).in_transit) == (0, 5)
    again = open_receipt(warehouse_id=far.warehouse_id, transfer_ref=ref, by=TESTER, now=NOW)
    receive_units(again.ref, product_id=product, quantity=4, by=TESTER, now=NOW)
    assert close_transfer(ref, by=TESTER, now=NOW) == 1
    assert check_stock(by=TESTER, now=NOW) == []
    assert {"transfer.ordered", "transfer.in_transit", "transfer.closed"} <= set(
        Event.objects.filter(timeline=ref).values_list("type", flat=True)
    )


def test_units_found_after_the_transfer_was_closed_are_received_as_over(floor: Floor, product: int) -> None:
    far = build_floor("FAR")
    floor.receive(product, 5)
    ref = sent(floor, far, product, 5)
    close_transfer(ref, by=TESTER, now=NOW)
    receipt = open_receipt(warehouse_id=far.warehouse_id, transfer_ref=ref, by=TESTER, now=NOW)
    line = receive_units(receipt.ref, product_id=product, quantity=2, by=TESTER, now=NOW)
    found = transfer_by_ref(ref)
    assert (line.discrepancy, found.status, found.received, found.lost) == ("over", "closed", 2, 3)
    assert check_stock(by=TESTER, now=NOW) == []


def test_units_that_left_damaged_arrive_damaged(floor: Floor, product: int) -> None:
    far = build_floor("FAR")
    floor.receive(product, 3)
    ref = create_transfer(
        source_id=floor.warehouse_id, target_id=far.warehouse_id, lines=[(product, 2)], by=TESTER, now=NOW
    )
    change_condition(
        product_id=product,
        bin_id=floor.shelves[0],
        quantity=1,
        from_condition="sellable",
        to_condition="damaged",
        by=TESTER,
        now=NOW,
    )
    load_units(ref, [Load(product, floor.shelves[0], 1, condition="damaged")], by=TESTER, now=NOW)
    send_transfer(ref, by=TESTER, now=NOW)
    receipt = open_receipt(warehouse_id=far.warehouse_id, transfer_ref=ref, by=TESTER, now=NOW)
    receive_units(receipt.ref, product_id=product, quantity=1, by=TESTER, now=NOW)
    level = far.level(product)
    assert (level.on_hand, level.damaged, level.available) == (1, 1, 0)


def test_a_list_of_many_transfers_takes_one_query(floor: Floor, django_assert_num_queries: object) -> None:
    far = build_floor("FAR")
    for product in make_products(3):
        floor.receive(product, 2)
        sent(floor, far, product, 2)
    with django_assert_num_queries(1):  # type: ignore[operator]
        page = transfers_page(warehouse_ids=[far.warehouse_id], open_only=True)
    assert [one.in_transit for one in page] == [2, 2, 2]
    assert Transfer.objects.count() == 3
