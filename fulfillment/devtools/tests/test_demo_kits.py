"""The demo's kits: one to order, one on the bench."""

from datetime import time

import pytest
from django.utils import timezone

from core.kernel.actors import system
from fulfillment.devtools.demo.kits import ASSEMBLED, VIRTUAL, make_up_kits
from inventory.models import Product
from inventory.selectors import kit_availability
from inventory.selectors.assembling import open_work_orders
from inventory.selectors.availability import availability
from inventory.services.checking import check_stock
from inventory.services.places import NewBin, create_bins, create_warehouse

pytestmark = pytest.mark.django_db


def test_a_kit_can_be_ordered_and_another_is_half_done() -> None:
    warehouse = create_warehouse(code="LEEDS", name="Leeds", country="GB", cut_off=time(16, 0))
    create_bins(warehouse.id, [NewBin(name="A-01-1", pick_sequence=1)])
    by, now = system("demo"), timezone.now()
    for _time in range(2):
        make_up_kits(warehouse_id=warehouse.id, by=by, now=now)
    virtual, assembled = (Product.objects.get(sku=sku).pk for sku in (VIRTUAL, ASSEMBLED))
    assert kit_availability([virtual], [warehouse.id]) == {(virtual, warehouse.id): 15}
    assert availability([assembled], [warehouse.id]) == {(assembled, warehouse.id): 2}
    (work,) = open_work_orders(warehouse.id)
    assert (work.completed, work.quantity, work.status) == (2, 6, "in_progress")
    assert check_stock(by=by, now=now) == []
