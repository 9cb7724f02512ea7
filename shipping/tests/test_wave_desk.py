"""Waves from the desk: templates, large waves by a job, lists given to somebody else, orders pulled out."""

import pytest
from pytest_django import DjangoAssertNumQueries

from core.accounts.models import User
from core.kernel.errors import IllegalTransition, Invalid, NotFound
from core.outbox.models import Event
from inventory.models import Warehouse, Zone
from orders.selectors.timeline import story
from shipping.errors import AlreadyPicked, NotAPicker, NoWork, SomebodyElsesWarehouse
from shipping.models import PickList, PickTote, Wave, WaveTemplate
from shipping.selectors.desk import wave_page
from shipping.selectors.wave_candidates import WaveAsk
from shipping.selectors.wave_templates import template_by_key, templates_of
from shipping.services import wave_starting
from shipping.services.reassigning import reassign_list
from shipping.services.wave_starting import release_wanted, start_draft, start_wave
from shipping.services.wave_templates import drop_template, first_template, keep_template
from shipping.services.waves import draft_wave
from shipping.services.withdrawing import cancel_wave, pull_order
from shipping.tests.books import assert_floor_balances
from shipping.tests.floor import NOW, TESTER, Floor


def names(floor: Floor) -> list[str]:
    return [one.name for one in templates_of(floor.warehouse_id)]


# --- templates --------------------------------------------------------------------------------------------------------


def test_a_warehouse_begins_with_the_usual_templates_and_nothing_written(floor: Floor) -> None:
    assert names(floor) == ["Next cut-off", "One-line orders", "Express", "B2B", "Everything, in batches"]
    Zone.objects.create(warehouse_id=floor.warehouse_id, code="A")
    assert "Zone A" in names(floor)
    assert not WaveTemplate.objects.exists()


def test_keeping_one_keeps_the_usual_ones_as_well(floor: Floor) -> None:
    key = keep_template(floor.warehouse_id, "Night", method="batch", orders_per_list=9, max_orders=70, filters={})
    assert names(floor)[-1] == "Night"
    assert len(names(floor)) == 6
    found = template_by_key(floor.warehouse_id, str(key))
    assert found is not None and (found.method, found.orders_per_list, found.max_orders) == ("batch", 9, 70)
    keep_template(floor.warehouse_id, "Night", method="discrete", orders_per_list=9, max_orders=70, filters={})
    assert len(names(floor)) == 6
    assert WaveTemplate.objects.get(pk=key).orders_per_list == 1


def test_a_template_is_put_first_and_dropped(floor: Floor) -> None:
    first_template(floor.warehouse_id, "express")
    assert names(floor)[0] == "Express"
    (express, *_rest) = templates_of(floor.warehouse_id)
    drop_template(floor.warehouse_id, express.key)
    assert "Express" not in names(floor)
    for one in templates_of(floor.warehouse_id):
        drop_template(floor.warehouse_id, one.key)
    assert names(floor) == []
    with pytest.raises(NotFound):
        drop_template(floor.warehouse_id, "nothing")


def test_a_template_says_nothing_it_cannot_keep(floor: Floor) -> None:
    def keep(name: str = "X", **filters: object) -> int:
        return keep_template(
            floor.warehouse_id, name, method="cluster", orders_per_list=2, max_orders=9, filters=filters
        )

    for refused in ({"weather": "fine"}, {"zone_id": 10**9}):
        with pytest.raises(Invalid):
            keep(**refused)
    with pytest.raises(Invalid):
        keep(" ")


# --- large waves ------------------------------------------------------------------------------------------------------


def test_a_small_wave_is_on_the_floor_at_once(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    wave = start_wave(WaveAsk(floor.warehouse_id), by=TESTER, now=NOW)
    assert wave is not None and wave.status == "released"
    assert floor.status_of(order) == "released"
    assert start_wave(WaveAsk(floor.warehouse_id), by=TESTER, now=NOW) is None


def test_a_large_wave_is_released_by_a_worker_once(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wave_starting, "AT_ONCE", 1)
    orders = [floor.order({"ART01": 1}) for _number in range(2)]
    wave = start_wave(WaveAsk(floor.warehouse_id), by=TESTER, now=NOW)
    assert wave is not None and wave.status == "draft"
    assert wave_page(wave.ref).being_released
    assert Event.objects.filter(type="wave.release_wanted", subject_id=wave.id).count() == 1
    for _delivered_twice in range(2):
        release_wanted(wave.id, by=TESTER, now=NOW)
    assert {floor.status_of(order) for order in orders} == {"released"}
    assert not wave_page(wave.ref).being_released
    assert_floor_balances(floor)


def test_a_wave_taken_back_before_its_worker_came_stays_back(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    drafted = draft_wave(WaveAsk(floor.warehouse_id), by=TESTER, now=NOW)
    cancel_wave(drafted.id, by=TESTER, now=NOW)
    release_wanted(drafted.id, by=TESTER, now=NOW)
    assert floor.status_of(order) == "allocated"
    with pytest.raises(IllegalTransition):
        start_draft(drafted.id, by=TESTER, now=NOW)


def test_a_warehouse_somebody_else_runs_gets_no_wave(floor: Floor) -> None:
    floor.order({"ART01": 1})
    Warehouse.objects.filter(pk=floor.warehouse_id).update(kind="third_party")
    with pytest.raises(SomebodyElsesWarehouse):
        start_wave(WaveAsk(floor.warehouse_id), by=TESTER, now=NOW)


# --- reassign and pull out --------------------------------------------------------------------------------------------


def test_a_list_is_given_to_another_picker_who_goes_on_where_it_stands(floor: Floor) -> None:
    floor.order({"ART01": 1, "ART02": 1})
    (pick_list,) = floor.release()
    floor.claim()
    floor.scan(pick_list, floor.right_code(pick_list))
    other = User.objects.create(username="otto", roles=["picker"])
    assert reassign_list(pick_list, other.pk, by=TESTER, now=NOW) == "otto"
    assert reassign_list(pick_list, other.pk, by=TESTER, now=NOW) == "otto"
    assert Event.objects.filter(type="pick_list.reassigned").count() == 1
    assert floor.scan(pick_list, floor.right_code(pick_list)).refused  # the first picker hears it at the next scan
    with pytest.raises(NotAPicker):
        reassign_list(pick_list, None, by=TESTER, now=NOW)


def test_only_a_picker_of_the_warehouse_gets_a_list_and_only_an_open_one(floor: Floor) -> None:
    floor.order({"ART01": 1})
    (pick_list,) = floor.release()
    packer = User.objects.create(username="paul", roles=["packer"])
    far = User.objects.create(username="fay", roles=["picker"], warehouse_ids=[10**6])
    gone = User.objects.create(username="gus", roles=["picker"], is_active=False)
    for wrong in (packer.pk, far.pk, gone.pk, 10**9):
        with pytest.raises(NotAPicker):
            reassign_list(pick_list, wrong, by=TESTER, now=NOW)
    assert reassign_list(pick_list, floor.picker.pk, by=TESTER, now=NOW)
    assert reassign_list(pick_list, None, by=TESTER, now=NOW) == ""
    assert PickList.objects.get(pk=pick_list).picker_id is None
    floor.confirm(pick_list)
    with pytest.raises(NoWork):
        reassign_list(pick_list, floor.picker.pk, by=TESTER, now=NOW)


def test_a_pulled_order_tells_its_timeline_and_a_begun_one_stays(floor: Floor) -> None:
    order = floor.order({"ART01": 1, "ART02": 1})
    floor.release()
    pull_order(order.ref, by=TESTER, now=NOW)
    assert "Off the floor again: pulled out of its wave" in [entry.sentence for entry in story(order.ref)]
    (pick_list,) = floor.release()
    floor.claim()
    for _scan in range(2):
        floor.scan(pick_list, floor.right_code(pick_list))
    with pytest.raises(AlreadyPicked):
        pull_order(order.ref, by=TESTER, now=NOW)


def test_the_page_of_a_large_wave_shows_some_lists_and_the_way_to_the_others(
    floor: Floor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        floor.order({f"ART{number % 10 + 1:02}": 1})
    floor.release()
    wave = Wave.objects.get()
    with django_assert_max_num_queries(6):
        page = wave_page(wave.ref)
    assert (len(page.lists), page.list_count, page.lines) == (50, 60, 60)
    rest = wave_page(wave.ref, after=page.more_after)
    assert (len(rest.lists), rest.more_after) == (10, 0)
    assert {one.order_ref for one in (*page.orders, *rest.orders)} == set(
        PickTote.objects.values_list("fulfillment_order__order_ref", flat=True)
    )
