"""The returns desk and the page of a return."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from core.attention.selectors import open_cases
from fulfillment.dashboard.tests.desk import action, signed_in
from fulfillment.dashboard.tests.device import Device
from inventory.tests.places import another_warehouse
from orders.tests.shop import NOW, Shop, build_shop
from returns.selectors.reads import ReturnFact, return_by_ref
from returns.tests.goods import ask, inspect, inspection_of, level, received, shipped_order, work_through

# Long after the window for returns: a person decides.
TOO_LATE = NOW + timedelta(days=365)


@pytest.fixture
def shop(db: None) -> Shop:
    return build_shop({"MUG": 30, "LAMP": 30})


@pytest.fixture
def client(shop: Shop) -> Client:
    return signed_in("receiver")


def announced(shop: Shop, units: dict[str, int]) -> ReturnFact:
    return ask(shipped_order(shop, units), units)


def test_one_scan_receives_a_parcel_and_nothing_becomes_available(shop: Shop, client: Client) -> None:
    rma = announced(shop, {"MUG": 2})
    before = level(shop, "MUG")["available"]
    device = Device(client, reverse("dashboard:returns"))
    answer = device.scan(rma.ref)
    assert answer.verdict == "ok"
    assert "2 units" in answer.message
    assert return_by_ref(rma.ref).status == "received"
    assert (level(shop, "MUG")["available"], level(shop, "MUG")["quality_control"]) == (before, 2)


def test_the_order_number_is_as_good_as_the_label(shop: Shop, client: Client) -> None:
    rma = announced(shop, {"MUG": 1})
    assert Device(client, reverse("dashboard:returns")).scan(rma.order_ref).verdict == "ok"


def test_a_parcel_received_before_is_amber(shop: Shop, client: Client) -> None:
    rma = announced(shop, {"MUG": 1})
    device = Device(client, reverse("dashboard:returns"))
    once = str(uuid.uuid4())
    assert [device.scan(rma.ref, scan_id=once).verdict for _ in range(2)] == ["ok", "ok"]
    assert device.scan(rma.ref).verdict == "already"
    assert level(shop, "MUG")["quality_control"] == 1


def test_a_parcel_nobody_knows_opens_a_case_and_creates_no_stock(shop: Shop, client: Client) -> None:
    answer = Device(client, reverse("dashboard:returns")).scan("JD0099999")
    assert answer.verdict == "decision"
    assert [case.kind for case in open_cases()] == ["return_unknown_parcel"]


def test_an_article_is_not_a_parcel(shop: Shop, client: Client) -> None:
    answer = Device(client, reverse("dashboard:returns")).scan("MUG")
    assert (answer.verdict, open_cases()) == ("wrong", [])


def test_items_can_be_counted_instead(shop: Shop, client: Client) -> None:
    rma = announced(shop, {"MUG": 2, "LAMP": 1})
    device = Device(client, reverse("dashboard:returns"))
    device.press("counting", on="yes")
    asked = device.scan(rma.ref)
    assert asked.verdict == "decision"
    mug, lamp = shop.products["MUG"], shop.products["LAMP"]
    assert f'name="units-{mug}"' in asked.html
    done = device.press("counted", ref=rma.ref, **{f"units-{mug}": "1", f"units-{lamp}": "1"})
    assert done.verdict == "ok"
    assert {item.sku: item.received for item in return_by_ref(rma.ref).items} == {"MUG": 1, "LAMP": 1}


def test_every_tab_opens_and_counts_its_rows(shop: Shop, client: Client) -> None:
    rma = announced(shop, {"MUG": 1})
    received(shop, shipped_order(shop, {"LAMP": 1}), {"LAMP": 1})
    page = client.get(reverse("dashboard:returns") + "?tab=announced").content.decode()
    assert rma.ref in page
    for tab in ("in_transit", "arrived", "to_inspect", "needs_decision", "done"):
        assert client.get(reverse("dashboard:returns") + f"?tab={tab}").status_code == 200


def test_support_may_look_but_not_receive(shop: Shop) -> None:
    rma = announced(shop, {"MUG": 1})
    client = signed_in("support")
    page = client.get(reverse("dashboard:returns"))
    assert page.status_code == 200
    assert "data-scan-url" not in page.content.decode()
    body = {"id": str(uuid.uuid4()), "code": rma.ref}
    assert client.post(reverse("dashboard:returns_scan"), body, content_type="application/json").status_code == 403


def test_the_page_of_a_return_shows_items_story_and_refund(shop: Shop) -> None:
    rma = received(shop, shipped_order(shop, {"MUG": 1}), {"MUG": 1})
    inspect(inspection_of(rma))
    work_through()
    page = signed_in("supervisor").get(reverse("dashboard:return", args=[rma.ref])).content.decode()
    assert "A: as new" in page
    assert "£2.50" in page


def test_a_supervisor_approves_once_however_often_the_form_is_sent(shop: Shop) -> None:
    late = ask(shipped_order(shop, {"MUG": 1}), {"MUG": 1}, now=TOO_LATE)
    assert late.status == "requested"
    client, form = signed_in("supervisor"), action()
    url = reverse("dashboard:approve_return", args=[late.ref])
    assert [client.post(url, form).status_code for _ in range(2)] == [302, 302]
    assert return_by_ref(late.ref).status == "approved"


def test_refusing_needs_a_reason(shop: Shop) -> None:
    rma = ask(shipped_order(shop, {"MUG": 1}), {"MUG": 1}, now=TOO_LATE)
    client, url = signed_in("supervisor"), reverse("dashboard:reject_return", args=[rma.ref])
    assert client.post(url, action(reason="")).status_code == 422
    assert client.post(url, action(reason="It was worn.")).status_code == 302
    assert return_by_ref(rma.ref).status == "rejected"


def test_a_return_of_another_warehouse_does_not_exist(shop: Shop) -> None:
    rma = announced(shop, {"MUG": 1})
    stranger = signed_in("supervisor", warehouse_ids=[another_warehouse()])
    assert stranger.get(reverse("dashboard:return", args=[rma.ref])).status_code == 404
