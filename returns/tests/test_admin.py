"""The admin reads everything of returns and decides through the services."""

from typing import Any

import pytest
from django.test import Client

from core.accounts.models import User
from orders.tests.shop import TESTER, Shop
from returns.models import Inspection, Return
from returns.selectors.reads import return_by_ref
from returns.services.inspection import start_inspection
from returns.tests.goods import LATER, ask, inspector_id, received, shipped_order

pytestmark = pytest.mark.slow

PAGES = ("return", "inspection", "refundinstruction", "reception", "spokenfor")


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


@pytest.mark.parametrize("page", PAGES)
def test_every_list_opens_and_nothing_can_be_added(admin: Client, shop: Shop, page: str) -> None:
    received(shop, shipped_order(shop, {"MUG": 1}), {"MUG": 1})
    assert admin.get(f"/admin/returns/{page}/").status_code == 200
    assert admin.get(f"/admin/returns/{page}/add/").status_code == 403


def test_a_return_is_shown_with_its_items(admin: Client, shop: Shop) -> None:
    rma = received(shop, shipped_order(shop, {"MUG": 1}), {"MUG": 1})
    page = admin.get(f"/admin/returns/return/{rma.id}/change/")
    assert page.status_code == 200
    assert "Article MUG" in page.content.decode()


def run(client: Client, page: str, action: str, pk: int) -> Any:
    return client.post(f"/admin/returns/{page}/", {"action": action, "_selected_action": [pk]}, follow=True)


def test_requests_are_approved_and_inspections_freed(admin: Client, shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 2})
    waiting = ask(order, {"MUG": 1}, now=order.placed_at.replace(year=2027))
    run(admin, "return", "approve", waiting.id)
    assert return_by_ref(waiting.ref).status == "approved"
    refused = run(admin, "return", "approve", waiting.id)
    assert waiting.ref in refused.content.decode()
    rma = received(shop, order, {"MUG": 1})
    inspection = Inspection.objects.get(return_ref=rma.ref)
    start_inspection(inspection.pk, inspector_id=inspector_id(), by=TESTER, now=LATER)
    run(admin, "inspection", "put_down", inspection.pk)
    assert Inspection.objects.get(pk=inspection.pk).status == "queued"
    assert Return.objects.count() == 2
