"""Home, scan to anything, exceptions, waves, stock, product, place and label."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.accounts.roles import Role
from core.attention.selectors import case
from core.attention.services import close_cases
from core.kernel.actors import SYSTEM
from fulfillment.dashboard.tests.desk import Day, action, person, signed_in
from inventory.tests.places import another_warehouse
from orders.tests.shop import NOW
from shipping.selectors.desk import wave_page
from shipping.selectors.floor import ListRow, waves_page
from shipping.selectors.parcels import label_state, parcel_by_code

pytestmark = pytest.mark.slow


@pytest.fixture
def desk(day: Day) -> Client:
    return signed_in(Role.SUPERVISOR)


def html(client: Client, url: str) -> str:
    return client.get(url).content.decode()


@pytest.mark.parametrize(
    "url", ["/", "/exceptions", "/waves", "/waves/new", "/stock", "/stock?view=backordered", "/products/MUG"]
)
def test_a_screen_costs_a_bounded_number_of_statements(
    desk: Client, url: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    # The wave builder counts what every reason keeps back.
    with django_assert_max_num_queries(28 if url == "/waves/new" else 15):
        assert desk.get(url).status_code == 200


# --- home ------------------------------------------


def test_the_desk_sees_figures_that_open_their_rows(desk: Client, day: Day) -> None:
    page = html(desk, "/")
    for view, count in (("short", 1), ("releasable", 1), ("on_floor", 1)):
        tile = page.partition(f'href="/orders?view={view}"')[2].partition("</a>")[0]
        assert f"<span>{count}</span>" in tile, view
        assert html(desk, f"/orders?view={view}").count("row-link mono") == count
    assert 'href="/exceptions?kind=short_pick"' in page


def test_the_picker_sees_the_next_list(day: Day) -> None:
    page = html(signed_in(Role.PICKER), "/")
    assert "Start picking" in page
    assert "1 line to pick" in page


@pytest.mark.parametrize(
    ("role", "words"),
    [
        (Role.PACKER, "No tote waits"),
        (Role.RECEIVER, "Receive"),
        (Role.INSPECTOR, "Nothing waits to be inspected"),
        (Role.SUPPORT, "What needs you now"),
        (Role.ADMIN, "What needs you now"),
    ],
)
def test_home_is_the_role_s_own(day: Day, role: Role, words: str) -> None:
    assert words in html(signed_in(role), "/")


def test_one_works_in_another_warehouse_of_ones_scope(desk: Client, day: Day) -> None:
    far = another_warehouse()
    assert "Main" in html(desk, "/")
    desk.post("/warehouse", {"warehouse": far})
    page = html(desk, "/")
    assert "Far" in page
    assert day.fresh.ref not in html(desk, "/orders")
    assert signed_in(Role.PICKER, warehouse_ids=[far]).post("/warehouse", {"warehouse": 1}).status_code == 404


def test_without_a_warehouse_home_says_what_is_missing(db: None) -> None:
    assert "No warehouse yet" in html(signed_in(Role.SUPERVISOR, warehouse_ids=[2**31 - 1]), "/")


# --- scan to anything ------------------------------------------


def test_a_scan_opens_whatever_has_the_code(desk: Client, day: Day) -> None:
    shelf, tote = day.floor.shelves["A-02-1"], day.floor.totes[0]
    parcel = parcel_by_code(day.parcel_ref)
    (pick_list,) = lists_of(day.wave_ref)
    for code, url in (
        (day.fresh.ref, f"/orders/{day.fresh.ref}"),
        (day.fresh.ref.lower(), f"/orders/{day.fresh.ref}"),
        (day.fresh.external_id, f"/orders/{day.fresh.ref}"),
        (day.parcel_ref, f"/orders/{day.shipped.ref}#{day.parcel_ref}"),
        (parcel.tracking_number, f"/orders/{day.shipped.ref}#{day.parcel_ref}"),
        ("EAN-MUG", "/products/MUG"),
        ("mug", "/products/MUG"),
        (shelf.code, f"/l/{shelf.code}"),
        ("A-02-1", f"/l/{shelf.code}"),
        (tote.code, f"/l/{tote.code}"),
        (day.wave_ref, f"/waves/{day.wave_ref}"),
        (pick_list.code, f"/waves/{day.wave_ref}#list-{day.list_id}"),
        (pick_list.ref, f"/waves/{day.wave_ref}#list-{day.list_id}"),
    ):
        answer = desk.get("/go", {"code": code})
        assert (answer.status_code, answer.get("Location")) == (302, url), code


def lists_of(wave_ref: str) -> list[ListRow]:
    return list(wave_page(wave_ref).lists)


def test_an_unknown_code_says_so_and_offers_a_search(desk: Client) -> None:
    answer = desk.get("/go", {"code": "NOPE-1"})
    assert answer.status_code == 404
    assert "Nothing has this code" in answer.content.decode()
    assert desk.get("/go")["Location"] == "/"


def test_a_picker_who_scans_a_list_goes_on_with_it(day: Day) -> None:
    (pick_list,) = lists_of(day.wave_ref)
    assert signed_in(Role.PICKER).get("/go", {"code": pick_list.code})["Location"] == f"/pick/{pick_list.ref}"


def test_a_scan_respects_role_and_warehouse(day: Day) -> None:
    refused = signed_in(Role.PICKER).get("/go", {"code": day.fresh.ref})
    assert refused.status_code == 403
    assert "It needs one of these roles" in refused.content.decode()
    stranger = signed_in(Role.SUPERVISOR, warehouse_ids=[another_warehouse()])
    for code in (day.fresh.ref, day.parcel_ref, day.wave_ref, day.floor.totes[0].code):
        assert stranger.get("/go", {"code": code}).status_code == 404, code


# --- exceptions ------------------------------------------


def test_a_case_says_what_happened_and_shows_ways_out(desk: Client, day: Day) -> None:
    page = html(desk, "/exceptions")
    for words in ("Short pick", "A shelf held fewer units", "Article MUG (MUG)", "2 units missing", "Open A-02-1"):
        assert words in page, words
    assert 'value="count_bin" data-key="1"' in page


def test_a_case_is_taken_snoozed_and_resolved(day: Day) -> None:
    client, user = Client(), person(Role.SUPPORT)
    client.force_login(user)
    client.post(f"/exceptions/{day.case_id}/assign", action())
    found = case(day.case_id)
    assert found is not None
    assert found.owner_id == user.pk
    client.post(f"/exceptions/{day.case_id}/snooze", action(**{"for": "hour"}))
    assert "Nothing is blocking" in html(client, "/exceptions")
    assert "Short pick" in html(client, "/exceptions?snoozed=1")
    client.post(f"/exceptions/{day.case_id}/resolve", action(note=""))
    assert "Say how it ended" in html(client, "/exceptions?snoozed=1")
    client.post(f"/exceptions/{day.case_id}/resolve", action(note="Counted, two found in the next bin"))
    found = case(day.case_id)
    assert found is not None
    assert (found.closed_by, found.resolution) == (user.username, "Counted, two found in the next bin")


def test_an_empty_inbox_is_good_news(desk: Client) -> None:
    close_cases(dedupe_key="short_pick:test", resolution="done", by=SYSTEM, now=NOW)
    page = html(desk, "/exceptions")
    assert "Nothing is blocking" in page and "Last cleared" in page


# --- waves ------------------------------------------


def test_the_preview_shows_what_would_go_and_what_is_left_out(desk: Client, day: Day) -> None:
    page = html(desk, "/waves/new")
    assert "1 order would go" in page
    assert day.fresh.ref in page
    assert "Wait for stock" in page
    part = desk.get("/waves/new?limit=50&method=cluster&per_list=4", headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert desk.get("/waves/new?limit=many").status_code == 422


def test_a_wave_is_released_once_and_followed(desk: Client, day: Day) -> None:
    form = action(limit="50", method="cluster", per_list="4")
    first = desk.post("/waves/new", form)
    assert desk.post("/waves/new", form)["Location"] == first["Location"]
    page = html(desk, first["Location"])
    assert day.fresh.ref in page
    assert "is on the floor: 1 order, 1 lines, 3 units." in page
    nothing = desk.post("/waves/new", action(limit="50", method="discrete"))
    assert nothing.status_code == 422
    assert "No order waits to be released." in nothing.content.decode()


def test_an_order_a_list_and_a_wave_are_taken_back(desk: Client, day: Day) -> None:
    url = f"/waves/{day.wave_ref}"
    desk.post(f"{url}/pull", action(order_ref=day.waiting.ref))
    assert day.floor.status_of(day.waiting) == "allocated"
    desk.post("/orders/release", action(ref=[day.waiting.ref]))
    again = waves_page((day.floor.warehouse_id,))[0].ref
    (released,) = lists_of(again)
    desk.post(f"/waves/{again}/lists/{released.id}/cancel", action())
    assert day.floor.status_of(day.waiting) == "allocated"
    desk.post("/orders/release", action(ref=[day.waiting.ref]))
    newest = waves_page((day.floor.warehouse_id,))[0].ref
    desk.post(f"/waves/{newest}/cancel", action())
    assert day.floor.status_of(day.waiting) == "allocated"
    assert "Cancelled" in html(desk, f"/waves/{newest}")
    assert desk.post(f"{url}/pull", action(order_ref="ORD-00000000")).status_code == 404


# --- stock ------------------------------------------


def test_stock_lists_figures_and_narrows(desk: Client, day: Day) -> None:
    page = html(desk, "/stock")
    assert 'href="/products/MUG"' in page
    out = html(desk, "/stock?view=out")
    assert "/products/VASE" not in html(desk, "/stock?q=MUG")
    assert "/products/MUG" not in out
    assert "No product matches" in html(desk, "/stock?q=zzz")


def test_a_product_shows_bins_codes_and_its_ledger_with_balances(desk: Client, day: Day) -> None:
    page = html(desk, "/products/mug")
    for words in ("Article MUG", "EAN-MUG", "A-02-1", day.shipped.ref, "−2", "Received"):
        assert words in page, words
    assert desk.get("/products/NOPE").status_code == 404


def test_a_correction_names_the_place_the_reason_and_what_was_believed(desk: Client, day: Day) -> None:
    product, shelf = day.floor.shop.products["LAMP"], day.floor.shelves["A-03-1"].id
    url = f"/stock/adjust/{product}"
    done = desk.post(url, action(place=f"{shelf}:19", quantity="18", reason="lost"))
    assert done["Location"] == "/products/LAMP"
    assert "Stock corrected by −1." in html(desk, "/products/LAMP")
    stale = desk.post(url, action(place=f"{shelf}:19", quantity="17", reason="lost"))
    assert stale.status_code == 422
    wrong = desk.post(url, action(place=f"{shelf}:18", quantity="-1", reason="lost"))
    assert wrong.status_code == 422
    found = desk.post(url, action(place="0:0", quantity="2", reason="found"))
    assert found.status_code == 302
    assert "Stock corrected by +2." in html(desk, "/products/LAMP")


def test_who_may_not_adjust_is_shown_no_form(day: Day) -> None:
    assert "adjust-dialog" not in html(signed_in(Role.PICKER), "/products/MUG")


def test_a_place_shows_what_is_in_it_and_what_went_through(desk: Client, day: Day) -> None:
    page = html(desk, f"/l/{day.floor.shelves['A-02-1'].code}")
    assert "Article MUG" in page
    assert day.shipped.ref in page
    empty = html(desk, f"/l/{day.floor.totes[-1].code}")
    assert "It is empty" in empty
    assert desk.get("/l/LNOPE").status_code == 404


# --- label ------------------------------------------


def test_a_label_opens_as_a_document_in_a_frame_of_ours_and_counts(desk: Client, day: Day) -> None:
    before = label_state(day.parcel_ref)["prints"]
    pdf = desk.get(f"/parcels/{day.parcel_ref}/label.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert (pdf["Content-Type"], pdf["X-Frame-Options"]) == ("application/pdf", "SAMEORIGIN")
    assert desk.get(f"/parcels/{day.parcel_ref}/label.zpl").content.startswith(b"^XA")
    assert label_state(day.parcel_ref)["prints"] == before + 2
    assert desk.get(f"/parcels/{day.parcel_ref}/label.doc").status_code == 404
    assert desk.get("/parcels/SHP-00000000/label.pdf").status_code == 404
