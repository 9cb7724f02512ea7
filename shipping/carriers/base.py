"""What every carrier adapter promises. Pure data here: no Django, no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address as it is printed. ``country`` is ISO 3166 alpha-2. Personal: never logged, never in an event."""

    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    phone: str = ""

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> "Address":
        """From the members API.md names; missing ones are empty, unknown ones ignored."""
        return cls(**{name: str(members.get(name) or "") for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class LabelOrder:
    """Everything needed to buy a label. Grams, millimetres; the same ``idempotency_key`` is the same label."""

    idempotency_key: UUID
    parcel_ref: str
    order_ref: str
    service: str
    service_name: str
    sender: Address
    recipient: Address
    weight_g: int
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    ship_on: date | None = None
    instructions: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A label as a file: ``format`` is pdf, zpl or png."""

    format: str
    content: bytes


@dataclass(frozen=True, slots=True)
class BoughtLabel:
    """What the carrier sold. ``cost`` is in ``currency``; None where the carrier names no price."""

    tracking_number: str
    tracking_url: str
    documents: tuple[Document, ...]
    cost: Decimal | None = None
    currency: str = ""
    carrier_ref: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """A price for a service; transit in the carrier's days, None when it does not say."""

    carrier: str
    service: str
    price: Decimal
    currency: str
    days: int | None = None


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One report of a carrier in our vocabulary (``TrackingStatus``), the carrier's own code and words kept.

    ``carrier_key`` is the same whenever the carrier tells the same thing again.
    """

    carrier_key: str
    status: str
    happened_at: datetime
    raw_code: str = ""
    raw_text: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class ParcelReports:
    """The reports of one delivery of news, for the parcel with that tracking number."""

    tracking_number: str
    events: tuple[RawEvent, ...] = field(default_factory=tuple)


class CarrierError(Exception):
    """The base of what a carrier call can end in. ``str(error)`` holds no personal data."""


class Refused(CarrierError):
    """The carrier said no: nothing was bought, and asking again unchanged would not help."""


class Unreachable(CarrierError):
    """The outcome is not known: the call may have bought a label. Settled by ``find``, never by calling again."""


class Carrier(Protocol):
    """An adapter. ``buy``, ``find`` and ``void`` may take seconds and are called outside any transaction."""

    code: str

    def rate(self, order: LabelOrder) -> Sequence[Rate]:
        """Prices for the parcel. Raises Refused, Unreachable."""
        ...

    def buy(self, order: LabelOrder) -> BoughtLabel:
        """Buy one label under the order's idempotency key. Raises Refused, or Unreachable when nobody knows."""
        ...

    def find(self, order: LabelOrder) -> BoughtLabel | None:
        """The label bought under the order's idempotency key, None when none was. Raises Unreachable."""
        ...

    def void(self, tracking_number: str, carrier_ref: str = "") -> None:
        """Give a label back; giving it back twice is fine. Raises Refused, Unreachable."""
        ...

    def parse_events(self, body: Mapping[str, Any]) -> Sequence[ParcelReports]:
        """The reports in a webhook's body, or in the answer of a tracking call. Raises Refused when it is none."""
        ...

    def tracking_url(self, tracking_number: str) -> str:
        """Where anybody may follow the parcel; empty when the carrier has no such page."""
        ...
