"""A customer chooses what happens to what is missing: asked once, answered once."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from core.kernel.actors import CUSTOMER
from core.outbox.models import Delivery, Event
from core.outbox.services import run_due
from inventory.models import Product, Substitute
from inventory.services.products import create_supplier, update_product
from inventory.services.receiving import create_purchase_order
from orders.errors import ChoiceOver, NotOffered
from orders.models import Channel, FulfillmentOrder, Order, OrderLine, ShortageChoice
from orders.planning.choices import Replacement, options, replacements
from orders.selectors.choices import question
from orders.selectors.orders import access_order
from orders.services.cancellation import cancel_order
from orders.services.choices import apply_due_choices, choose
from orders.services.fulfilment import lock_for_work, mark_released, record_short
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, lines_of

TODAY = date(2026, 11, 23)


@pytest.fixture
def asking(shop: Shop) -> Shop:
    """The shop, asking its buyers within three days; lamps stand in for vases."""
    Channel.objects.update(choice_days=3)
    vase, lamp = (Product.objects.get(sku=sku) for sku in ("VASE", "LAMP"))
    Substitute.objects.create(product=vase, substitute=lamp)
    return shop


def settle() -> None:
    run_due(now=NOW, raise_errors=True)


def test_a_shortage_is_asked_about_once_by_mail_with_a_deadline_and_a_link(asking: Shop) -> None:
    order = asking.order({"MUG": 1, "VASE": 2})
    settle()
    settle()

    (choice,) = ShortageChoice.objects.all()
    assert (choice.status, choice.deadline) == ("asked", NOW + timedelta(days=3))
    assert [units for _line, units in choice.lines] == [2]
    (asked,) = [one for one in mail.outbox if "Please choose" in one.subject]
    assert "2 × Article VASE" in str(asked.body)
    assert f"/c/{order.ref}." in str(asked.body)


@pytest.mark.parametrize("change", [{"choice_days": 0}, {"sends_messages": False}])
def test_nobody_is_asked_where_the_channel_does_not_ask(asking: Shop, change: dict[str, object]) -> None:
    Channel.objects.update(**change)
    asking.order({"VASE": 2})
    settle()

    assert not ShortageChoice.objects.exists()


def test_what_was_ordered_ahead_of_its_release_is_no_shortage(asking: Shop) -> None:
    Product.objects.filter(sku="VASE").update(release_on=date(2026, 12, 24))
    asking.order({"VASE": 2})
    settle()

    assert not ShortageChoice.objects.exists()


def test_waiting_changes_nothing_but_that_it_is_known(asking: Shop) -> None:
    order = asking.order({"MUG": 1, "VASE": 2})
    settle()
    before = lines_of(order.ref)

    chosen = choose(order.ref, "wait", by=CUSTOMER, now=NOW)

    assert (chosen.status, chosen.choice, chosen.answered_by) == ("chosen", "wait", "customer")
    assert lines_of(order.ref) == before
    assert Event.objects.get(type="shortage_choice.chosen").data["by"] == "customer"


def test_what_is_there_goes_ahead_of_an_order_that_ships_complete(asking: Shop) -> None:
    Channel.objects.update(ship_policy="complete")
    order = asking.order({"MUG": 1, "VASE": 2})
    settle()
    assert FulfillmentOrder.objects.get().status == "open"

    choose(order.ref, "ship_available", by=CUSTOMER, now=NOW)

    assert FulfillmentOrder.objects.get().status == "allocated"
    assert Order.objects.get().ship_policy == "partial"
    assert lines_of(order.ref)["VASE"]["backordered"] == 2


def test_a_substitute_takes_the_place_of_what_is_missing_at_the_price_agreed(asking: Shop) -> None:
    order = asking.order({"MUG": 1, "VASE": 2})
    settle()

    choose(order.ref, "substitute", by=CUSTOMER, now=NOW)
    settle()

    vase, lamp = OrderLine.objects.get(sku="VASE"), OrderLine.objects.get(sku="LAMP")
    assert (vase.cancelled, vase.backordered) == (2, 0)
    assert (lamp.allocated, lamp.unit_price, lamp.instead_of_id) == (2, vase.unit_price, vase.pk)
    assert access_order(order.ref).goods_total == order.goods_total == Decimal("7.50")
    assert asking.available("LAMP") == 1
    assert not [one for one in mail.outbox if "cancelled" in one.subject.lower()]
    assert_books_balance(asking)


def test_what_the_buyer_wanted_of_the_missing_article_is_wanted_of_the_one_sent_instead(asking: Shop) -> None:
    order = asking.order({"VASE": 1})
    OrderLine.objects.update(note="Deep letters", properties={"engraving": "Ada"})

    settle()
    choose(order.ref, "substitute", by=CUSTOMER, now=NOW)

    lamp = OrderLine.objects.get(sku="LAMP")
    assert (lamp.note, lamp.properties) == ("Deep letters", {"engraving": "Ada"})


def test_an_order_of_nothing_but_what_is_missing_lives_on_by_its_substitute(asking: Shop) -> None:
    order = asking.order({"VASE": 3})
    settle()

    choose(order.ref, "substitute", by=CUSTOMER, now=NOW)

    assert access_order(order.ref).status == "confirmed"
    assert FulfillmentOrder.objects.get().status == "allocated"


def test_a_substitute_that_was_sold_in_between_changes_nothing(asking: Shop) -> None:
    order = asking.order({"VASE": 2})
    settle()
    asking.order({"LAMP": 2})

    with pytest.raises(NotOffered):
        choose(order.ref, "substitute", by=CUSTOMER, now=NOW)

    assert ShortageChoice.objects.get().status == "asked"
    assert lines_of(order.ref)["VASE"]["backordered"] == 2
    assert_books_balance(asking)


def test_what_is_missing_can_be_cancelled_and_the_rest_is_sent(asking: Shop) -> None:
    order = asking.order({"MUG": 1, "VASE": 2})
    settle()

    choose(order.ref, "cancel", by=CUSTOMER, now=NOW)
    settle()

    assert lines_of(order.ref)["VASE"]["cancelled"] == 2
    assert lines_of(order.ref)["MUG"]["allocated"] == 1
    assert Event.objects.filter(type="order.lines_cancelled").count() == 1
    assert access_order(order.ref).goods_total == Decimal("2.50")
    assert_books_balance(asking)


def test_what_is_cancelled_after_the_rest_was_sent_no_longer_counts(asking: Shop) -> None:
    order = asking.order({"MUG": 1, "VASE": 2})
    settle()
    asking.fulfil(FulfillmentOrder.objects.get().pk)

    choose(order.ref, "cancel", by=CUSTOMER, now=NOW)

    row = Order.objects.get(ref=order.ref)
    assert (row.status, row.goods_total) == ("completed", Decimal("2.50"))


def test_the_same_choice_twice_is_one_and_another_one_comes_too_late(asking: Shop) -> None:
    order = asking.order({"MUG": 1, "VASE": 2})
    settle()
    choose(order.ref, "cancel", by=CUSTOMER, now=NOW)

    assert choose(order.ref, "cancel", by=CUSTOMER, now=NOW).choice == "cancel"
    with pytest.raises(ChoiceOver):
        choose(order.ref, "substitute", by=CUSTOMER, now=NOW)
    assert lines_of(order.ref)["VASE"]["cancelled"] == 2


@pytest.mark.parametrize(("default", "cancelled"), [("wait", 0), ("cancel", 2), ("substitute", 2)])
def test_without_an_answer_the_channels_default_is_done_after_the_deadline(
    asking: Shop, default: str, cancelled: int
) -> None:
    Channel.objects.update(choice_default=default)
    order = asking.order({"MUG": 1, "VASE": 2})
    settle()

    assert apply_due_choices(by=TESTER, now=NOW + timedelta(days=2)) == 0
    assert apply_due_choices(by=TESTER, now=NOW + timedelta(days=4)) == 1
    assert apply_due_choices(by=TESTER, now=NOW + timedelta(days=4)) == 0

    assert lines_of(order.ref)["VASE"]["cancelled"] == cancelled
    assert Event.objects.get(type="shortage_choice.expired").data["choice"] == default
    assert_books_balance(asking)


def test_the_question_is_withdrawn_when_what_was_missing_comes(asking: Shop) -> None:
    order = asking.order({"MUG": 1, "VASE": 2})
    settle()

    asking.receive("VASE", 2)
    settle()

    assert ShortageChoice.objects.get().status == "withdrawn"
    with pytest.raises(ChoiceOver):
        choose(order.ref, "cancel", by=CUSTOMER, now=NOW)
    assert lines_of(order.ref)["VASE"]["cancelled"] == 0


def test_the_question_is_withdrawn_when_the_order_is_cancelled(asking: Shop) -> None:
    order = asking.order({"MUG": 1, "VASE": 2})
    settle()
    cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    settle()

    assert ShortageChoice.objects.get().status == "withdrawn"


def test_the_question_is_withdrawn_when_what_is_missing_is_ordered_ahead_now(asking: Shop) -> None:
    asking.order({"MUG": 1, "VASE": 2})
    settle()
    update_product("VASE", changes={"release_on": TODAY + timedelta(days=40)}, by=TESTER, now=NOW)
    settle()
    assert ShortageChoice.objects.get().status == "withdrawn"


def test_units_short_at_the_shelf_are_asked_about_too(asking: Shop) -> None:
    asking.order({"MUG": 2})
    with transaction.atomic():
        (work,) = lock_for_work([FulfillmentOrder.objects.get().pk])
        mark_released([work.id], by=TESTER, now=NOW)
        record_short(work.allocations[0].id, 1, reason="not_found", by=TESTER, now=NOW)
    Delivery.objects.filter(event__type="stock.replenished", status="due").update(status="done")

    settle()

    assert [units for _line, units in ShortageChoice.objects.get().lines] == [1]


def test_the_page_says_what_is_missing_what_instead_and_when_more_is_due(asking: Shop) -> None:
    supplier = create_supplier(code="ACME", name="Acme")
    create_purchase_order(
        supplier_id=supplier,
        warehouse_id=asking.warehouse_id,
        lines=[(asking.products["VASE"], 10)],
        expected_on=date(2026, 12, 1),
        by=TESTER,
        now=NOW,
    )
    order = asking.order({"MUG": 1, "VASE": 2})

    asked = question(order, today=TODAY)

    (missing,) = asked.missing
    assert (missing.units, missing.expected_on, missing.instead_sku) == (2, date(2026, 12, 1), "LAMP")
    assert asked.options == ("wait", "substitute", "cancel")


def test_two_lines_are_never_offered_the_same_units() -> None:
    assert replacements({1: 2, 2: 2}, {1: [7], 2: [7, 8]}, {7: 3, 8: 2}) == [
        Replacement(1, 7, 2),
        Replacement(2, 8, 2),
    ]
    assert options(held_back=True, replacements=[]) == ["wait", "ship_available", "cancel"]


def at_the_deadline(asking: Shop, default: str, **more: Any) -> list[str]:
    """What an order's buyer is told, by subject, when nobody answered and the channel did its default."""
    Channel.objects.update(choice_default=default)
    asking.order({"MUG": 1, "VASE": 2}, **more)
    settle()
    mail.outbox.clear()
    late = NOW + timedelta(days=4)
    for _twice in range(2):
        apply_due_choices(by=TESTER, now=late)
        run_due(now=late, raise_errors=True)
    return [str(one.subject) for one in mail.outbox]


@pytest.mark.parametrize(("complete", "said"), [(False, True), (True, False)])
def test_who_did_not_answer_is_told_that_it_waits(asking: Shop, complete: bool, said: bool) -> None:
    (subject,) = at_the_deadline(asking, "wait", ship_complete=complete)

    assert "comes later" in subject
    body = str(mail.outbox[0].body)
    assert "2 × Article VASE" in body
    assert ("Everything else is sent as planned" in body) == said


def test_who_did_not_answer_is_told_that_the_rest_goes_ahead(asking: Shop) -> None:
    (subject,) = at_the_deadline(asking, "ship_available", ship_complete=True)

    assert "comes later" in subject
    assert "Everything else is sent as planned" in str(mail.outbox[0].body)


def test_who_did_not_answer_is_told_what_comes_instead(asking: Shop) -> None:
    subjects = at_the_deadline(asking, "substitute")

    (told,) = [one for one in mail.outbox if "instead" in str(one.body)]
    assert len(subjects) == 2, "what comes instead, and the day of it, which is later than was promised"
    assert "Article VASE is not in stock" in str(told.body)
    assert "2 × Article LAMP instead" in str(told.body)


def test_who_did_not_answer_is_told_what_is_cancelled_and_nobody_says_they_chose_it(asking: Shop) -> None:
    Channel.objects.update(choice_default="cancel")
    order = asking.order({"VASE": 2})
    settle()
    mail.outbox.clear()

    apply_due_choices(by=TESTER, now=NOW + timedelta(days=4))
    run_due(now=NOW + timedelta(days=4), raise_errors=True)

    assert access_order(order.ref).cancel_reason == "Not answered in time"
    (told,) = mail.outbox
    assert "cancelled" in told.subject.lower()


def test_a_question_that_has_become_idle_does_not_keep_others_from_their_deadline(asking: Shop) -> None:
    first, second = asking.order({"VASE": 2}), asking.order({"VASE": 1}, email="bob@example.com")
    settle()
    # Its release moved after the question was asked, so nothing of it is missing by surprise any more.
    OrderLine.objects.filter(order__ref=first.ref).update(release_on=date(2026, 12, 24))

    assert apply_due_choices(by=TESTER, now=NOW + timedelta(days=4)) == 2

    asked = ShortageChoice.objects.order_by("pk").values_list("order__ref", "status")
    assert list(asked) == [(first.ref, "withdrawn"), (second.ref, "expired")]


def test_sending_ahead_at_the_customers_wish_is_an_edit_like_the_desks(asking: Shop) -> None:
    order = asking.order({"MUG": 1, "VASE": 2}, ship_complete=True)
    settle()

    choose(order.ref, "ship_available", by=CUSTOMER, now=NOW)

    assert Event.objects.get(type="order.edited").data["fields"] == ["ship_policy"]


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=1)])
def test_a_customers_answer_after_the_deadline_is_refused_and_the_default_is_done(
    asking: Shop, late: timedelta
) -> None:
    order = asking.order({"MUG": 1, "VASE": 2})
    settle()
    after = ShortageChoice.objects.get().deadline + late

    with pytest.raises(ChoiceOver, match="The time to choose is over"):
        choose(order.ref, "cancel", by=CUSTOMER, now=after)
    assert (ShortageChoice.objects.get().status, lines_of(order.ref)["VASE"]["cancelled"]) == ("asked", 0)

    assert apply_due_choices(by=TESTER, now=after) == 1
    assert ShortageChoice.objects.get().choice == "wait"


def test_somebody_at_the_desk_may_still_decide_before_the_sweep_does(asking: Shop) -> None:
    order = asking.order({"MUG": 1, "VASE": 2})
    settle()

    choose(order.ref, "cancel", by=TESTER, now=ShortageChoice.objects.get().deadline)

    assert lines_of(order.ref)["VASE"]["cancelled"] == 2


def test_who_is_given_something_else_by_the_desk_is_told_so_once(asking: Shop) -> None:
    order = asking.order({"MUG": 1, "VASE": 2})
    settle()
    mail.outbox.clear()

    choose(order.ref, "substitute", by=TESTER, now=NOW)
    settle()
    settle()

    (told,) = mail.outbox
    assert "Article VASE is not in stock. We send you 2 × Article LAMP instead" in str(told.body)


def test_who_chose_something_else_on_the_page_needs_no_mail_about_it(asking: Shop) -> None:
    order = asking.order({"MUG": 1, "VASE": 2})
    settle()
    mail.outbox.clear()

    choose(order.ref, "substitute", by=CUSTOMER, now=NOW)
    settle()

    assert mail.outbox == []
