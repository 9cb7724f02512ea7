"""A customer is asked no more when an edit brought what was missing."""

from datetime import timedelta

import pytest

from core.outbox.models import Event
from core.outbox.services import run_due
from orders.models import Channel, ShortageChoice
from orders.services.editing import OrderChanges, edit_order
from orders.services.line_changes import LineChange
from orders.tests.shop import NOW, TESTER, build_shop

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_edit_that_fills_what_was_missing_ends_the_question() -> None:
    shop = build_shop({"MUG": 1})
    Channel.objects.update(choice_days=3)
    order = shop.order({"MUG": 3})
    run_due(now=NOW + timedelta(minutes=5))
    assert ShortageChoice.objects.get().status == "asked"
    shop.receive("MUG", 5)
    edit_order(order.ref, OrderChanges(lines=[LineChange(quantity=4, id=order.lines[0].id)]), by=TESTER, now=NOW)
    run_due(now=NOW + timedelta(minutes=5))
    assert ShortageChoice.objects.get().status == "withdrawn"
    line = order.lines[0].id
    (told,) = Event.objects.filter(type="order.backorder_filled", timeline=order.ref)
    assert told.data["lines"] == [[line, 2]], "the fourth was never waited for"
