"""Changes against the floor, and answers against one another. Each race has a control without its guard."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from core.kernel.actors import CUSTOMER
from core.kernel.errors import IllegalTransition
from inventory.tests.threads import together
from orders.errors import ChoiceOver, WorkStopped
from orders.models import Allocation, Channel, FulfillmentOrder, Hold, Order, OrderLine, ShortageChoice
from orders.services import choices, fulfilment
from orders.services.allocation import allocate_backorders
from orders.services.choices import apply_due_choices, ask_choice, choose, expire_choice
from orders.services.editing import OrderChanges, edit_order
from orders.services.line_changes import LineChange
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, build_shop

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def fewer(ref: str, units: int = 1) -> None:
    line = OrderLine.objects.get(order__ref=ref)
    edit_order(ref, OrderChanges(lines=[LineChange(units, id=line.pk)]), by=TESTER, now=NOW)


def release_slowly(shipment: int, asked: threading.Event, changed: threading.Event) -> int:
    """As a wave does, with a pause between the question and the answer; returns the units planned."""
    with transaction.atomic():
        (work,) = fulfilment.lock_for_work([shipment])
        asked.set()
        changed.wait(timeout=1)
        fulfilment.mark_released([shipment], by=TESTER, now=NOW)
        return work.units


def race(shop: Shop) -> tuple[int, int, bool]:
    """A change comes while a wave is being released: (units planned, units promised, whether the floor is stopped)."""
    order = shop.order({"MUG": 3})
    shipment = FulfillmentOrder.objects.get().pk
    asked, changed = threading.Event(), threading.Event()

    def act(who: str) -> int:
        if who == "wave":
            return release_slowly(shipment, asked, changed)
        asked.wait(timeout=10)
        fewer(order.ref)
        changed.set()
        return 0

    planned, _edited = together(act, ["wave", "desk"])
    assert isinstance(planned, int), planned
    promised = sum(row.quantity for row in Allocation.objects.exclude(status="released"))
    return planned, promised, Hold.objects.filter(released_at=None, code="edit").exists()


def test_a_change_waits_for_the_release_and_then_stops_the_floor() -> None:
    planned, promised, stopped = race(build_shop({"MUG": 10}))

    assert (planned, promised) == (3, 1)
    assert stopped  # what was planned too much is taken off before anybody scans on


def test_without_the_orders_lock_the_floor_walks_for_units_nobody_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the wave reads without locking, so the change sees no work to stop."""
    monkeypatch.setattr(
        fulfilment, "_locked", lambda ids: list(FulfillmentOrder.objects.select_related("order").filter(pk__in=ids))
    )
    planned, promised, stopped = race(build_shop({"MUG": 10}))

    assert (planned, promised, stopped) == (3, 1, False)


def test_changing_against_picking_loses_no_unit() -> None:
    shop = build_shop({"MUG": 100})
    orders = [shop.order({"MUG": 3}) for _ in range(6)]
    shipments = {row.order_ref: row.pk for row in FulfillmentOrder.objects.all()}

    def act(job: tuple[str, str]) -> str:
        what, ref = job
        if what == "change":
            fewer(ref)
        else:
            shop.pick(shipments[ref])
        return what

    ended = together(act, [(what, order.ref) for order in orders for what in ("change", "pick")])

    assert not [one for one in ended if isinstance(one, Exception) and not isinstance(one, WorkStopped)], ended
    assert set(OrderLine.objects.values_list("cancelled", flat=True)) == {2}
    assert_books_balance(shop)


def asked_shop() -> tuple[Shop, str]:
    shop = build_shop({"MUG": 5, "VASE": 0})
    Channel.objects.update(choice_days=3)
    order = shop.order({"MUG": 1, "VASE": 2})
    assert ask_choice(order.id, asked_for=NOW - timedelta(hours=1), by=TESTER, now=NOW) is not None
    return shop, order.ref


def test_of_many_answers_at_once_exactly_one_is_done() -> None:
    shop, ref = asked_shop()

    ended = together(lambda n: choose(ref, ("cancel", "wait")[n % 2], by=CUSTOMER, now=NOW), range(8))

    assert Counter(type(one).__name__ for one in ended) == {"ChoiceFact": 4, "ChoiceOver": 4}
    choice = ShortageChoice.objects.get().choice
    assert OrderLine.objects.get(sku="VASE").cancelled == (2 if choice == "cancel" else 0)
    assert_books_balance(shop)


def test_without_the_orders_lock_two_answers_meet_in_the_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both read an open question; only the compare-and-set of the status keeps one of them out."""
    _shop, ref = asked_shop()
    both_have_read = threading.Barrier(2)
    offers = choices._offers

    def wait_for_the_other(order: Order, **more: Any) -> Any:
        found = offers(order, **more)
        both_have_read.wait(timeout=10)
        return found

    monkeypatch.setattr(choices, "lock_order", lambda ref, **_scope: Order.objects.get(ref=ref))
    monkeypatch.setattr(choices, "_offers", wait_for_the_other)
    ended = together(lambda n: choose(ref, ("cancel", "wait")[n], by=CUSTOMER, now=NOW), range(2))

    assert any(isinstance(one, IllegalTransition) for one in ended), ended
    assert not any(isinstance(one, ChoiceOver) for one in ended)


def answer_and_sweeps() -> tuple[Shop, list[object]]:
    """The customer answers with the last second, while two sweeps begin with the deadline."""
    shop, ref = asked_shop()
    Channel.objects.update(choice_default="cancel")
    ShortageChoice.objects.update(deadline=NOW)

    def act(who: str) -> object:
        if who == "customer":
            return choose(ref, "wait", by=CUSTOMER, now=NOW - timedelta(seconds=1))
        return apply_due_choices(by=TESTER, now=NOW)

    return shop, together(act, ["customer", "sweep", "sweep"])


def test_an_answer_of_the_last_second_against_two_sweeps_is_decided_once() -> None:
    shop, ended = answer_and_sweeps()

    assert not [one for one in ended if isinstance(one, Exception) and not isinstance(one, ChoiceOver)], ended
    status = ShortageChoice.objects.get().status
    cancelled = OrderLine.objects.get(sku="VASE").cancelled
    assert (status, cancelled, sum(one == 1 for one in ended)) in (("chosen", 0, 0), ("expired", 2, 1))
    assert_books_balance(shop)


def test_without_the_orders_lock_the_answer_and_the_default_meet_in_the_last_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: the answer and one sweep both read an open question, and only the compare-and-set is left."""
    _shop, ref = asked_shop()
    ShortageChoice.objects.update(deadline=NOW)
    both_have_read, have_met = threading.Barrier(2), threading.Event()
    offers = choices._offers

    def wait_for_the_other(order: Order, **more: Any) -> Any:
        found = offers(order, **more)
        if not have_met.is_set():
            both_have_read.wait(timeout=10)
            have_met.set()
        return found

    monkeypatch.setattr(choices, "lock_order", lambda ref, **_scope: Order.objects.get(ref=ref))
    monkeypatch.setattr(choices, "lock_one", lambda rows, **which: rows.get(**which))
    monkeypatch.setattr(choices, "_offers", wait_for_the_other)
    choice_id = ShortageChoice.objects.get().pk

    def act(who: str) -> object:
        if who == "customer":
            return choose(ref, "cancel", by=CUSTOMER, now=NOW - timedelta(seconds=1))
        return expire_choice(choice_id, by=TESTER, now=NOW)

    ended = together(act, ["customer", "sweep"])

    assert any(isinstance(one, IllegalTransition) for one in ended), ended
    assert not any(isinstance(one, ChoiceOver) for one in ended)


def test_an_answer_after_the_deadline_is_refused_and_the_default_is_done_whoever_comes_first() -> None:
    shop, ref = asked_shop()
    Channel.objects.update(choice_default="cancel")
    ShortageChoice.objects.update(deadline=NOW)

    def act(who: str) -> object:
        return choose(ref, "wait", by=CUSTOMER, now=NOW) if who == "customer" else apply_due_choices(by=TESTER, now=NOW)

    ended = together(act, ["customer", "sweep", "sweep"])

    assert Counter(type(one).__name__ for one in ended) == {"ChoiceOver": 1, "int": 2}, ended
    assert (ShortageChoice.objects.get().status, OrderLine.objects.get(sku="VASE").cancelled) == ("expired", 2)
    assert_books_balance(shop)


def test_an_answer_against_the_delivery_ends_with_every_unit_in_one_place() -> None:
    shop, ref = asked_shop()
    shop.receive("VASE", 2)

    def act(who: str) -> object:
        if who == "customer":
            return choose(ref, "cancel", by=CUSTOMER, now=NOW)
        return allocate_backorders(shop.products["VASE"], shop.warehouse_id, by=TESTER, now=NOW)

    ended = together(act, ["customer", "delivery"])

    assert not [one for one in ended if isinstance(one, Exception) and not isinstance(one, ChoiceOver)], ended
    line = OrderLine.objects.get(sku="VASE")
    assert (line.allocated, line.cancelled) in ((2, 0), (0, 2))
    assert_books_balance(shop)


def test_filling_by_different_policies_at_once_gives_exactly_what_came() -> None:
    shop = build_shop({"MUG": 0})
    Channel.objects.update(fill_policy="completes_an_order")
    for units in (3, 1, 4, 2, 5, 2):
        shop.order({"MUG": units})
    shop.receive("MUG", 9)

    ended = together(
        lambda _: allocate_backorders(shop.products["MUG"], shop.warehouse_id, by=TESTER, now=NOW), range(6)
    )

    assert Counter(type(one).__name__ for one in ended) == {"int": 6}
    assert shop.available("MUG") == 0
    assert sum(row.quantity for row in Allocation.objects.all()) == 9
    assert_books_balance(shop)
