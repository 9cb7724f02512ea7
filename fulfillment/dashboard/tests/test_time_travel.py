"""The product page now and as of any past moment; why a balance changed; a lot's page and its recall."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.http import urlencode

from core.accounts.roles import Role
from core.attention.selectors import open_cases
from fulfillment.dashboard.causes import cause_of
from fulfillment.dashboard.tests.desk import Day, action, signed_in
from inventory.models import Lot, Warehouse
from inventory.selectors.places import default_bins
from inventory.services.checking import check_stock
from inventory.services.expiring import set_due_aside
from inventory.services.ledger import Move, move
from inventory.services.lots import NewLot, note_lots
from shipping.models import PickLine
from shipping.tests.floor import TESTER

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

Queries = Callable[..., object]
NOON = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=40)


@pytest.fixture
def desk(db: None) -> Client:
    return signed_in(Role.SUPERVISOR)


@pytest.fixture
def told(day: Day) -> Day:
    """Of the empty VASE seven of lot L-7 came in, three went to an order, one broke; an hour between each."""
    warehouse, product = day.floor.warehouse_id, day.floor.shop.products["VASE"]
    note_lots([NewLot(product, "L-7", (timezone.now() + timedelta(days=400)).date())], now=NOON)
    shelf = next(iter(day.floor.shelves.values())).id
    bins = default_bins(warehouse)
    moves = [
        Move(product, 7, bins["supplier"], shelf, "receive", lot="L-7", document="REC-7K3M9Q2X"),
        Move(product, 3, shelf, bins["customer"], "ship", lot="L-7", document=day.shipped.ref),
        Move(product, 1, shelf, shelf, "damaged", to_condition="damaged", lot="L-7"),
    ]
    for hours, one in enumerate(moves):
        move([one], by=TESTER, now=NOON + timedelta(hours=hours))
    return day


def html(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, response
    return unescape(response.content.decode())


def as_of(hours: float, **more: str) -> str:
    return "?" + urlencode({"at": (NOON + timedelta(hours=hours)).isoformat(), **more})


def tile(page: str, label: str) -> str:
    after = page.partition(f'<span class="tile-label">{label}</span>')[2]
    return after.partition('tile-value">')[2].partition("</span>\n")[0].rpartition("<span>")[2].partition("<")[0]


def test_the_whole_page_is_shown_as_of_a_past_moment_under_a_banner(desk: Client, told: Day) -> None:
    before, then = html(desk, "/products/VASE" + as_of(-1)), html(desk, "/products/VASE" + as_of(0.5))
    assert (tile(before, "On hand"), tile(then, "On hand")) == ("0", "7")
    assert "No unit was in the house." in before
    assert "Nothing can be changed in the past." in then
    assert "adjust-dialog" not in then
    assert "L-7" in then
    later = html(desk, "/products/VASE" + as_of(2))
    assert (tile(later, "On hand"), tile(later, "Not sellable"), tile(later, "Sellable")) == ("4", "1", "3")
    assert "The ledger cannot tell" in later
    now = html(desk, "/products/VASE")
    assert "Nothing can be changed in the past." not in now
    assert "adjust-dialog" in now


def test_a_moment_is_read_in_the_warehouses_own_time_zone(desk: Client, told: Day) -> None:
    Warehouse.objects.filter(pk=told.floor.warehouse_id).update(time_zone="Pacific/Kiritimati")  # UTC+14
    local = (NOON + timedelta(hours=14)).replace(tzinfo=None)
    page = html(desk, f"/products/VASE?at={local.isoformat()}")
    assert tile(page, "On hand") == "7"
    assert "Pacific/Kiritimati" in page
    assert tile(html(desk, f"/products/VASE?at={(local - timedelta(minutes=1)).isoformat()}"), "On hand") == "0"


@pytest.mark.parametrize(
    "text", ["", "nonsense", "2999-01-01T00:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"]
)
def test_what_is_no_past_moment_shows_now(desk: Client, told: Day, text: str) -> None:
    assert "Nothing can be changed in the past." not in html(desk, f"/products/VASE?{urlencode({'at': text})}")


def test_steps_lead_from_event_to_event(desk: Client, told: Day) -> None:
    page = html(desk, "/products/VASE" + as_of(1))
    assert f'href="{as_of(0)}"' in page
    assert f'href="{as_of(2)}"' in page
    last = html(desk, "/products/VASE" + as_of(2))
    assert 'rel="next"' in last  # on to now
    assert 'class="chart-line"' in page


def test_two_balances_are_explained_by_the_movements_between_with_their_causes(desk: Client, told: Day) -> None:
    moments = {"from": NOON.isoformat(), "to": (NOON + timedelta(hours=2)).isoformat()}
    page = html(desk, f"/products/VASE?{urlencode(moments)}")
    told_why = page.partition('id="why"')[2].partition("</section>")[0]
    assert told_why.startswith(">Why 7 → 4")
    assert "1 movement changed it." in told_why
    assert f"/go?code={told.shipped.ref}" in told_why
    swapped = html(desk, f"/products/VASE?{urlencode({'from': moments['to'], 'to': moments['from']})}")
    assert ">Why 7 → 4" in swapped


def test_every_document_of_ours_is_a_cause_with_a_way_there() -> None:
    assert cause_of("") is None
    for document, word in [("ORD-1", "Order"), ("REC-1", "Delivery"), ("RMA-1", "Return"), ("TRF-1", "Transfer")]:
        cause = cause_of(document)
        assert cause
        assert (str(cause.word), cause.url) == (word, f"/go?code={document}")
    other = cause_of("their number")
    assert other
    assert (other.kind, other.url) == ("", "")


def test_the_page_costs_the_same_for_a_long_story(
    desk: Client, told: Day, django_assert_max_num_queries: Queries
) -> None:
    product, bins = told.floor.shop.products["VASE"], default_bins(told.floor.warehouse_id)
    for number in range(60):
        at = NOON + timedelta(days=1, minutes=number)
        move([Move(product, 1, bins["supplier"], bins["receiving"], "receive")], by=TESTER, now=at)
    with django_assert_max_num_queries(25):  # type: ignore[attr-defined]
        html(desk, "/products/VASE" + as_of(30))
    with django_assert_max_num_queries(30):  # type: ignore[attr-defined]
        html(desk, "/products/VASE")


def test_a_bin_is_shown_as_of_a_past_moment(desk: Client, told: Day) -> None:
    code = next(iter(told.floor.shelves.values())).code
    then, before = html(desk, f"/l/{code}" + as_of(0)), html(desk, f"/l/{code}" + as_of(-1))
    assert "In it then" in then
    assert "/products/VASE?at=" in then
    assert "It was empty." in before
    assert "In it now" in html(desk, f"/l/{code}")


# --- lots ------------------------------------------------------------------------------------------------------------


def test_a_lots_page_leads_from_the_supplier_to_the_order_and_its_parcels(desk: Client, told: Day) -> None:
    page = html(desk, "/lots/VASE/L-7")
    assert [tile(page, label) for label in ("Came in", "Here", "Went out", "Came back")] == ["7", "4", "3", "0"]
    for ref in ("REC-7K3M9Q2X", told.shipped.ref, told.shipped.external_id):
        assert ref in page
    assert desk.get("/lots/VASE/NOPE").status_code == 404
    assert desk.get("/lots?number=L-7")["Location"] == "/lots/VASE/L-7"
    assert "No lot has this number" in html(desk, "/lots?number=zzz")


def test_the_lots_an_order_or_a_parcel_got_are_found_backward(desk: Client, told: Day) -> None:
    page = html(desk, f"/lots?number={told.shipped.ref}")
    assert "/lots/VASE/L-7" in page
    order = told.floor.order({"VASE": 2})
    parcel = told.floor.ship(order)
    assert "/lots/VASE/L-7" in html(desk, f"/lots?number={parcel.ref}")
    lot_page = html(desk, "/lots/VASE/L-7")
    assert parcel.ref in lot_page
    assert "It got nothing that is kept by lot" in html(desk, f"/lots?number={told.parcel_ref}")


def test_a_lot_that_expires_takes_its_units_from_carts_orders_and_pick_lists(desk: Client, told: Day) -> None:
    order = told.floor.order({"VASE": 2})
    told.floor.release()
    Lot.objects.update(expires_on=(timezone.now() - timedelta(days=1)).date())
    assert set_due_aside(by=TESTER, now=timezone.now()) == 3
    kinds = {case.kind for case in open_cases()}
    assert {"lot_expired", "allocation_given_up"} <= kinds
    assert not PickLine.objects.filter(order_ref=order.ref, status="pending").exists()
    assert check_stock(by=TESTER, now=timezone.now()) == []
    assert "Too close to its expiry" in html(desk, "/lots/VASE/L-7")


def test_a_lot_is_found_from_anywhere(desk: Client, told: Day) -> None:
    assert desk.get("/go?code=L-7")["Location"] == "/lots?number=L-7"


def test_a_recall_sets_the_lot_aside_and_can_be_lifted(desk: Client, told: Day) -> None:
    assert desk.post("/lots/VASE/L-7/recall", action(reason=" ")).status_code == 422
    done = desk.post("/lots/VASE/L-7/recall", action(reason="Glass"))
    assert done["Location"] == "/lots/VASE/L-7"
    page = html(desk, "/lots/VASE/L-7")
    assert "Recalled. 3 units are set aside." in page
    assert "Glass" in page
    desk.post("/lots/VASE/L-7/recall", action(lift="1"))
    assert "Lift the recall" not in html(desk, "/lots/VASE/L-7")
    assert "recall-dialog" not in html(signed_in(Role.PICKER), "/lots/VASE/L-7")
