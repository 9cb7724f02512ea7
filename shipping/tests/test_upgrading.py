"""Surprise upgrades: within the budget, once, told; and methods changed by hand."""

import threading
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from core.kernel.errors import Invalid, NotFound
from core.outbox.services import run_due
from inventory.tests.threads import together
from orders.selectors.facts import OrderFact
from orders.selectors.orders import order_by_id
from orders.selectors.timeline import story
from orders.services.cancellation import cancel_order
from orders.services.editing import OrderChanges, edit_order
from orders.services.intake import place_order
from orders.services.requests import CustomerRequest
from orders.tests.shop import request_for
from shipping.errors import MethodFixed
from shipping.models import CarrierService, RateBand, Upgrade, UpgradeBudget
from shipping.planning.upgrades import Spent, has_room
from shipping.services.budgets import hear_orders, switch_budget
from shipping.services.labels import purchase_label
from shipping.services.packing import pack_all
from shipping.services.upgrading import _budget, month_of, set_method, spent_of, surprise
from shipping.tests.floor import NOW, TESTER, Floor, build_floor


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"ART01": 500})


def with_express(floor: Floor, **more: object) -> UpgradeBudget:
    CarrierService.objects.filter(method="standard").update(cost=Decimal("3.00"))
    CarrierService.objects.create(
        method="express",
        carrier="own_delivery",
        service="express",
        name="Express",
        price=Decimal("9.00"),
        cost=Decimal("7.50"),
        transit_days_max=1,
    )
    values: dict[str, object] = {
        "channel_id": floor.shop.channel_id,
        "from_method": "standard",
        "to_method": "express",
        "orders_a_month": 5,
    }
    row = UpgradeBudget.objects.create(**{**values, **more})
    hear_orders()
    return row


def placed(floor: Floor, quantity: int = 1, *, now: datetime = NOW, **more: Any) -> OrderFact:
    return place_order(floor.shop.channel_id, request_for({"ART01": quantity}, **more), by=TESTER, now=now)


def method_of(order: OrderFact) -> tuple[str, str]:
    found = order_by_id(order.id)
    return found.shipping_method, found.upgraded_from


def test_faster_is_told_without_a_day_while_the_payment_or_stock_is_awaited(floor: Floor) -> None:
    with_express(floor)
    placed(floor, payment_status="pending")
    placed(floor, 501)
    run_due(now=NOW, raise_errors=True)
    run_due(now=NOW, raise_errors=True)
    told = [str(one.body) for one in mail.outbox if "comes faster" in one.subject]
    assert len(told) == 2
    for text in told:
        assert "a present from us" in text and "arrives" not in text


def test_a_new_order_is_upgraded_once_and_the_buyer_is_told(floor: Floor) -> None:
    with_express(floor)
    order = placed(floor, external_id="A-1")
    for _time in range(2):
        run_due(now=NOW, raise_errors=True)
        surprise(order.id, by=TESTER, now=NOW)
    assert method_of(order) == ("express", "standard")
    assert list(Upgrade.objects.values_list("cost", "given_by")) == [(Decimal("4.50"), "surprises")]
    run_due(now=NOW, raise_errors=True)
    told = [one for one in mail.outbox if "comes faster" in one.subject]
    assert len(told) == 1
    assert "A-1" in told[0].subject and "a present from us" in str(told[0].body) and "Express" in str(told[0].body)
    assert "Ships faster, at no charge: standard → express" in [entry.sentence for entry in story(order.ref)]


@pytest.mark.parametrize(
    ("locale", "words"),
    [("sv", "comes faster"), ("th", "comes faster"), ("ja", "comes faster"), ("en", "comes faster")],
)
def test_the_mail_is_made_in_every_language(floor: Floor, locale: str, words: str) -> None:
    with_express(floor)
    placed(floor, customer=CustomerRequest(email="a@example.com", name="Ada", locale=locale))
    for _time in range(3):
        run_due(now=NOW, raise_errors=True)
    assert len(mail.outbox) == 2 and words


def test_the_months_number_and_money_are_never_passed(floor: Floor) -> None:
    with_express(floor, orders_a_month=2)
    orders = [placed(floor, email=f"b{number}@example.com") for number in range(4)]
    run_due(now=NOW, raise_errors=True)
    assert [method_of(order)[0] for order in orders].count("express") == 2
    UpgradeBudget.objects.update(orders_a_month=100, money_a_month=Decimal("13.49"))  # two cost 9.00
    assert surprise(placed(floor, email="c@example.com").id, by=TESTER, now=NOW) == ""
    UpgradeBudget.objects.update(money_a_month=Decimal("13.50"))
    assert surprise(placed(floor, email="d@example.com").id, by=TESTER, now=NOW) == "express"


def test_a_new_month_is_a_new_budget_where_the_warehouse_is(floor: Floor) -> None:
    with_express(floor, orders_a_month=1)
    assert surprise(placed(floor).id, by=TESTER, now=NOW) == "express"
    assert surprise(placed(floor, email="b@example.com").id, by=TESTER, now=NOW) == ""
    december = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
    assert month_of(floor.warehouse_id, december) == december
    late = placed(floor, email="c@example.com", now=december)
    assert surprise(late.id, by=TESTER, now=december) == "express"


def test_only_first_orders_and_only_those_worth_it(floor: Floor) -> None:
    with_express(floor, first_orders=True, min_value=Decimal(5))
    small, first, second = placed(floor, 1, email="x@example.com"), placed(floor, 2), placed(floor, 2)
    got = [surprise(order.id, by=TESTER, now=NOW) for order in (small, first, second)]
    assert got == ["", "express", ""]


def test_money_of_another_currency_is_not_compared_with_the_budgets(floor: Floor) -> None:
    with_express(floor, min_value=Decimal(5))
    foreign, own = placed(floor, 4, currency="JPY", email="j@example.com"), placed(floor, 2)
    assert [surprise(order.id, by=TESTER, now=NOW) for order in (foreign, own)] == ["", "express"]


def test_without_an_active_budget_nobody_looks_at_new_orders(floor: Floor) -> None:
    row = with_express(floor)
    switch_budget(row.pk, active=False, by=TESTER, now=NOW)
    order = placed(floor)
    run_due(now=NOW, raise_errors=True)
    assert method_of(order)[0] == "standard"
    switch_budget(row.pk, active=True, by=TESTER, now=NOW)
    other = placed(floor)
    run_due(now=NOW, raise_errors=True)
    assert method_of(other)[0] == "express"


def test_a_cancelled_budget_or_method_changes_nothing(floor: Floor) -> None:
    with_express(floor)
    CarrierService.objects.filter(method="express").update(active=False)
    assert surprise(placed(floor).id, by=TESTER, now=NOW) == ""


def test_staff_upgrade_and_take_back_with_a_reason(floor: Floor) -> None:
    with_express(floor, active=False)
    order = placed(floor)
    with pytest.raises(Invalid, match="Say why"):
        set_method(order.ref, "express", reason=" ", by=TESTER, now=NOW)
    with pytest.raises(NotFound, match="no active method"):
        set_method(order.ref, "rocket", reason="fun", by=TESTER, now=NOW)
    letters_only = RateBand.objects.create(
        service=CarrierService.objects.get(method="express"), weight_to_g=1, price=Decimal(20)
    )
    with pytest.raises(Invalid, match="takes no such weight"):
        set_method(order.ref, "express", reason="Birthday", by=TESTER, now=NOW)
    letters_only.delete()
    set_method(order.ref, "express", reason="Birthday", by=TESTER, now=NOW)
    assert method_of(order) == ("express", "standard")
    assert list(Upgrade.objects.values_list("cost", "reason")) == [(Decimal("4.50"), "Birthday")]
    assert Upgrade.objects.get().budget is None
    set_method(order.ref, "standard", reason="Wrong order", by=TESTER, now=NOW)
    assert method_of(order) == ("standard", "")
    assert list(Upgrade.objects.values_list("cost", "reason")) == [(Decimal(0), "Wrong order")]


def test_a_surprise_taken_back_frees_its_place(floor: Floor) -> None:
    row = with_express(floor, orders_a_month=1)
    order = placed(floor)
    surprise(order.id, by=TESTER, now=NOW)
    set_method(order.ref, "standard", reason="Cannot go by air", by=TESTER, now=NOW)
    assert spent_of([row.pk], since=month_of(floor.warehouse_id, NOW)) == {}
    assert surprise(order.id, by=TESTER, now=NOW) == ""  # it had its turn
    assert surprise(placed(floor, email="b@example.com").id, by=TESTER, now=NOW) == "express"


def test_an_order_that_is_cancelled_or_goes_another_way_takes_nothing_of_the_budget(floor: Floor) -> None:
    row = with_express(floor)
    since = month_of(floor.warehouse_id, NOW)
    first, second = placed(floor), placed(floor, email="b@example.com")
    for order in (first, second):
        assert surprise(order.id, by=TESTER, now=NOW) == "express"
    cancel_order(first.ref, reason="", by=TESTER, now=NOW)
    assert spent_of([row.pk], since=since) == {row.pk: Spent(1, Decimal("4.50"))}
    edit_order(second.ref, OrderChanges(shipping_method="standard"), by=TESTER, now=NOW)
    assert method_of(second) == ("standard", "")
    edit_order(second.ref, OrderChanges(shipping_method="express"), by=TESTER, now=NOW)
    assert method_of(second) == ("express", "")  # asked for, no present
    assert spent_of([row.pk], since=since) == {}


def test_a_bought_label_fixes_the_method(floor: Floor) -> None:
    with_express(floor, active=False)
    order = floor.order({"ART01": 1})
    floor.pick(order)
    parcel = pack_all(floor.fulfillment_order(order), by=TESTER, now=NOW)
    set_method(order.ref, "express", reason="Hurry", by=TESTER, now=NOW)
    assert purchase_label(parcel.ref, by=TESTER, now=NOW)
    with pytest.raises(MethodFixed):
        set_method(order.ref, "standard", reason="No hurry", by=TESTER, now=NOW)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_orders_that_come_at_once_never_overspend_a_budget() -> None:
    floor = build_floor({"ART01": 500})
    with_express(floor, orders_a_month=5, money_a_month=Decimal("18.00"))  # money for four
    orders = [placed(floor, email=f"b{number}@example.com") for number in range(16)]
    ended = together(lambda order: surprise(order.id, by=TESTER, now=NOW), orders)
    assert sorted(str(one) for one in ended) == [""] * 12 + ["express"] * 4
    assert Upgrade.objects.count() == 4


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_on_the_budget_two_orders_take_its_last_place() -> None:
    floor = build_floor({"ART01": 500})
    row = with_express(floor, orders_a_month=1)
    orders = [placed(floor, email=f"b{number}@example.com") for number in range(2)]
    both_have_counted = threading.Barrier(2)

    def surprise_carelessly(order: OrderFact) -> bool:
        with transaction.atomic():
            spent = spent_of([row.pk], since=month_of(floor.warehouse_id, NOW)).get(row.pk, Spent())
            both_have_counted.wait(timeout=10)
            if not has_room(_budget(row), spent, Decimal("4.50")):
                return False
            Upgrade.objects.create(
                order_id=order.id, budget=row, from_method="standard", to_method="express", given_by="x", given_at=NOW
            )
        return True

    assert together(surprise_carelessly, orders) == [True, True]
    assert Upgrade.objects.filter(budget=row).count() == 2
