"""A wave is locked before stock, and nobody who begins a list waits for those who end theirs."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

from shipping.models import Parcel, PickLine, PickList, Wave
from shipping.services.bulk_picking import confirm_lists
from shipping.services.facts import PickDone
from shipping.services.labels import begin_purchase
from shipping.services.packing import open_parcel, pack_all
from shipping.services.pick_acts import short_pick
from shipping.services.picking import confirm_picks
from shipping.tests.floor import NOW, TESTER, Floor

HELD = 'FROM "shipping_wave"'
# The ledger's statements are prepared under these names.
STOCK = ("EXECUTE inventory_write_movements", "EXECUTE inventory_change_bins", "EXECUTE inventory_change_levels")


def statements(act: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as seen:
        act()
    return [one["sql"] for one in seen.captured_queries]


def locks_of_waves(found: list[str]) -> list[int]:
    return [place for place, sql in enumerate(found) if HELD in sql and "FOR NO KEY UPDATE" in sql]


def first_of_stock(found: list[str]) -> int:
    return min(place for place, sql in enumerate(found) if any(part in sql for part in STOCK))


def whole_list(pick_list: int, totes: dict[int, int]) -> list[str]:
    picks = [PickDone(line.pk, line.quantity) for line in PickLine.objects.filter(pick_list=pick_list)]
    return statements(lambda: confirm_picks(pick_list, picks, totes=totes, by=TESTER, now=NOW))


def test_a_list_that_ends_locks_its_wave_before_it_takes_stock(floor: Floor) -> None:
    for _order in range(2):
        floor.order({"ART01": 1})
    first, second = floor.release()
    for number, pick_list in enumerate((first, second)):
        found = whole_list(pick_list, {1: floor.totes[number].id})
        assert max(locks_of_waves(found)) < first_of_stock(found)
    assert Wave.objects.get().status == "completed"


def test_lists_confirmed_at_once_lock_their_waves_before_they_take_stock(floor: Floor) -> None:
    for _order in range(2):
        floor.order({"ART01": 1})
    lists = floor.release()
    totes = {pick_list: {1: floor.totes[number].id} for number, pick_list in enumerate(lists)}
    found = statements(lambda: confirm_lists(totes, by=TESTER, now=NOW))
    assert max(locks_of_waves(found)) < first_of_stock(found)
    assert Wave.objects.get().status == "completed"


def test_a_short_that_ends_a_list_locks_its_wave_before_it_takes_stock(floor: Floor) -> None:
    floor.order({"ART01": 1, "ART02": 1})
    (pick_list,) = floor.release()
    floor.claim()
    for _scan in range(2):
        floor.scan(pick_list, floor.right_code(pick_list))
    found = statements(lambda: short_pick(pick_list, by=TESTER, now=NOW))
    assert min(locks_of_waves(found)) < first_of_stock(found)


def test_who_begins_a_list_of_a_wave_under_way_does_not_lock_the_wave(floor: Floor) -> None:
    for _order in range(2):
        floor.order({"ART01": 2})
    first, second = floor.release()
    whole_list(first, {1: floor.totes[0].id})
    line = PickLine.objects.get(pick_list=second)
    one = [PickDone(line.pk, 1)]
    found = statements(lambda: confirm_picks(second, one, totes={1: floor.totes[1].id}, by=TESTER, now=NOW))
    assert PickList.objects.get(pk=second).status == "in_progress"
    assert locks_of_waves(found) == []


def test_at_the_bench_the_box_is_locked_before_its_order(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    floor.pick(order)
    open_parcel(floor.tote_of(order), warehouse_id=floor.warehouse_id, user_id=None, by=TESTER, now=NOW)
    parcel = Parcel.objects.get()
    acts: list[Callable[[], object]] = [
        lambda: pack_all(floor.fulfillment_order(order), by=TESTER, now=NOW),
        lambda: begin_purchase(parcel.ref, by=TESTER, now=NOW),
    ]
    for act in acts:
        locks = [sql for sql in statements(act) if "FOR NO KEY UPDATE" in sql]
        named = ["parcel" if 'FROM "shipping_parcel"' in sql else "order" for sql in locks]
        assert named[:2] == ["parcel", "order"] and "parcel" not in named[1:]
