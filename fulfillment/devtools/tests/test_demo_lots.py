"""The demo's tracked goods tell a story the screens can show."""

from collections import Counter
from datetime import time

import pytest
from django.utils import timezone

from core.attention.selectors import open_cases
from core.kernel.actors import system
from fulfillment.devtools.demo.lots import JAM, RADIO, SERIALS, stock_lots
from inventory.models import BinStock
from inventory.selectors.history import level_at
from inventory.selectors.products import products_by_sku
from inventory.services.checking import check_stock
from inventory.services.places import create_warehouse

pytestmark = pytest.mark.django_db


def test_lots_have_a_past_and_one_is_set_aside() -> None:
    warehouse = create_warehouse(code="LEEDS", name="Leeds", country="GB", cut_off=time(16, 0))
    by, now = system("demo"), timezone.now()
    for _time in range(2):
        stock_lots(warehouse_id=warehouse.id, by=by, now=now)
    jam = products_by_sku([JAM])[JAM.casefold()]
    assert level_at(jam.id, now).on_hand == 94
    assert [case.detail["code"] for case in open_cases("lot_expired")] == ["J-0811"]
    lying = Counter(BinStock.objects.filter(product__sku=RADIO, quantity=1).values_list("lot", flat=True))
    assert lying == Counter(SERIALS)
    assert check_stock(by=by, now=now) == []
