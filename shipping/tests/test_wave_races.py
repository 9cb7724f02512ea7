"""Waves drafted, released, held and cancelled at once. Each race has a control without its guard."""

import threading

import pytest
from django.db import IntegrityError

from inventory.tests.threads import together
from orders.models import FulfillmentOrder
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold
from orders.services.releasing import lock_releasable
from shipping.models import PickLine, PickTote, Wave
from shipping.selectors.wave_candidates import WaveAsk, gather
from shipping.services.waves import draft_wave, release_wave
from shipping.services.withdrawing import pull_order
from shipping.tests.books import assert_floor_balances
from shipping.tests.floor import NOW, TESTER, Floor, build_floor
from shipping.tests.test_races import refused

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def floor() -> Floor:
    return build_floor({f"ART{number:02}": 40 for number in range(1, 6)})


# --- two releases of one wave -----------------------------------------------------------------------------------------


def test_of_two_releases_of_one_wave_one_plans_its_bins(floor: Floor) -> None:
    for number in range(6):
        floor.order({f"ART{number % 5 + 1:02}": 2})
    drafted = draft_wave(WaveAsk(floor.warehouse_id), by=TESTER, now=NOW)
    ended = together(lambda _n: release_wave(drafted.id, by=TESTER, now=NOW), range(3))
    assert refused(ended) == []
    assert sum(not isinstance(one, Exception) for one in ended) == 1
    assert PickLine.objects.count() == 6
    assert_floor_balances(floor)


def test_without_the_lock_two_releases_both_see_a_draft(floor: Floor) -> None:
    floor.order({"ART01": 1})
    drafted = draft_wave(WaveAsk(floor.warehouse_id), by=TESTER, now=NOW)
    both_have_read = threading.Barrier(2)

    def look_carelessly(_number: int) -> str:
        status = Wave.objects.get(pk=drafted.id).status
        both_have_read.wait(timeout=10)
        return str(status)

    assert together(look_carelessly, range(2)) == ["draft", "draft"]


# --- two waves drafted at once for the same orders --------------------------------------------------------------------


def test_two_waves_drafted_at_once_share_no_order(floor: Floor) -> None:
    for number in range(12):
        floor.order({f"ART{number % 5 + 1:02}": 1})
    asks = [
        WaveAsk(floor.warehouse_id, method=method, orders_per_list=4) for method in ("cluster", "batch", "discrete")
    ]
    ended = together(lambda ask: draft_wave(ask, by=TESTER, now=NOW), asks)
    assert refused(ended) == []
    assert PickTote.objects.count() == PickTote.objects.values("fulfillment_order").distinct().count() == 12
    drafted = [one for one in ended if not isinstance(one, Exception)]
    assert sum(one.orders for one in drafted) == 12


def test_without_the_constraint_both_would_take_all_of_them(floor: Floor) -> None:
    for _number in range(3):
        floor.order({"ART01": 1})
    both_have_read = threading.Barrier(2)

    def gather_carelessly(_number: int) -> int:
        found = gather(WaveAsk(floor.warehouse_id), now=NOW).candidates
        both_have_read.wait(timeout=10)
        return len(found)

    assert together(gather_carelessly, range(2)) == [3, 3]
    draft_wave(WaveAsk(floor.warehouse_id), by=TESTER, now=NOW)
    (slot, *_others) = PickTote.objects.all()
    slot.pk = None
    slot.position = 9
    with pytest.raises(IntegrityError):
        slot.save()


# --- release against hold and cancellation ----------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["hold", "cancel", "pull"])
def test_a_release_and_what_stops_it_at_once_end_in_one_of_two_ways(floor: Floor, what: str) -> None:
    order, other = floor.order({"ART01": 2, "ART02": 1}), floor.order({"ART01": 1})
    drafted = draft_wave(WaveAsk(floor.warehouse_id), by=TESTER, now=NOW)

    def act(name: str) -> object:
        if name == "release":
            return release_wave(drafted.id, by=TESTER, now=NOW)
        if name == "hold":
            return place_hold(order.ref, type="address", reason="", by=TESTER, now=NOW)
        if name == "pull":
            return pull_order(order.ref, by=TESTER, now=NOW)
        return cancel_order(order.ref, reason="", by=TESTER, now=NOW)

    ended = together(act, ["release", what])
    assert refused(ended) == []
    assert floor.status_of(other) == "released"
    lines = PickLine.objects.filter(order_ref=order.ref, status="pending").count()
    assert (floor.status_of(order) == "released") is (lines > 0) or what == "cancel"
    assert_floor_balances(floor)


def test_without_the_lock_a_held_order_goes_to_the_floor(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    seen, held = threading.Event(), threading.Event()

    def act(name: str) -> bool:
        if name == "hold":
            assert seen.wait(timeout=10)
            place_hold(order.ref, type="address", reason="", by=TESTER, now=NOW)
            held.set()
            return True
        ready = FulfillmentOrder.objects.filter(order_ref=order.ref, order__open_holds=0).exists()
        seen.set()
        assert held.wait(timeout=10)
        return ready

    assert together(act, ["release", "hold"]) == [True, True]  # taken for ready, though it is held by now


def test_the_lock_makes_the_hold_wait(floor: Floor) -> None:
    with pytest.raises(RuntimeError):
        lock_releasable([1])  # a lock outside a transaction guards nothing
