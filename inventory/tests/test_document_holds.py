"""Units held for a transfer or a work order stay held until they are used, let go, or lost."""

from datetime import timedelta

import pytest
from django.db import transaction

from inventory.errors import InsufficientStock
from inventory.models import Reservation
from inventory.services.holding import end_hold_for, end_holds_of, expire_due, hold_for, reserve_items, use_hold_for
from inventory.services.reservation import Want
from inventory.tests.conftest import NOW, TESTER, Floor, make_products

pytestmark = pytest.mark.django_db

DOCUMENT = "TRF-0000000"


def test_units_held_for_a_document_are_reserved_until_the_hold_ends(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    with transaction.atomic():
        hold_for(DOCUMENT, [Want(product, floor.warehouse_id, 3)], warehouse_id=floor.warehouse_id, now=NOW)
    assert (floor.level(product).reserved, floor.level(product).available) == (3, 2)
    with transaction.atomic():
        assert end_hold_for(DOCUMENT, now=NOW) == [Want(product, floor.warehouse_id, 3)]
    assert floor.level(product).reserved == 0


def test_a_second_hold_of_the_same_document_adds_to_the_first(floor: Floor) -> None:
    first, second = make_products(2)
    for one in (first, second):
        floor.receive(one, 5)
    for wants in ({first: 2}, {first: 1, second: 4}):
        with transaction.atomic():
            hold_for(
                DOCUMENT,
                [Want(one, floor.warehouse_id, units) for one, units in wants.items()],
                warehouse_id=floor.warehouse_id,
                now=NOW,
            )
    assert Reservation.objects.filter(document=DOCUMENT, closed_at=None).count() == 1
    assert (floor.level(first).reserved, floor.level(second).reserved) == (3, 4)


def test_a_hold_that_cannot_be_had_in_full_is_refused_by_name(floor: Floor, product: int) -> None:
    floor.receive(product, 2)
    with pytest.raises(InsufficientStock), transaction.atomic():
        hold_for(DOCUMENT, [Want(product, floor.warehouse_id, 3)], warehouse_id=floor.warehouse_id, now=NOW)
    assert floor.level(product).reserved == 0
    assert not Reservation.objects.exists()


def test_using_a_hold_lets_go_of_no_more_than_it_has_and_ends_it_with_the_last_unit(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    with transaction.atomic():
        hold_for(DOCUMENT, [Want(product, floor.warehouse_id, 3)], warehouse_id=floor.warehouse_id, now=NOW)
    with transaction.atomic():
        assert use_hold_for(DOCUMENT, {product: 2}, now=NOW) == {product: 2}
    assert floor.level(product).reserved == 1
    with transaction.atomic():
        assert use_hold_for(DOCUMENT, {product: 2}, now=NOW) == {product: 1}
        assert use_hold_for(DOCUMENT, {product: 2}, now=NOW) == {}
    assert floor.level(product).reserved == 0
    assert not Reservation.objects.filter(closed_at=None).exists()


def test_no_time_ends_a_hold_for_a_document(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    with transaction.atomic():
        hold_for(DOCUMENT, [Want(product, floor.warehouse_id, 3)], warehouse_id=floor.warehouse_id, now=NOW)
    assert expire_due(by=TESTER, now=NOW + timedelta(days=4000)) == 0
    assert floor.level(product).reserved == 3


def test_a_loss_ends_carts_before_it_ends_what_is_held_for_a_document(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    reserve_items([(product, 2)], warehouse_id=floor.warehouse_id, expires_in=timedelta(minutes=5), by=TESTER, now=NOW)
    with transaction.atomic():
        later = NOW + timedelta(minutes=1)
        hold_for(DOCUMENT, [Want(product, floor.warehouse_id, 3)], warehouse_id=floor.warehouse_id, now=later)
    with transaction.atomic():
        assert end_holds_of(product, floor.warehouse_id, 1, by=TESTER, now=later) == 2
    assert Reservation.objects.filter(document=DOCUMENT, closed_at=None).exists()
    with transaction.atomic():
        assert end_holds_of(product, floor.warehouse_id, 1, by=TESTER, now=later) == 3
    assert floor.level(product).reserved == 0
