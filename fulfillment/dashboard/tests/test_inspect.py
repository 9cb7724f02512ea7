"""Inspection by scan and key."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from fulfillment.dashboard.tests.desk import signed_in
from fulfillment.dashboard.tests.device import Device
from inventory.tests.places import another_warehouse
from orders.tests.shop import Shop, build_shop
from returns.models import Inspection
from returns.selectors.reads import ReturnFact, return_by_ref
from returns.tests.goods import level, received, shipped_order, work_through

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(db: None) -> Shop:
    return build_shop({"MUG": 30, "LAMP": 30})


@pytest.fixture
def client(shop: Shop) -> Client:
    return signed_in("inspector")


def waiting(shop: Shop, units: dict[str, int], **more: str) -> ReturnFact:
    """A return of those units that arrived and waits for an inspector."""
    return received(shop, shipped_order(shop, units, **more), units)


def test_as_new_is_two_scans_and_one_key(shop: Shop, client: Client) -> None:
    rma = waiting(shop, {"MUG": 1})
    before = level(shop, "MUG")["available"]
    device = Device(client, reverse("dashboard:inspect"))
    assert device.scan(rma.ref).verdict == "ok"
    assert device.scan("MUG").verdict == "ok"
    assert device.press("decide", grade="A").verdict == "done"
    work_through()
    assert level(shop, "MUG")["available"] == before + 1
    refund = return_by_ref(rma.ref).refund
    assert refund is not None
    assert str(refund.amount) == "2.50"


def test_an_item_opens_its_own_inspection(shop: Shop, client: Client) -> None:
    waiting(shop, {"MUG": 1})
    device = Device(client, reverse("dashboard:inspect"))
    assert device.scan("MUG").verdict == "ok"
    assert Inspection.objects.get().checks == {"identity": True}


def test_the_worst_answer_decides_and_the_rule_is_said(shop: Shop, client: Client) -> None:
    waiting(shop, {"MUG": 1})
    device = Device(client, reverse("dashboard:inspect"))
    device.press("next")
    for fine in ("yes", "yes", "no", "yes", "yes", "yes"):
        device.press("check", fine=fine)
    assert "Because it is damaged." in device.html
    assert "C: used or marked → Quarantine" in device.html
    assert device.press("decide").verdict == "done"
    assert level(shop, "MUG")["quarantined"] == 1


def test_deciding_before_every_answer_is_refused(shop: Shop, client: Client) -> None:
    waiting(shop, {"MUG": 1})
    device = Device(client, reverse("dashboard:inspect"))
    device.press("next")
    assert device.press("decide").verdict == "wrong"


def test_deciding_otherwise_needs_a_reason(shop: Shop, client: Client) -> None:
    waiting(shop, {"MUG": 1})
    device = Device(client, reverse("dashboard:inspect"))
    device.press("next")
    for _ in range(6):
        device.press("check", fine="yes")
    assert device.press("decide", grade="B").verdict == "wrong"
    assert device.press("decide", grade="B", reason="The box is dented").verdict == "done"


def test_another_article_and_an_unknown_code_are_two_answers(shop: Shop, client: Client) -> None:
    waiting(shop, {"MUG": 1})
    device = Device(client, reverse("dashboard:inspect"))
    device.press("next")
    assert (device.scan("LAMP").verdict, device.scan("NOBODY").verdict) == ("wrong", "unknown")
    assert Inspection.objects.get().checks == {}


def test_the_next_item_of_the_same_return_follows_at_once(shop: Shop, client: Client) -> None:
    rma = waiting(shop, {"MUG": 1, "LAMP": 1})
    device = Device(client, reverse("dashboard:inspect"))
    device.scan(rma.ref)
    assert device.press("decide", grade="A").verdict == "line_done"
    assert "Article LAMP" in device.html
    assert device.press("decide", grade="A").verdict == "done"


def test_goods_of_value_wait_for_somebody_else(shop: Shop, client: Client) -> None:
    waiting(shop, {"MUG": 1}, price="250.00")
    device = Device(client, reverse("dashboard:inspect"))
    device.press("next")
    device.press("check", check="function", fine="no")
    for _ in range(5):
        device.press("check", fine="yes")
    assert device.press("decide").verdict == "decision"
    assert device.press("decide").verdict == "wrong"
    other = Device(signed_in("inspector"), reverse("dashboard:inspect"))
    other.press("next")
    assert "A second opinion" in other.html
    assert other.press("decide").verdict == "done"


def test_the_same_act_again_changes_nothing(shop: Shop, client: Client) -> None:
    waiting(shop, {"MUG": 1})
    device = Device(client, reverse("dashboard:inspect"))
    device.press("next")
    once = str(uuid.uuid4())
    url = device.url
    answers = [device.post({"action": "decide", "grade": "A"}, scan_id=once, url=url).verdict for _ in range(2)]
    assert answers == ["done", "done"]
    assert level(shop, "MUG")["on_hand"] == 30


def test_nothing_to_inspect_is_said(shop: Shop, client: Client) -> None:
    device = Device(client, reverse("dashboard:inspect"))
    assert "Nothing waits to be inspected" in device.html
    assert device.press("next").verdict == "already"
    assert device.scan("MUG").verdict == "wrong"


def test_an_inspection_of_another_warehouse_does_not_exist(shop: Shop, client: Client) -> None:
    waiting(shop, {"MUG": 1})
    stranger = signed_in("inspector", warehouse_ids=[another_warehouse()])
    assert stranger.get(reverse("dashboard:inspection", args=[Inspection.objects.get().pk])).status_code == 404


def test_an_answer_costs_the_same_number_of_statements(shop: Shop, client: Client) -> None:
    waiting(shop, {"MUG": 1})
    device = Device(client, reverse("dashboard:inspect"))
    device.press("next")
    costs = [device.press("check", fine="yes").queries for _ in range(6)]
    assert len(set(costs)) == 1, costs
    assert costs[0] <= 25, costs
