"""Mails tell until when to order again when a season is near, and why a date moved."""

from datetime import date

from django.core import mail

from core.outbox.services import run_due
from orders.models import Channel, Order, Season
from orders.selectors.calendars import forget_book
from orders.selectors.channels import channel_by_id
from orders.services.deadlines import deadline_of
from orders.services.promising import renew_promise
from orders.tests.shop import NOW, TESTER, Shop


def christmas(**more: object) -> None:
    values = {"name": "Christmas", "since": date(2026, 12, 1), "until": date(2026, 12, 24), "more_transit_days": 1}
    Season.objects.create(**{**values, **more})
    forget_book()


def confirmation(shop: Shop) -> str:
    shop.order({"MUG": 1})
    run_due(now=NOW, raise_errors=True)
    return "".join(str(message.body) for message in mail.outbox)


def test_a_confirmation_tells_until_when_to_order_for_a_season_that_is_near(shop: Shop) -> None:
    christmas()
    text = confirmation(shop)
    assert "Still need something by Thursday 24 December?" in text
    assert "Order before Thursday 17 December, 15:00" in text
    assert f"/last-orders/{Channel.objects.get(pk=shop.channel_id).code}" in text
    (message,) = mail.outbox
    assert isinstance(message, mail.EmailMultiAlternatives)
    assert "Still need something by" in str(message.alternatives[0][0])


def test_nothing_is_said_of_a_season_that_is_far(shop: Shop) -> None:
    christmas(since=date(2027, 1, 20), until=date(2027, 1, 30))
    assert "Still need something" not in confirmation(shop)


def test_nobody_is_told_of_a_moment_that_has_passed(shop: Shop) -> None:
    christmas(since=date(2026, 11, 1), until=date(2026, 11, 24))
    assert deadline_of(channel_by_id(shop.channel_id), "standard", "GB", now=NOW) is None
    assert "Still need something" not in confirmation(shop)


def test_a_channel_that_sends_no_mails_sends_none(shop: Shop) -> None:
    christmas()
    Channel.objects.update(sends_messages=False)
    assert confirmation(shop) == ""


def test_the_mail_of_a_delay_says_why(shop: Shop) -> None:
    order = Order.objects.get(ref=shop.order({"MUG": 1}).ref)
    run_due(now=NOW, raise_errors=True)
    mail.outbox.clear()
    christmas(since=date(2026, 11, 1), more_transit_days=4)
    assert renew_promise(order, shop.warehouse_id, reason="backordered", by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)
    (message,) = mail.outbox
    assert "Something you ordered is still on its way to us." in str(message.body)
