"""Hand one mail to the configured mail server, and read from its answer whether trying again can help."""

import smtplib
from collections.abc import Sequence
from email.utils import formataddr, parseaddr
from uuid import UUID

from django.conf import settings
from django.core.mail import BadHeaderError, EmailMultiAlternatives

from core.messaging.connection import drop_server, open_server
from core.messaging.rendering import Rendered
from core.outbox.errors import Permanent

Attachment = tuple[str, bytes, str]
"""File name, content, MIME type."""

# Characters that are part of no single plain address; mail libraries read some of them as a second recipient.
NOT_IN_ADDRESS = frozenset(' ,;:<>()[]\\"\t\r\n\x00')


def message_id(uuid: UUID, template: str) -> str:
    """The Message-ID of every copy of one message, so that a mailbox can tell a copy from news."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{uuid}.{template}@{domain}>"


def send(
    rendered: Rendered,
    *,
    recipient: str,
    message_id: str,
    attachments: Sequence[Attachment] = (),
) -> None:
    """Send the mail, or raise: ``Permanent`` when trying again cannot help, anything else when it can."""
    if not is_plain_address(recipient):
        raise Permanent("The address is not one plain e-mail address.")
    mail = EmailMultiAlternatives(
        from_email=formataddr((rendered.sender_name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        reply_to=[rendered.reply_to] if is_plain_address(rendered.reply_to) else [],
        subject=rendered.subject,
        body=rendered.text,
        to=[recipient],
        headers={
            "Message-ID": message_id,
            "Auto-Submitted": "auto-generated",
            "Content-Language": rendered.locale,
        },
    )
    mail.attach_alternative(rendered.html, "text/html")
    for name, content, mime_type in attachments:
        mail.attach(name, content, mime_type)
    # What goes wrong before the server has seen the message (connection, TLS, log-in) says nothing about the
    # message and may be mended: it is raised as it comes.
    mail.connection = open_server()
    sent = 0
    try:
        sent = mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        if codes and all(500 <= code < 600 for code in codes):
            raise Permanent(f"The mail server refuses the recipient ({codes[0]}).") from error
        raise
    except smtplib.SMTPResponseException as error:
        if 500 <= error.smtp_code < 600:
            raise Permanent(f"The mail server refuses the message ({error.smtp_code}).") from error
        raise
    except smtplib.SMTPNotSupportedError as error:
        raise Permanent("The mail server cannot take this address.") from error
    except (BadHeaderError, ValueError) as error:
        # A ValueError, and its kin the UnicodeError, is how the mail library refuses an address.
        raise Permanent("The address or the subject cannot stand in a mail.") from error
    finally:
        # After trouble nobody knows what the session is waiting for.
        if sent != 1:
            drop_server()
    if sent != 1:
        raise Permanent("The mail library sent nothing.")


def is_plain_address(address: str) -> bool:
    """Whether this is one plain address: one @, something on both sides, no separators, spaces or controls."""
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or "@" in local or domain.startswith(".") or domain.endswith("."):
        return False
    return not NOT_IN_ADDRESS & set(address) and not any(ord(character) < 32 for character in address)
