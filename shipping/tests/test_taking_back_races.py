"""Work taken back while the floor is at it. Each race has a control without its guard."""

import threading

import pytest

from core.kernel.commands import command
from core.kernel.locks import lock_one
from inventory.tests.threads import together
from shipping.errors import NotInWave
from shipping.models import PickLine, PickList, PickTote, Wave
from shipping.services.facts import ScanVerdict
from shipping.services.picking import scan_pick
from shipping.services.waves import release_next_wave
from shipping.services.withdrawing import cancel_wave, pull_order
from shipping.tests.books import assert_floor_balances
from shipping.tests.floor import NOW, TESTER, Floor, build_floor
from shipping.tests.test_races import refused

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def floor() -> Floor:
    return build_floor({f"ART{number:02}": 40 for number in range(1, 6)})


# --- a wave taken back against a scan ---------------------------------------------------------------------------------


@pytest.mark.parametrize("_round", range(4))
def test_a_scan_and_the_wave_taken_back_end_in_one_of_two_ways(floor: Floor, _round: int) -> None:
    order, other = floor.order({"ART01": 1, "ART02": 1}), floor.order({"ART03": 1})
    floor.release()
    pick_list = floor.claim()
    while "EAN" not in (code := floor.right_code(pick_list)):
        floor.scan(pick_list, code)
    wave = Wave.objects.get()

    def act(what: str) -> object:
        if what == "pick":
            return scan_pick(pick_list, code, user_id=floor.picker.pk, by=TESTER, now=NOW)
        return cancel_wave(wave.pk, by=TESTER, now=NOW)

    ended = together(act, ["pick", "back"])
    assert refused(ended) == []
    assert isinstance(ended[0], ScanVerdict)
    picked = sum(PickLine.objects.values_list("picked", flat=True))
    mine = order if PickTote.objects.get(pick_list=pick_list).fulfillment_order.order_ref == order.ref else other
    if ended[0].verdict == "stop":
        assert (picked, floor.status_of(mine)) == (0, "allocated")
        assert Wave.objects.get().status == "cancelled"
    else:
        assert (picked, floor.status_of(mine) in ("picking", "picked")) == (1, True)
    assert_floor_balances(floor)


def test_without_the_lock_on_the_list_a_begun_one_looks_untouched(floor: Floor) -> None:
    floor.order({"ART01": 1, "ART02": 1})
    floor.release()
    pick_list = floor.claim()
    while "EAN" not in (code := floor.right_code(pick_list)):
        floor.scan(pick_list, code)
    looked, picked = threading.Event(), threading.Event()

    def act(what: str) -> bool:
        if what == "pick":
            assert looked.wait(timeout=10)
            floor.scan(pick_list, code)
            picked.set()
            return True
        untouched = not PickLine.objects.filter(pick_list=pick_list, picked__gt=0).exists()
        looked.set()
        assert picked.wait(timeout=10)
        return untouched

    assert together(act, ["pick", "back"]) == [True, True]  # it would be taken back with a unit in its tote
    assert PickLine.objects.filter(picked__gt=0).exists()


# --- pulled out twice, released in between ----------------------------------------------------------------------------


def pull_late(floor: Floor, pull: "object") -> object:
    """Call ``pull`` while another pulls the order out and releases it anew: what it said."""
    order = floor.order({"ART01": 1})
    (pick_list,) = floor.release()
    held, waiting = threading.Event(), threading.Event()

    @command
    def pull_and_release() -> None:
        lock_one(PickList.objects.all(), pk=pick_list)
        held.set()
        assert waiting.wait(timeout=10)
        pull_order(order.ref, by=TESTER, now=NOW)
        release_next_wave(floor.warehouse_id, by=TESTER, now=NOW)

    def act(what: str) -> object:
        if what == "first":
            return pull_and_release()
        assert held.wait(timeout=10)
        threading.Timer(0.3, waiting.set).start()
        return pull(order.ref, pick_list)  # type: ignore[operator]

    first, late = together(act, ["first", "late"])
    assert first is None
    return late


def test_an_order_pulled_out_meanwhile_and_released_anew_stays_on_its_new_list(floor: Floor) -> None:
    late = pull_late(floor, lambda ref, _list: pull_order(ref, by=TESTER, now=NOW))
    assert isinstance(late, NotInWave)
    assert PickLine.objects.filter(status="pending").count() == 1
    assert PickTote.objects.get(released_at=None).fulfillment_order.status == "released"
    assert_floor_balances(floor)


def test_without_reading_it_again_the_place_on_the_old_list_would_be_taken_for_its_own(floor: Floor) -> None:
    @command
    def read_once(_ref: str, pick_list: int) -> bool:
        slot = PickTote.objects.get(released_at=None)
        lock_one(PickList.objects.all(), pk=pick_list)
        slot.fulfillment_order.refresh_from_db()
        return slot.pick_list_id == pick_list and slot.fulfillment_order.status == "released"

    assert pull_late(floor, read_once) is True  # it would be taken off the floor with its new lines still open
