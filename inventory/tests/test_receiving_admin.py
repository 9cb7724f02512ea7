"""Incoming goods in the admin."""

import pytest
from django.test import Client
from django.urls import reverse

from core.accounts.models import User
from inventory.models import QualityCheck, SamplingRule, ShipNotice, Supplier
from inventory.services.receiving import open_receipt, receive_case
from inventory.services.ship_notices import NoticeLine
from inventory.tests.arriving import SSCC, notice, supplier
from inventory.tests.conftest import NOW, TESTER, Floor

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss", password="x"))
    return client


def test_notices_and_checks_are_read_and_rules_written(boss: Client, floor: Floor, product: int) -> None:
    added = boss.post(
        reverse("admin:inventory_samplingrule_add"),
        {
            "every_nth": "1",
            "first_receipts": "0",
            "instructions": "Look.",
            "active": "on",
            "supplier": "",
            "product": "",
        },
    )
    assert added.status_code == 302, added.content
    assert SamplingRule.objects.get().every_nth == 1
    ref = notice(floor, [NoticeLine(product, 4, sscc=SSCC)])
    receipt = open_receipt(warehouse_id=floor.warehouse_id, ship_notice_ref=ref, by=TESTER, now=NOW)
    receive_case(receipt.ref, SSCC, by=TESTER, now=NOW)
    pages = {"shipnotice": ShipNotice.objects.get().pk, "qualitycheck": QualityCheck.objects.get().pk}
    for name, pk in pages.items():
        assert boss.get(reverse(f"admin:inventory_{name}_changelist")).status_code == 200
        assert boss.get(reverse(f"admin:inventory_{name}_change", args=[pk])).status_code == 200
        assert boss.get(reverse(f"admin:inventory_{name}_add")).status_code == 403
    assert boss.get(reverse("admin:inventory_shipnotice_changelist"), {"q": SSCC}).status_code == 200
    supplier()
    page = boss.get(reverse("admin:inventory_supplier_change", args=[Supplier.objects.get().pk]))
    assert "lead time learned" in page.content.decode().lower()
