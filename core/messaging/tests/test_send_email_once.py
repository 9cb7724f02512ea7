"""What is sent, how often, and what is kept of it."""

from email.header import decode_header, make_header

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.utils.translation import get_language

from core.kernel.actors import SYSTEM
from core.messaging.errors import BeingSent, CannotResend
from core.messaging.models import Message
from core.messaging.selectors import messages_of
from core.messaging.services import resend
from core.messaging.tests.conftest import CONTEXT, NOW, greet
from core.outbox.errors import Permanent
from core.outbox.models import Event

pytestmark = pytest.mark.django_db


def html_of(message: mail.EmailMessage) -> str:
    assert isinstance(message, EmailMultiAlternatives)
    content, mime_type = message.alternatives[0]
    assert mime_type == "text/html"
    return str(content)


def test_a_message_is_sent_once_however_often_it_is_asked_for() -> None:
    for _ in range(3):
        greet()
    assert len(mail.outbox) == 1
    message = Message.objects.get()
    assert (message.status, message.attempts) == ("sent", 1)
    assert message.sent_at is not None
    assert [event.type for event in Event.objects.all()] == ["message.sent"]


def test_a_message_has_text_and_html_in_the_recipients_language() -> None:
    greet(locale="th-TH")
    (message,) = mail.outbox
    assert message.subject == "[th] Hello สมชาย <Somchai>"
    assert "Your parcel & you." in message.body
    assert "2 × Mug, blue (MUG-B)" in message.body
    assert '<html lang="th" dir="ltr"' in html_of(message)
    assert "Hello <bdi>สมชาย &lt;Somchai&gt;</bdi>" in html_of(message)
    assert messages_of("ORD-TEST")[0].locale == "th"


def test_an_unknown_language_falls_back_to_english() -> None:
    greet(locale="xx")
    assert mail.outbox[0].subject.startswith("[en]")


def test_a_message_says_that_a_machine_sent_it_and_has_a_message_id_of_its_own() -> None:
    greet()
    message = Message.objects.get()
    headers = mail.outbox[0].message()
    assert headers["Message-ID"] == message.message_id == f"<{message.uuid}.greeting@example.com>"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Content-Language"] == "th"
    assert headers["Date"]


def test_every_copy_of_a_message_has_the_same_message_id() -> None:
    greet()
    Message.objects.all().delete()  # as after a restored backup
    greet()
    first, second = (copy.message()["Message-ID"] for copy in mail.outbox)
    assert first == second


def test_a_line_break_in_a_name_stays_out_of_the_headers() -> None:
    greet(context=lambda: {**CONTEXT, "name": "Eve\r\nBcc: everyone@example.com"})
    message = mail.outbox[0].message()
    assert message["Bcc"] is None
    assert "\n" not in mail.outbox[0].subject


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com\nBcc: b@example.com",
        "a@example.com, b@example.com",
        "a@example.com;b@example.com",
        "Somebody <a@example.com>",
        "a@b@example.com",
        "a b@example.com",
        "no-at-sign",
        "@example.com",
        "a@",
        "a@.example.com",
    ],
)
def test_an_odd_address_fails_for_good_and_nothing_is_sent(address: str) -> None:
    with pytest.raises(Permanent) as refused:
        greet(recipient=address)
    assert "@" not in str(refused.value)
    assert mail.outbox == []
    message = Message.objects.get()
    assert message.status == "failed"
    assert [event.type for event in Event.objects.all()] == ["message.failed"]


@pytest.mark.parametrize(("recipient", "allowed"), [("", True), (" ", True), ("a@example.com", False)])
def test_without_an_address_or_consent_a_message_is_suppressed(recipient: str, allowed: bool) -> None:
    greet(recipient=recipient, allowed=allowed)
    assert mail.outbox == []
    assert Message.objects.get().status == "suppressed"


@pytest.mark.parametrize("template", ["missing", "broken"])
def test_a_broken_or_missing_template_fails_for_good(template: str) -> None:
    with pytest.raises(Permanent):
        greet(template=template)
    assert Message.objects.get().status == "failed"


def test_trouble_while_gathering_the_context_leaves_the_message_to_be_tried_again() -> None:
    def away() -> dict[str, str]:
        raise ConnectionError("somchai@example.com")

    with pytest.raises(ConnectionError):
        greet(context=away)
    message = Message.objects.get()
    assert (message.status, message.error) == ("queued", "ConnectionError")
    greet()
    assert len(mail.outbox) == 1


def test_the_context_is_not_asked_for_a_message_already_sent() -> None:
    greet()

    def never() -> dict[str, str]:
        raise AssertionError("asked in vain")

    greet(context=never)


def test_a_message_being_sent_elsewhere_is_left_alone() -> None:
    def twin() -> dict[str, object]:
        with pytest.raises(BeingSent):
            greet()
        return dict(CONTEXT)

    greet(context=twin)
    assert len(mail.outbox) == 1


def test_attachments_travel_along() -> None:
    greet(attachments=[("label.pdf", b"%PDF-1.7", "application/pdf")])
    assert mail.outbox[0].attachments[0][0] == "label.pdf"


def test_a_message_sent_outside_the_outbox_cannot_be_sent_again() -> None:
    greet()
    with pytest.raises(CannotResend):
        resend(Message.objects.get().pk, by=SYSTEM, now=NOW)


def test_a_mail_stays_far_below_the_size_at_which_mail_programs_cut_it() -> None:
    greet(context=lambda: {**CONTEXT, "items": CONTEXT["items"] * 100})
    assert len(html_of(mail.outbox[0]).encode()) < 102_400


def test_a_mail_comes_from_the_shop_and_answers_go_to_its_support() -> None:
    greet(context=lambda: {**CONTEXT, "shop_name": "บ้านสวน\r\nBcc: x@y.z", "support_email": "help@shop.example"})
    message = mail.outbox[0].message()
    sender = str(make_header(decode_header(message["From"])))
    assert sender == "บ้านสวน Bcc: x@y.z <orders@example.com>"
    assert message["Reply-To"] == "help@shop.example"
    assert message["Bcc"] is None


def test_the_context_is_gathered_in_the_recipients_language() -> None:
    def context() -> dict[str, object]:
        assert get_language() == "sv"
        return dict(CONTEXT)

    greet(locale="sv", context=context)
    assert get_language() != "sv"
