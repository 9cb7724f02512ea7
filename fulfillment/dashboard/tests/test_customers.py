"""The customers' screens."""

import json
import re

import pytest
from django.urls import reverse

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import Day, action, build_day, signed_in
from orders.selectors.customers import customer, notes
from orders.services.cancellation import cancel_order
from orders.tests.shop import TESTER
from shipping.tests.floor import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def day() -> Day:
    return build_day()


def page(name: str, *args: object) -> str:
    return reverse(f"dashboard:{name}", args=args)


def test_a_customer_is_found_by_address_and_by_the_beginning_of_the_name(day: Day) -> None:
    known = customer(day.fresh.customer_id)
    client = signed_in(Role.SUPPORT)
    for query in (known.email.upper(), known.name[:3].lower()):
        assert known.name in client.get(page("customers"), {"q": query}).content.decode()
    nothing = client.get(page("customers"), {"q": "nobody@example.com"}).content.decode()
    assert "No customer matches" in nothing
    assert known.email not in nothing


def test_the_page_tells_orders_and_messages_in_a_constant_number_of_queries(
    day: Day, django_assert_max_num_queries: object
) -> None:
    client = signed_in(Role.SUPPORT)
    url = page("customer", day.fresh.customer_id)
    client.get(url)
    with django_assert_max_num_queries(24):  # type: ignore[operator]
        text = client.get(url).content.decode()
    for order in (day.shipped, day.waiting, day.short, day.fresh):
        assert order.ref in text


def test_wishes_and_notes_are_saved_and_a_wrong_form_keeps_what_was_typed(day: Day) -> None:
    client, buyer = signed_in(Role.SUPPORT), day.fresh.customer_id
    values = action(name="Ada B", phone="+44 1", locale="sv", by_sms="on", tags="vip, slow, vip")
    assert client.post(page("change_customer", buyer), values).status_code == 302
    known = customer(buyer)
    assert (known.name, known.locale, known.notify_by, known.tags) == ("Ada B", "sv", ("sms",), ("vip", "slow"))
    assert client.post(page("note_customer", buyer), action(text="Calls first")).status_code == 302
    assert [note.text for note in notes(buyer)] == ["Calls first"]
    wrong = client.post(page("change_customer", buyer), action(name="Typed", locale="xx"))
    assert wrong.status_code == 422
    assert "Typed" in wrong.content.decode()


def test_only_those_who_may_export_merge_and_erase(day: Day) -> None:
    buyer = day.fresh.customer_id
    for name in ("erase_customer", "merge_customer"):
        assert signed_in(Role.SUPPORT).post(page(name, buyer), action()).status_code == 403
    assert signed_in(Role.SUPPORT).get(page("customer_export", buyer)).status_code == 403
    answer = signed_in(Role.SUPERVISOR).get(page("customer_export", buyer))
    assert "attachment" in answer["Content-Disposition"]
    assert json.loads(answer.content)["customer"]["email"] == customer(buyer).email


def test_erasing_asks_for_the_number_of_orders_and_refuses_while_one_is_open(day: Day) -> None:
    client, buyer = signed_in(Role.SUPERVISOR), day.fresh.customer_id
    unsure = client.post(page("erase_customer", buyer), action(confirm="1"))
    assert unsure.status_code == 422
    asked_again = unsure.content.decode()
    assert re.search(r'id="erase-dialog"[^>]* open>', asked_again)
    assert "Type 4, the number of their orders, to confirm." in asked_again
    busy = client.post(page("erase_customer", buyer), action(confirm="4"))
    assert busy.status_code == 422
    assert day.fresh.ref in busy.content.decode() or day.waiting.ref in busy.content.decode()
    for order in (day.waiting, day.short, day.fresh):
        cancel_order(order.ref, reason="over", by=TESTER, now=NOW)
    assert client.post(page("erase_customer", buyer), action(confirm="4")).status_code == 302
    assert customer(buyer).erased_at is not None
    assert "Erased customer" in client.get(page("customer", buyer)).content.decode()


def test_customers_of_channels_that_ship_from_elsewhere_do_not_exist(day: Day) -> None:
    elsewhere = signed_in(Role.SUPERVISOR, warehouse_ids=[day.floor.warehouse_id + 1000])
    assert elsewhere.get(page("customer", day.fresh.customer_id)).status_code == 404
