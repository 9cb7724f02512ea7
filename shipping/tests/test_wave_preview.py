"""What a wave would be: its size, its pace, its cut-offs and what stays behind, before anything is written."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import Warehouse, Zone
from inventory.selectors.places import warehouse_by_id
from orders.models import FulfillmentOrder, Order
from orders.selectors.releasing import ReleaseFilter
from orders.services.holds import place_hold
from shipping.models import PickLine, PickTote, Wave
from shipping.planning.walk_time import ENOUGH, Done, Load, WalkPace, ends, learn, load_of
from shipping.selectors.wave_candidates import WaveAsk
from shipping.services.wave_preview import WavePreview, left_out_rows, preview_wave
from shipping.services.waves import create_wave, draft_wave, release_now, release_wave
from shipping.tests.floor import NOW, TESTER, Floor


def preview(floor: Floor, **more: object) -> WavePreview:
    ask = WaveAsk(floor.warehouse_id, **more)  # type: ignore[arg-type]
    return preview_wave(ask, warehouse_by_id(floor.warehouse_id), now=NOW)


def strangers() -> None:
    """Every order goes to an address of its own; until then all are one buyer's, who wants them together."""
    for order in Order.objects.all():
        Order.objects.filter(pk=order.pk).update(shipping_address={**order.shipping_address, "line1": order.ref})


def zone(floor: Floor, code: str, *shelves: str) -> int:
    """A zone with those shelves."""
    made = Zone.objects.create(warehouse_id=floor.warehouse_id, code=code)
    ids = [floor.shelves[name].id for name in shelves]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_bin SET zone_id = %s WHERE id = ANY(%s)", [made.pk, ids])
    return made.pk


def test_a_preview_says_what_would_go_and_writes_nothing(floor: Floor) -> None:
    first = floor.order({"ART01": 2, "ART02": 1})
    floor.order({"ART01": 1})
    assert preview(floor, method="cluster", orders_per_list=4).walks == 1
    strangers()
    wave = preview(floor, method="cluster", orders_per_list=4)
    assert (wave.orders, wave.lines, wave.units, wave.walks) == (2, 3, 4, 2)
    assert wave.stops == 3
    assert wave.finish_at > NOW
    assert not wave.pace.measured
    assert first.ref in [row.order_ref for row in wave.rows]
    assert (Wave.objects.count(), PickTote.objects.count(), PickLine.objects.count()) == (0, 0, 0)


def test_what_the_preview_promises_is_what_is_released(floor: Floor) -> None:
    for number in range(1, 8):
        floor.order({f"ART{number:02}": 1, "ART09": 1})
    ask = WaveAsk(floor.warehouse_id, method="batch", orders_per_list=3)
    seen = preview(floor, method="batch", orders_per_list=3)
    released = release_now(ask, by=TESTER, now=NOW)
    assert released is not None
    assert (seen.orders, seen.lines, seen.units) == (released.orders, released.lines, released.units)
    assert seen.walks == len(released.pick_list_ids)


def test_every_order_left_out_is_counted_by_its_reason_and_opens(floor: Floor) -> None:
    held, drafted, frozen, later, fits = (floor.order({f"ART{number:02}": 1}) for number in range(1, 6))
    short = floor.order({"ART06": 500})
    over = floor.order({"ART07": 1})
    place_hold(held.ref, type="address", reason="", by=TESTER, now=NOW)
    create_wave(floor.warehouse_id, filters=ReleaseFilter(order_refs=(drafted.ref,)), by=TESTER, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_bin SET frozen = true WHERE id = %s", [floor.shelves["A-04-1"].id])
    FulfillmentOrder.objects.filter(order_ref=later.ref).update(status="scheduled", release_on=NOW.date())
    FulfillmentOrder.objects.filter(order_ref__in=(short.ref,)).update(status="open")
    FulfillmentOrder.objects.filter(order_ref=over.ref).update(ship_by=NOW.date() + timedelta(days=9))
    wave = preview(floor, limit=2)
    assert [row.order_ref for row in wave.rows] == [fits.ref]
    assert dict(wave.left_out) == {
        "held": 1,
        "incomplete": 1,
        "scheduled": 1,
        "short": 1,
        "taken": 1,
        "no_bin": 1,
        "over": 1,
    }
    ask = WaveAsk(floor.warehouse_id, limit=2)
    expected = {
        "held": held,
        "scheduled": later,
        "short": short,
        "incomplete": short,
        "taken": drafted,
        "no_bin": frozen,
        "over": over,
    }
    for reason, order in expected.items():
        assert [row.order_ref for row in left_out_rows(ask, reason, now=NOW)] == [order.ref], reason
    assert left_out_rows(ask, "weather", now=NOW) == []


def test_orders_that_do_not_fit_the_choice_are_counted_and_shown(floor: Floor) -> None:
    one, two = floor.order({"ART01": 1}), floor.order({"ART01": 1, "ART02": 1})
    ask = WaveAsk(floor.warehouse_id, filters=ReleaseFilter(one_line=True))
    wave = preview_wave(ask, warehouse_by_id(floor.warehouse_id), now=NOW)
    assert [row.order_ref for row in wave.rows] == [one.ref]
    assert dict(wave.left_out) == {"filtered": 1}
    assert [row.order_ref for row in left_out_rows(ask, "filtered", now=NOW)] == [two.ref]


def test_a_zone_takes_only_orders_that_lie_in_it_whole(floor: Floor) -> None:
    zone_id = zone(floor, "A", "A-02-1", "A-03-1")
    inside, across = floor.order({"ART01": 1, "ART02": 1}), floor.order({"ART02": 1, "ART03": 1})
    wave = preview(floor, zone_id=zone_id)
    assert [row.order_ref for row in wave.rows] == [inside.ref]
    assert dict(wave.left_out) == {"elsewhere": 1}
    made = draft_wave(WaveAsk(floor.warehouse_id, zone_id=zone_id), by=TESTER, now=NOW)
    assert made.orders == 1
    assert [
        row.order_ref for row in left_out_rows(WaveAsk(floor.warehouse_id, zone_id=zone_id), "elsewhere", now=NOW)
    ] == [across.ref]


def test_lists_of_a_zone_wave_carry_their_zone_until_the_stock_moves(floor: Floor) -> None:
    zone_id = zone(floor, "A", "A-02-1", "A-03-1")
    zone(floor, "B", "A-04-1", "A-05-1")
    for lines in ({"ART01": 1}, {"ART02": 1}, {"ART03": 1}, {"ART01": 1, "ART04": 1}):
        floor.order(lines)
    strangers()
    ask = WaveAsk(floor.warehouse_id, method="zone", orders_per_list=5)
    made = draft_wave(ask, by=TESTER, now=NOW)
    assert preview(floor).orders == 0
    lists = Wave.objects.get(pk=made.id).pick_lists.order_by("pk")
    assert [row.zone_id is not None for row in lists] == [True, True, False]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_bin SET zone_id = NULL WHERE name = 'A-03-1'")
    release_wave(made.id, by=TESTER, now=NOW)
    assert zone_id not in [row.zone_id for row in lists.all()]


def test_priority_goes_first_and_a_buyers_orders_share_a_walk(floor: Floor) -> None:
    first, second, urgent = (floor.order({"ART01": 1, "ART02": 1}) for _number in range(3))
    FulfillmentOrder.objects.filter(order_ref=urgent.ref).update(priority=1)
    rows = preview(floor, method="cluster", orders_per_list=2).rows
    assert rows[0].order_ref == urgent.ref
    Order.objects.filter(ref__in=(urgent.ref, second.ref)).update(customer_id=_customer_of(second.ref))
    Order.objects.exclude(ref__in=(urgent.ref, second.ref)).update(shipping_address={"line1": "Elsewhere 1"})
    rows = preview(floor, method="cluster", orders_per_list=2).rows
    assert {row.order_ref for row in rows if row.walk == 1} == {urgent.ref, second.ref}
    assert first.ref == rows[-1].order_ref


def _customer_of(ref: str) -> int:
    return Order.objects.get(ref=ref).customer_id


@pytest.mark.parametrize("method", ["discrete", "batch"])
def test_a_preview_of_many_orders_takes_as_many_statements_as_one_of_few(floor: Floor, method: str) -> None:
    counts = []
    for orders in (2, 20):
        for number in range(orders):
            floor.order({f"ART{number % 10 + 1:02}": 1, "ART10": 1})
        with CaptureQueriesContext(connection) as queries:
            preview(floor, method=method, orders_per_list=4)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_cut_offs_are_met_or_missed_by_when_the_walks_end(floor: Floor) -> None:
    for _number in range(3):
        floor.order({"ART01": 1})
    FulfillmentOrder.objects.update(ship_by=NOW.date())
    (cut_off,) = preview(floor).cut_offs
    assert (cut_off.met, cut_off.missed) == (3, 0)
    just_before = cut_off.at - timedelta(seconds=100)
    ask, here = WaveAsk(floor.warehouse_id), warehouse_by_id(floor.warehouse_id)
    (late,) = preview_wave(ask, here, pickers=1, now=just_before).cut_offs
    assert (late.met, late.missed) == (1, 2)
    (helped,) = preview_wave(ask, here, pickers=3, now=just_before).cut_offs
    assert (helped.met, helped.missed) == (3, 0)


def test_within_the_days_capacity_no_more_is_offered(floor: Floor) -> None:
    for _number in range(3):
        floor.order({"ART01": 1})
    Warehouse.objects.filter(pk=floor.warehouse_id).update(daily_capacity=2)
    ask, here = WaveAsk(floor.warehouse_id), warehouse_by_id(floor.warehouse_id)
    wave = preview_wave(ask, here, to_capacity=True, now=NOW)
    assert wave.orders == 2
    assert dict(wave.left_out) == {"capacity": 1}


def test_the_pace_is_learned_from_lines_one_after_the_other() -> None:
    lines = [
        Done(1, bin_id, 2, NOW + timedelta(seconds=30 * number)) for number, bin_id in enumerate(range(ENOUGH + 1))
    ]
    assert learn(lines) == WalkPace(30 - 2 * WalkPace().per_unit, WalkPace().per_unit, measured=True)
    assert learn(lines[:ENOUGH]) == WalkPace()  # too few
    break_taken = [*lines, Done(1, 99, 1, NOW + timedelta(hours=2))]
    assert learn(break_taken) == learn(lines)
    at_once = [Done(1, number, 1, NOW) for number in range(50)]
    assert learn(at_once) == WalkPace()


def test_whoever_is_free_takes_the_next_walk() -> None:
    pace = WalkPace(10, 0, 0)
    loads = [Load(stops, 1, 0) for stops in (6, 1, 1, 1)]
    assert ends(loads, pace, pickers=1) == [60, 70, 80, 90]
    assert ends(loads, pace, pickers=2) == [60, 10, 20, 30]
    assert ends(loads, pace, pickers=2, ahead=20) == [70, 20, 30, 40]
    with pytest.raises(ValueError, match="picker"):
        ends(loads, pace, pickers=0)


def test_a_walk_goes_to_its_farthest_bin_and_back() -> None:
    assert load_of({1: 0, 2: 10, 3: 40}, [1, 3, 3], 5) == Load(2, 5, 12)
    assert load_of({}, [7], 1) == Load(1, 1, 0)
