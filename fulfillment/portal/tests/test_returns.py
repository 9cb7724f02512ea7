"""The return portal, by a browser without JavaScript: forms, links and redirects."""

import base64
import io
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
import zxingcpp
from django.test import Client
from django.utils import timezone
from PIL import Image

from core.kernel.tokens import public_token
from fulfillment.portal.qr import qr_data_uri
from fulfillment.portal.tests.conftest import Deliver, return_url
from orders.models import Order
from orders.selectors.facts import OrderFact
from orders.tests.shop import TESTER
from returns.models import RefundInstruction, ReturnItem
from returns.selectors import returns_of_order
from returns.services.receiving import receive_return
from shipping.tests.floor import Floor

pytestmark = pytest.mark.slow


@pytest.fixture
def delivered(order: OrderFact, deliver: Deliver) -> OrderFact:
    deliver(order, "in_transit", "delivered")
    return order


def line_id(order: OrderFact, sku: str) -> int:
    return next(line.id for line in order.lines if line.sku == sku)


def filled(order: OrderFact, sku: str = "MUG", quantity: int = 1, **more: str) -> dict[str, Any]:
    line = line_id(order, sku)
    return {
        "pick": [str(line)],
        f"quantity-{line}": str(quantity),
        f"reason-{line}": "damaged",
        f"comment-{line}": "Chipped",
        "resolution": "refund",
        **more,
    }


def test_what_can_be_returned_until_when_and_what_cannot_and_why(
    client: Client, floor: Floor, deliver: Deliver
) -> None:
    order = floor.order({"MUG": 2, "VASE": 1})
    deliver(order, "delivered")
    page = client.get(return_url(order)).content.decode()
    assert "Article MUG" in page
    assert "Can be returned until" in page
    assert "Not shipped yet. You can cancel it instead." in page
    assert "You have 30 days from delivery." in page


def test_a_return_in_three_posts_and_the_confirmation_is_the_status_page(client: Client, delivered: OrderFact) -> None:
    url = return_url(delivered)
    review = client.post(f"{url}/review", filled(delivered, quantity=2))
    page = review.content.decode()
    assert review.status_code == 200
    assert "You get back" in page
    assert "£5.00" in page
    assert "Deduction" in page
    assert "Within 7 days" in page
    assert returns_of_order(delivered.ref) == [], "nothing is asked for before it was looked over"
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    sent = client.post(f"{url}/send", filled(delivered, quantity=2, key=key[1]))
    (rma,) = returns_of_order(delivered.ref)
    assert (sent.status_code, sent["Location"]) == (303, f"{url}/{rma.ref}")
    assert (rma.status, rma.items[0].quantity, rma.items[0].comment) == ("approved", 2, "Chipped")
    status = client.get(sent["Location"]).content.decode()
    assert "Send it by" in status
    assert rma.ref in status
    assert "data:image/svg+xml;base64," in status
    again = client.post(f"{url}/send", filled(delivered, quantity=2, key=key[1]))
    assert again["Location"] == sent["Location"]
    assert len(returns_of_order(delivered.ref)) == 1


@pytest.mark.parametrize("gift", [{"is_gift": True}, {"is_gift": False, "hide_prices": True}])
def test_whoever_got_a_present_sees_no_price_wherever_the_link_leads(
    client: Client, delivered: OrderFact, gift: dict[str, bool]
) -> None:
    Order.objects.filter(ref=delivered.ref).update(gift=gift)
    url = return_url(delivered)
    review = client.post(f"{url}/review", filled(delivered, quantity=2)).content.decode()
    assert "Refund" in review and "You get back" not in review
    key = re.search(r'name="key" value="([^"]+)"', review)
    assert key is not None
    client.post(f"{url}/send", filled(delivered, quantity=2, key=key[1]))
    (rma,) = returns_of_order(delivered.ref)
    ReturnItem.objects.update(refund_amount="5.00")
    RefundInstruction.objects.create(
        rma_id=rma.id,
        order_ref=rma.order_ref,
        channel_id=rma.channel_id,
        goods_amount="5.00",
        amount="5.00",
        currency="GBP",
        idempotency_key=uuid.uuid4(),
        created_at=timezone.now(),
    )
    tracking = f"/t/{public_token('tracking', delivered.ref)}"
    for page in (review, *(client.get(one).content.decode() for one in (f"{url}/{rma.ref}", url, tracking))):
        assert "Article MUG" in page and not re.search(r"£|GBP|5\.00|2\.50", page)


def test_what_is_missing_is_said_beside_the_field(client: Client, delivered: OrderFact) -> None:
    url, line = return_url(delivered), line_id(delivered, "MUG")
    nothing = client.post(f"{url}/review", {"resolution": "refund"})
    assert nothing.status_code == 422
    assert "Choose at least one item to return." in nothing.content.decode()
    no_reason = client.post(f"{url}/review", {"pick": [str(line)], f"quantity-{line}": "1"})
    assert no_reason.status_code == 422
    assert "Choose a reason for" in no_reason.content.decode()
    assert 'aria-invalid="true"' in no_reason.content.decode()
    too_many = client.post(f"{url}/review", filled(delivered, quantity=9))
    assert too_many.status_code == 422
    assert "You can return up to 2" in too_many.content.decode()


@pytest.mark.parametrize("quantity", ["-1", "0", "1e3", "٣", "", "99999999999", "x"])
def test_odd_numbers_are_refused_calmly(client: Client, delivered: OrderFact, quantity: str) -> None:
    line = line_id(delivered, "MUG")
    answer = client.post(
        f"{return_url(delivered)}/review",
        {"pick": [str(line)], f"quantity-{line}": quantity, f"reason-{line}": "other"},
    )
    assert answer.status_code == 422


def test_a_line_of_another_order_is_no_choice(client: Client, delivered: OrderFact, floor: Floor) -> None:
    other = floor.order({"LAMP": 1})
    answer = client.post(f"{return_url(delivered)}/send", filled(other, "LAMP"))
    assert answer.status_code == 422
    assert returns_of_order(other.ref) == []


def test_changing_something_keeps_what_was_entered(client: Client, delivered: OrderFact) -> None:
    page = client.post(f"{return_url(delivered)}/review", filled(delivered, quantity=2, back="1")).content.decode()
    assert "Chipped" in page
    assert '<option value="damaged" selected>' in page


def test_an_exchange_names_no_money(client: Client, delivered: OrderFact) -> None:
    page = client.post(f"{return_url(delivered)}/review", filled(delivered, resolution="exchange")).content.decode()
    assert "You get back" not in page
    assert "Exchange" in page


def test_after_the_window_the_day_it_ended_is_named(client: Client, delivered: OrderFact) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=60), tick=False):
        page = client.get(return_url(delivered)).content.decode()
    assert "The last day to return this was" in page
    assert "There is nothing in this order that can be sent back now." in page


def test_a_return_is_cancelled_until_it_has_arrived(client: Client, delivered: OrderFact, floor: Floor) -> None:
    url = return_url(delivered)
    for _ in range(2):
        client.post(f"{url}/send", filled(delivered, key=str(uuid.uuid4())))
    first, second = returns_of_order(delivered.ref)
    assert client.post(f"{url}/{first.ref}/cancel").status_code == 303
    assert "This return is cancelled" in client.get(f"{url}/{first.ref}").content.decode()
    receive_return(second.ref, action_id=uuid.uuid4(), warehouse_id=floor.warehouse_id, by=TESTER, now=timezone.now())
    late = client.post(f"{url}/{second.ref}/cancel")
    assert late.status_code == 409
    assert "can no longer be cancelled" in late.content.decode()
    assert "It has arrived" in late.content.decode()


def test_the_last_day_goes_into_the_calendar(client: Client, delivered: OrderFact) -> None:
    url = return_url(delivered)
    client.post(f"{url}/send", filled(delivered))
    (rma,) = returns_of_order(delivered.ref)
    assert rma.expires_at is not None
    answer = client.get(f"{url}/{rma.ref}/calendar.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    body = answer.content.decode()
    assert f"DTSTART;VALUE=DATE:{rma.expires_at:%Y%m%d}" in body
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    assert rma.ref in body
    client.post(f"{url}/{rma.ref}/cancel")
    assert client.get(f"{url}/{rma.ref}/calendar.ics").status_code == 404


def test_the_return_of_another_order_is_not_shown(client: Client, delivered: OrderFact, floor: Floor) -> None:
    client.post(f"{return_url(delivered)}/send", filled(delivered))
    (rma,) = returns_of_order(delivered.ref)
    other = floor.order({"LAMP": 1})
    assert client.get(f"{return_url(other)}/{rma.ref}").status_code == 404
    assert client.post(f"{return_url(other)}/{rma.ref}/cancel").status_code == 404
    assert returns_of_order(delivered.ref)[0].status == "approved"


def test_a_forged_link_opens_nothing(client: Client, delivered: OrderFact) -> None:
    forged = public_token("return", delivered.ref)[:-1] + "A"
    for path in ("", "/review", "/send", "/RMA-1", "/RMA-1/cancel"):
        for method in (client.get, client.post):
            answer = method(f"/r/{forged}x{path}")
            assert answer.status_code in (404, 405), path
            assert delivered.ref not in answer.content.decode()


def test_a_form_from_elsewhere_is_refused(delivered: OrderFact) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"{return_url(delivered)}/send", filled(delivered)).status_code == 403
    assert returns_of_order(delivered.ref) == []


def test_the_code_on_the_page_reads_as_the_return() -> None:
    svg = base64.b64decode(qr_data_uri("RMA-7K3M9Q2X").partition(",")[2]).decode()
    size = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])  # type: ignore[index]
    picture = Image.new("L", (size, size), 255)
    for x, y, width, height in _rectangles(svg):
        picture.paste(0, (x + 4, y + 4, x + 4 + width, y + 4 + height))
    large = picture.resize((size * 8, size * 8), Image.Resampling.NEAREST)
    stream = io.BytesIO()
    large.save(stream, "PNG")
    assert [found.text for found in zxingcpp.read_barcodes(Image.open(stream))] == ["RMA-7K3M9Q2X"]


def _rectangles(svg: str) -> list[tuple[int, int, int, int]]:
    path = re.search(r' d="([^"]+)"', svg)
    assert path is not None
    found = re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+Z", path[1])
    return [(int(x), int(y), int(width), int(height)) for x, y, width, height in found]
