"""A sweep that cannot do one thing does the others, and says so afterwards."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.models import Warehouse
from orders.models import Channel, OrderLine, Promise
from orders.services.allocation import allocate_backorders, fill_overlooked
from orders.services.watching import watch_late
from orders.states import FillPolicy
from orders.tasks import watch_promises
from orders.tests.shop import NOW, TESTER, Shop, build_shop

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=7)


def close_for_good(shop: Shop) -> None:
    """A calendar without a working day: nothing can be promised from there."""
    days = [timezone.now().date() + timedelta(days=far) for far in range(-60, 600)]
    Warehouse.objects.filter(pk=shop.warehouse_id).update(
        closed_days=sorted({*days, *(NOW.date() + timedelta(days=far) for far in range(-60, 600))})
    )


def spoil(ref: str) -> None:
    """An order nobody can promise anything of: its release day is at the end of time."""
    OrderLine.objects.filter(order__ref=ref).update(release_on="9999-12-31")


def test_an_order_that_cannot_be_promised_keeps_no_later_one_from_being_told(shop: Shop) -> None:
    spoilt, other = shop.order({"MUG": 1}), shop.order({"MUG": 1})
    spoil(spoilt.ref)
    with pytest.raises((ValueError, OverflowError)):
        watch_late(shop.warehouse_id, by=TESTER, now=LATER)
    assert Promise.objects.filter(order=other.id, reason="delayed").exists()
    assert not Promise.objects.filter(order=spoilt.id, reason="delayed").exists()


@pytest.mark.parametrize("policy", [FillPolicy.OLDEST, FillPolicy.PRIORITY])
def test_an_order_that_cannot_be_filled_leaves_the_stock_to_the_next(shop: Shop, policy: str) -> None:
    spoilt, other = shop.order({"VASE": 1}), shop.order({"VASE": 1})
    Channel.objects.update(fill_policy=policy)
    spoil(spoilt.ref)
    shop.receive("VASE", 2)
    with pytest.raises((ValueError, OverflowError)):
        allocate_backorders(shop.products["VASE"], shop.warehouse_id, by=TESTER, now=NOW)
    assert waiting() == [spoilt.id]
    assert other.id not in waiting()


def test_what_is_overlooked_in_one_warehouse_is_found_in_the_next(shop: Shop) -> None:
    second = build_shop({"POT": 0}, code="SECOND")
    spoilt, other = shop.order({"VASE": 1}), second.order({"POT": 1})
    spoil(spoilt.ref)
    shop.receive("VASE", 1)
    second.receive("POT", 1)
    with pytest.raises((ValueError, OverflowError)):
        fill_overlooked(by=TESTER, now=NOW)
    assert waiting() == [spoilt.id]
    assert other.id not in waiting()


def test_a_warehouse_that_never_works_keeps_no_other_from_being_watched(shop: Shop) -> None:
    second = build_shop({"POT": 5}, code="SECOND")
    long_ago = timezone.now() - timedelta(days=20)
    late, other = shop.order({"MUG": 1}, now=long_ago), second.order({"POT": 1}, now=long_ago)
    close_for_good(shop)
    with pytest.raises(ValueError, match="working day"):
        watch_promises()
    assert not Promise.objects.filter(order=late.id, reason="delayed").exists()
    assert Promise.objects.filter(order=other.id, reason="delayed").exists()


def waiting() -> list[int]:
    return list(OrderLine.objects.filter(backordered__gt=0).order_by("order_id").values_list("order_id", flat=True))
