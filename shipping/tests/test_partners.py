"""Third parties report parcels: the units leave their stock, the customer hears of it, twice is once."""

import pytest

from core.kernel.errors import Invalid
from core.outbox.selectors import timeline
from inventory.selectors.stock import stock_rows
from orders.errors import RequestNotOpen, WorkStopped, WrongQuantity
from orders.models import FulfillmentOrder, Order
from orders.services.holds import place_hold
from orders.services.third_party import accept_request, reject_request
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, build_shop, lines_of
from orders.tests.test_third_party import ask, foreign
from shipping.models import Parcel, ParcelItem
from shipping.services.partners import PartnerParcel, ship_for_partner

SENT = PartnerParcel(tracking_number="pp123", carrier="partner_post", tracking_url="https://pp.example/123")


@pytest.fixture
def shop(db: None) -> Shop:
    return build_shop({"MUG": 10, "VASE": 0})


@pytest.fixture
def partner(shop: Shop) -> int:
    return foreign(shop, "PARTNER", {"VASE": 5})


def accepted(shop: Shop, units: int = 2) -> FulfillmentOrder:
    row = ask(shop, units)
    accept_request(row.pk, by=TESTER, now=NOW)
    return row


def on_hand(shop: Shop, warehouse_id: int) -> tuple[int, int]:
    (level,) = stock_rows(product_ids=[shop.products["VASE"]], warehouse_ids=[warehouse_id])
    return level.on_hand, level.allocated


def test_a_reported_parcel_takes_the_units_out_of_their_stock_and_ends_the_order(shop: Shop, partner: int) -> None:
    row = accepted(shop)
    (fact,) = ship_for_partner(row.pk, [SENT], warehouse_id=partner, by=TESTER, now=NOW)
    parcel = Parcel.objects.get(ref=fact.ref)
    assert (parcel.status, parcel.tracking_number, parcel.carrier) == ("shipped", "PP123", "partner_post")
    assert on_hand(shop, partner) == (3, 0)
    row.refresh_from_db()
    assert row.status == "closed"
    assert Order.objects.get(ref=row.order_ref).status == "completed"
    assert [entry.type for entry in timeline(row.order_ref)].count("parcel.shipped") == 1
    assert_books_balance(shop)


def test_reporting_it_again_changes_nothing(shop: Shop, partner: int) -> None:
    row = accepted(shop)
    first = ship_for_partner(row.pk, [SENT], by=TESTER, now=NOW)
    assert [one.ref for one in ship_for_partner(row.pk, [SENT], by=TESTER, now=NOW)] == [one.ref for one in first]
    assert on_hand(shop, partner) == (3, 0)


def test_two_parcels_of_one_line_leave_one_after_the_other(shop: Shop, partner: int) -> None:
    row = accepted(shop, 3)
    line = row.order.lines.get().pk
    ship_for_partner(row.pk, [PartnerParcel("A1", "pp", items={line: 1})], by=TESTER, now=NOW)
    row.refresh_from_db()
    assert (row.status, lines_of(row.order_ref)["VASE"]["shipped"]) == ("released", 1)
    with pytest.raises(WrongQuantity):
        ship_for_partner(row.pk, [PartnerParcel("A2", "pp", items={line: 3})], by=TESTER, now=NOW)
    ship_for_partner(row.pk, [PartnerParcel("A2", "pp", items={line: 2})], by=TESTER, now=NOW)
    row.refresh_from_db()
    assert (row.status, lines_of(row.order_ref)["VASE"]["shipped"]) == ("closed", 3)
    assert sorted(ParcelItem.objects.values_list("quantity", flat=True)) == [1, 2]
    assert_books_balance(shop)


def test_two_parcels_reported_together_share_a_line(shop: Shop, partner: int) -> None:
    row = accepted(shop, 3)
    line = row.order.lines.get().pk
    sent = [PartnerParcel("B1", "pp", items={line: 1}), PartnerParcel("B2", "pp", items={line: 2})]
    ship_for_partner(row.pk, sent, by=TESTER, now=NOW)
    assert sorted(ParcelItem.objects.values_list("parcel__tracking_number", "quantity")) == [("B1", 1), ("B2", 2)]
    assert on_hand(shop, partner) == (2, 0)
    assert_books_balance(shop)


def test_what_was_not_accepted_cannot_be_shipped(shop: Shop, partner: int) -> None:
    row = ask(shop)
    with pytest.raises(RequestNotOpen):
        ship_for_partner(row.pk, [SENT], by=TESTER, now=NOW)


def test_a_hold_stops_them_as_it_stops_our_floor(shop: Shop, partner: int) -> None:
    row = accepted(shop)
    place_hold(row.order_ref, type="fraud", reason="Look", by=TESTER, now=NOW)
    with pytest.raises(WorkStopped):
        ship_for_partner(row.pk, [SENT], by=TESTER, now=NOW)
    assert not Parcel.objects.exists()


def test_what_has_shipped_in_part_can_no_longer_be_declined(shop: Shop, partner: int) -> None:
    row = accepted(shop, 2)
    line = row.order.lines.get().pk
    ship_for_partner(row.pk, [PartnerParcel("A1", "pp", items={line: 1})], by=TESTER, now=NOW)
    with pytest.raises(RequestNotOpen):
        reject_request(row.pk, reason="No more", by=TESTER, now=NOW)


def test_a_tracking_number_of_another_parcel_is_refused(shop: Shop, partner: int) -> None:
    row, other = accepted(shop, 1), accepted(shop, 1)
    ship_for_partner(row.pk, [SENT], by=TESTER, now=NOW)
    with pytest.raises(Invalid):
        ship_for_partner(other.pk, [SENT], by=TESTER, now=NOW)
