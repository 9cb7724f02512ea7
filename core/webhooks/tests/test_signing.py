"""The signer and both verifiers against the published vectors."""

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import time_machine
from standardwebhooks import Webhook, WebhookVerificationError

from core.webhooks.signing import new_secret, signed_headers

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "standard_webhooks.json").read_text(encoding="utf-8")
)["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_signer_agrees_with_every_vector(case: dict[str, Any]) -> None:
    sent = {name.lower(): value for name, value in case["headers"].items()}
    moment = int(sent.get("webhook-timestamp", case["now"]))
    made = signed_headers(
        message_id=sent["webhook-id"],
        body=case["body"].encode(),
        keys=[case["secret"]],
        now=datetime.fromtimestamp(moment, tz=UTC),
    )
    signed_alike = made["webhook-signature"] in sent["webhook-signature"].split(" ")
    in_time = abs(case["now"] - moment) <= 300
    assert (signed_alike and in_time and "webhook-timestamp" in sent) is case["verifies"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_verifier_that_receivers_use_agrees_with_every_vector(case: dict[str, Any]) -> None:
    with time_machine.travel(datetime.fromtimestamp(case["now"], tz=UTC), tick=False):
        if case["verifies"]:
            Webhook(case["secret"]).verify(case["body"].encode(), case["headers"])
        else:
            with pytest.raises(Exception):  # noqa: B017  a signature that is no base 64 raises another class
                Webhook(case["secret"]).verify(case["body"].encode(), case["headers"])


@pytest.mark.parametrize("keys", [1, 2])
def test_what_is_signed_verifies_with_each_of_the_secrets_and_with_no_other(keys: int) -> None:
    now = datetime.now(UTC).astimezone(timezone(timedelta(hours=7)))
    secrets, body = [new_secret() for _ in range(keys)], '{"type":"order.placed","name":"Åsa"}'.encode()
    headers = signed_headers(message_id="evt_1_1", body=body, keys=secrets, now=now)
    for secret in secrets:
        assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
        assert Webhook(secret).verify(body, headers) == json.loads(body)
    for other, sent in ((new_secret(), body), (secrets[0], body + b" ")):
        with pytest.raises(WebhookVerificationError):
            Webhook(other).verify(sent, headers)
    with time_machine.travel(now + timedelta(seconds=302)), pytest.raises(WebhookVerificationError):
        Webhook(secrets[0]).verify(body, headers)
