"""A parcel given up for lost: from a program as from the page, once, and until it turns up."""

from datetime import timedelta
from typing import Any

import pytest

from core.attention.selectors import open_cases
from core.kernel.errors import IllegalTransition
from core.outbox.models import Event
from core.outbox.services import run_due
from orders.services.cancellation import cancel_order
from orders.tests.shop import build_shop
from shipping.carriers.base import RawEvent
from shipping.models import Parcel
from shipping.selectors.parcels import parcel_by_id
from shipping.services.replacing import follow_cancelled, replace_parcel
from shipping.services.tracking import mark_lost, record_tracking_events
from shipping.tests.floor import NOW, TESTER, Floor
from shipping.tests.test_api import Call, caller

pytestmark = pytest.mark.slow

BOTH = ["shipments:read", "shipments:write"]


@pytest.fixture
def parcel(floor: Floor) -> Parcel:
    return floor.ship(floor.order({"ART01": 2}))


@pytest.fixture
def call(floor: Floor) -> Call:
    return caller(floor.shop.channel_id, BOTH)


def lost_events() -> int:
    return Event.objects.filter(type="parcel.lost").count()


def report(key: str, status: str, hours: int) -> RawEvent:
    return RawEvent(key, status, NOW + timedelta(hours=hours), raw_code=status, raw_text="", place="Leeds")


def test_a_program_gives_a_parcel_up_once(parcel: Parcel, call: Call) -> None:
    where = f"shipments/{parcel.ref}/lost/"
    first = call("POST", where, {}, **{"idempotency-key": "a"})
    assert (first.status_code, first.json()["status"]) == (200, "lost")
    assert call("GET", f"shipments/{parcel.ref}/").json() == first.json()
    again = call("POST", where, {}, **{"idempotency-key": "a"})
    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")
    assert call("POST", where, {}).json() == first.json()
    assert (lost_events(), len(open_cases("delivery_problem"))) == (1, 1)


def test_what_no_carrier_has_cannot_be_lost(floor: Floor, call: Call) -> None:
    order = floor.order({"ART01": 1})
    floor.pick(order)
    packed = floor.pack(order)
    refused = call("POST", f"shipments/{packed.ref}/lost/", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")
    delivered = floor.ship(floor.order({"ART02": 1}))
    record_tracking_events(delivered.pk, [report("1", "delivered", 1)], by=TESTER, now=NOW)
    with pytest.raises(IllegalTransition):
        mark_lost(delivered.pk, by=TESTER, now=NOW)
    assert lost_events() == 0


def test_only_the_channels_own_key_that_may_write_gives_up(floor: Floor, parcel: Parcel, call: Call) -> None:
    where = f"shipments/{parcel.ref}/lost/"
    assert caller(build_shop({}, code="OTHER").channel_id, BOTH)("POST", where, {}).status_code == 404
    assert caller(floor.shop.channel_id)("POST", where, {}).status_code == 403
    assert call("POST", where, {"reason": "x"}).json()["errors"][0]["code"] == "unknown_field"
    assert lost_events() == 0


def test_who_read_it_before_it_moved_is_refused(parcel: Parcel, call: Call) -> None:
    read = call("GET", f"shipments/{parcel.ref}/")
    assert read["ETag"] == f'"{read.json()["version"]}"'
    record_tracking_events(parcel.pk, [report("1", "in_transit", 1)], by=TESTER, now=NOW)
    where = f"shipments/{parcel.ref}/lost/"
    stale = call("POST", where, {}, **{"if-match": read["ETag"]})
    assert (stale.status_code, stale.json()["code"], lost_events()) == (412, "stale_version", 0)
    now = call("GET", f"shipments/{parcel.ref}/")
    done = call("POST", where, {}, **{"if-match": now["ETag"]})
    assert (done.status_code, lost_events()) == (200, 1)
    assert done["ETag"] == call("GET", f"shipments/{parcel.ref}/")["ETag"] != now["ETag"]


@pytest.mark.parametrize(
    "change",
    [{"status": "exception"}, {"tracking_number": "X1"}, {"weight_g": 7}, {"carrier": "pp"}, {"delivered_at": NOW}],
    ids=lambda one: next(iter(one)),
)
def test_the_version_changes_with_what_is_told_and_with_nothing_else(parcel: Parcel, change: dict[str, Any]) -> None:
    before = parcel_by_id(parcel.pk).version
    assert parcel_by_id(parcel.pk).version == before
    Parcel.objects.filter(pk=parcel.pk).update(label_confirmed_at=NOW)
    assert parcel_by_id(parcel.pk).version == before
    Parcel.objects.filter(pk=parcel.pk).update(**change)
    assert parcel_by_id(parcel.pk).version != before
    Parcel.objects.filter(pk=parcel.pk).update(**{name: getattr(parcel, name) for name in change})
    assert parcel_by_id(parcel.pk).version == before


def test_an_old_report_that_comes_again_is_no_sign_of_life_and_a_new_one_is(parcel: Parcel) -> None:
    old = report("1", "in_transit", 1)
    record_tracking_events(parcel.pk, [old], by=TESTER, now=NOW)
    mark_lost(parcel.pk, by=TESTER, now=NOW)
    assert record_tracking_events(parcel.pk, [old], by=TESTER, now=NOW) == "lost"
    assert len(open_cases("delivery_problem")) == 1
    assert record_tracking_events(parcel.pk, [report("2", "in_transit", 2)], by=TESTER, now=NOW) == "in_transit"
    assert open_cases("delivery_problem") == []


def test_a_late_report_that_it_was_delivered_counts_whenever_it_was(parcel: Parcel) -> None:
    record_tracking_events(parcel.pk, [report("1", "out_for_delivery", 5)], by=TESTER, now=NOW)
    mark_lost(parcel.pk, by=TESTER, now=NOW)
    assert record_tracking_events(parcel.pk, [report("2", "delivered", 4)], by=TESTER, now=NOW) == "delivered"


def test_a_loss_takes_the_place_of_what_was_wrong_before_in_the_inbox(parcel: Parcel) -> None:
    record_tracking_events(parcel.pk, [report("1", "on_hold", 1)], by=TESTER, now=NOW)
    assert [case.detail["status"] for case in open_cases("delivery_problem")] == ["exception"]
    mark_lost(parcel.pk, by=TESTER, now=NOW)
    (case,) = open_cases("delivery_problem")
    assert (case.detail["status"], case.summary) == ("lost", "A parcel is lost. Send it again, or pay it back.")


def test_when_what_was_sent_again_is_cancelled_the_loss_is_a_case_again(parcel: Parcel) -> None:
    mark_lost(parcel.pk, by=TESTER, now=NOW)
    again = replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW)
    assert open_cases("delivery_problem") == []
    cancel_order(again.ref, reason="", by=TESTER, now=NOW)
    for _again in range(2):
        run_due(now=NOW, raise_errors=True)
    (case,) = open_cases("delivery_problem")
    assert (case.subject_id, case.detail["status"]) == (parcel.pk, "lost")
    later = NOW + timedelta(hours=1)
    replace_parcel(parcel.ref, reason="lost", by=TESTER, now=later)
    assert not follow_cancelled(again.id, by=TESTER, now=later)
    assert open_cases("delivery_problem") == []


def test_a_cancelled_replacement_of_what_turned_up_is_nobodys_case(parcel: Parcel) -> None:
    mark_lost(parcel.pk, by=TESTER, now=NOW)
    again = replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW)
    record_tracking_events(parcel.pk, [report("1", "delivered", 1)], by=TESTER, now=NOW)
    cancel_order(again.ref, reason="", by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)
    assert open_cases("delivery_problem") == []
