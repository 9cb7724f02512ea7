"""Third parties: asked, accepted, declined, taken back; never asked again for what they declined."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.attention.selectors import open_cases
from core.kernel.errors import NotFound
from core.outbox.models import Event
from core.outbox.selectors import timeline
from core.outbox.services import run_due
from inventory.selectors import default_bins
from inventory.services import ledger
from inventory.services.places import NewBin, create_bins, create_warehouse
from orders.errors import RequestNotOpen, WorkStopped
from orders.models import Channel, ChannelWarehouse, FulfillmentOrder, OrderLine, ShortageChoice
from orders.selectors.requests import open_requests
from orders.selectors.work import releasable
from orders.services.allocation import fill_backorder, fill_overlooked
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold, release_hold
from orders.services.third_party import (
    accept_request,
    cancel_request,
    chase_unanswered,
    reject_request,
    request_third_parties,
    settle_requests,
)
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, lines_of


def foreign(shop: Shop, code: str, stock: dict[str, int], *, kind: str = "third_party") -> int:
    """Another warehouse that may ship for the shop's channel, run by somebody else, with stock on its shelf."""
    place = create_warehouse(code=code, name=code.title(), country="GB", cut_off=NOW.time(), time_zone="UTC", kind=kind)
    create_bins(place.id, [NewBin(name=f"{code}-1", kind="bulk")])
    bins = default_bins(place.id)
    with transaction.atomic():
        ledger.move(
            [
                ledger.Move(
                    product_id=shop.products[sku],
                    quantity=quantity,
                    from_bin_id=bins["supplier"],
                    to_bin_id=bins["bulk"],
                    reason="receive",
                )
                for sku, quantity in stock.items()
            ],
            by=TESTER,
            now=NOW,
        )
    position = ChannelWarehouse.objects.filter(channel=shop.channel_id).count()
    ChannelWarehouse.objects.create(channel_id=shop.channel_id, warehouse_id=place.id, position=position)
    return place.id


@pytest.fixture
def partner(shop: Shop) -> int:
    """Vases lie with a third party alone."""
    return foreign(shop, "PARTNER", {"VASE": 5})


def fill(shop: Shop, order_id: int) -> None:
    """Give the order what its third parties have, when intake has not."""
    for place in ChannelWarehouse.objects.filter(channel=shop.channel_id).values_list("warehouse_id", flat=True):
        fill_backorder(order_id, shop.products["VASE"], place, by=TESTER, now=NOW)


def ask(shop: Shop, units: int = 2) -> FulfillmentOrder:
    order = shop.order({"VASE": units})
    fill(shop, order.id)
    request_third_parties(by=TESTER, now=NOW)
    return FulfillmentOrder.objects.get(order_ref=order.ref)


def types_of(ref: str) -> list[str]:
    return [entry.type for entry in timeline(ref)]


def test_a_part_at_a_third_party_is_requested_and_never_on_our_floor(shop: Shop, partner: int) -> None:
    row = ask(shop)
    assert (row.status, row.request_status, row.requested_at) == ("open", "requested", NOW)
    assert types_of(row.order_ref).count("fulfillment_order.requested") == 1
    assert releasable(partner) == []
    request_third_parties(by=TESTER, now=NOW)
    settle_requests(row.order_ref, by=TESTER, now=NOW)
    assert types_of(row.order_ref).count("fulfillment_order.requested") == 1


def test_accepting_releases_the_work_to_them_and_doing_it_again_changes_nothing(shop: Shop, partner: int) -> None:
    row = ask(shop)
    for _again in range(2):
        fact = accept_request(row.pk, external_ref="P-77", warehouse_id=partner, by=TESTER, now=NOW)
    assert (fact.status, fact.request_status, fact.external_ref) == ("released", "accepted", "P-77")
    assert types_of(row.order_ref).count("fulfillment_order.accepted") == 1
    assert releasable(partner) == []


def test_a_strangers_request_does_not_exist(shop: Shop, partner: int) -> None:
    row = ask(shop)
    with pytest.raises(NotFound):
        accept_request(row.pk, warehouse_id=shop.warehouse_id, by=TESTER, now=NOW)


def test_what_one_declines_goes_to_the_next_that_has_it(shop: Shop, partner: int) -> None:
    other = foreign(shop, "SUPPLIER", {"VASE": 3}, kind="drop_ship")
    row = ask(shop)
    first = row.warehouse_id
    reject_request(row.pk, reason="Machine broken", by=TESTER, now=NOW)
    rows = list(FulfillmentOrder.objects.filter(order_ref=row.order_ref).order_by("pk"))
    assert [(one.warehouse_id, one.status, one.request_status) for one in rows] == [
        (first, "cancelled", "rejected"),
        (({partner, other} - {first}).pop(), "open", ""),
    ]
    request_third_parties(by=TESTER, now=NOW)
    assert [one.warehouse_id for one in open_requests()] == [rows[1].warehouse_id]
    assert lines_of(row.order_ref)["VASE"]["backordered"] == 0
    assert_books_balance(shop)


def test_what_one_declines_changes_places_in_one_statement(shop: Shop, partner: int) -> None:
    foreign(shop, "OTHER", {"VASE": 5})
    part = ask(shop)
    with CaptureQueriesContext(connection) as seen:
        reject_request(part.pk, reason="Closed", by=TESTER, now=NOW)
    assert len([one for one in seen.captured_queries if "inventory_shift" in one["sql"]]) == 1
    assert_books_balance(shop)


def test_what_waited_and_came_with_the_units_declined_is_told_and_asked_about_no_more(shop: Shop, partner: int) -> None:
    Channel.objects.filter(pk=shop.channel_id).update(choice_days=2)
    row = ask(shop, units=7)
    run_due(now=NOW)
    asked = ShortageChoice.objects.get(order=row.order_id)
    assert (asked.status, lines_of(row.order_ref)["VASE"]["backordered"]) == ("asked", 2)
    foreign(shop, "SUPPLIER", {"VASE": 7}, kind="drop_ship")
    reject_request(row.pk, reason="Machine broken", by=TESTER, now=NOW)
    assert lines_of(row.order_ref)["VASE"]["backordered"] == 0
    (told,) = Event.objects.filter(type="order.backorder_filled", timeline=row.order_ref)
    line_id = OrderLine.objects.get(order=row.order_id).pk
    assert (told.data["quantity"], told.data["lines"]) == (2, [[line_id, 2]])
    run_due(now=NOW)
    asked.refresh_from_db()
    assert asked.status == "withdrawn"


def test_what_nobody_else_has_waits_with_a_case_and_is_never_asked_for_again(shop: Shop, partner: int) -> None:
    row = ask(shop)
    reject_request(row.pk, reason="Sold out", by=TESTER, now=NOW)
    assert lines_of(row.order_ref)["VASE"] | {"backordered": 2, "allocated": 0} == lines_of(row.order_ref)["VASE"]
    (case,) = open_cases("third_party")
    assert case.timeline == row.order_ref
    for _round in range(3):
        fill_overlooked(by=TESTER, now=NOW)
        fill(shop, row.order_id)
        request_third_parties(by=TESTER, now=NOW)
    assert open_requests() == []
    assert FulfillmentOrder.objects.filter(order_ref=row.order_ref).count() == 1
    shop.receive("VASE", 2)
    fill_overlooked(by=TESTER, now=NOW)
    assert open_cases("third_party") == []
    assert FulfillmentOrder.objects.filter(order_ref=row.order_ref, warehouse=shop.warehouse_id).count() == 1


def test_all_may_decline_one_after_the_other_and_it_ends(shop: Shop, partner: int) -> None:
    foreign(shop, "SECOND", {"VASE": 3})
    foreign(shop, "THIRD", {"VASE": 3}, kind="drop_ship")
    row = ask(shop)
    for _turn in range(3):
        request_third_parties(by=TESTER, now=NOW)
        (fact,) = open_requests()
        reject_request(fact.id, reason="No", by=TESTER, now=NOW)
    request_third_parties(by=TESTER, now=NOW)
    assert open_requests() == []
    assert lines_of(row.order_ref)["VASE"]["backordered"] == 2


def test_a_hold_takes_the_request_back_and_its_release_asks_again(shop: Shop, partner: int) -> None:
    row = ask(shop)
    accept_request(row.pk, by=TESTER, now=NOW)
    hold = place_hold(row.order_ref, type="operator", reason="Look", by=TESTER, now=NOW)
    settle_requests(row.order_ref, by=TESTER, now=NOW)
    row.refresh_from_db()
    assert (row.status, row.request_status) == ("open", "")
    assert "fulfillment_order.request_cancelled" in types_of(row.order_ref)
    release_hold(row.order_ref, hold.id, by=TESTER, now=NOW)
    settle_requests(row.order_ref, by=TESTER, now=NOW)
    row.refresh_from_db()
    assert row.request_status == "requested"


def test_on_hold_nothing_can_be_accepted(shop: Shop, partner: int) -> None:
    row = ask(shop)
    place_hold(row.order_ref, type="fraud", reason="Look", by=TESTER, now=NOW)
    with pytest.raises(WorkStopped):
        accept_request(row.pk, by=TESTER, now=NOW)


def test_an_order_that_comes_in_on_hold_is_not_asked_for(shop: Shop, partner: int) -> None:
    order = shop.order({"VASE": 1}, payment_status="pending")
    fill(shop, order.id)
    request_third_parties(by=TESTER, now=NOW)
    assert FulfillmentOrder.objects.get(order_ref=order.ref).request_status == ""


def test_a_cancellation_tells_the_third_party(shop: Shop, partner: int) -> None:
    row = ask(shop)
    cancel_order(row.order_ref, reason="Changed my mind", by=TESTER, now=NOW)
    settle_requests(row.order_ref, by=TESTER, now=NOW)
    assert "fulfillment_order.request_cancelled" in types_of(row.order_ref)
    assert open_requests() == []
    with pytest.raises(RequestNotOpen):
        accept_request(row.pk, by=TESTER, now=NOW)


def test_a_request_of_which_units_were_cancelled_is_asked_for_anew_once(shop: Shop, partner: int) -> None:
    row = ask(shop, 3)
    accept_request(row.pk, by=TESTER, now=NOW)
    later = NOW + timedelta(hours=1)
    (line,) = OrderLine.objects.filter(order=row.order_id)
    cancel_order(row.order_ref, reason="", lines=[(line.pk, 1)], by=TESTER, now=later)
    for _time in range(2):
        run_due(now=later, raise_errors=True)
        settle_requests(row.order_ref, changed=[row.pk], since=later, by=TESTER, now=later)
    row.refresh_from_db()
    assert (row.status, row.request_status, row.requested_at) == ("open", "requested", later)
    assert types_of(row.order_ref).count("fulfillment_order.request_cancelled") == 1
    assert types_of(row.order_ref).count("fulfillment_order.requested") == 2
    accept_request(row.pk, by=TESTER, now=later)
    settle_requests(row.order_ref, changed=[row.pk], since=later, by=TESTER, now=later)
    row.refresh_from_db()
    assert (row.status, row.request_status) == ("released", "accepted")
    assert_books_balance(shop)


def test_taken_back_by_us_it_is_sourced_elsewhere(shop: Shop, partner: int) -> None:
    other = foreign(shop, "SUPPLIER", {"VASE": 3}, kind="drop_ship")
    row = ask(shop)
    cancel_request(row.pk, by=TESTER, now=NOW)
    request_third_parties(by=TESTER, now=NOW)
    assert [one.warehouse_id for one in open_requests()] == [({partner, other} - {row.warehouse_id}).pop()]


def test_no_answer_opens_a_case_that_an_answer_closes(shop: Shop, partner: int) -> None:
    row = ask(shop)
    assert chase_unanswered(by=TESTER, now=NOW + timedelta(hours=23)) == 0
    assert chase_unanswered(by=TESTER, now=NOW + timedelta(hours=25)) == 1
    assert [case.subject_id for case in open_cases("stuck")] == [row.pk]
    accept_request(row.pk, by=TESTER, now=NOW + timedelta(hours=26))
    assert open_cases("stuck") == []


def test_an_order_that_ships_complete_waits_for_our_part_before_theirs_is_released(shop: Shop, partner: int) -> None:
    Channel.objects.filter(pk=shop.channel_id).update(ship_policy="complete")
    order = shop.order({"VASE": 1, "MUG": 1})
    fill(shop, order.id)
    request_third_parties(by=TESTER, now=NOW)
    mine = FulfillmentOrder.objects.get(order_ref=order.ref, warehouse=shop.warehouse_id)
    assert mine.status == "open"
    theirs = FulfillmentOrder.objects.get(order_ref=order.ref, warehouse=partner)
    assert accept_request(theirs.pk, by=TESTER, now=NOW).status == "released"
    mine.refresh_from_db()
    assert mine.status == "allocated"
