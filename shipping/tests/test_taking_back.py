"""A wave taken back from the floor: all of it, in as many statements for many orders as for few."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.kernel.errors import NotFound
from core.outbox.models import Event
from inventory.models import BinStock, StockLevel
from orders.models import FulfillmentOrder, Order, OrderLine
from orders.services.holds import place_hold, release_holds
from orders.tests.shop import build_shop
from shipping.errors import NotInWave
from shipping.models import PickLine, PickList, PickTote, Wave
from shipping.selectors.wave_candidates import WaveAsk
from shipping.services.waves import draft_wave, release_wave
from shipping.services.withdrawing import cancel_wave, give_up_picks, pull_order
from shipping.tests.books import assert_floor_balances
from shipping.tests.floor import NOW, TESTER, Floor


def stock() -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Everything that is counted of stock, planned picks among it."""
    bins = BinStock.objects.order_by("pk").values_list("pk", "quantity", "to_pick")
    levels = StockLevel.objects.order_by("pk").values_list("pk", "on_hand", "allocated", "reserved")
    return list(bins), list(levels)


def locks_of(queries: CaptureQueriesContext, table: str) -> list[int]:
    """Where in the statements rows of the table were locked."""
    found = [query["sql"] for query in queries]
    return [place for place, sql in enumerate(found) if "FOR NO KEY UPDATE" in sql and f'FROM "{table}"' in sql]


@pytest.mark.parametrize("method", ["discrete", "cluster"])
def test_taking_back_many_orders_takes_as_many_statements_as_few(floor: Floor, method: str) -> None:
    counts = []
    for orders in (3, 12):
        for number in range(orders):
            floor.order({f"ART{number % 10 + 1:02}": 1, "ART01": 1})
        floor.release(method=method, orders_per_list=2)
        wave = Wave.objects.order_by("pk").last()
        assert wave is not None
        with CaptureQueriesContext(connection) as queries:
            cancel_wave(wave.pk, by=TESTER, now=NOW)
        counts.append(len(queries))
        FulfillmentOrder.objects.update(status="scheduled")
    assert counts[0] == counts[1] < 25


def test_giving_up_a_draft_takes_as_many_statements_for_many_orders_as_for_few(floor: Floor) -> None:
    counts = []
    for orders in (3, 12):
        for number in range(orders):
            floor.order({f"ART{number % 10 + 1:02}": 1})
        made = draft_wave(WaveAsk(floor.warehouse_id), by=TESTER, now=NOW)
        with CaptureQueriesContext(connection) as queries:
            cancel_wave(made.id, by=TESTER, now=NOW)
        counts.append(len(queries))
        assert PickTote.objects.count() == 0
        FulfillmentOrder.objects.update(status="scheduled")
    assert counts[0] == counts[1] < 20


def test_stock_is_as_it_was_before_the_wave_and_every_order_says_so(floor: Floor) -> None:
    orders = [floor.order({f"ART{number:02}": number % 3 + 1, "ART01": 1}) for number in range(2, 8)]
    before = stock()
    floor.release(method="cluster", orders_per_list=4)
    assert stock() != before
    wave = Wave.objects.get()
    cancel_wave(wave.pk, by=TESTER, now=NOW)
    assert stock() == before
    wave.refresh_from_db()
    assert wave.status == "cancelled"
    assert set(PickList.objects.values_list("status", "completed_at")) == {("cancelled", NOW)}
    assert set(PickLine.objects.values_list("status", "done_at")) == {("cancelled", NOW)}
    assert not PickTote.objects.filter(released_at=None).exists()
    told = Event.objects.filter(type="fulfillment_order.allocated", data__cause="wave_cancelled")
    assert sorted(told.values_list("timeline", flat=True)) == sorted(order.ref for order in orders)
    assert Event.objects.filter(type="pick_list.cancelled").count() == 2
    assert Event.objects.filter(type="pick_line.cancelled").count() == PickLine.objects.count()
    assert_floor_balances(floor)
    cancel_wave(wave.pk, by=TESTER, now=NOW)  # again: nothing changes
    assert Event.objects.filter(type="wave.cancelled").count() == 1
    assert len(floor.release()) == 6


def test_a_list_with_picks_goes_on_and_its_wave_with_it(floor: Floor) -> None:
    orders = floor.order({"ART01": 1, "ART02": 1}), floor.order({"ART03": 1, "ART04": 1})
    floor.release()
    pick_list = floor.claim()
    while not PickLine.objects.filter(picked__gt=0).exists():
        floor.scan(pick_list, floor.right_code(pick_list))
    wave = Wave.objects.get()
    cancel_wave(wave.pk, by=TESTER, now=NOW)
    assert {floor.status_of(order) for order in orders} == {"picking", "allocated"}
    floor.walk(pick_list)
    wave.refresh_from_db()
    assert wave.status == "completed"
    assert_floor_balances(floor)


def test_a_wave_of_which_a_list_was_walked_to_its_end_was_no_cancelled_work(floor: Floor) -> None:
    orders = floor.order({"ART01": 1}), floor.order({"ART03": 1})
    floor.release()
    floor.walk(floor.claim())
    cancel_wave(Wave.objects.get().pk, by=TESTER, now=NOW)
    assert {floor.status_of(order) for order in orders} == {"picked", "allocated"}
    assert Wave.objects.get().status == "completed"
    assert_floor_balances(floor)


def test_a_held_order_comes_back_too_and_goes_out_again_after_its_hold(floor: Floor) -> None:
    held, other = floor.order({"ART01": 1}), floor.order({"ART02": 1})
    floor.release(method="cluster", orders_per_list=2)
    place_hold(held.ref, type="fraud", reason="", by=TESTER, now=NOW)
    cancel_wave(Wave.objects.get().pk, by=TESTER, now=NOW)
    assert [floor.status_of(order) for order in (held, other)] == ["allocated", "allocated"]
    release_holds(held.ref, by=TESTER, now=NOW)
    floor.release(method="cluster", orders_per_list=2)
    assert floor.status_of(held) == "released"
    assert_floor_balances(floor)


def test_an_order_that_ships_complete_waits_for_what_it_lacks_by_now(floor: Floor) -> None:
    lacking, whole = floor.order({"ART01": 1}), floor.order({"ART02": 1})
    Order.objects.update(ship_policy="complete")
    floor.release()
    line = OrderLine.objects.get(order__ref=lacking.ref)
    OrderLine.objects.filter(pk=line.pk).update(quantity=2, backordered=1)
    cancel_wave(Wave.objects.get().pk, by=TESTER, now=NOW)
    assert [floor.status_of(order) for order in (lacking, whole)] == ["open", "allocated"]


def test_pulling_out_of_one_wave_leaves_the_part_in_another_warehouse_on_the_floor(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    floor.release()
    mine = FulfillmentOrder.objects.get(order_ref=order.ref)
    far = build_shop({}, code="FAR").warehouse_id
    mine.pk, mine.warehouse_id = None, far
    mine.save()
    wave = Wave.objects.create(ref="WAV-FAR", warehouse_id=far, status="released", created_by="x", created_at=NOW)
    pick_list = PickList.objects.create(
        ref="PCK-FAR", code="P-FAR", wave=wave, warehouse_id=far, ship_by=NOW.date(), created_at=NOW
    )
    PickTote.objects.create(pick_list=pick_list, fulfillment_order=mine, position=1)
    pull_order(order.ref, wave_id=wave.pk, by=TESTER, now=NOW)
    assert floor.status_of(order) == "released"
    with pytest.raises(NotInWave):
        pull_order(order.ref, wave_id=wave.pk, by=TESTER, now=NOW)


def test_lists_are_locked_before_their_wave_as_by_whoever_finishes_the_last_of_them(floor: Floor) -> None:
    floor.order({"ART01": 1})
    made = draft_wave(WaveAsk(floor.warehouse_id), by=TESTER, now=NOW)
    for act in (release_wave, cancel_wave):
        with CaptureQueriesContext(connection) as queries:
            act(made.id, by=TESTER, now=NOW)
        assert locks_of(queries, "shipping_picklist")[0] < locks_of(queries, "shipping_wave")[0]


def test_a_loss_holds_only_the_list_and_the_order_that_lose_units_and_empties_the_hand(floor: Floor) -> None:
    orders = [floor.order({"ART01": 1}) for _number in range(4)]
    floor.release()
    last = PickLine.objects.latest("pk")
    PickList.objects.filter(pk=last.pick_list_id).update(hand_line=last, in_hand=1)
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        assert give_up_picks(last.product_id, last.bin_id, last.lot, 1, by=TESTER, now=NOW) == 1
    held = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    assert f"IN ({last.pick_list_id})" in held[0] and 'FROM "shipping_picklist"' in held[0]
    assert "OF shop_order, part" in held[1] and f"ARRAY[{last.pick_tote.fulfillment_order_id}]" in held[1]
    last.refresh_from_db()
    assert last.status == "cancelled"
    assert not PickList.objects.filter(in_hand__gt=0).exists()
    assert [floor.status_of(order) for order in orders[:-1]] == ["released"] * 3
    assert_floor_balances(floor)


def test_a_loss_takes_from_as_many_lists_as_it_must_and_tells_how_much(floor: Floor) -> None:
    for _number in range(3):
        floor.order({"ART01": 2})
    floor.release()
    line = PickLine.objects.latest("pk")
    with transaction.atomic():
        assert give_up_picks(line.product_id, line.bin_id, line.lot, 3, by=TESTER, now=NOW) == 3
    with transaction.atomic():
        assert give_up_picks(line.product_id, line.bin_id, line.lot, 50, by=TESTER, now=NOW) > 0
    assert_floor_balances(floor)


def test_there_is_no_such_wave(floor: Floor) -> None:
    with pytest.raises(NotFound):
        cancel_wave(10**9, by=TESTER, now=NOW)
