"""The order page: what it tells and what can be done from it."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import Day, action, signed_in
from orders.selectors.orders import access_order


@pytest.fixture
def desk(day: Day) -> Client:
    return signed_in(Role.SUPERVISOR)


def html(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_the_page_answers_where_the_order_is(desk: Client, day: Day) -> None:
    assert "Handed to the carrier." in html(desk, f"/orders/{day.shipped.ref}")
    assert "On the floor, waiting for a picker." in html(desk, f"/orders/{day.waiting.ref}")
    assert "Waiting for stock: all 5 units." in html(desk, f"/orders/{day.short.ref}")
    assert "In stock, waiting to be released to the floor." in html(desk, f"/orders/{day.fresh.ref}")


def test_it_tells_parcels_lines_address_and_what_happened(desk: Client, day: Day) -> None:
    page = html(desk, f"/orders/{day.shipped.ref}")
    for fact in (day.parcel_ref, "Article MUG", "12 Mill Lane", "Order placed", "Handed to the carrier", "£7.50"):
        assert fact in page, fact
    assert f"/parcels/{day.parcel_ref}/label.pdf" in page


@pytest.mark.parametrize("name", ["shipped", "waiting", "short", "fresh"])
def test_it_asks_no_more_of_the_database_for_a_longer_story(
    desk: Client, day: Day, name: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(24):
        assert desk.get(f"/orders/{getattr(day, name).ref}").status_code == 200


def test_the_timeline_shows_one_kind_alone(desk: Client, day: Day) -> None:
    page = html(desk, f"/orders/{day.shipped.ref}?show=parcels").partition('id="timeline"')[2]
    assert "Handed to the carrier" in page
    assert "Order placed" not in page


def test_references_are_mended_and_unknown_ones_are_not_found(desk: Client, day: Day) -> None:
    assert desk.get(f"/orders/{day.fresh.ref.lower()}").status_code == 200
    assert desk.get("/orders/ORD-00000000").status_code == 404


def test_a_hold_stops_the_order_and_its_release_lets_it_go(desk: Client, day: Day) -> None:
    url = f"/orders/{day.fresh.ref}"
    desk.post(f"{url}/hold", action(type="address", reason="House number is missing"))
    page = html(desk, url)
    assert "On hold: Address." in page
    assert "House number is missing" in page
    assert "Release to the floor" not in page
    (hold,) = access_order(day.fresh.ref).holds
    desk.post(f"{url}/holds/{hold.id}/release", action())
    assert access_order(day.fresh.ref).open_holds == 0
    assert "Release to the floor" in html(desk, url)


def test_a_hold_without_a_reason_comes_back_with_the_dialog_open(desk: Client, day: Day) -> None:
    answer = desk.post(f"/orders/{day.fresh.ref}/hold", action(type="operator", reason=""))
    assert answer.status_code == 422
    assert "Say why the order has to wait." in answer.content.decode()


def test_the_order_is_released_to_the_floor(desk: Client, day: Day) -> None:
    answer = desk.post(f"/orders/{day.fresh.ref}/release", action())
    assert answer.status_code == 302
    assert day.floor.status_of(day.fresh) == "released"
    again = desk.post(f"/orders/{day.fresh.ref}/release", action())
    assert again.status_code == 422
    assert "It cannot be released now" in again.content.decode()


def test_units_of_a_line_or_the_whole_order_are_cancelled(desk: Client, day: Day) -> None:
    line = day.fresh.lines[0]
    url = f"/orders/{day.fresh.ref}/cancel"
    desk.post(url, action(what="lines", reason="One less", **{f"line_{line.id}": "1"}))
    assert access_order(day.fresh.ref).lines[0].cancelled == 1
    assert "Cancelled 1 unit of" in html(desk, f"/orders/{day.fresh.ref}")
    desk.post(url, action(what="all", reason="Changed their mind"))
    assert access_order(day.fresh.ref).status == "cancelled"
    assert "Cancelled: Changed their mind." in html(desk, f"/orders/{day.fresh.ref}")


@pytest.mark.parametrize("units", ["99", "-1", "two", ""])
def test_a_wrong_figure_cancels_nothing(desk: Client, day: Day, units: str) -> None:
    line = day.fresh.lines[0]
    form = action(what="lines", reason="Wrong", **{f"line_{line.id}": units})
    assert desk.post(f"/orders/{day.fresh.ref}/cancel", form).status_code == 422
    assert access_order(day.fresh.ref).lines[0].cancelled == 0


def test_what_has_left_can_no_longer_be_cancelled(desk: Client, day: Day) -> None:
    answer = desk.post(f"/orders/{day.shipped.ref}/cancel", action(what="all", reason="Too late"))
    assert answer.status_code == 422
    assert "can no longer be cancelled" in answer.content.decode()


def test_a_form_without_its_id_does_nothing(desk: Client, day: Day) -> None:
    answer = desk.post(f"/orders/{day.fresh.ref}/cancel", {"what": "all", "reason": "x"})
    assert answer.status_code == 422
    assert access_order(day.fresh.ref).status == "confirmed"


def test_hostile_names_are_shown_as_text(desk: Client, day: Day) -> None:
    order = day.floor.shop.order({"MUG": 1}, note="<script>alert(1)</script>")
    page = html(desk, f"/orders/{order.ref}")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
