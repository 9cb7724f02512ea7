"""Customers are told: once, in their language, and only if they may be."""

from datetime import timedelta

from django.core import mail
from django.db import transaction

from core.messaging.models import Message
from core.outbox.services import run_due
from orders.models import Channel
from orders.services.allocation import allocate_backorders
from orders.services.cancellation import cancel_order
from orders.services.giveup import give_up_allocations
from orders.services.requests import CustomerRequest
from orders.tests.shop import NOW, TESTER, Shop


def sent() -> list[str]:
    return list(Message.objects.filter(status="sent").order_by("pk").values_list("template", flat=True))


def test_an_order_is_confirmed_once_with_what_comes_and_what_follows(shop: Shop) -> None:
    order = shop.order({"MUG": 2, "VASE": 1}, external_id="536365")
    run_due(now=NOW, raise_errors=True)
    run_due(now=NOW, raise_errors=True)

    (message,) = mail.outbox
    text = str(message.body)
    assert message.to == ["ada@example.com"]
    assert "536365" in message.subject
    assert "2 × Article MUG" in text
    assert "Follows later" in text and "1 × Article VASE" in text
    assert "£7.50" in text
    assert "/t/" + order.ref in text
    assert sent() == ["order_confirmation"]


def test_nobody_is_mailed_who_did_not_agree_or_whose_channel_forbids_it(shop: Shop) -> None:
    shop.order({"MUG": 1}, customer=CustomerRequest(email="b@example.com", notify_by=("sms",)))
    Channel.objects.update(sends_messages=False)
    shop.order({"MUG": 1})
    run_due(now=NOW, raise_errors=True)

    assert mail.outbox == []
    assert set(Message.objects.values_list("status", flat=True)) == {"suppressed"}


def test_a_name_cannot_break_the_mail(shop: Shop) -> None:
    shop.order({"MUG": 1}, customer=CustomerRequest(email="c@example.com", name="<script>alert(1)</script>"))
    run_due(now=NOW, raise_errors=True)

    message = mail.outbox[0]
    assert isinstance(message, mail.EmailMultiAlternatives)
    html = str(message.alternatives[0][0])
    assert "<script>" not in html


def test_lost_units_and_the_new_date_are_told(shop: Shop) -> None:
    shop.order({"LAMP": 3})
    run_due(now=NOW, raise_errors=True)
    with transaction.atomic():
        give_up_allocations(shop.products["LAMP"], shop.warehouse_id, 2, by=TESTER, now=NOW, reason="lost")
    run_due(now=NOW, raise_errors=True)
    assert sent() == ["order_confirmation", "order_backordered"]

    later = NOW + timedelta(days=7)
    allocate_backorders(shop.products["LAMP"], shop.warehouse_id, by=TESTER, now=later)
    run_due(now=later, raise_errors=True)
    assert sent()[-1] == "order_delayed"
    assert "Friday 4 December" in mail.outbox[-1].subject


def test_units_that_came_back_before_the_mail_went_are_not_mourned(shop: Shop) -> None:
    shop.order({"LAMP": 3})
    run_due(now=NOW, raise_errors=True)
    with transaction.atomic():
        give_up_allocations(shop.products["LAMP"], shop.warehouse_id, 2, by=TESTER, now=NOW, reason="lost")
    allocate_backorders(shop.products["LAMP"], shop.warehouse_id, by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)

    assert sent() == ["order_confirmation"]


def test_a_cancellation_is_told_with_what_will_not_come(shop: Shop) -> None:
    order = shop.order({"MUG": 2, "LAMP": 1})
    run_due(now=NOW, raise_errors=True)
    cancel_order(order.ref, reason="", lines=[(order.lines[0].id, 1)], by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)
    assert "Part of your order" in mail.outbox[-1].subject
    assert "1 × Article MUG" in str(mail.outbox[-1].body)

    cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)
    assert mail.outbox[-1].subject == f"Your order {order.external_id} is cancelled"
    assert sent() == ["order_confirmation", "order_cancelled", "order_cancelled"]


def test_the_confirmation_of_an_order_that_ships_complete_promises_nothing_ahead(shop: Shop) -> None:
    shop.order({"MUG": 2, "VASE": 1}, ship_complete=True)
    run_due(now=NOW, raise_errors=True)

    text = str(mail.outbox[0].body)
    assert "On its way soon" not in text
    assert "2 × Article MUG" in text and "1 × Article VASE" in text
    assert "sent together as soon as the rest is here" in text
    assert "sent first" not in text
