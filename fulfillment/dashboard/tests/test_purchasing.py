"""Purchasing: proposals in words, decisions, purchase orders, cover and seasons."""

import re
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from fulfillment.dashboard.purchasing import what_to_do
from fulfillment.dashboard.tests.desk import signed_in
from inventory.models import DemandForecast, PeakPlan, PurchaseOrder, PurchaseProposal
from inventory.selectors.replenishing import proposals_by_urgency
from inventory.services.policies import set_terms
from inventory.services.products import create_supplier
from inventory.services.proposing import propose_purchases
from inventory.tests.places import another_warehouse
from shipping.tests.floor import TESTER, Floor, build_floor


@pytest.fixture
def floor(db: None) -> Floor:
    """Mugs and lamps sell faster than they last; vases do not sell."""
    floor = build_floor({"MUG": 35, "LAMP": 0, "VASE": 4})
    now = timezone.now()
    supplier = create_supplier(code="acme", name="Acme", lead_time_days=12)
    for sku, mean in (("MUG", 4.2), ("LAMP", 1.0)):
        DemandForecast.objects.create(
            product_id=floor.shop.products[sku],
            warehouse_id=floor.warehouse_id,
            method="weekday",
            daily_mean=mean,
            daily_deviation=2.1,
            days=200,
            computed_at=now,
        )
        set_terms(supplier, floor.shop.products[sku], pack_size=12, by=TESTER, now=now)
    assert propose_purchases(floor.warehouse_id, by=TESTER, now=now) == 2
    return floor


@pytest.fixture
def client(floor: Floor) -> Client:
    return signed_in("supervisor")


def text_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def decide(client: Client, decision: str, quantities: dict[int, int], action_id: str = "") -> HttpResponse:
    return client.post(  # type: ignore[return-value]
        reverse("dashboard:decide_proposals"),
        {
            "action_id": action_id or str(uuid.uuid4()),
            "decision": decision,
            "proposal": list(quantities),
            **{f"quantity-{one}": count for one, count in quantities.items()},
        },
        follow=True,
    )


def proposals(floor: Floor) -> dict[str, int]:
    """{sku: id} of the open proposals."""
    return {one.sku: one.id for one in proposals_by_urgency(floor.warehouse_id)}


def test_a_proposal_says_why_in_words(
    floor: Floor, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12):
        told = text_of(client.get(reverse("dashboard:purchasing")))
    assert "Sells 4.2 a day ± 2.1; 35 left = 8 days; lead time 12 days; 12 as safety stock for a service" in told
    assert "order 60 = 5 packs of 12 today" in told


def test_days_are_named_as_people_do(floor: Floor) -> None:
    one = proposals_by_urgency(floor.warehouse_id)[0]
    today = one.order_by or date(2026, 11, 21)
    assert what_to_do(one, today).endswith(" today")
    assert what_to_do(one, today - timedelta(days=1)).endswith("by tomorrow")
    assert what_to_do(one, today - timedelta(days=3)).endswith(f"by {today:%A}")
    assert what_to_do(one, today + timedelta(days=3)).endswith(f"by {today.day} {today:%B}")


def test_what_is_chosen_becomes_one_purchase_order_however_often_it_is_sent(floor: Floor, client: Client) -> None:
    ids = proposals(floor)
    chosen = {ids["MUG"]: 72, ids["LAMP"]: 24}
    same = str(uuid.uuid4())
    told = text_of(decide(client, "order", chosen, same))
    ref = PurchaseOrder.objects.get().ref
    assert f"{ref} is ordered" in told
    assert "0 of 96" in told or "96" in told
    decide(client, "order", chosen, same)
    decide(client, "order", chosen)
    assert PurchaseOrder.objects.count() == 1
    assert text_of(client.get(reverse("dashboard:purchasing"))).count("Nothing needs to be ordered") == 1


def test_a_number_that_is_no_whole_pack_is_kept_in_the_form_and_refused(floor: Floor, client: Client) -> None:
    mug = proposals(floor)["MUG"]
    response = decide(client, "order", {mug: 50})
    assert response.status_code == 422
    assert "a multiple of 12" in text_of(response)
    assert b'value="50"' in response.content
    assert decide(client, "order", {}).status_code == 422


def test_what_is_dismissed_is_gone_from_the_list(floor: Floor, client: Client) -> None:
    ids = proposals(floor)
    assert "1 proposal dismissed" in text_of(decide(client, "dismiss", {ids["MUG"]: 60}))
    assert list(proposals(floor)) == ["LAMP"]
    assert PurchaseProposal.objects.get(pk=ids["MUG"]).decided_by.startswith("supervisor")


def test_a_purchase_order_shows_its_lines_and_can_be_cancelled_before_anything_came(
    floor: Floor, client: Client
) -> None:
    decide(client, "order", {proposals(floor)["MUG"]: 60})
    ref = PurchaseOrder.objects.get().ref
    assert ref in text_of(client.get(reverse("dashboard:purchase_orders")))
    page = reverse("dashboard:purchase_order", args=[ref])
    assert "Cancel this order" in text_of(client.get(page))
    cancelled = client.post(
        reverse("dashboard:cancel_purchase_order", args=[ref]), {"action_id": str(uuid.uuid4())}, follow=True
    )
    assert "is cancelled" in text_of(cancelled)
    again = client.post(reverse("dashboard:cancel_purchase_order", args=[ref]), {"action_id": str(uuid.uuid4())})
    assert again.status_code == 422
    assert ref not in text_of(client.get(reverse("dashboard:purchase_orders")))
    assert ref in text_of(client.get(reverse("dashboard:purchase_orders") + "?view=all"))
    elsewhere = signed_in("supervisor", warehouse_ids=[another_warehouse()])
    assert elsewhere.get(page).status_code == 404


def test_cover_is_shown_by_what_is_low_too_much_or_dead(
    floor: Floor, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(14):
        low = text_of(client.get(reverse("dashboard:cover")))
    assert "MUG" in low
    for view in ("over", "dead"):
        assert client.get(reverse("dashboard:cover") + f"?view={view}").status_code == 200
    assert client.get(reverse("dashboard:cover") + "?view=nonsense&cursor=nonsense").status_code == 200


def test_how_a_product_is_kept_is_shown_with_the_advice_and_changed(floor: Floor, client: Client) -> None:
    page = reverse("dashboard:stock_plan", args=["MUG"])

    def save(**fields: object) -> Any:
        return client.post(page, {"action_id": str(uuid.uuid4()), **fields}, follow=True)

    told = text_of(client.get(page))
    assert "Safety stock, as advice 12" in told
    assert "4.2 ± 2.1" in told
    assert "Saved" in text_of(
        save(what="policy", reorder_point="20", maximum="", service_level="0.9", review_days="14")
    )
    supplier = create_supplier(code="best", name="Best")
    assert "Saved" in text_of(save(what="terms", supplier=supplier, pack_size="6", minimum_quantity="6"))
    assert text_of(client.get(page)).index("Best") < text_of(client.get(page)).index("Acme")
    shelf = next(iter(floor.shelves))
    assert "below 2, up to 9" in text_of(save(what="face", bin=shelf, minimum="2", maximum="9"))
    refused = save(what="face", bin="NOWHERE", minimum="2", maximum="9")
    assert (refused.status_code, "No bin here" in text_of(refused)) == (422, True)
    assert save(what="policy", service_level="1", review_days="7").status_code == 422
    assert save(what="nonsense").status_code == 404
    assert client.get(reverse("dashboard:stock_plan", args=["NONE"])).status_code == 404


def test_a_season_says_what_to_order_by_when_and_is_given_out_as_csv(floor: Floor, client: Client) -> None:
    today = timezone.localdate()
    season = {
        "action_id": str(uuid.uuid4()),
        "name": "Christmas",
        "starts_on": today + timedelta(days=30),
        "ends_on": today + timedelta(days=40),
        "uplift": "3",
    }
    told = text_of(client.post(reverse("dashboard:peaks"), season, follow=True))
    assert "Christmas" in told
    assert "MUG" in told
    plan = PeakPlan.objects.get()
    csv = b"".join(client.get(reverse("dashboard:peak_csv", args=[plan.pk])).streaming_content)  # type: ignore[attr-defined]
    lines = csv.decode().splitlines()
    assert lines[0].startswith("sku,name,supplier,demand")
    assert {line.split(",")[0] for line in lines[1:]} == {"MUG", "LAMP"}
    elsewhere = signed_in("supervisor", warehouse_ids=[another_warehouse()])
    assert elsewhere.get(reverse("dashboard:peak", args=[plan.pk])).status_code == 404
    assert "is gone" in text_of(client.post(reverse("dashboard:forget_peak", args=[plan.pk]), follow=True))
    wrong = client.post(
        reverse("dashboard:peaks"), {**season, "action_id": str(uuid.uuid4()), "ends_on": today, "name": "Back"}
    )
    assert wrong.status_code == 422
    assert not PeakPlan.objects.exists()
