"""The look-up gives the same answer to everybody, and mails the links to the one who should have them."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from core.outbox.services import run_due
from fulfillment.portal.views.lookup import PER_ADDRESS, PER_ORDER
from orders.selectors.facts import OrderFact


def ask(client: Client, order: str, email: str = "ada@example.com") -> Any:
    return client.post("/r", {"order": order, "email": email})


def bare(response: Any) -> str:
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", response.content.decode())


def mails() -> list[Any]:
    run_due(now=timezone.now(), raise_errors=True)
    return [message for message in mail.outbox if "The links to your order" in message.subject]


@pytest.fixture
def quiet(order: OrderFact) -> OrderFact:
    """The order, with everything its placing told already sent."""
    run_due(now=timezone.now())
    mail.outbox.clear()
    return order


def test_hit_and_miss_get_the_same_answer_and_only_the_hit_gets_a_mail(client: Client, quiet: OrderFact) -> None:
    hit = ask(client, quiet.ref)
    wrong_mail = ask(client, quiet.ref, "eve@example.com")
    no_order = ask(client, "ORD-00000000")
    assert hit.status_code == wrong_mail.status_code == no_order.status_code == 200
    assert bare(hit) == bare(wrong_mail) == bare(no_order)
    assert quiet.ref not in bare(hit)
    (sent,) = mails()
    assert sent.to == ["ada@example.com"]
    links = re.findall(r"https?://[^/\s]+(/[tr]/\S+)", sent.body)
    assert [client.get(link).status_code for link in links] == [200, 200]


def test_the_shops_own_number_is_known_too_whatever_the_case_of_the_mail(client: Client, quiet: OrderFact) -> None:
    ask(client, quiet.external_id, "Ada@Example.COM")
    assert len(mails()) == 1


def test_an_order_can_be_tried_five_times_in_a_quarter_of_an_hour(client: Client, quiet: OrderFact) -> None:
    answers = [ask(client, quiet.ref, f"guess{n}@example.com").status_code for n in range(PER_ORDER + 1)]
    assert answers == [200] * PER_ORDER + [429]
    last = ask(client, quiet.ref)
    assert last.status_code == 429
    assert int(last["Retry-After"]) > 0
    assert "Try again in a quarter of an hour." in last.content.decode()
    assert ask(client, "ORD-11111111").status_code == 200, "another order is not held back by it"


def test_one_address_cannot_try_order_after_order(client: Client, db: None) -> None:
    answers = [ask(client, f"ORD-{n:08}").status_code for n in range(PER_ADDRESS + 2)]
    assert answers[:PER_ADDRESS] == [200] * PER_ADDRESS
    assert set(answers[PER_ADDRESS:]) == {429}


@pytest.mark.parametrize(
    ("order", "email", "words"),
    [
        ("", "ada@example.com", "Enter the order number from your e-mail."),
        ("ORD-1", "", "Enter the e-mail address you ordered with."),
        ("ORD-1", "ada", "Enter an e-mail address such as"),
        ("a\x00b", "ada@example.com", "There is a problem"),
    ],
)
def test_what_is_missing_is_said(client: Client, db: None, order: str, email: str, words: str) -> None:
    answer = ask(client, order, email)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_the_form_is_there_for_whoever_comes_without_a_link(client: Client, db: None) -> None:
    for address in ("/r", "/t"):
        page = client.get(address)
        assert page.status_code == 200
        assert "Send me the links" in page.content.decode()
