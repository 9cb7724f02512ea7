"""The mapping of another carrier's API, proved on captured answers."""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shipping.carriers.base import Address, LabelOrder, Refused, Unreachable
from shipping.carriers.easypost import (
    STATUSES,
    EasyPost,
    bought,
    call,
    error_of,
    label_urls,
    rate_id,
    rates,
    reports,
    shipment_request,
)
from shipping.states import TrackingStatus

PAYLOADS = Path(__file__).parent / "payloads"
KEY = uuid.UUID(int=7)


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


ORDER = LabelOrder(
    idempotency_key=KEY,
    parcel_ref="SHP-1",
    order_ref="ORD-1",
    service="Priority",
    service_name="Priority",
    sender=Address(name="Main", line1="1 Mill Lane", city="San Francisco", postal_code="94104", country="US"),
    recipient=Address(name="Ada", line1="179 N Harbor Dr", city="Redondo Beach", postal_code="90277", country="US"),
    weight_g=1000,
    length_mm=254,
    width_mm=127,
    height_mm=51,
)


def test_a_shipment_is_asked_for_in_ounces_and_inches_under_our_key() -> None:
    body = shipment_request(ORDER)["shipment"]
    assert body["reference"] == str(KEY)
    assert body["parcel"] == {"weight": 35.3, "length": 10.0, "width": 5.0, "height": 2.0}
    assert body["to_address"]["zip"] == "90277"


def test_rates_come_cheapest_first_and_the_wanted_service_is_found() -> None:
    shipment = payload("shipments-create")
    found = rates(shipment)
    assert found and found == sorted(found, key=lambda rate: rate.price)
    assert all(rate.currency == "USD" and rate.price > 0 for rate in found)
    service = found[-1].service
    chosen = next(row for row in shipment["rates"] if row["id"] == rate_id(shipment, service))
    assert chosen["service"] == service
    with pytest.raises(Refused, match="No rate for this service"):
        rate_id(shipment, "Teleport")


def test_a_bought_shipment_is_a_label_with_its_price_and_address() -> None:
    label = bought(payload("shipments-one-call-buy"))
    assert label.tracking_number == "9405500208303109884175"
    assert (label.cost, label.currency) == (Decimal("11.01"), "USD")
    assert label.tracking_url.startswith("https://track.easypost.com/")
    assert label.carrier_ref == "shp_1736175022204d50a30e71b0896d3574"
    assert list(label_urls(payload("shipments-one-call-buy"))) == ["png"]
    assert set(label_urls(payload("shipments-label"))) >= {"zpl"} or label_urls(payload("shipments-label"))
    with pytest.raises(Refused, match="no label"):
        bought(payload("shipments-create"))


def test_a_tracker_becomes_reports_in_our_words_with_stable_keys() -> None:
    (told,) = reports(payload("trackers-retrieve"))
    assert told.tracking_number == "EZ1000000001"
    first, second = told.events[:2]
    assert (first.status, first.happened_at) == ("pending", datetime(2025, 4, 9, 20, 40, 17, tzinfo=UTC))
    assert second.place == "HOUSTON, TX" and second.raw_text == "Shipping Label Created"
    assert first.carrier_key != second.carrier_key
    (wrapped,) = reports({"object": "Event", "result": payload("trackers-retrieve")})
    assert wrapped == told
    with pytest.raises(Refused):
        reports(payload("shipments-create"))


def test_every_status_of_theirs_has_one_of_ours() -> None:
    assert set(STATUSES.values()) <= set(TrackingStatus.values)


def test_errors_are_told_apart_into_refused_and_unknown() -> None:
    refused = error_of(422, payload("addresses-create-and-verify"))
    assert isinstance(refused, Refused) and str(refused) == "422 ADDRESS.VERIFY.FAILURE"
    for status in (408, 429, 500, 503):
        assert isinstance(error_of(status, None), Unreachable)


def test_without_a_key_nothing_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EASYPOST_API_KEY", raising=False)
    with pytest.raises(Refused, match="EASYPOST_API_KEY"):
        call("GET", "/shipments")


def test_buying_asks_for_a_shipment_then_buys_its_rate_and_fetches_the_label() -> None:
    asked: list[tuple[str, str]] = []

    def transport(method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        asked.append((method, path))
        return payload("shipments-create") if path == "/shipments" else payload("shipments-one-call-buy")

    service = rates(payload("shipments-create"))[0].service
    carrier = EasyPost(transport, lambda address: b"\x89PNG")
    label = carrier.buy(LabelOrder(**{**_members(ORDER), "service": service}))
    assert [path.rsplit("/", 1)[-1] for _method, path in asked] == ["shipments", "buy"]
    assert label.documents[0].content == b"\x89PNG"


def test_finding_looks_for_our_key_among_bought_shipments() -> None:
    mine = {**payload("shipments-one-call-buy"), "reference": str(KEY)}
    other = {**payload("shipments-one-call-buy"), "reference": "someone else"}
    found = EasyPost(lambda *_call: {"shipments": [other, mine]}, lambda address: b"x").find(ORDER)
    assert found is not None and found.tracking_number == mine["tracking_code"]
    assert EasyPost(lambda *_call: {"shipments": [other]}, lambda address: b"x").find(ORDER) is None


def _members(order: LabelOrder) -> dict[str, Any]:
    return {name: getattr(order, name) for name in LabelOrder.__dataclass_fields__}
