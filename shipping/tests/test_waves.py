"""Waves: what goes to the floor, what stays, and why."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.attention.selectors import open_cases
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold
from shipping.errors import AlreadyPicked, NothingToRelease
from shipping.models import PickLine, PickList, PickTote, Wave
from shipping.selectors.floor import open_lists, wave_lists, waves_page
from shipping.services.waves import create_wave, release_next_wave, release_wave
from shipping.services.withdrawing import cancel_pick_list, cancel_wave, pull_order
from shipping.tests.books import assert_floor_balances
from shipping.tests.floor import NOW, TESTER, Floor

pytestmark = pytest.mark.slow


def test_lines_follow_the_walk(floor: Floor) -> None:
    floor.order({"ART09": 1, "ART01": 1, "ART05": 1})
    (pick_list,) = floor.release()
    names = PickLine.objects.filter(pick_list=pick_list).order_by("sequence", "pk").values_list("bin__name", flat=True)
    assert list(names) == ["A-02-1", "A-06-1", "A-10-1"]


def test_a_draft_reserves_nothing_but_keeps_its_orders_from_other_waves(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    drafted = create_wave(floor.warehouse_id, by=TESTER, now=NOW)
    assert (drafted.status, drafted.orders) == ("draft", 1)
    assert floor.status_of(order) == "allocated"
    with pytest.raises(NothingToRelease):
        create_wave(floor.warehouse_id, by=TESTER, now=NOW)
    released = release_wave(drafted.id, by=TESTER, now=NOW)
    assert (released.status, released.orders, released.lines, released.units) == ("released", 1, 1, 1)
    assert floor.status_of(order) == "released"


def test_orders_held_or_cancelled_since_the_draft_are_left_out(floor: Floor) -> None:
    held, gone, fine = (floor.order({"ART01": 1}) for _number in range(3))
    drafted = create_wave(floor.warehouse_id, by=TESTER, now=NOW)
    place_hold(held.ref, type="address", reason="", by=TESTER, now=NOW)
    cancel_order(gone.ref, reason="", by=TESTER, now=NOW)
    released = release_wave(drafted.id, by=TESTER, now=NOW)
    assert released.orders == 1
    assert {one.order_ref: one.reason for one in released.left_out} == {held.ref: "held", gone.ref: "gone"}
    assert [floor.status_of(order) for order in (held, gone, fine)] == ["allocated", "cancelled", "released"]
    assert PickTote.objects.count() == 1


def test_an_order_no_bin_can_serve_stays_allocated_with_a_case(floor: Floor) -> None:
    order = floor.order({"ART01": 5, "ART02": 1})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_bin SET frozen = true WHERE id = %s", [floor.shelves["A-02-1"].id])
    assert floor.release() == []
    assert floor.status_of(order) == "allocated"
    (case,) = open_cases("no_pickable_stock")
    assert case.timeline == order.ref
    assert_floor_balances(floor)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_bin SET frozen = false")
    assert len(floor.release()) == 1
    assert open_cases("no_pickable_stock") == []


def test_nothing_to_release_is_none(floor: Floor) -> None:
    assert release_next_wave(floor.warehouse_id, by=TESTER, now=NOW) is None


def test_a_wave_of_many_orders_takes_as_many_statements_as_one_of_few(floor: Floor) -> None:
    counts = []
    for orders in (2, 20):
        for number in range(orders):
            floor.order({f"ART{number % 10 + 1:02}": 1})
        with CaptureQueriesContext(
            connection,
        ) as queries:
            release_next_wave(floor.warehouse_id, by=TESTER, now=NOW)
        counts.append(len(queries))
    assert counts[1] <= counts[0] + 1


def test_an_order_is_pulled_out_and_released_again(floor: Floor) -> None:
    first, second = floor.order({"ART01": 1}), floor.order({"ART02": 1})
    (pick_list,) = floor.release(method="cluster", orders_per_list=2)
    pull_order(first.ref, by=TESTER, now=NOW)
    assert [floor.status_of(order) for order in (first, second)] == ["allocated", "released"]
    assert_floor_balances(floor)
    (again,) = floor.release()
    assert again != pick_list
    pull_order(second.ref, by=TESTER, now=NOW)
    assert PickList.objects.get(pk=pick_list).status == "cancelled"


def test_a_list_is_cancelled_before_anything_was_picked_and_not_after(floor: Floor) -> None:
    order = floor.order({"ART01": 1, "ART02": 1})
    (pick_list,) = floor.release()
    cancel_pick_list(pick_list, by=TESTER, now=NOW)
    assert floor.status_of(order) == "allocated"
    assert_floor_balances(floor)
    (again,) = floor.release()
    floor.claim()
    for _scan in range(2):
        floor.scan(again, floor.right_code(again))
    with pytest.raises(AlreadyPicked):
        cancel_pick_list(again, by=TESTER, now=NOW)


def test_a_cancelled_wave_gives_everything_back(floor: Floor) -> None:
    orders = [floor.order({f"ART{number:02}": 1}) for number in range(1, 4)]
    floor.release()
    cancel_wave(Wave.objects.get().pk, by=TESTER, now=NOW)
    assert {floor.status_of(order) for order in orders} == {"allocated"}
    assert Wave.objects.get().status == "cancelled"
    assert_floor_balances(floor)
    assert len(floor.release()) == 3


@pytest.mark.parametrize("orders", [1, 6])
def test_pages_of_the_floor_take_constant_statements(floor: Floor, django_assert_num_queries, orders: int) -> None:  # type: ignore[no-untyped-def]
    for number in range(1, orders + 1):
        floor.order({f"ART{number:02}": 1})
    floor.release()
    with django_assert_num_queries(3):
        (row,) = waves_page([floor.warehouse_id])
    assert (row.lists, row.orders, row.lines, row.lines_done) == (orders, orders, orders, 0)
    with django_assert_num_queries(1):
        assert len(wave_lists(row.id)) == orders
    with django_assert_num_queries(1):
        assert len(open_lists(floor.warehouse_id)) == orders
