"""What carriers sign is judged as the published vectors of Standard Webhooks say."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from shipping.errors import BadSignature
from shipping.models import CarrierAccount
from shipping.services.tracking import check_signature

pytestmark = pytest.mark.django_db

VECTORS = Path(settings.BASE_DIR) / "core/webhooks/tests/data/standard_webhooks.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_check_of_carriers_signatures_agrees_with_every_vector(case: dict[str, Any]) -> None:
    CarrierAccount.objects.create(carrier="own_delivery", webhook_secret=case["secret"])
    sent = {name.lower(): value for name, value in case["headers"].items()}  # as Django's headers do

    def judge() -> bool:
        try:
            check_signature(
                "own_delivery",
                message_id=sent.get("webhook-id", ""),
                timestamp=sent.get("webhook-timestamp", ""),
                signatures=sent.get("webhook-signature", ""),
                body=case["body"].encode(),
                now=datetime.fromtimestamp(case["now"], tz=UTC),
            )
        except BadSignature:
            return False
        return True

    assert judge() is case["verifies"]
