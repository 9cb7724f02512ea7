"""The page where a customer chooses: by signed link, without JavaScript, once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from core.kernel.tokens import public_token
from core.outbox.services import run_due
from orders.models import Channel, OrderLine, ShortageChoice
from orders.selectors.facts import OrderFact
from shipping.tests.floor import NOW, Floor


@pytest.fixture(autouse=True)
def soon_after() -> Iterator[None]:
    """The customer looks an hour after the question was asked."""
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def short(floor: Floor) -> OrderFact:
    """An order of two mugs, with two vases missing, whose buyer was asked."""
    Channel.objects.update(choice_days=3)
    order = floor.order({"MUG": 2, "VASE": 2})
    run_due(now=NOW, raise_errors=True)
    return order


def url(order: OrderFact) -> str:
    return f"/c/{public_token('choice', order.ref)}"


def test_the_page_says_what_is_missing_and_what_can_be_done(client: Client, short: OrderFact) -> None:
    page = client.get(url(short))

    text = page.content.decode()
    assert page.status_code == 200
    assert "2 ×" in text and "Article VASE" in text
    assert 'value="wait"' in text and 'value="cancel"' in text
    assert 'value="substitute"' not in text and 'value="ship_available"' not in text
    assert page["X-Robots-Tag"].startswith("noindex")
    assert short.email not in text


def test_an_answer_is_taken_once_and_then_shown(client: Client, short: OrderFact) -> None:
    answered = client.post(url(short), {"choice": "cancel"})
    assert answered.status_code == 303
    assert "is cancelled" in client.get(url(short)).content.decode()
    assert client.post(url(short), {"choice": "cancel"}).status_code == 303

    other = client.post(url(short), {"choice": "wait"})
    assert other.status_code == 409
    assert OrderLine.objects.get(sku="VASE").cancelled == 2
    assert ShortageChoice.objects.get().answered_by == "customer"


@pytest.mark.parametrize("choice", ["", "burn"])
def test_something_else_than_a_choice_is_asked_again(client: Client, short: OrderFact, choice: str) -> None:
    assert client.post(url(short), {"choice": choice}).status_code == 422
    assert ShortageChoice.objects.get().status == "asked"


def test_what_came_meanwhile_leaves_nothing_to_choose(client: Client, floor: Floor, short: OrderFact) -> None:
    floor.shop.receive("VASE", 2)
    run_due(now=NOW, raise_errors=True)

    assert "Nothing to choose" in client.get(url(short)).content.decode()


@pytest.mark.parametrize("purpose", ["tracking", "return"])
def test_a_link_for_another_page_opens_nothing_here(client: Client, short: OrderFact, purpose: str) -> None:
    assert client.get(f"/c/{public_token(purpose, short.ref)}").status_code == 404
    assert client.get("/c/nonsense").status_code == 404


@pytest.mark.parametrize("language", ["en", "th", "sv", "ja"])
def test_the_page_is_there_in_every_language_within_few_statements(
    client: Client, short: OrderFact, language: str, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        page = client.get(url(short), {"lang": language})
    assert page["Content-Language"] == language
    assert f'lang="{language}"' in page.content.decode()


def test_what_came_after_the_answer_is_not_waited_for(client: Client, floor: Floor, short: OrderFact) -> None:
    client.post(url(short), {"choice": "wait"})
    assert "We wait until it comes" in client.get(url(short)).content.decode()
    floor.shop.receive("VASE", 2)
    run_due(now=NOW, raise_errors=True)

    page = client.get(url(short)).content.decode()
    assert "We wait until it comes" not in page and "Everything that was missing has come" in page


def test_nothing_is_sent_of_an_order_of_which_all_is_missing(client: Client, floor: Floor, short: OrderFact) -> None:
    assert "The rest of your order is sent." in client.get(url(short)).content.decode()
    whole = floor.order({"VASE": 1})
    run_due(now=NOW, raise_errors=True)
    assert "The rest of your order" not in client.get(url(whole)).content.decode()


def test_the_deadline_is_a_minute_on_a_named_clock(client: Client, short: OrderFact) -> None:
    assert "Choose until Thursday 26 November, 09:00 UTC." in client.get(url(short)).content.decode()
    assert "torsdag 26 november kl. 09:00 UTC" in client.get(url(short), {"lang": "sv"}).content.decode()


def test_the_page_of_the_order_leads_to_an_open_question(client: Client, short: OrderFact) -> None:
    following = f"/t/{public_token('tracking', short.ref)}"
    assert url(short) in client.get(following).content.decode()
    client.post(url(short), {"choice": "wait"})
    assert url(short) not in client.get(following).content.decode()


def test_after_the_deadline_no_answer_is_taken_whether_the_sweep_came_or_not(client: Client, short: OrderFact) -> None:
    following = f"/t/{public_token('tracking', short.ref)}"
    with time_machine.travel(ShortageChoice.objects.get().deadline, tick=False):
        page = client.get(url(short)).content.decode()
        assert "The time to choose is over" in page and "Article VASE" in page
        assert 'name="choice"' not in page and "Choose until" not in page
        assert url(short) not in client.get(following).content.decode()
        refused = client.post(url(short), {"choice": "cancel"})
    assert (refused.status_code, OrderLine.objects.get(sku="VASE").cancelled) == (409, 0)
    assert "The time to choose is over. Nothing was changed now." in refused.content.decode()
    assert ShortageChoice.objects.get().status == "asked"
