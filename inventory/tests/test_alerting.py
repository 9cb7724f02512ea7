"""Low, out and back are said once, and again only when there is something new to say."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from core.attention.models import ExceptionCase
from core.kernel.actors import system
from core.outbox.listeners import listen
from core.outbox.models import Event
from core.webhooks.ports import FAN_OUT
from inventory.models import Product, StockAlert, StockPolicy
from inventory.planning.alerting import QUIET, judge
from inventory.services import alerting
from inventory.services.alerting import watch_stock
from inventory.services.policies import set_policy
from inventory.services.products import create_product, update_product
from inventory.services.reservation import Want, give_back, take
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products

WATCHER = system("stock")
SAID = ("stock.low", "stock.out", "stock.back_in_stock")


def said() -> list[str]:
    return [
        name.removeprefix("stock.")
        for name in Event.objects.filter(type__in=SAID).order_by("pk").values_list("type", flat=True)
    ]


def test_a_level_that_hovers_around_its_reorder_point_is_low_once() -> None:
    state = "fine"
    events: list[str] = []
    for available in (12, 10, 11, 10, 11, 9, 11):
        verdict = judge(state, NOW - timedelta(days=1), available=available, reorder_point=10, now=NOW)
        state, events = verdict.state, [*events, verdict.event]
    assert [one for one in events if one] == ["low"]
    assert judge("low", NOW, available=12, reorder_point=10, now=NOW).state == "fine"


def test_out_is_not_said_again_within_a_minute_of_being_back() -> None:
    back = judge("out", NOW, available=1, reorder_point=None, now=NOW)
    assert (back.event, back.turned) == ("back_in_stock", True)
    soon = judge(back.state, NOW, available=0, reorder_point=None, now=NOW + QUIET / 2)
    assert (soon.event, soon.state) == ("", "fine")
    assert judge(back.state, NOW, available=0, reorder_point=None, now=NOW + QUIET).event == "out"


def test_what_never_came_in_has_not_run_out() -> None:
    first = judge(None, None, available=0, reorder_point=5, now=NOW)
    assert (first.state, first.event) == ("out", "")
    assert judge("out", NOW, available=5, reorder_point=5, now=NOW).event == "back_in_stock"


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 90)), max_size=60),
    st.one_of(st.none(), st.integers(0, 20)),
)
def test_whatever_happens_out_and_back_take_turns_and_out_is_said_once_a_minute(
    history: list[tuple[int, int]], reorder_point: int | None
) -> None:
    state, turned_at, now = None, None, NOW
    told: list[tuple[str, object]] = []
    for available, seconds in history:
        now += timedelta(seconds=seconds)
        verdict = judge(state, turned_at, available=available, reorder_point=reorder_point, now=now)
        if state is None:
            turned_at = now - 2 * QUIET
        state = verdict.state
        if verdict.turned:
            turned_at = now
        if verdict.event:
            told.append((verdict.event, now))
        if available > 0:
            assert state != "out"
    turns = [event for event, _at in told if event != "low"]
    assert all(one != other for one, other in pairwise(turns))
    outs = [at for event, at in told if event == "out"]
    assert all(later - earlier >= QUIET for earlier, later in pairwise(outs))  # type: ignore[operator]


@pytest.fixture
def warehouse(transactional_db: None) -> Floor:
    return build_floor()


@pytest.mark.alone
def test_the_watcher_says_low_out_and_back_and_opens_and_closes_a_case(warehouse: Floor) -> None:
    (product,) = make_products(1)
    Product.objects.filter(pk=product).update(reorder_point=3)
    warehouse.receive(product, 10)
    assert watch_stock(by=WATCHER, now=NOW) == 1
    assert said() == []
    warehouse.allocate(product, 7)
    watch_stock(by=WATCHER, now=NOW)
    assert said() == ["low"]
    case = ExceptionCase.objects.get(kind="stock_low", closed_at=None)
    assert (case.warehouse_id, case.detail["available"]) == (warehouse.warehouse_id, 3)
    warehouse.allocate(product, 3)
    watch_stock(by=WATCHER, now=NOW)
    assert said() == ["low", "out"]
    warehouse.receive(product, 2)
    watch_stock(by=WATCHER, now=NOW)
    assert said() == ["low", "out", "back_in_stock"]
    assert ExceptionCase.objects.filter(closed_at=None).count() == 1
    warehouse.receive(product, 20)
    watch_stock(by=WATCHER, now=NOW)
    assert not ExceptionCase.objects.filter(closed_at=None).exists()
    assert watch_stock(by=WATCHER, now=NOW) == 0
    assert said() == ["low", "out", "back_in_stock"]


@pytest.mark.alone
def test_a_cart_that_comes_and_goes_says_out_once_and_at_the_end_of_the_minute_what_is_true(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 1)
    want = [Want(product, warehouse.warehouse_id, 1)]
    watch_stock(by=WATCHER, now=NOW)
    for second in range(10):
        with transaction.atomic():
            take(want)
        watch_stock(by=WATCHER, now=NOW + timedelta(seconds=second))
        with transaction.atomic():
            give_back(want)
        watch_stock(by=WATCHER, now=NOW + timedelta(seconds=second))
    with transaction.atomic():
        take(want)
    watch_stock(by=WATCHER, now=NOW + timedelta(seconds=10))
    assert said() == ["out", "back_in_stock"]
    assert watch_stock(by=WATCHER, now=NOW + timedelta(seconds=70)) == 1
    assert said() == ["out", "back_in_stock", "out"]
    assert watch_stock(by=WATCHER, now=NOW + timedelta(seconds=71)) == 0


@pytest.mark.alone
def test_another_reorder_point_is_judged_at_once(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 8)
    watch_stock(by=WATCHER, now=NOW)
    update_product("P-001", changes={"reorder_point": 10}, by=TESTER, now=NOW)
    watch_stock(by=WATCHER, now=NOW)
    assert said() == ["low"]
    set_policy(product, warehouse.warehouse_id, reorder_point=2, by=TESTER, now=NOW)
    watch_stock(by=WATCHER, now=NOW)
    assert not ExceptionCase.objects.filter(closed_at=None).exists()


@pytest.mark.alone
def test_a_policy_of_the_warehouse_goes_before_the_product(warehouse: Floor) -> None:
    (product,) = make_products(1)
    Product.objects.filter(pk=product).update(reorder_point=1)
    StockPolicy.objects.create(product_id=product, warehouse_id=warehouse.warehouse_id, reorder_point=8)
    warehouse.receive(product, 8)
    watch_stock(by=WATCHER, now=NOW)
    assert said() == ["low"]


@pytest.mark.alone
def test_a_change_is_told_only_while_somebody_listens_and_a_kit_with_it(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 5)
    watch_stock(by=WATCHER, now=NOW)
    assert not Event.objects.filter(type="stock.changed").exists()
    listen(FAN_OUT, owner="endpoint:1", patterns=["stock.*"])
    kit = create_product(sku="SET", name="Set", kit=[("P-001", 2)], kit_kind="virtual", by=TESTER, now=NOW).product.id
    for _sale in range(3):
        warehouse.allocate(product, 1)
    watch_stock(by=WATCHER, now=NOW)
    told = Event.objects.filter(type="stock.changed").order_by("pk").values_list("data", flat=True)
    place = warehouse.warehouse_id
    assert list(told) == [
        {"product_id": product, "warehouse_id": place, "available": 2},
        {"product_id": kit, "warehouse_id": place, "available": 1},
    ]


@pytest.mark.alone
def test_a_crash_neither_loses_nor_doubles_an_event(warehouse: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 1)
    watch_stock(by=WATCHER, now=NOW)
    warehouse.allocate(product, 1)
    tell_people = alerting._tell_people

    def die(*_args: object, **_more: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(alerting, "_tell_people", die)
    with pytest.raises(RuntimeError):
        watch_stock(by=WATCHER, now=NOW)
    assert said() == []
    monkeypatch.setattr(alerting, "_tell_people", tell_people)
    watch_stock(by=WATCHER, now=NOW)
    watch_stock(by=WATCHER, now=NOW)
    assert said() == ["out"]
    assert StockAlert.objects.get().state == "out"
