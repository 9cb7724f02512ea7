"""What carriers report, in whatever order it comes."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.attention.selectors import open_cases
from core.outbox.models import Event
from shipping.carriers.base import RawEvent
from shipping.errors import BadSignature
from shipping.models import CarrierAccount, CarrierNotice, Parcel, TrackingEvent
from shipping.planning.tracking import Report, whereabouts
from shipping.selectors.parcels import parcel_by_code, parcels_of_order
from shipping.services.tracking import check_signature, keep_notice, read_notice, record_tracking_events
from shipping.tests.floor import NOW, TESTER, Floor

SECRET = base64.b64encode(b"a secret of a carrier").decode()


def report(key: int, status: str, minutes: int = 0) -> RawEvent:
    return RawEvent(str(key), status, NOW + timedelta(minutes=minutes), raw_code=status, raw_text="", place="Leeds")


@pytest.fixture
def shipped(floor: Floor) -> Parcel:
    return floor.ship(floor.order({"ART01": 1}))


def test_every_report_is_kept_once_and_the_newest_by_time_counts(shipped: Parcel) -> None:
    late = report(2, "out_for_delivery", 60)
    assert record_tracking_events(shipped.pk, [late], by=TESTER, now=NOW) == "out_for_delivery"
    assert (
        record_tracking_events(shipped.pk, [report(1, "in_transit", 5), late], by=TESTER, now=NOW) == "out_for_delivery"
    )
    assert TrackingEvent.objects.count() == 2


def test_delivered_once_and_for_good_but_for_a_return(shipped: Parcel) -> None:
    def told(*reports: RawEvent) -> str:
        return record_tracking_events(shipped.pk, reports, by=TESTER, now=NOW)

    assert told(report(1, "delivered", 60)) == "delivered"
    assert told(report(2, "out_for_delivery", 90)) == "delivered"
    assert told(report(3, "return_to_sender", 120)) == "return_to_sender"
    assert told(report(4, "delivered", 200)) == "return_to_sender"
    types = Event.objects.filter(subject_type="parcel", subject_id=shipped.pk).values_list("type", flat=True)
    assert [one for one in types if one in ("parcel.delivered", "parcel.return_to_sender")] == [
        "parcel.delivered",
        "parcel.return_to_sender",
    ]


def test_a_problem_opens_a_case_and_its_end_closes_it(shipped: Parcel) -> None:
    record_tracking_events(shipped.pk, [report(1, "delivery_failed")], by=TESTER, now=NOW)
    assert len(open_cases("delivery_problem")) == 1
    record_tracking_events(shipped.pk, [report(2, "delivered", 60)], by=TESTER, now=NOW)
    assert open_cases("delivery_problem") == []


def test_a_report_before_the_hand_over_counts_from_the_hand_over_on(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    floor.pick(order)
    parcel = floor.pack(order)
    assert record_tracking_events(parcel.pk, [report(1, "picked_up")], by=TESTER, now=NOW) == "ready_for_pickup"
    floor.hand_over(parcel)
    parcel.refresh_from_db()
    assert parcel.status == "in_transit"


REPORTS = st.lists(
    st.builds(
        report,
        st.integers(0, 9),
        st.sampled_from(
            ["pending", "picked_up", "in_transit", "on_hold", "out_for_delivery", "delivered", "delivery_failed"]
        ),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda one: one.carrier_key,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reports=REPORTS, order=st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_end_in_the_same_status(
    shipped: Parcel, reports: list[RawEvent], order: Random
) -> None:
    TrackingEvent.objects.all().delete()
    Parcel.objects.filter(pk=shipped.pk).update(status="shipped", delivered_at=None, last_event_at=None)
    shuffled = reports + order.sample(reports, k=len(reports) // 2)
    order.shuffle(shuffled)
    for one in shuffled:
        record_tracking_events(shipped.pk, [one], by=TESTER, now=NOW)
    proven = whereabouts(Report(one.status, one.happened_at) for one in reports)
    assert Parcel.objects.get(pk=shipped.pk).status == (proven.status if proven else "shipped")
    assert TrackingEvent.objects.count() == len(reports)


def sign(body: bytes, *, message_id: str = "msg_1", at: int | None = None, secret: str = SECRET) -> dict[str, str]:
    timestamp = str(at if at is not None else int(NOW.timestamp()))
    mac = hmac.new(base64.b64decode(secret), f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {"message_id": message_id, "timestamp": timestamp, "signatures": "v1," + base64.b64encode(mac).decode()}


def test_a_notice_is_believed_only_with_its_signature(db: None) -> None:
    CarrierAccount.objects.create(carrier="own_delivery", webhook_secret=f"whsec_{SECRET}")
    body = b'{"events": []}'
    good = sign(body)
    check_signature("own_delivery", body=body, now=NOW, **good)
    check_signature("own_delivery", body=body, now=NOW, **{**good, "signatures": f"v1,AAAA {good['signatures']}"})
    forged = [
        {**good, "signatures": good["signatures"].replace("v1,", "v2,")},
        {**good, "signatures": ""},
        {**good, "signatures": "v1,åäö"},
        {**good, "message_id": "msg_2"},
        {**good, "timestamp": str(int(good["timestamp"]) + 1)},
        {**good, "timestamp": "now"},
        sign(body, at=int(NOW.timestamp()) - 301),
        sign(body, at=int(NOW.timestamp()) + 301),
        sign(body, secret=base64.b64encode(b"another").decode()),
    ]
    for one in forged:
        with pytest.raises(BadSignature):
            check_signature("own_delivery", body=body, now=NOW, **one)
    with pytest.raises(BadSignature):
        check_signature("own_delivery", body=body + b" ", now=NOW, **good)
    with pytest.raises(BadSignature):
        check_signature("easypost", body=body, now=NOW, **good)


def test_a_notice_is_stored_once_then_read(shipped: Parcel) -> None:
    event = {"tracking_number": shipped.tracking_number, "status": "delivered", "at": NOW.isoformat(), "id": "7"}
    body = json.loads(json.dumps({"events": [event, {**event, "tracking_number": "FD000000000GB"}]}))
    assert keep_notice("own_delivery", "msg_1", body, by=TESTER, now=NOW)
    assert not keep_notice("own_delivery", "msg_1", body, by=TESTER, now=NOW)
    notice = CarrierNotice.objects.get()
    assert Event.objects.filter(type="carrier_notice.received").count() == 1
    assert read_notice(notice.pk, by=TESTER, now=NOW) == 1
    assert read_notice(notice.pk, by=TESTER, now=NOW) == 0
    assert parcel_by_code(shipped.tracking_number).status == "delivered"
    notice.refresh_from_db()
    assert notice.outcome == "1 of 2 parcels known"


@pytest.mark.parametrize(
    "body", [{}, {"events": 3}, {"events": [{}]}, {"events": [{"tracking_number": 1, "status": 2, "at": "x"}]}]
)
def test_a_notice_that_cannot_be_read_says_so(db: None, body: dict[str, object]) -> None:
    keep_notice("own_delivery", "msg_1", body, by=TESTER, now=NOW)
    notice = CarrierNotice.objects.get()
    assert read_notice(notice.pk, by=TESTER, now=NOW) == 0
    notice.refresh_from_db()
    assert notice.handled_at is not None and "event" in notice.outcome.lower()


def test_parcels_of_an_order_take_three_statements(shipped: Parcel, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(3):
        (parcel,) = parcels_of_order(shipped.order_id)
    assert [(item.sku, item.quantity) for item in parcel.items] == [("ART01", 1)]
