"""A large wave goes to the floor part by part: each is walked at once, and the page says how far it is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.outbox.models import Event
from inventory.tests.threads import together
from shipping.models import PickLine, PickList, PickTote, Wave
from shipping.selectors.desk import wave_page
from shipping.selectors.wave_candidates import WaveAsk
from shipping.services import wave_starting
from shipping.services.wave_starting import release_wanted, start_wave
from shipping.services.waves import end_release, release_part
from shipping.services.withdrawing import cancel_wave
from shipping.tests.books import assert_floor_balances
from shipping.tests.floor import NOW, TESTER, Floor, build_floor
from shipping.tests.test_races import refused


@pytest.fixture(autouse=True)
def _large_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wave_starting, "AT_ONCE", 1)
    monkeypatch.setattr(wave_starting, "PART", 2)


def start(floor: Floor, orders: int, **ask: object) -> int:
    """The id of a wave of that many orders which a worker is to release."""
    for number in range(orders):
        floor.order({f"ART{number % 5 + 1:02}": 1})
    made = start_wave(WaveAsk(floor.warehouse_id, **ask), by=TESTER, now=NOW)  # type: ignore[arg-type]
    assert made is not None
    return made.id


def part(wave_id: int) -> bool:
    return release_part(wave_id, at_most=2, by=TESTER, now=NOW)


def how_far(wave_id: int) -> tuple[str, int, int]:
    page = wave_page(Wave.objects.get(pk=wave_id).ref)
    return page.status, page.orders_gone, page.orders_in


def test_the_page_says_how_many_orders_of_the_wave_are_on_the_floor(floor: Floor) -> None:
    wave_id = start(floor, 5)
    assert how_far(wave_id) == ("draft", 0, 5)
    assert part(wave_id)
    assert how_far(wave_id) == ("draft", 2, 5)
    assert part(wave_id)
    assert not part(wave_id)
    assert how_far(wave_id) == ("draft", 5, 5)
    end_release(wave_id, by=TESTER, now=NOW)
    assert how_far(wave_id) == ("released", 0, 0)
    told = Event.objects.get(type="wave.released", subject_id=wave_id)
    assert {name: told.data[name] for name in ("orders", "lists", "lines", "units")} == {
        "orders": 5,
        "lists": 5,
        "lines": 5,
        "units": 5,
    }
    assert_floor_balances(floor)


def test_a_part_is_never_a_piece_of_a_cart(floor: Floor) -> None:
    wave_id = start(floor, 7, method="cluster", orders_per_list=3)
    assert part(wave_id)
    assert how_far(wave_id) == ("draft", 4, 7)  # the walk of one order and a whole one of three
    release_wanted(wave_id, by=TESTER, now=NOW)
    assert Wave.objects.get().status == "released"
    assert sorted(PickList.objects.values_list("status", flat=True)) == ["released"] * 3


def test_what_is_out_is_picked_while_the_rest_follows(floor: Floor) -> None:
    wave_id = start(floor, 4)
    part(wave_id)
    floor.walk(floor.claim())
    assert Wave.objects.get().status == "draft"
    release_wanted(wave_id, by=TESTER, now=NOW)
    assert Wave.objects.get().status == "in_progress"
    for pick_list in PickList.objects.filter(status="released"):
        floor.confirm(pick_list.pk)
    assert Wave.objects.get().status == "completed"
    assert_floor_balances(floor)


def test_a_wave_all_picked_before_its_release_ended_is_complete(floor: Floor) -> None:
    wave_id = start(floor, 2)
    assert not part(wave_id)
    for pick_list in PickList.objects.all():
        floor.confirm(pick_list.pk)
    end_release(wave_id, by=TESTER, now=NOW)
    assert Wave.objects.get().status == "completed"


def test_taken_back_between_two_parts_nothing_more_goes_out(floor: Floor) -> None:
    wave_id = start(floor, 5)
    part(wave_id)
    cancel_wave(wave_id, by=TESTER, now=NOW)
    release_wanted(wave_id, by=TESTER, now=NOW)
    assert Wave.objects.get().status == "cancelled"
    assert not PickTote.objects.filter(released_at=None).exists()
    assert not PickLine.objects.exclude(status="cancelled").exists()
    assert_floor_balances(floor)


def test_a_release_does_not_end_while_lists_are_left(floor: Floor) -> None:
    wave_id = start(floor, 5)
    part(wave_id)
    end_release(wave_id, by=TESTER, now=NOW)
    assert Wave.objects.get().status == "draft"


def test_parts_take_as_many_statements_in_a_large_wave_as_in_a_small_one(floor: Floor) -> None:
    counts = []
    for orders in (4, 12):
        wave_id = start(floor, orders)
        with CaptureQueriesContext(connection) as queries:
            part(wave_id)
        counts.append(len(queries))
        release_wanted(wave_id, by=TESTER, now=NOW)
    assert counts[0] == counts[1]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_workers_with_one_wave_give_each_order_out_once() -> None:
    floor = build_floor({f"ART{number:02}": 40 for number in range(1, 6)})
    wave_id = start(floor, 9)
    ended = together(lambda _n: release_wanted(wave_id, by=TESTER, now=NOW), range(3))
    assert refused(ended) == []
    assert Wave.objects.get().status == "released"
    assert PickLine.objects.count() == PickTote.objects.count() == 9
    assert set(PickList.objects.values_list("status", flat=True)) == {"released"}
    assert Event.objects.filter(type="wave.released").count() == 1
    assert_floor_balances(floor)
