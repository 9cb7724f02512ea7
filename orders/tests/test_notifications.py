"""Customers are told: once, in their language, and only if they may be."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.db import transaction

from core.messaging.models import Message
from core.outbox.services import run_due
from inventory.services.products import create_product
from orders.models import Channel, Order
from orders.planning.promises import PromiseDates
from orders.selectors.work import fulfillment_orders_of
from orders.services.allocation import allocate_backorders
from orders.services.cancellation import cancel_order
from orders.services.choices import apply_due_choices
from orders.services.editing import OrderChanges, edit_order
from orders.services.giveup import give_up_allocations
from orders.services.promising import write_promise
from orders.services.requests import ChargeRequest, CustomerRequest
from orders.tests.shop import ADDRESS, NOW, TESTER, Shop


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


def told(number: int = -1) -> tuple[str, str]:
    """Subject and text of a mail that was sent; the newest as a rule."""
    message = mail.outbox[number]
    return str(message.subject), str(message.body)


def test_an_order_cancelled_before_the_mail_went_is_not_confirmed(shop: Shop) -> None:
    order = shop.order({"MUG": 2})
    cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)

    assert sent() == ["order_cancelled"]


def test_the_day_in_a_confirmation_is_that_of_what_is_in_stock(shop: Shop) -> None:
    shop.order({"MUG": 2, "VASE": 1})
    run_due(now=NOW, raise_errors=True)

    subject, text = told()
    assert "arrives by" not in subject
    assert "What is in stock arrives between" in text and "It arrives" not in text


def test_what_waits_as_a_whole_is_not_said_to_be_sent_first(shop: Shop) -> None:
    shop.order({"VASE": 1})
    run_due(now=NOW, raise_errors=True)

    _subject, text = told()
    assert "we send them as soon as they come in" in text
    assert "What is in stock is sent first" not in text and "November" not in text


def test_an_order_that_is_not_paid_is_promised_for_no_day(shop: Shop) -> None:
    shop.order({"MUG": 1}, payment_status="pending")
    run_due(now=NOW, raise_errors=True)

    subject, text = told()
    assert "We send it as soon as your payment has come." in text
    assert "November" not in subject + text and "On its way soon" not in text


def test_who_is_asked_what_to_do_is_not_told_to_do_nothing(shop: Shop) -> None:
    Channel.objects.update(choice_days=3)
    shop.order({"MUG": 1, "VASE": 1})
    run_due(now=NOW, raise_errors=True)

    assert sent() == ["order_confirmation", "shortage_choice"]
    assert "You need do nothing" not in told(0)[1]


@pytest.mark.parametrize(
    ("default", "words"), [("wait", "we wait until it comes"), ("cancel", "we cancel what is missing")]
)
def test_the_question_says_until_which_minute_and_what_happens_then(shop: Shop, default: str, words: str) -> None:
    Channel.objects.update(choice_days=3, choice_default=default)
    shop.order({"VASE": 1})
    run_due(now=NOW, raise_errors=True)

    assert f"Choose until Thursday 26 November, 09:00 UTC. If we hear nothing, {words}." in told()[1]


def test_a_substitute_that_is_none_is_not_announced(shop: Shop) -> None:
    Channel.objects.update(choice_days=3, choice_default="substitute")
    shop.order({"VASE": 1})
    run_due(now=NOW, raise_errors=True)

    assert "If we hear nothing, we wait until it comes." in told()[1]


@pytest.mark.parametrize(
    ("default", "words"),
    [("wait", "so we wait until it comes"), ("cancel", "We heard nothing in time and did this for you.")],
)
def test_what_was_done_without_an_answer_says_so(shop: Shop, default: str, words: str) -> None:
    Channel.objects.update(choice_days=3, choice_default=default)
    shop.order({"MUG": 1, "VASE": 1})
    run_due(now=NOW, raise_errors=True)
    late = NOW + timedelta(days=4)
    apply_due_choices(by=TESTER, now=late)
    run_due(now=late, raise_errors=True)

    assert words in told()[1]


def test_a_cancellation_speaks_of_money_only_where_some_was_paid(shop: Shop) -> None:
    for payment in ("pending", "authorized", "paid"):
        order = shop.order({"MUG": 1}, payment_status=payment)
        cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)

    assert ["What you paid" in str(one.body) for one in mail.outbox] == [False, False, True]


def test_what_was_sent_before_is_not_said_to_be_sent(shop: Shop) -> None:
    order = shop.order({"MUG": 1, "VASE": 1})
    shop.fulfil(fulfillment_orders_of(order.ref)[0].id)
    cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)

    subject, text = told()
    assert "Part of your order" in subject and "Everything else is sent" not in text


def test_country_and_discount_are_written_as_people_write_them(shop: Shop) -> None:
    shop.order(
        {"MUG": 2},
        customer=CustomerRequest(email="c@example.com", locale="sv"),
        charges=(ChargeRequest("discount", Decimal("-3.00"), "Rabatt"),),
    )
    run_due(now=NOW, raise_errors=True)

    text = told()[1]
    assert "Storbritannien" in text and "Rabatt: −£3,00" in text


def test_units_that_came_for_a_part_are_not_told_as_all_of_them(shop: Shop) -> None:
    shop.order({"VASE": 3})
    run_due(now=NOW, raise_errors=True)
    shop.receive("VASE", 1)
    later = NOW + timedelta(days=7)
    allocate_backorders(shop.products["VASE"], shop.warehouse_id, by=TESTER, now=later)
    run_due(now=later, raise_errors=True)

    assert sent()[-1] == "order_delayed"
    assert "have come in" not in told()[1] and "still on its way to us" in told()[1]


def test_leaving_later_for_the_same_days_is_no_news(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    run_due(now=NOW, raise_errors=True)
    told_first = order.promise
    assert told_first is not None
    row = Order.objects.get(ref=order.ref)
    for ship, arrive in ((1, 0), (2, 3), (3, 3)):
        with transaction.atomic():
            dates = PromiseDates(
                told_first.ship_by + timedelta(days=ship),
                told_first.deliver_from + timedelta(days=arrive),
                told_first.deliver_to + timedelta(days=arrive),
            )
            write_promise(row, dates, reason="delayed", by=TESTER, now=NOW)
        run_due(now=NOW, raise_errors=True)
    assert sent() == ["order_confirmation", "order_delayed"]
    assert "Monday 30 November" in told()[0]


def test_who_had_the_address_changed_is_not_told_that_we_are_slow(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    run_due(now=NOW, raise_errors=True)
    edit_order(order.ref, OrderChanges(shipping_address={**ADDRESS, "country": "JP"}), by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)

    assert sent()[-1] == "order_delayed"
    assert "Your order was changed" in told()[1] and "longer" not in told()[1]


def test_what_was_ordered_ahead_has_its_day_and_the_rest_comes_before(shop: Shop) -> None:
    create_product(sku="BOOK", name="Book", release_on=date(2026, 12, 14), by=TESTER, now=NOW)
    shop.order({"BOOK": 1})
    shop.order({"MUG": 1, "BOOK": 1})
    run_due(now=NOW, raise_errors=True)

    ahead, both = told(0)[1], told(1)[1]
    assert "It arrives between Wednesday 16 December and Friday 18 December." in ahead
    assert "It arrives by Friday 18 December." in both and "arrives between" not in both
    assert "waiting for stock" not in ahead + both


def test_what_is_not_shipped_goes_nowhere(shop: Shop) -> None:
    create_product(sku="CARD", name="Gift card", ships=False, by=TESTER, now=NOW)
    shop.order({"CARD": 1})
    run_due(now=NOW, raise_errors=True)

    assert "On its way" not in told()[1] and "Where it goes" not in told()[1]
