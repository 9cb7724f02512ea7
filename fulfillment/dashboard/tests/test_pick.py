"""The pick screen's half of the scan contract."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from fulfillment.dashboard.tests.desk import signed_in
from fulfillment.dashboard.tests.device import Device
from inventory.tests.places import another_warehouse
from orders.services.holds import place_hold
from shipping.models import PickLine, PickList
from shipping.selectors.commands import COMMANDS
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

pytestmark = pytest.mark.slow


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({f"ART{number:02}": 20 for number in range(1, 11)})


@pytest.fixture
def client(floor: Floor) -> Client:
    signed = Client()
    signed.force_login(floor.picker)
    return signed


def start(floor: Floor, client: Client, lines: dict[str, int]) -> Device:
    """A device on a fresh list of those lines, its tote scanned."""
    floor.order(lines)
    floor.release()
    device = Device(client, reverse("dashboard:pick"))
    assert device.scan(floor.totes[0].code).verdict == "ok"
    return device


def walk(floor: Floor, device: Device, scans: int) -> list[str]:
    """The verdicts of that many right scans."""
    (row,) = PickList.objects.all()
    return [device.scan(floor.right_code(row.pk)).verdict for _ in range(scans)]


def test_ten_lines_take_21_scans_and_nothing_else(floor: Floor, client: Client) -> None:
    device = start(floor, client, {f"ART{number:02}": 1 for number in range(1, 11)})
    verdicts = walk(floor, device, 20)
    assert verdicts == ["ok", "line_done"] * 9 + ["ok", "done"]
    assert PickList.objects.get().status == "completed"
    assert "The list is done" in device.html
    assert device.url == reverse("dashboard:pick_scan")


def test_the_start_shows_the_next_list_and_a_tote_takes_it(floor: Floor, client: Client) -> None:
    floor.order({"ART01": 1})
    floor.release()
    device = Device(client, reverse("dashboard:pick"))
    assert "Scan a free tote to start" in device.html
    answer = device.scan(floor.totes[0].code)
    assert answer.verdict == "ok"
    assert "A-02-1" in answer.html
    assert PickList.objects.get().picker_id == floor.picker.pk


def test_nothing_to_pick_is_said_and_not_an_error(floor: Floor, client: Client) -> None:
    device = Device(client, reverse("dashboard:pick"))
    assert "No list waits" in device.html
    assert device.scan(floor.totes[0].code).verdict == "already"


def test_a_code_that_is_no_tote_takes_no_list(floor: Floor, client: Client) -> None:
    floor.order({"ART01": 1})
    floor.release()
    device = Device(client, reverse("dashboard:pick"))
    assert device.scan("EAN-ART01").verdict == "unknown"
    assert device.scan(floor.shelves["A-02-1"].code).verdict == "wrong"
    assert PickList.objects.get().picker_id is None


def test_wrong_unknown_and_surplus_are_three_answers(floor: Floor, client: Client) -> None:
    device = start(floor, client, {"ART01": 1, "ART02": 1})
    walk(floor, device, 1)
    wrong = device.scan("EAN-ART02")
    assert (wrong.status, wrong.verdict) == (422, "wrong")
    assert "Article ART01 from A-02-1" in wrong.message
    assert device.scan("NO-SUCH-CODE").verdict == "unknown"
    assert device.scan("EAN-ART01").verdict == "line_done"
    surplus = device.scan("EAN-ART01")
    assert (surplus.status, surplus.verdict) == (409, "too_many")
    assert PickLine.objects.filter(status="picked").count() == 1


def test_the_same_scan_again_changes_nothing_and_answers_the_same(floor: Floor, client: Client) -> None:
    device = start(floor, client, {"ART01": 2})
    walk(floor, device, 1)
    once = str(uuid.uuid4())
    first = device.scan("EAN-ART01", scan_id=once)
    again = device.scan("EAN-ART01", scan_id=once)
    assert (first.verdict, first.message) == (again.verdict, again.message)
    assert PickLine.objects.get().picked == 1


def test_a_tote_scan_whose_answer_was_lost_answers_the_same_again(floor: Floor, client: Client) -> None:
    floor.order({"ART01": 1})
    floor.release()
    device = Device(client, reverse("dashboard:pick"))
    begin, once = device.url, str(uuid.uuid4())
    device.scan(floor.totes[0].code, scan_id=once)
    again = device.scan(floor.totes[0].code, scan_id=once, url=begin)
    assert (again.status, again.verdict) == (200, "ok")
    assert PickList.objects.get().scans == 1


def test_a_hold_stops_the_next_scan(floor: Floor, client: Client) -> None:
    device = start(floor, client, {"ART01": 1})
    place_hold(PickLine.objects.get().order_ref, type="operator", reason="Ask first", by=TESTER, now=NOW)
    stopped = device.scan(floor.shelves["A-02-1"].code)
    assert (stopped.status, stopped.verdict) == (409, "stop")
    assert PickLine.objects.get().picked == 0


def test_none_there_is_two_taps_and_ends_the_line(floor: Floor, client: Client) -> None:
    device = start(floor, client, {"ART01": 1, "ART02": 1})
    answer = device.press("short", reason="not_found")
    assert answer.verdict == "ok"
    assert "A-03-1" in answer.html
    assert PickLine.objects.filter(status="short").count() == 1


def test_the_problem_card_asks_what_is_wrong(floor: Floor, client: Client) -> None:
    device = start(floor, client, {"ART01": 1})
    answer = device.scan(COMMANDS["short"])
    assert answer.verdict == "decision"
    assert 'data-value-reason="damaged"' in answer.html


def test_more_than_three_are_one_scan_and_a_number(floor: Floor, client: Client) -> None:
    device = start(floor, client, {"ART01": 9})
    walk(floor, device, 1)
    first = device.scan("EAN-ART01")
    assert 'data-action="quantity"' in first.html
    assert device.press("quantity", quantity="").verdict == "wrong"
    assert device.press("quantity", quantity="12").verdict == "too_many"
    assert device.press("quantity", quantity="9").verdict == "done"


def test_undo_puts_the_last_pick_back(floor: Floor, client: Client) -> None:
    device = start(floor, client, {"ART01": 1, "ART02": 1})
    walk(floor, device, 2)
    assert device.press("undo").verdict == "ok"
    assert not PickLine.objects.filter(status="picked").exists()


def test_a_second_picker_sees_who_has_the_list_and_takes_it_over(floor: Floor, client: Client) -> None:
    first = start(floor, client, {"ART01": 1, "ART02": 1})
    ref = PickList.objects.get().ref
    second = Device(signed_in("picker"), reverse("dashboard:pick_list", args=[ref]))
    assert floor.picker.username in second.html
    assert second.scan(floor.shelves["A-02-1"].code).verdict == "stop"
    assert second.press("take_over").verdict == "ok"
    assert second.scan(floor.shelves["A-02-1"].code).verdict == "ok"
    assert first.scan("EAN-ART01").verdict == "stop"


def test_whoever_is_on_a_list_comes_back_to_it(floor: Floor, client: Client) -> None:
    start(floor, client, {"ART01": 1})
    response = client.get(reverse("dashboard:pick"))
    assert response["Location"] == reverse("dashboard:pick_list", args=[PickList.objects.get().ref])


def test_a_list_of_another_warehouse_does_not_exist(floor: Floor, client: Client) -> None:
    start(floor, client, {"ART01": 1})
    ref = PickList.objects.get().ref
    stranger = signed_in("picker", warehouse_ids=[another_warehouse()])
    assert stranger.get(reverse("dashboard:pick_list", args=[ref])).status_code == 404
    body = {"id": str(uuid.uuid4()), "code": "EAN-ART01"}
    url = reverse("dashboard:pick_list_scan", args=[ref])
    assert stranger.post(url, body, content_type="application/json").status_code == 404


def test_an_unreadable_body_is_refused(floor: Floor, client: Client) -> None:
    response = client.post(reverse("dashboard:pick_scan"), "{", content_type="application/json")
    assert response.status_code == 422


def test_a_scan_costs_the_same_number_of_statements_however_long_the_list(floor: Floor, client: Client) -> None:
    device = start(floor, client, {f"ART{number:02}": 1 for number in range(1, 11)})
    costs = []
    for _ in range(9):
        shelf, item = device.scan(_right(floor)), device.scan(_right(floor))
        costs.append((shelf.queries, item.queries))
    assert len(set(costs[1:])) == 1, costs
    assert max(costs[-1]) <= 25, costs


def _right(floor: Floor) -> str:
    return floor.right_code(PickList.objects.get().pk)
