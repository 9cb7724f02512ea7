"""Standard Webhooks 1.0: HMAC-SHA256 over ``id.timestamp.body``."""

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"


def new_secret() -> str:
    """A secret of 256 random bits: ``whsec_`` and base 64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signed_headers(*, message_id: str, body: bytes, keys: Sequence[str], now: datetime) -> dict[str, str]:
    """The three headers of an attempt made now, with one signature for each key."""
    # The library reads the clock face of any time zone as UTC.
    moment = now.astimezone(UTC)
    text = body.decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(key).sign(message_id, moment, text) for key in keys),
    }
