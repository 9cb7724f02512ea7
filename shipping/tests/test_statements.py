"""What one order costs from the wave to the truck: counted, so that it does not grow unseen."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shipping.models import Parcel, PickLine
from shipping.services.facts import PickDone
from shipping.services.handover import hand_over_parcels
from shipping.services.labels import purchase_label
from shipping.services.pack_scans import scan_pack
from shipping.services.packing import pack_all
from shipping.services.picking import claim_next_pick_list, confirm_picks
from shipping.services.waves import release_next_wave
from shipping.tests.floor import NOW, TESTER, Floor

FRAMES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
# Intake is counted in orders/tests/test_intake.py. Fewer is fine: then lower the figure.
MOST = {"wave": 20, "claim": 4, "pick": 27, "pack": 25, "label": 16, "scan": 8, "hand over": 18}

R = TypeVar("R")


class Count:
    """Statements of each step, those that begin and end transactions left out."""

    def __init__(self) -> None:
        self.steps: dict[str, int] = {}

    def of(self, step: str, act: Callable[[], R]) -> R:
        with CaptureQueriesContext(connection) as seen:
            answer = act()
        self.steps[step] = sum(not one["sql"].startswith(FRAMES) for one in seen.captured_queries)
        return answer


def whole_life(floor: Floor, articles: int) -> dict[str, int]:
    """An order of that many lines, picked, packed, labelled and shipped by one person: the statements of each step."""
    order = floor.order({f"ART{number:02}": number for number in range(1, articles + 1)})
    count = Count()
    count.of("wave", lambda: release_next_wave(floor.warehouse_id, limit=1, by=TESTER, now=NOW))
    work = count.of("claim", lambda: claim_next_pick_list(floor.picker.pk, floor.warehouse_id, by=TESTER, now=NOW))
    assert work is not None
    picks = [PickDone(line.pk, line.quantity) for line in PickLine.objects.filter(pick_list=work.id)]
    totes = {1: floor.totes[0].id}
    count.of("pick", lambda: confirm_picks(work.id, picks, totes=totes, by=TESTER, now=NOW))
    part = floor.fulfillment_order(order)
    parcel = count.of("pack", lambda: pack_all(part, user_id=floor.picker.pk, by=TESTER, now=NOW))
    label = count.of("label", lambda: purchase_label(parcel.ref, by=TESTER, now=NOW))
    count.of("scan", lambda: scan_pack(parcel.ref, label.tracking_number, by=TESTER, now=NOW))
    count.of("hand over", lambda: hand_over_parcels([parcel.id], by=TESTER, now=NOW))
    assert Parcel.objects.get(pk=parcel.id).status == "shipped"
    return count.steps


def test_an_order_from_the_wave_to_the_truck_takes_no_more_statements_than_known(floor: Floor) -> None:
    found = whole_life(floor, 3)
    assert {step: found[step] for step in MOST if found[step] > MOST[step]} == {}


def test_behind_a_pooler_where_nothing_is_prepared_it_takes_as_many(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = whole_life(floor, 2)
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    assert whole_life(floor, 2) == prepared


def test_an_order_of_more_lines_takes_no_more_statements(floor: Floor) -> None:
    assert whole_life(floor, 1) == whole_life(floor, 6)
