"""EasyPost, a service that buys labels of many carriers. The mapping is pure and proved on captured answers.

Live calls need an account's key in ``EASYPOST_API_KEY``; without one every call is refused. ``buy`` makes the
shipment with our key as its ``reference`` and buys its cheapest rate of the wanted service; ``find`` looks for that
reference.
"""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from core import env
from shipping.carriers.base import (
    Address,
    BoughtLabel,
    CarrierError,
    Document,
    LabelOrder,
    ParcelReports,
    Rate,
    RawEvent,
    Refused,
    Unreachable,
)

API = "https://api.easypost.com/v2"
TIMEOUT_S = 10
MAX_ANSWER = 2_000_000
GRAMS_PER_OUNCE = Decimal("28.349523125")
MM_PER_INCH = Decimal("25.4")

STATUSES = {
    "pre_transit": "pending",
    "in_transit": "in_transit",
    "out_for_delivery": "out_for_delivery",
    "delivered": "delivered",
    "available_for_pickup": "ready_for_collection",
    "return_to_sender": "return_to_sender",
    "failure": "delivery_failed",
    "cancelled": "cancelled",
    "error": "unknown",
    "unknown": "unknown",
}

Transport = Callable[[str, str, Mapping[str, Any] | None], Any]


def shipment_request(order: LabelOrder) -> dict[str, Any]:
    """The body that makes a shipment: ounces and inches, our key as its reference."""
    parcel: dict[str, Any] = {"weight": float(round(Decimal(max(order.weight_g, 1)) / GRAMS_PER_OUNCE, 1))}
    if order.length_mm and order.width_mm and order.height_mm:
        for name, size in (("length", order.length_mm), ("width", order.width_mm), ("height", order.height_mm)):
            parcel[name] = float(round(Decimal(size) / MM_PER_INCH, 1))
    return {
        "shipment": {
            "reference": str(order.idempotency_key),
            "to_address": _address(order.recipient),
            "from_address": _address(order.sender),
            "parcel": parcel,
            "options": {"label_format": "PDF", "label_size": "4x6", "invoice_number": order.order_ref},
        }
    }


def rates(shipment: Mapping[str, Any]) -> list[Rate]:
    """The rates of a shipment, cheapest first; ``carrier`` is the one that would carry it."""
    found = [
        Rate(
            str(row["carrier"]), str(row["service"]), price, str(row.get("currency") or "USD"), row.get("delivery_days")
        )
        for row in shipment.get("rates") or ()
        if (price := _money(row.get("rate"))) is not None
    ]
    return sorted(found, key=lambda rate: (rate.price, rate.carrier, rate.service))


def rate_id(shipment: Mapping[str, Any], service: str) -> str:
    """The id of the cheapest rate of a service; of any when ``service`` is empty. Raises Refused."""
    rows = [row for row in shipment.get("rates") or () if not service or row.get("service") == service]
    rows = [row for row in rows if _money(row.get("rate")) is not None]
    if not rows:
        raise Refused("No rate for this service: " + messages(shipment))
    return str(min(rows, key=lambda row: Decimal(str(row["rate"])))["id"])


def bought(shipment: Mapping[str, Any], documents: tuple[Document, ...] = ()) -> BoughtLabel:
    """The label of a bought shipment. Raises Refused when it has none."""
    number = str(shipment.get("tracking_code") or "")
    label = shipment.get("postage_label") or {}
    if not number or not label:
        raise Refused("The shipment has no label.")
    rate = shipment.get("selected_rate") or {}
    tracker = shipment.get("tracker") or {}
    return BoughtLabel(
        tracking_number=number,
        tracking_url=str(tracker.get("public_url") or ""),
        documents=documents,
        cost=_money(rate.get("rate")),
        currency=str(rate.get("currency") or ""),
        carrier_ref=str(shipment.get("id") or ""),
    )


def label_urls(shipment: Mapping[str, Any]) -> dict[str, str]:
    """Where the label's files are: {format: address}."""
    label = shipment.get("postage_label") or {}
    found = {
        "pdf": label.get("label_pdf_url"),
        "zpl": label.get("label_zpl_url"),
        "png": label.get("label_url") if label.get("label_file_type") == "image/png" else None,
    }
    if label.get("label_file_type") == "application/pdf":
        found["pdf"] = label.get("label_url")
    return {name: str(address) for name, address in found.items() if address}


def reports(body: Mapping[str, Any]) -> list[ParcelReports]:
    """The reports of a tracker, or of a webhook event whose ``result`` is one. Raises Refused for anything else."""
    tracker = body.get("result") if body.get("object") == "Event" else body
    if not isinstance(tracker, Mapping) or tracker.get("object") != "Tracker":
        raise Refused("The body is no tracker.")
    events = []
    for row in tracker.get("tracking_details") or ():
        at = _time(row.get("datetime"))
        if at is None:
            continue
        status = str(row.get("status") or "unknown")
        detail = str(row.get("status_detail") or "")
        place = row.get("tracking_location") or {}
        events.append(
            RawEvent(
                carrier_key=f"{at.isoformat()}|{status}|{detail}|{str(row.get('message') or '')[:60]}",
                status="return_to_sender" if detail == "return" else STATUSES.get(status, "unknown"),
                happened_at=at,
                raw_code="/".join(part for part in (status, detail) if part)[:80],
                raw_text=str(row.get("message") or "")[:300],
                place=", ".join(str(place[name]) for name in ("city", "state", "country") if place.get(name))[:120],
            )
        )
    return [ParcelReports(str(tracker.get("tracking_code") or ""), tuple(events))]


def messages(shipment: Mapping[str, Any]) -> str:
    """Why carriers gave no rate, without what we sent them."""
    said = [f"{row.get('carrier', '')}: {row.get('type', '')}".strip() for row in shipment.get("messages") or ()]
    return "; ".join(said)[:200] or "the carrier gave no reason"


def error_of(status: int, body: Any) -> CarrierError:
    """What an HTTP error means: a 4xx was refused; of anything else nobody knows the outcome."""
    error = body.get("error") if isinstance(body, Mapping) else None
    code = str(error.get("code") or "") if isinstance(error, Mapping) else ""
    told = f"{status} {code}".strip()[:200]
    if 400 <= status < 500 and status not in (408, 409, 425, 429):
        return Refused(told)
    return Unreachable(told)


def call(method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """One call with a time-out. Raises Refused or Unreachable; nothing of the answer's text is kept."""
    key = env.text("EASYPOST_API_KEY", "")
    if not key:
        raise Refused("EASYPOST_API_KEY is not set.")
    request = urllib.request.Request(  # noqa: S310  the scheme is ours
        f"{API}{path}",
        method=method,
        data=json.dumps(body).encode() if body is not None else None,
        headers={
            "Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode(),
            "Content-Type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return json.loads(answer.read(MAX_ANSWER))
    except urllib.error.HTTPError as error:
        try:
            told = json.loads(error.read(MAX_ANSWER))
        except ValueError:
            told = None
        raise error_of(error.code, told) from None
    except (OSError, ValueError) as error:
        raise Unreachable(type(error).__name__) from None


def download(address: str) -> bytes:
    """A label's file. Raises Unreachable."""
    if not address.startswith("https://"):
        raise Unreachable("The label's address is not https.")
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return bytes(answer.read(MAX_ANSWER))
    except OSError as error:
        raise Unreachable(type(error).__name__) from None


class EasyPost:
    """The adapter around the mapping; tests give it another ``transport``."""

    code = "easypost"

    def __init__(self, transport: Transport = call, fetch: Callable[[str], bytes] = download) -> None:
        self._call, self._fetch = transport, fetch

    def rate(self, order: LabelOrder) -> Sequence[Rate]:
        """Prices of every carrier of the account."""
        return rates(self._call("POST", "/shipments", shipment_request(order)))

    def buy(self, order: LabelOrder) -> BoughtLabel:
        """Make the shipment, buy the wanted service, fetch the label's files."""
        shipment = self._call("POST", "/shipments", shipment_request(order))
        chosen = {"rate": {"id": rate_id(shipment, order.service)}}
        return self._with_files(self._call("POST", f"/shipments/{shipment['id']}/buy", chosen))

    def find(self, order: LabelOrder) -> BoughtLabel | None:
        """The bought shipment whose reference is our key."""
        query = urllib.parse.urlencode({"reference": str(order.idempotency_key), "page_size": 10, "purchased": "true"})
        answer = self._call("GET", f"/shipments?{query}", None)
        for shipment in answer.get("shipments") or ():
            if shipment.get("reference") == str(order.idempotency_key) and shipment.get("postage_label"):
                return self._with_files(shipment)
        return None

    def void(self, tracking_number: str, carrier_ref: str = "") -> None:
        """Ask for the money back; asking twice is refused by name and means it was asked before."""
        self._call("POST", f"/shipments/{urllib.parse.quote(carrier_ref, safe='')}/refund", None)

    def parse_events(self, body: Mapping[str, Any]) -> Sequence[ParcelReports]:
        return reports(body)

    def tracking_url(self, tracking_number: str) -> str:
        """Every label comes with its own public address."""
        return ""

    def _with_files(self, shipment: Mapping[str, Any]) -> BoughtLabel:
        files = tuple(Document(name, self._fetch(address)) for name, address in label_urls(shipment).items())
        return bought(shipment, files)


def _address(address: Address) -> dict[str, str]:
    return {
        "name": address.name,
        "company": address.company,
        "street1": address.line1,
        "street2": address.line2,
        "city": address.city,
        "state": address.region,
        "zip": address.postal_code,
        "country": address.country,
        "phone": address.phone,
    }


def _money(text: Any) -> Decimal | None:
    try:
        return Decimal(str(text)) if text is not None else None
    except InvalidOperation:
        return None


def _time(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else None
