"""The demo's promises rest on a season, carriers' days and capacity; a second start adds nothing."""

from datetime import UTC, datetime

import pytest

from fulfillment.devtools.demo.promising import foresee_late, seed_promises
from fulfillment.devtools.demo.seed import seed_house
from inventory.models import Warehouse
from orders.models import CapacityDay, Season, ServiceCutOff, TransitTime
from shipping.services.last_orders import last_orders


@pytest.mark.django_db
@pytest.mark.parametrize("now", [datetime(2026, 11, 22, 9, tzinfo=UTC), datetime(2027, 6, 30, 9, tzinfo=UTC)])
def test_the_calendar_is_set_once_around_the_day_of_the_start(now: datetime) -> None:
    leeds = seed_house(now=now)
    for _start in range(2):
        seed_promises(leeds, now=now)
    season = Season.objects.get()
    assert season.until > now.date()
    assert (ServiceCutOff.objects.count(), CapacityDay.objects.count(), TransitTime.objects.count()) == (1, 1, 6)
    warehouse = Warehouse.objects.get(pk=leeds)
    assert (warehouse.daily_capacity, len(warehouse.closed_days)) == (1000, 3)
    assert last_orders(leeds, now=now).any_left
    assert foresee_late(leeds, now=now) == 0
