"""The demo's second warehouse has sent something, and its books balance."""

from datetime import UTC, datetime

import pytest

from fulfillment.devtools.demo.seed import SEEDER, seed_house
from fulfillment.devtools.demo.sending import CODE, SENT, STORED, send_from_store
from inventory.models import StockLevel, Transfer
from inventory.selectors.transfers import arriving_at
from inventory.services.checking import check_stock

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_a_load_is_on_its_way_and_a_second_start_adds_nothing() -> None:
    leeds = seed_house(now=NOW)
    for _start in range(2):
        send_from_store(warehouse_id=leeds, by=SEEDER, now=NOW)
    (coming,) = arriving_at(leeds)
    assert (coming.source, coming.in_transit, Transfer.objects.count()) == (CODE, SENT, 1)
    assert StockLevel.objects.get(warehouse__code=CODE).on_hand == STORED - SENT
    assert check_stock(by=SEEDER, now=NOW) == []
