"""Holds on the screens: with a day, by kind, one or all, for one order or many."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from fulfillment.dashboard.tests.desk import Day, signed_in
from orders.models import Hold, Order
from orders.services.holds import place_hold, release_due_holds
from orders.tests.shop import TESTER


@pytest.fixture
def support(day: Day) -> Client:
    return signed_in("support")


def act(client: Client, url: str, **data: Any) -> Any:
    return client.post(url, {"action_id": str(uuid.uuid4()), **data})


def open_types() -> list[str]:
    return sorted(Hold.objects.filter(released_at=None).values_list("type", flat=True))


def test_a_hold_is_placed_until_a_day_and_goes_by_itself(support: Client, day: Day) -> None:
    then = timezone.localdate() + timedelta(days=3)
    url = reverse("dashboard:hold_order", args=[day.fresh.ref])
    act(support, url, type="address", reason="Ask for the house number", until=then.isoformat())
    hold = Hold.objects.get(order__ref=day.fresh.ref)
    assert hold.release_at is not None and abs((hold.release_at.date() - then).days) <= 1

    assert release_due_holds(by=TESTER, now=hold.release_at - timedelta(seconds=1)) == 0
    assert release_due_holds(by=TESTER, now=hold.release_at) == 1
    assert Order.objects.get(ref=day.fresh.ref).open_holds == 0


def test_a_day_that_has_passed_is_refused(support: Client, day: Day) -> None:
    past = timezone.localdate() - timedelta(days=1)
    url = reverse("dashboard:hold_order", args=[day.fresh.ref])
    refused = act(support, url, type="address", reason="x", until=past.isoformat())
    assert refused.status_code == 422 and not Hold.objects.filter(order__ref=day.fresh.ref).exists()


def test_all_holds_of_an_order_are_released_at_once(support: Client, day: Day) -> None:
    for kind in ("fraud", "address"):
        place_hold(day.fresh.ref, type=kind, reason="r", by=TESTER, now=timezone.now())
    page = support.get(reverse("dashboard:order", args=[day.fresh.ref])).content.decode()
    assert "Release all 2 holds" in page
    act(support, reverse("dashboard:release_all_holds", args=[day.fresh.ref]))
    assert not Hold.objects.filter(order__ref=day.fresh.ref, released_at=None).exists()


def test_the_list_shows_holds_by_kind_and_lets_the_chosen_go(
    support: Client, day: Day, django_assert_max_num_queries: Any
) -> None:
    Hold.objects.update(released_at=timezone.now())
    Order.objects.update(open_holds=0)
    refs = [day.floor.order({"MUG": 1}).ref for _n in range(3)]
    for ref in refs:
        place_hold(ref, type="fraud", reason="Odd card", by=TESTER, now=timezone.now())
    place_hold(refs[0], type="address", reason="No street", by=TESTER, now=timezone.now())
    with django_assert_max_num_queries(14):
        page = support.get(reverse("dashboard:holds")).content.decode()
    assert page.count("Odd card") == 3 and page.count("No street") == 1
    fraud = support.get(reverse("dashboard:holds") + "?type=fraud").content.decode()
    assert "Odd card" in fraud and "No street" not in fraud

    act(support, reverse("dashboard:release_many_holds"), type="fraud", order=refs[:2])
    assert open_types() == ["address", "fraud"]
    act(support, reverse("dashboard:release_many_holds"), order=refs)
    assert open_types() == []
    assert set(Order.objects.filter(ref__in=refs).values_list("open_holds", flat=True)) == {0}


def test_many_orders_are_held_until_a_day(support: Client, day: Day) -> None:
    refs = [day.floor.order({"MUG": 1}).ref for _n in range(2)]
    then = (timezone.localdate() + timedelta(days=2)).isoformat()
    act(support, reverse("dashboard:hold_orders"), ref=refs, type="fraud", reason="Sale", until=then)
    found = Hold.objects.filter(order__ref__in=refs)
    assert found.count() == 2 and all(one.release_at is not None for one in found)
