"""The demo's evening: templates by name, a drafted wave, and what its preview leaves out."""

from datetime import UTC, datetime

import pytest

from core.kernel.actors import SYSTEM
from fulfillment.devtools.demo.waves import BUYERS, DRAFTED, leave_a_wave, name_waves
from inventory.selectors.places import warehouse_by_id
from shipping.models import CarrierService, Wave
from shipping.selectors.wave_candidates import WaveAsk
from shipping.selectors.wave_templates import templates_of
from shipping.services.wave_preview import preview_wave
from shipping.tests.floor import build_floor

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.django_db
def test_the_evening_leaves_a_drafted_wave_and_reasons() -> None:
    floor = build_floor({f"ART{number:02}": 40 for number in range(1, 7)})
    CarrierService.objects.create(method="express", carrier="own_delivery", service="express", name="Express")
    for _time in range(2):
        name_waves(warehouse_id=floor.warehouse_id)
        leave_a_wave(floor.warehouse_id, floor.shop.channel_id, by=SYSTEM, now=NOW)

    assert "Evening, zone by zone" in [one.name for one in templates_of(floor.warehouse_id)]
    assert Wave.objects.get().status == "draft"
    wave = preview_wave(
        WaveAsk(floor.warehouse_id, method="batch", orders_per_list=3), warehouse_by_id(floor.warehouse_id), now=NOW
    )
    assert wave.orders == len(BUYERS) - DRAFTED - 1
    assert dict(wave.left_out) == {"held": 1, "taken": DRAFTED}
