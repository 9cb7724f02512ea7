"""What is ordered ahead of its release day leaves on that day, and moves when the day moves."""

from datetime import date, timedelta

import pytest
from django.core import mail
from pytest_django import DjangoAssertNumQueries

from core.outbox.models import Event
from core.outbox.services import run_due
from inventory.models import Product
from inventory.services.products import update_product
from orders.models import Allocation, Channel, FulfillmentOrder, OrderLine, Promise
from orders.services.allocation import allocate_backorders
from orders.services.preorders import follow_releases
from orders.services.readiness import release_scheduled
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance

CHRISTMAS, NEW_YEAR, SOON = date(2026, 12, 24), date(2027, 1, 4), date(2026, 11, 26)


@pytest.fixture
def ahead(shop: Shop) -> Shop:
    """The shop, whose lamps are released at Christmas."""
    Product.objects.filter(sku="LAMP").update(release_on=CHRISTMAS)
    return shop


def move(to: date | None) -> None:
    update_product("LAMP", changes={"release_on": to}, by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)


def parts() -> list[tuple[str, date | None]]:
    rows = FulfillmentOrder.objects.exclude(status="cancelled").order_by("pk")
    return list(rows.values_list("status", "release_on"))


def test_what_may_leave_today_goes_by_itself_and_the_rest_waits_for_its_day(ahead: Shop) -> None:
    ahead.order({"MUG": 1, "LAMP": 2})

    assert sorted(parts(), key=str) == [("allocated", None), ("scheduled", CHRISTMAS)]
    assert ahead.available("LAMP") == 1
    assert Promise.objects.get().ship_by >= CHRISTMAS


def test_it_is_let_go_on_the_warehouses_day(ahead: Shop) -> None:
    ahead.order({"LAMP": 1})

    assert release_scheduled(by=TESTER, now=NOW) == 0
    assert release_scheduled(by=TESTER, now=NOW.replace(month=12, day=24)) == 1
    assert FulfillmentOrder.objects.get().status == "allocated"


def test_stock_that_comes_before_the_day_is_set_aside_and_scheduled(ahead: Shop) -> None:
    Product.objects.filter(sku="VASE").update(release_on=CHRISTMAS)
    ahead.order({"MUG": 1, "VASE": 2})
    ahead.receive("VASE", 2)

    assert allocate_backorders(ahead.products["VASE"], ahead.warehouse_id, by=TESTER, now=NOW) == 2

    assert sorted(parts(), key=str) == [("allocated", None), ("scheduled", CHRISTMAS)]
    assert_books_balance(ahead)


def test_a_later_day_is_promised_anew_and_told_once(ahead: Shop) -> None:
    ahead.order({"LAMP": 1})
    run_due(now=NOW, raise_errors=True)
    mail.outbox.clear()

    move(NEW_YEAR)
    move(NEW_YEAR)
    follow_releases(by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)

    assert parts() == [("scheduled", NEW_YEAR)]
    assert list(Promise.objects.order_by("version").values_list("version", "reason")) == [
        (1, ""),
        (2, "release_moved"),
    ]
    assert len(mail.outbox) == 1
    assert Event.objects.filter(type="order.release_moved").count() == 1


def test_an_earlier_day_promises_sooner(ahead: Shop) -> None:
    ahead.order({"LAMP": 1})

    move(SOON)

    assert parts() == [("scheduled", SOON)]
    assert Promise.objects.order_by("-version").first().ship_by == SOON  # type: ignore[union-attr]
    assert OrderLine.objects.get().release_on == SOON


def test_without_a_day_it_joins_what_leaves_now(ahead: Shop) -> None:
    ahead.order({"MUG": 1, "LAMP": 2})

    move(None)

    assert parts() == [("allocated", None)]
    assert Allocation.objects.exclude(status="released").values("fulfillment_order").distinct().count() == 1
    assert_books_balance(ahead)


def test_a_later_day_takes_what_nobody_has_begun_apart(shop: Shop) -> None:
    shop.order({"MUG": 1, "LAMP": 2})
    assert parts() == [("allocated", None)]
    OrderLine.objects.filter(sku="LAMP").update(release_on=SOON - timedelta(days=10))

    move(CHRISTMAS)

    assert sorted(parts(), key=str) == [("allocated", None), ("scheduled", CHRISTMAS)]
    assert_books_balance(shop)


def test_an_order_that_ships_complete_leaves_whole_on_the_last_day(ahead: Shop) -> None:
    Channel.objects.update(ship_policy="complete")
    ahead.order({"MUG": 1, "LAMP": 2})
    move(NEW_YEAR)

    assert parts() == [("scheduled", NEW_YEAR)]


def test_what_is_on_the_floor_goes_on(ahead: Shop) -> None:
    ahead.order({"LAMP": 1})
    release_scheduled(by=TESTER, now=NOW.replace(month=12, day=24))
    ahead.pick(FulfillmentOrder.objects.get().pk)

    move(NEW_YEAR)

    assert FulfillmentOrder.objects.get().status == "picked"


def test_the_sweep_brings_forward_what_waits_for_a_day_that_is_over_by_now(ahead: Shop) -> None:
    ahead.order({"LAMP": 1})
    Product.objects.filter(sku="LAMP").update(release_on=NOW.date() - timedelta(days=1))

    assert follow_releases(by=TESTER, now=NOW) == 1

    assert parts() == [("allocated", None)]
    assert follow_releases(by=TESTER, now=NOW) == 0


def test_products_released_long_ago_cost_the_sweep_nothing(
    shop: Shop, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    shop.order({"LAMP": 1, "MUG": 1})
    Product.objects.update(release_on=NOW.date() - timedelta(days=400))

    with django_assert_max_num_queries(3):
        assert follow_releases(by=TESTER, now=NOW) == 0
