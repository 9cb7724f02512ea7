"""What customers hear of their returns, once each, in their language."""

from typing import Any

import pytest
from django.core import mail

from core.messaging.models import Message
from core.messaging.rendering import render
from orders.services.requests import CustomerRequest
from orders.tests.shop import TESTER, Shop
from returns.planning import Arrived
from returns.selectors.reads import return_by_ref
from returns.services.requests import reject_return
from returns.services.resolution import record_outcome
from returns.tests.goods import LATER, arrive, ask, inspect, inspection_of, received, shipped_order, work_through

TEMPLATES = ("return_approved", "return_received", "return_rejected", "refund_issued", "portal_links")


def told(ref: str = "") -> list[str]:
    rows = Message.objects.filter(subject_type="return").order_by("pk")
    return [f"{row.template}:{row.status}" for row in rows if not ref or ref in row.dedupe_key]


def whole_story(shop: Shop, **more: Any) -> str:
    rma = received(shop, shipped_order(shop, {"MUG": 1}, **more), {"MUG": 1})
    inspect(inspection_of(rma))
    refund = return_by_ref(rma.ref).refund
    assert refund is not None
    record_outcome(refund.id, succeeded=True, by=TESTER, now=LATER)
    work_through()
    work_through()
    return rma.ref


def test_a_return_is_told_in_three_mails(shop: Shop) -> None:
    ref = whole_story(shop)
    assert told(ref) == ["return_approved:sent", "return_received:sent", "refund_issued:sent"]
    mine = [message for message in mail.outbox if ref in message.body or "refund" in message.subject]
    assert [message.subject for message in mine][-1] == "Your refund of £2.50 is on its way"
    approved = next(message for message in mine if "approved" in message.subject)
    assert "/r/ORD" in approved.body
    assert "Put a note with the number" in approved.body
    assert "keep the receipt" in approved.body


def test_two_parcels_of_one_return_are_told_once(shop: Shop) -> None:
    rma = ask(shipped_order(shop, {"MUG": 2, "LAMP": 1}), {"MUG": 2, "LAMP": 1})
    arrive(shop, rma.ref, arrived=[Arrived(shop.products["MUG"], 2)], more_to_come=True)
    work_through()
    arrive(shop, rma.ref)
    work_through()
    assert told(rma.ref).count("return_received:sent") == 1


def test_a_rejection_says_why(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 1})
    rma = ask(order, {"MUG": 1}, now=order.placed_at.replace(year=2027))
    reject_return(rma.ref, reason="The window closed in December.", by=TESTER, now=LATER)
    work_through()
    assert told(rma.ref) == ["return_rejected:sent"]
    assert "The window closed in December." in mail.outbox[-1].body


def test_who_did_not_consent_is_not_written_to(shop: Shop) -> None:
    quiet = CustomerRequest(email="ada@example.com", name="Ada", notify_by=())
    ref = whole_story(shop, customer=quiet)
    assert set(told(ref)) == {"return_approved:suppressed", "return_received:suppressed", "refund_issued:suppressed"}


@pytest.mark.parametrize("locale", ["en", "th", "sv", "ja"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_mail_renders_in_every_language(template: str, locale: str) -> None:
    context = {
        "return_ref": "RMA-7K3M9Q2X",
        "order_name": "<b>536365</b>",
        "send_by": "27",
        "answer_by": "29",
        "arrived_on": "25",
        "amount": "£2.50",
        "reason": "<script>alert(1)</script>",
        "url": "https://example.com/r/x",
        "tracking_url": "https://example.com/t/x",
        "return_url": "https://example.com/r/x",
        "items": [{"name": "Mug <i>blue</i>", "sku": "MUG", "quantity": 2}],
        "rows": [{"label": "In total", "value": "£2.50"}],
    }
    found = render(template, locale=locale, context=context)
    assert found.locale == locale
    assert found.subject
    assert "<script>" not in found.html
    assert "<i>blue" not in found.html
    assert "{{" not in found.text + found.html
    assert len(found.html.encode()) < 102_000


def test_a_swedish_customer_reads_swedish(shop: Shop) -> None:
    swede = CustomerRequest(email="ada@example.com", name="Ada", locale="sv")
    ref = whole_story(shop, customer=swede)
    assert Message.objects.filter(dedupe_key__endswith=ref, locale="sv").count() == 3
