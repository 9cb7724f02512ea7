"""An order of hundreds of lines: the page stays light, and everything can still be done from it."""

import pytest
from django.test import Client

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import action, signed_in
from orders.models import OrderLine
from orders.selectors.facts import OrderFact
from orders.tests.shop import Shop, build_shop

pytestmark = pytest.mark.slow
LINES = 200


@pytest.fixture
def shop(db: None) -> Shop:
    return build_shop({f"ARTICLE-{number:03d}": 5 for number in range(LINES)})


@pytest.fixture
def big(shop: Shop) -> OrderFact:
    return shop.order({sku: 2 for sku in shop.products})


@pytest.fixture
def desk(db: None) -> Client:
    return signed_in(Role.SUPERVISOR)


def test_an_order_of_two_hundred_lines_is_a_light_page(desk: Client, big: OrderFact) -> None:
    page = desk.get(f"/orders/{big.ref}").content
    assert page.count(b'<th scope="row">') == LINES
    assert len(page) < 150_000


def test_its_allocation_is_a_light_page_that_still_gives_every_reason(desk: Client) -> None:
    shop = build_shop({f"ARTICLE-{number:03d}": 5 if number % 2 else 0 for number in range(LINES)})
    big = shop.order({sku: 2 for sku in shop.products})
    page = desk.get(f"/orders/{big.ref}/allocation").content
    assert page.count(b'<h2 id="line-') == LINES
    assert page.count(b"<li>2 units wait: none are here") == LINES // 2
    assert b"91 more are at their lines." in page
    assert len(page) < 150_000


def test_the_places_of_a_line_come_when_they_are_asked_for(desk: Client, big: OrderFact) -> None:
    line, url = big.lines[150], f"/orders/{big.ref}/allocation?line={big.lines[150].id}"
    assert "Places looked at for" not in desk.get(f"/orders/{big.ref}/allocation").content.decode()
    part = desk.get(url, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "HX-Request" in part["Vary"]
    for answer in (part, desk.get(url)):
        assert answer.content.decode().count("Places looked at for") == 1
        assert f"Places looked at for {line.sku}" in answer.content.decode()


def test_what_would_help_a_line_of_a_long_order_is_beside_its_places(desk: Client) -> None:
    shop = build_shop({f"ARTICLE-{number:03d}": 0 for number in range(40)})
    big = shop.order({sku: 2 for sku in shop.products})
    page = desk.get(f"/orders/{big.ref}/allocation").content.decode()
    assert "Buy more ARTICLE-039" not in page
    part = desk.get(f"/orders/{big.ref}/allocation?line={big.lines[39].id}", headers={"HX-Request": "true"})
    assert "Buy more ARTICLE-039" in part.content.decode()


def test_the_lines_to_cancel_come_when_they_are_asked_for(desk: Client, big: OrderFact) -> None:
    url = f"/orders/{big.ref}/cancel/lines"
    page = desk.get(f"/orders/{big.ref}").content.decode()
    assert f'hx-get="{url}"' in page
    assert 'name="line_' not in page
    fields = desk.get(url).content.decode()
    assert fields.count('name="line_') == LINES
    line = big.lines[150].id
    assert f'name="line_{line}" min="0" max="2"' in fields
    desk.post(f"/orders/{big.ref}/cancel", action(what="lines", reason="one too many", **{f"line_{line}": "1"}))
    assert OrderLine.objects.get(pk=line).cancelled == 1


def test_a_small_order_has_them_at_once(desk: Client, shop: Shop) -> None:
    order = shop.order({"ARTICLE-001": 2})
    page = desk.get(f"/orders/{order.ref}").content.decode()
    assert f'name="line_{order.lines[0].id}"' in page
    assert "/cancel/lines" not in page


def test_who_may_not_cancel_is_not_shown_the_lines(big: OrderFact) -> None:
    assert signed_in(Role.PICKER).get(f"/orders/{big.ref}/cancel/lines").status_code == 403
