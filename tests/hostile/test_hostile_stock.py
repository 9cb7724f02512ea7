"""Nonsense sent to every address about stock is refused by name; nothing of it is a fault of ours."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from core.accounts.models import APIClient
from inventory.models import Product
from inventory.services.checking import check_stock
from inventory.services.lots import NewLot, note_lots
from inventory.services.products import create_product, create_supplier
from orders.tests.shop import NOW, TESTER, Shop
from tests.hostile.conftest import Call
from tests.hostile.nonsense import spoilt

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

BODIES: dict[str, Any] = {
    "stock/availability/": {"skus": ["MUG"], "warehouse": "MAIN", "quantity": 3},
    "stock/safety/": {"sku": "MUG", "warehouse": "MAIN", "units": 3},
    "stock/adjustments/": {"sku": "MUG", "warehouse": "MAIN", "reason": "found", "delta": 1, "bin": "A-01-1"},
    "stock/adjustments/bulk/": {
        "items": [
            {"sku": "MUG", "warehouse": "MAIN", "bin": "A-01-1", "quantity": 1, "expected_quantity": 1, "note": "n"}
        ]
    },
    "stock/reservations/": {"warehouse": "MAIN", "items": [{"sku": "MUG", "quantity": 1}], "expires_in_s": 60},
    "stock/fits/": {"warehouse": "MAIN", "bin": "A-01-1", "sku": "MUG", "quantity": 1},
    "counts/": {"warehouse": "MAIN", "bins": ["A-01-1"]},
    "transfers/": {
        "source": "MAIN",
        "target": "MAIN",
        "expected_on": "2027-01-01",
        "note": "n",
        "lines": [{"sku": "MUG", "quantity": 1}],
    },
    "work-orders/": {"sku": "GIFT", "warehouse": "MAIN", "quantity": 1, "kind": "assemble", "due_on": "2027-01-01"},
    "purchase-orders/": {
        "supplier": "ACME",
        "warehouse": "MAIN",
        "expected_on": "2027-01-01",
        "lines": [{"sku": "MUG", "quantity": 1, "unit_cost": "1.50"}],
    },
    "ship-notices/": {
        "supplier": "ACME",
        "warehouse": "MAIN",
        "number": "D-1",
        "expected_on": "2027-01-01",
        "lines": [{"sku": "MILK", "quantity": 1, "lot": "L", "expires_on": "2027-01-01", "sscc": "106141412345678908"}],
    },
    "lots/MILK/OLD/recall/": {"reason": "glass"},
}
READS = (
    "stock/promisable/?sku=MUG&quantity=5",
    "stock/promisable/?sku=MILK",
    "stock/changes/?limit=5",
    "stock/changes/?since=0.0.",
    "stock/changes/?since=9223372036854775807.9223372036854775807.",
    "stock/changes/?since=%00&limit=-1&wait_s=99",
    "stock/?at=9999-12-31T23:59:59Z",
    "stock/?at=0001-01-01T00:00:00Z",
    "stock/?warehouse=%00",
    "lots/?order=%00",
    "lots/MILK/OLD/trace/",
    "lots/MILK/NEW/trace/",
    "lots/%00/%00/trace/",
    "bins/?warehouse=MAIN",
    "bins/%00/",
    "counts/",
    "counts/%00/",
    "forecasts/",
    "purchase-proposals/",
    "purchase-orders/",
    "receipts/",
    "ship-notices/",
    "transfers/",
    "transfers/%00/",
    "work-orders/%00/",
)


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    create_supplier(code="ACME", name="Acme")
    create_product(sku="GIFT", name="G", kit=[("MUG", 1)], kit_kind="assembled", by=TESTER, now=NOW)
    milk = create_product(sku="MILK", name="M", tracking="lot", by=TESTER, now=NOW).product.id
    Product.objects.filter(pk=milk).update(expiry_horizon_days=30)
    with transaction.atomic():
        first, last = NOW.date().replace(year=1, month=1, day=1), NOW.date().replace(year=9999, month=12, day=31)
        note_lots([NewLot(milk, "OLD", first), NewLot(milk, "NEW", last)], now=NOW + timedelta(0))
    APIClient.objects.update(requests_per_minute=None)
    return shop


@pytest.mark.parametrize("where", BODIES)
def test_no_nonsense_in_a_body_is_a_fault_of_ours(stocked: Shop, call: Call, where: str) -> None:
    faults = []
    for body in spoilt(BODIES[where]):
        answer = call("POST", where, body)
        if answer.status_code >= 500:
            faults.append((body, answer.content[:200]))
    assert faults == []
    assert check_stock(by=TESTER, now=NOW) == []


def test_no_nonsense_in_an_address_is_a_fault_of_ours(stocked: Shop, call: Call) -> None:
    assert call("POST", "ship-notices/", BODIES["ship-notices/"]).status_code == 201
    for day in ("9999-12-31", "0001-01-01"):
        call("POST", "purchase-orders/", BODIES["purchase-orders/"] | {"expected_on": day})
        call("POST", "transfers/", BODIES["transfers/"] | {"expected_on": day})
    faults = [where for where in READS if call("GET", where).status_code >= 500]
    assert faults == []
