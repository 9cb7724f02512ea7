"""The orders list: views, search, pages, and acting on many."""

from datetime import time

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from core.accounts.models import SavedView
from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import Day, action, person, signed_in
from inventory.services.places import create_warehouse
from orders.selectors.orders import access_order
from orders.services.editing import OrderChanges, edit_order
from orders.tests.shop import TESTER
from shipping.models import CarrierService
from shipping.selectors.parcels import parcel_by_code
from shipping.tests.floor import NOW

pytestmark = pytest.mark.slow

HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(day: Day) -> Client:
    return signed_in(Role.SUPERVISOR)


def html(client: Client, url: str, **headers: str) -> str:
    return client.get(url, headers=headers).content.decode()


def test_the_list_holds_every_order_as_a_real_link(desk: Client, day: Day) -> None:
    page = html(desk, "/orders")
    for order in (day.shipped, day.waiting, day.short, day.fresh):
        assert f'href="/orders/{order.ref}"' in page


@pytest.mark.parametrize(
    ("view", "held"),
    [
        ("short", {"short"}),
        ("open", {"waiting", "short", "fresh"}),
        ("releasable", {"fresh"}),
        ("on_floor", {"waiting"}),
        ("on_hold", set()),
    ],
)
def test_a_view_shows_its_orders_alone(desk: Client, day: Day, view: str, held: set[str]) -> None:
    page = html(desk, f"/orders?view={view}")
    for name in ("shipped", "waiting", "short", "fresh"):
        assert (getattr(day, name).ref in page) is (name in held), name


def test_an_order_is_found_by_whatever_names_it(desk: Client, day: Day) -> None:
    for query in (day.shipped.ref, day.shipped.ref[:8], day.shipped.external_id, day.parcel_ref):
        page = html(desk, f"/orders?q={query}", **HTMX)
        assert day.shipped.ref in page, query
    for query in ("ada@example.com", "Ada By"):
        assert html(desk, f"/orders?q={query}").count('class="row-link mono"') == 4
    found = html(desk, f"/orders?q={parcel_by_code(day.parcel_ref).tracking_number}")
    assert day.shipped.ref in found
    assert day.fresh.ref not in found


def test_a_search_by_htmx_swaps_the_rows_and_says_the_count(desk: Client, day: Day) -> None:
    response = desk.get("/orders?q=ada@example.com", headers=HTMX)
    assert b"<html" not in response.content
    assert "4 orders" in response["HX-Trigger"]
    assert "HX-Request" in response["Vary"]
    assert b"<html" in desk.get("/orders", headers={**HTMX, "HX-History-Restore-Request": "true"}).content


def test_no_match_says_so_and_offers_a_way_back(desk: Client) -> None:
    assert "No order matches" in html(desk, "/orders?q=nobody")
    assert "No address has to be checked." in html(desk, "/orders?view=address")


def test_odd_queries_are_harmless(desk: Client) -> None:
    for query in ("q=%25_%27", "cursor=nonsense", "placed_from=yesterday", "channel=x", "view=x", "status=x"):
        assert desk.get(f"/orders?{query}").status_code == 200, query


def test_filters_show_as_chips_that_take_themselves_off(desk: Client, day: Day) -> None:
    page = html(desk, "/orders?status=confirmed&placed_from=2026-11-01&view=open")
    assert "Status: Confirmed" in page
    assert "?placed_from=2026-11-01&amp;view=open" in page
    assert day.shipped.ref not in html(desk, "/orders?status=confirmed")
    assert day.fresh.ref not in html(desk, "/orders?placed_to=2026-01-01")


def test_pages_go_on_by_keyset(desk: Client, day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fulfillment.dashboard.views.orders.PAGE", 2)
    first = html(desk, "/orders")
    link = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = html(desk, f"/orders{link}")
    assert first.count("row-link mono") == second.count("row-link mono") == 2
    seen = {ref for ref in (o.ref for o in (day.shipped, day.waiting, day.short, day.fresh)) if ref in first}
    assert not any(ref in second for ref in seen)


def test_the_list_costs_the_same_however_long(
    desk: Client, day: Day, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(3):
        day.floor.order({"MUG": 1})
    for url in ("/orders", "/orders?q=ada", "/orders?view=short&product=VASE"):
        with django_assert_max_num_queries(15):
            desk.get(url)


def test_selected_orders_are_released_as_one_wave(desk: Client, day: Day) -> None:
    answer = desk.post("/orders/release", action(ref=[day.fresh.ref, day.short.ref], back="/orders?view=open"))
    assert answer["Location"] == "/orders?view=open"
    page = html(desk, "/orders")
    assert "Released 1 order in wave" in page
    assert "1 order stays as it is" in page
    assert day.floor.status_of(day.fresh) == "released"


def test_a_double_click_releases_once(desk: Client, day: Day) -> None:
    form = action(ref=[day.fresh.ref])
    desk.post("/orders/release", form)
    desk.post("/orders/release", form)
    page = html(desk, "/orders")
    assert page.count("Released 1 order in wave") == 2
    assert html(desk, "/waves").count('href="/waves/WAV-') == 3


def test_selected_orders_are_held_with_a_reason(desk: Client, day: Day) -> None:
    form = action(ref=[day.fresh.ref, day.shipped.ref], type="operator", reason="Ask the customer")
    desk.post("/orders/hold", form)
    assert access_order(day.fresh.ref).open_holds == 1
    assert "1 order is on hold." in html(desk, "/orders")
    without_reason = action(ref=[day.waiting.ref], type="operator", reason="")
    desk.post("/orders/hold", without_reason)
    assert access_order(day.waiting.ref).open_holds == 0


def test_nobody_is_sent_off_the_site(desk: Client) -> None:
    for back in ("https://evil.example", "//evil.example", "orders"):
        assert desk.post("/orders/release", action(ref=[], back=back))["Location"] == "/orders"


def test_support_sees_no_way_to_release(day: Day) -> None:
    page = html(signed_in(Role.SUPPORT), "/orders")
    assert "Hold selected" in page
    assert "Release selected" not in page


def test_all_that_match_can_be_tagged_in_one_act_and_found_by_the_tag(day: Day) -> None:
    client = signed_in(Role.SUPERVISOR)
    asked = action(all_matching="1", asked="view=all", tag="fragile")
    assert client.post(reverse("dashboard:tag_orders"), asked).status_code == 302
    text = client.get(reverse("dashboard:orders"), {"tag": "fragile"}).content.decode()
    for order in (day.shipped, day.waiting, day.short, day.fresh):
        assert order.ref in text
        assert access_order(order.ref).tags == ("fragile",)


def test_orders_out_of_sight_are_not_touched(day: Day) -> None:
    elsewhere = signed_in(
        Role.SUPERVISOR, warehouse_ids=[create_warehouse(code="FAR", name="Far", country="SE", cut_off=time(15)).id]
    )
    for asked in (action(ref=day.fresh.ref, tag="mine"), action(all_matching="1", asked="view=all", tag="mine")):
        elsewhere.post(reverse("dashboard:tag_orders"), asked)
    assert access_order(day.fresh.ref).tags == ()


def test_priority_and_service_of_the_chosen_change(day: Day) -> None:
    client = signed_in(Role.SUPERVISOR)
    CarrierService.objects.create(method="economy", carrier="own_delivery", service="economy", name="Economy")
    edit_order(day.fresh.ref, OrderChanges(shipping_method="economy"), by=TESTER, now=NOW)
    client.post(reverse("dashboard:prioritize_orders"), action(ref=day.fresh.ref, priority="3"))
    client.post(reverse("dashboard:change_service"), action(ref=day.fresh.ref, method="standard"))
    changed = access_order(day.fresh.ref)
    assert (changed.priority, changed.shipping_method) == (3, "standard")


def test_the_list_comes_as_csv_in_its_filters(day: Day) -> None:
    answer = signed_in(Role.SUPPORT).get(reverse("dashboard:orders_csv"), {"view": "short"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("ref,external_id,")
    assert [line.split(",")[0] for line in lines[1:]] == [day.short.ref]


def test_the_file_names_the_carrier_as_the_list_does(day: Day) -> None:
    client, url = signed_in(Role.SUPPORT), reverse("dashboard:orders_csv")
    answer = client.get(url)
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0].endswith(",backordered,carrier,carrier_is")
    carriers = {line.split(",")[0]: line.split(",")[-2:] for line in lines[1:]}
    assert carriers[day.shipped.ref] == ["own_delivery", "bought"]
    assert carriers[day.short.ref] == ["own_delivery", "planned"]


def test_a_view_is_kept_among_the_tabs_and_only_its_owner_deletes_it(day: Day) -> None:
    client, other = signed_in(Role.SUPERVISOR), signed_in(Role.SUPERVISOR)
    client.post(
        reverse("dashboard:save_order_view"), {"name": "Short ones", "asked": "view=short&cursor=x", "shared": "1"}
    )
    for one in (client, other):
        assert "Short ones" in one.get(reverse("dashboard:orders")).content.decode()
    view_id = SavedView.objects.get().pk
    assert SavedView.objects.get().query == "view=short"
    other.post(reverse("dashboard:delete_order_view", args=[view_id]))
    assert SavedView.objects.count() == 1
    client.post(reverse("dashboard:delete_order_view", args=[view_id]))
    assert SavedView.objects.count() == 0


def test_the_slips_of_the_chosen_come_as_one_document(day: Day) -> None:
    client = signed_in(Role.SUPPORT)
    asked = client.post(reverse("dashboard:print_slips"), action(ref=[day.fresh.ref, day.waiting.ref]))
    assert asked.status_code == 302
    assert client.get(asked["Location"]).content.startswith(b"%PDF")
    assert client.post(reverse("dashboard:print_slips"), action()).status_code == 302


def test_each_person_chooses_the_columns(desk: Client, day: Day) -> None:
    assert '<th scope="col">Service</th>' not in html(desk, "/orders")
    desk.post("/orders/columns", {"column": ["customer", "service", "dense", "nonsense"], "back": "/orders?view=open"})
    page = html(desk, "/orders?view=open")
    assert '<th scope="col">Service</th>' in page
    assert '<th scope="col">Channel</th>' not in page
    assert "is-dense" in page
    assert '<th scope="col">Channel</th>' in html(signed_in(Role.SUPPORT), "/orders")


def test_orders_are_assigned_to_a_colleague_and_found_by_them(desk: Client, day: Day) -> None:
    colleague = person(Role.SUPPORT)
    form = action(ref=[day.fresh.ref, day.short.ref], owner=str(colleague.pk), back="/orders")
    desk.post("/orders/assign", form)
    desk.post("/orders/assign", form)
    assert access_order(day.fresh.ref).owner_id == access_order(day.short.ref).owner_id == colleague.pk
    page = html(desk, f"/orders?owner={colleague.pk}")
    assert day.fresh.ref in page
    assert day.waiting.ref not in page
    assert f"Owner: {colleague.get_username()}" in page
    desk.post("/orders/assign", action(ref=[day.fresh.ref], owner="", back="/orders"))
    assert access_order(day.fresh.ref).owner_id is None
    assert "Order assigned" in html(desk, f"/orders/{day.fresh.ref}")


def test_an_order_is_assigned_to_nobody_who_may_not_work_on_it(desk: Client, day: Day) -> None:
    for owner in (str(person(Role.PICKER).pk), "x", "999999999"):
        desk.post("/orders/assign", action(ref=[day.fresh.ref], owner=owner, back="/orders"))
        assert access_order(day.fresh.ref).owner_id is None
