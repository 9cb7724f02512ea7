"""An order from release to doorstep."""

from datetime import timedelta

from orders.tests.shop import assert_books_balance, lines_of
from shipping.carriers.base import RawEvent
from shipping.models import Parcel
from shipping.services.tracking import record_tracking_events
from shipping.tests.floor import NOW, TESTER, Floor


def test_ten_lines_on_ten_shelves_are_picked_with_21_scans(floor: Floor) -> None:
    order = floor.order({f"ART{number:02}": 1 for number in range(1, 11)})
    (pick_list,) = floor.release()
    assert floor.claim() == pick_list  # the scan of the tote is the first of the 21
    verdicts = floor.walk(pick_list)
    assert 1 + len(verdicts) == 21
    assert floor.status_of(order) == "picked"
    assert_books_balance(floor.shop)


def test_three_units_are_packed_with_five_scans(floor: Floor) -> None:
    order = floor.order({"ART01": 2, "ART02": 1})
    floor.pick(order)
    parcel = floor.pack(order)  # the tote, three units, the label
    assert parcel.status == "ready_for_pickup"
    assert parcel.weight_g == 660
    assert floor.status_of(order) == "packed"


def test_an_order_is_shipped_and_delivered(floor: Floor) -> None:
    order = floor.order({"ART01": 2, "ART02": 1})
    parcel = floor.ship(order)
    assert (parcel.status, floor.status_of(order)) == ("shipped", "closed")
    assert lines_of(order.ref)["ART01"]["shipped"] == 2
    delivered = RawEvent("1", "delivered", NOW + timedelta(days=1))
    assert record_tracking_events(parcel.pk, [delivered], by=TESTER, now=NOW + timedelta(days=1)) == "delivered"
    assert Parcel.objects.get(pk=parcel.pk).delivered_at == NOW + timedelta(days=1)
    assert_books_balance(floor.shop)
