"""What is late, and what will be for want of stock, is found, told and closed by itself."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from core.attention.selectors import CaseFact, open_cases
from core.outbox.models import Event
from inventory.models import Supplier
from inventory.selectors import warehouse_by_id
from inventory.services.purchasing import create_purchase_order
from orders.models import ChannelWarehouse, FulfillmentOrder, Order, Promise
from orders.planning.waiting import Expected, Incoming, Need
from orders.selectors.facts import OrderFact
from orders.services import watching
from orders.services.holds import place_hold, release_hold
from orders.services.watching import overdue_backorders, watch_backorders, watch_held, watch_late
from orders.tests.shop import NOW, TESTER, Shop, build_shop

A_DAY = timedelta(days=1)
TODAY = NOW.date()
DEC_3 = date(2026, 12, 3)


def late_cases(kind: str = "late") -> list[CaseFact]:
    return open_cases(kind)


def announce(shop: Shop, sku: str, units: int, on: date) -> None:
    supplier, _made = Supplier.objects.get_or_create(code="ACME", defaults={"name": "Acme"})
    create_purchase_order(
        supplier_id=supplier.pk,
        warehouse_id=shop.warehouse_id,
        lines=[(shop.products[sku], units)],
        expected_on=on,
        by=TESTER,
        now=NOW,
    )


def mails_due(order: OrderFact) -> int:
    return sum(1 for event in Event.objects.filter(type="promise.changed", subject_id=order.id) if event.data["later"])


def test_an_order_past_its_day_has_one_case_until_it_leaves(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    watch_late(shop.warehouse_id, by=TESTER, now=NOW)
    assert not late_cases()
    for days in (1, 1, 2):
        watch_late(shop.warehouse_id, by=TESTER, now=NOW + days * A_DAY)
        (case,) = late_cases()
        assert (case.timeline, case.detail["days"]) == (order.ref, days)
    shop.fulfil(FulfillmentOrder.objects.get(order_id=order.id).pk)
    watch_late(shop.warehouse_id, by=TESTER, now=NOW + 2 * A_DAY)
    assert not late_cases()


def test_a_broken_promise_is_made_anew_and_told_once(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    tomorrow = NOW + A_DAY
    for _ in range(3):
        watch_late(shop.warehouse_id, by=TESTER, now=tomorrow)
    versions = list(Promise.objects.filter(order_id=order.id).order_by("version"))
    assert [one.reason for one in versions] == ["", "delayed"]
    assert versions[1].ship_by == tomorrow.date()
    assert Order.objects.get(pk=order.id).version == 2, "who decides by the old promise has to look again"
    assert mails_due(order) == 1
    part = FulfillmentOrder.objects.get(order_id=order.id)
    assert part.ship_by == TODAY, "the floor still sees how late it is"


def test_a_held_order_is_late_but_nobody_promises_for_it(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    place_hold(order.ref, type="operator", reason="Ring first", by=TESTER, now=NOW)
    watch_late(shop.warehouse_id, by=TESTER, now=NOW + A_DAY)
    (case,) = late_cases()
    assert case.detail["held"]
    assert Promise.objects.filter(order_id=order.id).count() == 1


def test_an_order_on_hold_on_its_day_will_be_late_until_it_is_released(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    hold = place_hold(order.ref, type="operator", reason="Ring first", by=TESTER, now=NOW)
    watch_held(shop.warehouse_id, by=TESTER, now=NOW - A_DAY)
    assert not late_cases("will_be_late"), "there is time until its day"
    for _ in range(2):
        watch_held(shop.warehouse_id, by=TESTER, now=NOW)
    (case,) = late_cases("will_be_late")
    assert (case.timeline, case.detail["cause"], case.detail["until"]) == (order.ref, "hold", None)
    release_hold(order.ref, hold.id, by=TESTER, now=NOW)
    watch_held(shop.warehouse_id, by=TESTER, now=NOW)
    assert not late_cases("will_be_late")


@pytest.mark.parametrize(("days", "told"), [(1, True), (0, False)])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
@pytest.mark.django_db
def test_a_hold_beyond_the_day_of_an_order_is_told_when_it_is_placed(zone: str, days: int, told: bool) -> None:
    shop = build_shop({"MUG": 5}, time_zone=zone)
    order = shop.order({"MUG": 1})
    assert order.promise is not None
    end = datetime.combine(order.promise.ship_by + days * A_DAY, time(), ZoneInfo(zone))
    before = NOW - 5 * A_DAY
    place_hold(order.ref, type="until_date", reason="Away", release_at=end, by=TESTER, now=before)
    watch_held(shop.warehouse_id, by=TESTER, now=before)
    assert [case.detail["until"] for case in late_cases("will_be_late")] == [end.date().isoformat()] * told


def test_what_waits_for_its_payment_will_not_be_late(shop: Shop) -> None:
    shop.order({"MUG": 1}, payment_status="pending")
    watch_held(shop.warehouse_id, by=TESTER, now=NOW)
    assert not late_cases("will_be_late")


def test_stock_nobody_has_announced_is_a_case_without_a_promise(shop: Shop) -> None:
    order = shop.order({"VASE": 2})
    watch_backorders(shop.warehouse_id, by=TESTER, now=NOW)
    (case,) = late_cases("will_be_late")
    assert (case.timeline, case.detail["units"], case.detail["comes_on"]) == (order.ref, 2, None)
    assert Promise.objects.filter(order_id=order.id).count() == 1


def test_stock_that_comes_too_late_moves_the_promise_and_the_buyer_is_told_once(shop: Shop) -> None:
    order = shop.order({"VASE": 2})
    announce(shop, "VASE", 2, date(2026, 12, 1))
    for _ in range(3):
        watch_backorders(shop.warehouse_id, by=TESTER, now=NOW)
    newest = Promise.objects.filter(order_id=order.id).order_by("-version").first()
    assert newest is not None
    assert (newest.version, newest.reason, newest.ship_by) == (2, "backordered", date(2026, 12, 2))
    assert Order.objects.get(pk=order.id).version == 2
    assert mails_due(order) == 1
    assert not late_cases("will_be_late"), "in time by what it is promised now"


def test_stock_that_comes_in_time_is_no_case(shop: Shop) -> None:
    order = shop.order({"VASE": 2})
    Order.objects.filter(pk=order.id).update(ship_by=date(2026, 12, 4))
    announce(shop, "VASE", 2, date(2026, 12, 2))
    watch_backorders(shop.warehouse_id, by=TESTER, now=NOW)
    assert not late_cases("will_be_late")


def test_who_waits_longest_gets_what_comes_first(shop: Shop) -> None:
    first, second = shop.order({"VASE": 2}), shop.order({"VASE": 2})
    Order.objects.filter(pk__in=[first.id, second.id]).update(ship_by=date(2026, 12, 31))
    announce(shop, "VASE", 3, date(2026, 12, 1))
    found = overdue_backorders(warehouse_by_id(shop.warehouse_id), now=NOW)
    assert [one.order_id for one in found] == [second.id]


@pytest.mark.parametrize("orders", [1, 6])
def test_watching_backorders_takes_constant_statements(
    shop: Shop, django_assert_num_queries: DjangoAssertNumQueries, orders: int
) -> None:
    for _ in range(orders):
        shop.order({"VASE": 1})
    watch_backorders(shop.warehouse_id, by=TESTER, now=NOW)
    # The warehouse, the lines, what comes, the calendars; then the cases in a transaction of their own.
    with django_assert_num_queries(6):
        watch_backorders(shop.warehouse_id, by=TESTER, now=NOW)


@pytest.mark.parametrize("chunk", [1, 2, 3, 1000])
def test_what_is_read_in_chunks_is_what_is_read_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(watching, "CHUNK", chunk)
    orders = [shop.order({"VASE": 1, "LAMP": 5}, now=NOW, placed_at=NOW + n * timedelta(hours=n)) for n in range(4)]
    orders.append(shop.order({"VASE": 1, "LAMP": 1}, placed_at=NOW))
    announce(shop, "VASE", 3, date(2026, 12, 1))
    announce(shop, "LAMP", 8, date(2026, 12, 3))
    found = overdue_backorders(warehouse_by_id(shop.warehouse_id), now=NOW)
    known = {one.order_id: (one.units, one.comes_on) for one in found}
    assert [known[one.id] for one in orders] == [(3, DEC_3), (6, DEC_3), (6, None), (6, None), (2, DEC_3)]


def test_a_sweep_ends_once_it_has_found_all_it_tells_of(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most in (("CHUNK", 1), ("MOST_CASES", 2), ("MOST_TOLD", 1)):
        monkeypatch.setattr(watching, name, most)
    announce(shop, "LAMP", 1, date(2026, 12, 3))
    unknown = [shop.order({"VASE": 1}, placed_at=NOW) for _ in range(3)]
    shop.order({"LAMP": 3}, placed_at=NOW)
    certain = shop.order({"LAMP": 1}, placed_at=NOW + A_DAY)
    shop.order({"VASE": 1}, placed_at=NOW + 2 * A_DAY)
    with CaptureQueriesContext(connection) as queries:
        found = overdue_backorders(warehouse_by_id(shop.warehouse_id), now=NOW)
    assert [one.order_id for one in found] == [unknown[0].id, unknown[1].id, certain.id]
    assert sum("orders_orderline" in one["sql"] for one in queries.captured_queries) == 5, "the last was not read"


def test_an_order_late_in_two_warehouses_has_a_case_in_each(shop: Shop) -> None:
    side = build_shop({"PLATE": 1}, code="SIDE")
    for warehouse_id, position in ((shop.warehouse_id, 1), (side.warehouse_id, 2)):
        ChannelWarehouse.objects.create(channel_id=shop.channel_id, warehouse_id=warehouse_id, position=position)
    order = shop.order({"MUG": 1, "PLATE": 1})
    here, there = FulfillmentOrder.objects.filter(order_id=order.id).order_by("warehouse_id")
    places = (here.warehouse_id, there.warehouse_id)
    for _ in range(2):
        for warehouse_id in places:
            watch_late(warehouse_id, by=TESTER, now=NOW + A_DAY)
    assert sorted(case.warehouse_id or 0 for case in late_cases()) == sorted(places)
    shop.fulfil(here.pk if here.warehouse_id == shop.warehouse_id else there.pk)
    for warehouse_id in places:
        watch_late(warehouse_id, by=TESTER, now=NOW + A_DAY)
    assert [case.warehouse_id for case in late_cases()] == [side.warehouse_id]


def test_what_is_expected_fills_needs_in_their_order() -> None:
    today = datetime(2026, 11, 23).date()
    coming = {1: [Expected(today + 2 * A_DAY, 3), Expected(today, 1), Expected(None, 9), Expected(today - A_DAY, 9)]}
    needs = [Need(1, 1), Need(1, 2), Need(1, 2), Need(2, 1)]
    incoming = Incoming(today=today)
    for product_id, rows in coming.items():
        incoming.add(product_id, rows)
    found = [incoming.fill(need) for need in needs]
    assert [last.on if last else None for last in found] == [today, today + 2 * A_DAY, None, None]
