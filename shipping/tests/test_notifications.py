"""What customers are told about their parcels."""

from datetime import timedelta

import pytest
from django.core import mail

from core.messaging.models import Message
from core.outbox.facts import EventFact
from core.outbox.models import Event
from core.outbox.services import run_due
from orders.models import Channel, Order, Promise
from orders.services.cancellation import cancel_order
from orders.services.requests import CustomerRequest
from orders.tests.shop import ADDRESS
from shipping import notifications
from shipping.carriers.base import RawEvent
from shipping.models import Parcel
from shipping.services.labels import purchase_label
from shipping.services.packing import finish_parcel, open_parcel, split_parcel
from shipping.services.replacing import replace_lines, replace_parcel
from shipping.services.tracking import mark_lost, record_tracking_events
from shipping.tests.floor import NOW, TESTER, Floor

pytestmark = pytest.mark.slow

SEND = {
    "parcel.shipped": notifications.send_parcel_shipped,
    "parcel.delivered": notifications.send_parcel_delivered,
    "parcel.exception": notifications.send_parcel_delayed,
    "parcel.delivery_failed": notifications.send_parcel_delayed,
    "parcel.lost": notifications.send_parcel_lost,
    "parcel.ready_for_collection": notifications.send_parcel_ready,
}


def tell() -> None:
    """Run the mail handlers of every parcel event, twice, as the outbox may."""
    for _time in range(2):
        for row in Event.objects.filter(type__in=SEND).order_by("pk"):
            fact = EventFact(
                row.pk, row.type, row.subject_type, row.subject_id, row.timeline, row.data, row.at, "system", "x"
            )
            SEND[row.type](fact, now=NOW)


def report(parcel: Parcel, key: str, status: str) -> None:
    record_tracking_events(parcel.pk, [RawEvent(key, status, NOW + timedelta(hours=int(key)))], by=TESTER, now=NOW)


def test_a_parcel_is_told_of_once_with_its_number_and_content(floor: Floor) -> None:
    parcel = floor.ship(floor.order({"ART01": 2, "ART02": 1}))
    tell()
    (message,) = mail.outbox
    assert message.to == ["ada@example.com"]
    assert "on its way" in message.subject
    assert parcel.tracking_number in message.body and "/t/" in message.body
    assert "2 × Article ART01 (ART01)" in message.body and "1 × Article ART02" in message.body
    assert "another parcel" not in message.body


def test_each_of_two_parcels_tells_its_own_content(floor: Floor) -> None:
    order = floor.order({"ART01": 1, "ART02": 1})
    floor.pick(order)
    first = open_parcel(floor.tote_of(order), warehouse_id=floor.warehouse_id, user_id=None, by=TESTER, now=NOW)
    floor.pack_scan(first.ref, "EAN-ART01")
    second = split_parcel(first.id, by=TESTER, now=NOW)
    finish_parcel(first.id, by=TESTER, now=NOW)
    floor.pack_scan(second.ref, "EAN-ART02")
    bodies = []
    for fact in (first, second):
        purchase_label(fact.ref, by=TESTER, now=NOW)
        parcel = Parcel.objects.get(pk=fact.id)
        floor.pack_scan(parcel.ref, parcel.tracking_number)
        floor.hand_over(parcel)
        tell()
        bodies.append(mail.outbox[-1].body)
    assert len(mail.outbox) == 2
    assert "ART01" in bodies[0] and "ART02" not in bodies[0] and "another parcel" in bodies[0]
    assert "ART02" in bodies[1] and "ART01" not in bodies[1] and "another parcel" not in bodies[1]


def test_delay_and_delivery_are_told_once_each(floor: Floor) -> None:
    parcel = floor.ship(floor.order({"ART01": 1}))
    tell()
    report(parcel, "1", "delivery_failed")
    tell()
    report(parcel, "2", "on_hold")
    tell()
    report(parcel, "3", "delivered")
    tell()
    assert list(Message.objects.order_by("pk").values_list("template", flat=True)) == [
        "parcel_shipped",
        "parcel_delayed",
        "parcel_delivered",
    ]
    assert "could not deliver" in mail.outbox[1].body
    assert "Monday 23 November" in mail.outbox[2].body


def test_trouble_that_is_over_is_not_told_of(floor: Floor) -> None:
    parcel = floor.ship(floor.order({"ART01": 1}))
    report(parcel, "1", "on_hold")
    report(parcel, "2", "delivered")
    tell()
    assert "parcel_delayed" not in Message.objects.values_list("template", flat=True)


def test_nobody_is_told_who_does_not_want_to_be(floor: Floor) -> None:
    order = floor.shop.order({"ART01": 1}, customer=CustomerRequest(email="ada@example.com", notify_by=()))
    floor.ship(order)
    tell()
    assert mail.outbox == []
    assert Message.objects.get().status == "suppressed"


@pytest.mark.parametrize("locale", ["en", "th", "sv", "ja"])
def test_every_mail_renders_in_every_language(floor: Floor, locale: str) -> None:
    order = floor.shop.order({"ART01": 1}, customer=CustomerRequest(email="ada@example.com", locale=locale))
    parcel = floor.ship(order)
    tell()
    report(parcel, "1", "delivery_failed")
    tell()
    report(parcel, "2", "ready_for_collection")
    tell()
    mark_lost(parcel.pk, by=TESTER, now=NOW)
    tell()
    report(parcel, "3", "delivered")
    tell()
    assert Message.objects.filter(status="sent", locale=locale).count() == 5


def test_the_days_of_a_shipped_parcel_are_those_it_can_still_come_on(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    floor.ship(order)
    (event,) = Event.objects.filter(type="parcel.shipped")
    bodies = []
    for first, last in (("2026-11-24", "2026-11-24"), ("2026-11-16", "2026-11-25"), ("2026-11-16", "2026-11-18")):
        Promise.objects.filter(order=order.id).update(deliver_from=first, deliver_to=last)
        Message.objects.all().delete()
        tell()
        bodies.append(str(mail.outbox[-1].body))
    assert "You can expect it on Tuesday 24 November." in bodies[0]
    assert "between Monday 23 November and Wednesday 25 November" in bodies[1]
    assert "It left us on Monday 23 November. It takes longer than we told you." in bodies[2]
    assert "today" not in "".join(bodies) and event.subject_id


def test_a_part_is_not_told_as_the_whole_order(floor: Floor) -> None:
    order = floor.order({"ART01": 1, "ART02": 30})
    parcel = floor.ship(order)
    report(parcel, "1", "delivered")
    tell()
    assert [one.subject for one in mail.outbox] == [
        f"Part of your order {order.external_id} is on its way",
        f"Part of your order {order.external_id} has arrived",
    ]


def test_the_day_of_delivery_is_the_one_where_it_was_delivered(floor: Floor) -> None:
    order = floor.shop.order({"ART01": 1}, shipping_address={**ADDRESS, "country": "JP"})
    report(floor.ship(order), "9", "delivered")
    tell()
    assert "Tuesday 24 November" in mail.outbox[-1].body  # in the evening of the 23rd where it left


def told_of(template: str) -> list[str]:
    """What became of the mails of that kind."""
    return list(Message.objects.filter(template=template).order_by("pk").values_list("status", flat=True))


def settle(minutes: int) -> None:
    """Let the outbox do all that is due that long after, twice as it may."""
    for _again in range(2):
        run_due(now=NOW + timedelta(minutes=minutes), raise_errors=True)


def test_who_waits_for_a_lost_parcel_is_told_once_and_then_of_what_is_sent_again(floor: Floor) -> None:
    parcel = floor.ship(floor.order({"ART01": 1}))
    mark_lost(parcel.pk, by=TESTER, now=NOW)
    settle(29)
    assert told_of("parcel_lost") == []
    settle(31)
    assert told_of("parcel_lost") == ["sent"]
    letter = mail.outbox[-1]
    assert "seems to be lost" in str(letter.subject) and "1 × Article ART01" in str(letter.body)
    assert "We send it again, or you get back what you paid for it." in str(letter.body)

    replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW + timedelta(hours=1))
    settle(90)
    assert (told_of("parcel_lost"), told_of("replacement_on_its_way")) == (["sent"], ["sent"])


@pytest.mark.parametrize("what", ["the parcel", "its lines"])
def test_of_a_lost_parcel_that_is_sent_again_at_once_one_mail_says_all(floor: Floor, what: str) -> None:
    order = floor.order({"ART01": 1})
    parcel = floor.ship(order)
    mark_lost(parcel.pk, by=TESTER, now=NOW)
    if what == "the parcel":
        replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW)
    else:
        replace_lines(order.ref, {order.lines[0].id: 1}, reason="lost", by=TESTER, now=NOW)
    settle(31)
    assert (told_of("parcel_lost"), told_of("replacement_on_its_way")) == ([], ["sent"])


def test_a_replacement_that_was_cancelled_keeps_nobody_from_hearing_of_the_loss(floor: Floor) -> None:
    parcel = floor.ship(floor.order({"ART01": 1}))
    mark_lost(parcel.pk, by=TESTER, now=NOW)
    again = replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW)
    cancel_order(again.ref, reason="", by=TESTER, now=NOW)
    settle(31)
    assert told_of("parcel_lost") == ["sent"]


def test_a_parcel_that_turned_up_is_not_told_as_lost_nor_a_lost_one_as_delayed(floor: Floor) -> None:
    found, gone = floor.ship(floor.order({"ART01": 1})), floor.ship(floor.order({"ART02": 1}))
    mark_lost(found.pk, by=TESTER, now=NOW)
    report(found, "1", "delivered")
    report(gone, "1", "on_hold")
    mark_lost(gone.pk, by=TESTER, now=NOW)
    settle(31)
    assert Message.objects.get(template="parcel_lost").subject_id == gone.pk
    assert told_of("parcel_delayed") == []


@pytest.mark.parametrize("silent", ["the channel", "the buyer"])
def test_of_a_lost_parcel_nobody_hears_whom_we_may_not_write_to(floor: Floor, silent: str) -> None:
    parcel = floor.ship(floor.order({"ART01": 1}))
    if silent == "the channel":
        Channel.objects.update(sends_messages=False)
    else:
        Order.objects.update(notify_by=[])
    mark_lost(parcel.pk, by=TESTER, now=NOW)
    settle(31)
    assert (told_of("parcel_lost"), len(mail.outbox)) == (["suppressed"], 0)


def test_whose_money_was_given_back_is_promised_nothing_more(floor: Floor) -> None:
    parcel = floor.ship(floor.order({"ART01": 1}))
    Order.objects.update(payment_status="refunded")
    mark_lost(parcel.pk, by=TESTER, now=NOW)
    settle(31)
    assert "seems to be lost" in str(mail.outbox[-1].subject)
    assert "get back what you paid" not in str(mail.outbox[-1].body)


def test_who_has_to_collect_a_parcel_is_told_once(floor: Floor) -> None:
    waits, gone = floor.ship(floor.order({"ART01": 1})), floor.ship(floor.order({"ART02": 1}))
    report(waits, "1", "ready_for_collection")
    report(gone, "1", "ready_for_collection")
    report(gone, "2", "delivered")
    settle(1)
    (told,) = Message.objects.filter(template="parcel_ready")
    (letter,) = [one for one in mail.outbox if "collect your parcel" in str(one.subject)]
    assert (told.status, told.subject_id) == ("sent", waits.pk)
    assert "waits for you at the pick-up point" in str(letter.body) and waits.tracking_number in str(letter.body)
