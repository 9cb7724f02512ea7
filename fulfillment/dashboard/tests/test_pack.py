"""The bench's half of the scan contract."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from core.attention.selectors import cases_of
from fulfillment.dashboard.tests.desk import signed_in
from fulfillment.dashboard.tests.device import Device
from inventory.tests.places import another_warehouse
from orders.selectors.facts import OrderFact
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold
from shipping.carriers.base import Refused, Unreachable
from shipping.carriers.registry import carrier_for
from shipping.models import Parcel
from shipping.services.withdrawing import follow_order
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

pytestmark = pytest.mark.slow


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({f"ART{number:02}": 20 for number in range(1, 6)})


@pytest.fixture
def client(floor: Floor) -> Client:
    signed = Client()
    signed.force_login(floor.picker)
    return signed


def picked(floor: Floor, lines: dict[str, int]) -> OrderFact:
    order = floor.order(lines)
    floor.pick(order)
    return order


def at_bench(floor: Floor, client: Client, lines: dict[str, int]) -> Device:
    """A device at the bench with the tote of such an order scanned."""
    order = picked(floor, lines)
    device = Device(client, reverse("dashboard:pack"))
    assert device.scan(floor.tote_of(order)).verdict == "ok"
    return device


def test_three_units_are_five_scans(floor: Floor, client: Client) -> None:
    device = at_bench(floor, client, {"ART01": 2, "ART02": 1})
    assert device.scan("EAN-ART01").verdict == "ok"
    assert device.scan("EAN-ART01").verdict == "line_done"
    last = device.scan("EAN-ART02")
    parcel = Parcel.objects.get()
    assert last.body["print"] == [reverse("dashboard:label", args=[parcel.ref, "pdf"])]
    assert parcel.status == "label_purchased"
    assert client.get(last.body["print"][0]).content.startswith(b"%PDF")
    done = device.scan(parcel.tracking_number)
    assert done.verdict == "done"
    assert "Scan the next tote" in done.html
    assert device.url == reverse("dashboard:pack_scan")
    assert Parcel.objects.get().status == "ready_for_pickup"


def test_the_start_lists_the_totes_that_wait(floor: Floor, client: Client) -> None:
    order = picked(floor, {"ART01": 1})
    device = Device(client, reverse("dashboard:pack"))
    assert order.ref in device.html


def test_an_empty_bench_says_why(floor: Floor, client: Client) -> None:
    assert "No tote waits for the bench" in Device(client, reverse("dashboard:pack")).html


def test_an_empty_tote_and_an_unknown_code_are_refused(floor: Floor, client: Client) -> None:
    device = Device(client, reverse("dashboard:pack"))
    assert (device.scan(floor.totes[0].code).verdict, device.scan("NOBODY").verdict) == ("wrong", "unknown")


def test_wrong_unknown_and_surplus_are_three_answers(floor: Floor, client: Client) -> None:
    device = at_bench(floor, client, {"ART01": 1, "ART02": 1})
    assert device.scan("EAN-ART05").verdict == "wrong"
    assert device.scan("NO-SUCH-CODE").verdict == "unknown"
    device.scan("EAN-ART01")
    assert device.scan("EAN-ART01").verdict == "too_many"
    assert Parcel.objects.get().status == "open"


def test_the_same_scan_again_changes_nothing(floor: Floor, client: Client) -> None:
    device = at_bench(floor, client, {"ART01": 2})
    once = str(uuid.uuid4())
    assert device.scan("EAN-ART01", scan_id=once).verdict == device.scan("EAN-ART01", scan_id=once).verdict == "ok"
    assert "1 of 2 units" in device.html


def test_a_last_scan_whose_answer_was_lost_prints_the_one_label_again(floor: Floor, client: Client) -> None:
    device = at_bench(floor, client, {"ART01": 1})
    once = str(uuid.uuid4())
    first, again = device.scan("EAN-ART01", scan_id=once), device.scan("EAN-ART01", scan_id=once)
    assert first.body["print"] == again.body["print"]
    assert Parcel.objects.get().label_requests.count() == 1


def test_a_hold_stops_the_bench(floor: Floor, client: Client) -> None:
    device = at_bench(floor, client, {"ART01": 1})
    place_hold(Parcel.objects.get().order_ref, type="operator", reason="Ask first", by=TESTER, now=NOW)
    stopped = device.scan("EAN-ART01")
    assert (stopped.status, stopped.verdict) == (409, "stop")
    assert Parcel.objects.get().status == "open"


def test_the_bench_of_a_cancelled_parcel_sends_nothing_to_the_carrier(floor: Floor, client: Client) -> None:
    at_bench(floor, client, {"ART01": 1})
    parcel = Parcel.objects.get()
    cancel_order(parcel.order_ref, reason="over", by=TESTER, now=NOW)
    follow_order(parcel.order_ref, by=TESTER, now=NOW)
    parcel.refresh_from_db()
    assert parcel.status == "cancelled"
    page = client.get(reverse("dashboard:pack_parcel", args=[parcel.ref])).content.decode()
    assert f"{parcel.order_ref} was cancelled. Put the units aside." in page
    assert "ready for pickup" not in page


def test_the_label_of_another_box_is_refused(floor: Floor, client: Client) -> None:
    other = floor.pack(picked(floor, {"ART03": 1}))
    device = at_bench(floor, client, {"ART01": 1})
    device.scan("EAN-ART01")
    answer = device.scan(other.tracking_number)
    assert (answer.verdict, other.ref in answer.message) == ("wrong", True)


def test_a_carrier_that_refuses_leaves_a_packed_box_and_one_way_out(
    floor: Floor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier = type(carrier_for("own_delivery"))

    def refuse(self: object, order: object) -> None:
        raise Refused("No such street.")

    device = at_bench(floor, client, {"ART01": 1})
    with monkeypatch.context() as patched:
        patched.setattr(carrier, "buy", refuse)
        answer = device.scan("EAN-ART01")
    assert (answer.status, answer.verdict) == (200, "decision")
    assert "No such street." in answer.html
    assert Parcel.objects.get().status == "packed"
    again = device.press("label")
    assert again.body["print"]
    assert Parcel.objects.get().status == "label_purchased"


def test_a_carrier_that_does_not_answer_is_not_asked_twice(
    floor: Floor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier = type(carrier_for("own_delivery"))

    def silent(self: object, order: object) -> None:
        raise Unreachable("timed out")

    device = at_bench(floor, client, {"ART01": 1})
    with monkeypatch.context() as patched:
        patched.setattr(carrier, "buy", silent)
        assert device.scan("EAN-ART01").verdict == "decision"
    assert device.press("label").verdict == "decision"
    assert Parcel.objects.get().label_requests.count() == 1


def test_another_box_is_one_key(floor: Floor, client: Client) -> None:
    device = at_bench(floor, client, {"ART01": 1})
    assert device.press("carton", carton="BOX-L").verdict == "ok"
    assert "Large" in device.html
    parcel = Parcel.objects.get()
    assert parcel.carton is not None
    assert parcel.carton.code == "BOX-L"


def test_a_weight_that_is_off_names_what_is_likely_missing(floor: Floor, client: Client) -> None:
    device = at_bench(floor, client, {"ART01": 2})
    device.press("scale")
    device.scan("EAN-ART01")
    assert device.scan("EAN-ART01").verdict == "line_done"
    assert 'data-action="weight"' in device.html
    light = device.press("weight", grams="260")
    assert light.verdict == "wrong"
    assert "Article ART01" in light.message
    assert device.press("weight", grams="470").body["print"]
    assert Parcel.objects.get().weight_g == 470


def test_a_box_is_split_and_the_rest_follows(floor: Floor, client: Client) -> None:
    device = at_bench(floor, client, {"ART01": 2})
    device.scan("EAN-ART01")
    assert device.press("split").body["print"]
    first = Parcel.objects.get(status="label_purchased")
    answer = device.scan(first.tracking_number)
    assert answer.verdict == "done"
    rest = Parcel.objects.get(status="open")
    assert rest.ref in answer.html
    assert device.scan("EAN-ART01").body["print"]


def test_a_problem_holds_the_order_and_tells_a_supervisor(floor: Floor, client: Client) -> None:
    device = at_bench(floor, client, {"ART01": 1})
    parcel = Parcel.objects.get()
    assert device.press("problem", reason="damaged").verdict == "ok"
    assert device.url == reverse("dashboard:pack_scan")
    assert [case.kind for case in cases_of(parcel.order_ref)] == ["pack_problem"]
    assert device.scan(parcel.order_ref).verdict == "stop"


def test_a_parcel_of_another_warehouse_does_not_exist(floor: Floor, client: Client) -> None:
    at_bench(floor, client, {"ART01": 1})
    ref = Parcel.objects.get().ref
    stranger = signed_in("packer", warehouse_ids=[another_warehouse()])
    assert stranger.get(reverse("dashboard:pack_parcel", args=[ref])).status_code == 404


def test_a_scan_costs_the_same_number_of_statements_however_full_the_box(floor: Floor, client: Client) -> None:
    device = at_bench(floor, client, {"ART01": 9, "ART02": 9})
    costs = [device.scan("EAN-ART01").queries for _ in range(8)]
    assert len(set(costs)) == 1, costs
    assert costs[0] <= 25, costs
