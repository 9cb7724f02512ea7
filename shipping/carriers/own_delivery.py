"""Our own van, or any carrier without a computer: labels drawn here, numbers issued from PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from shipping.carriers import label_pdf, label_zpl
from shipping.carriers.base import BoughtLabel, Document, LabelOrder, ParcelReports, Rate, RawEvent, Refused
from shipping.carriers.label_layout import layout
from shipping.carriers.numbers import is_tracking_number, tracking_number
from shipping.models import IssuedNumber
from shipping.states import TrackingStatus

MAX_WEIGHT_G = 30_000

# One statement, whoever else issues a number for the same key at the same moment: DO NOTHING would return no row.
_ISSUE = """
INSERT INTO shipping_issuednumber (idempotency_key, country) VALUES (%s, %s)
ON CONFLICT (idempotency_key) DO UPDATE SET country = shipping_issuednumber.country
RETURNING id, country
"""


class OwnDelivery:
    """The label's number is issued once for each idempotency key, so ``buy`` repeated is the same label."""

    code = "own_delivery"

    def rate(self, order: LabelOrder) -> Sequence[Rate]:
        """No price of its own: what a shop charges stands in its services."""
        return [Rate(self.code, order.service, Decimal(0), "", None)]

    def buy(self, order: LabelOrder) -> BoughtLabel:
        """Issue a number and draw the label. Raises Refused for what no van can deliver."""
        if not order.recipient.country or not (order.recipient.line1 or order.recipient.city):
            raise Refused("The address has no street, city or country.")
        if order.weight_g > MAX_WEIGHT_G:
            raise Refused("The parcel is heavier than 30 kg.")
        with connection.cursor() as cursor:
            cursor.execute(_ISSUE, [order.idempotency_key, order.recipient.country.upper()[:2]])
            serial, country = cursor.fetchone()
        return self._label(order, serial, country)

    def find(self, order: LabelOrder) -> BoughtLabel | None:
        """The label of that key, drawn again; None when its number was never issued or was given back."""
        issued = IssuedNumber.objects.filter(idempotency_key=order.idempotency_key, voided_at=None).first()
        return self._label(order, issued.pk, issued.country) if issued else None

    def void(self, tracking_number: str, carrier_ref: str = "") -> None:
        """The number is not used again."""
        if carrier_ref.isdigit():
            IssuedNumber.objects.filter(pk=int(carrier_ref), voided_at=None).update(voided_at=Now())

    def parse_events(self, body: Mapping[str, Any]) -> Sequence[ParcelReports]:
        """``{"events": [{"tracking_number", "status", "at", "id"?, "text"?, "place"?}]}`` from a driver's app."""
        reports: dict[str, list[RawEvent]] = {}
        rows = body.get("events")
        if not isinstance(rows, list) or len(rows) > 1000:
            raise Refused("The body has no list of events.")
        for row in rows:
            try:
                number, status = str(row["tracking_number"])[:60], str(row["status"])
                at = datetime.fromisoformat(str(row["at"]))
            except (KeyError, TypeError, ValueError) as error:
                raise Refused("An event needs tracking_number, status and at.") from error
            if at.tzinfo is None:
                raise Refused("The time of an event needs its offset.")
            known = status if status in TrackingStatus.values else TrackingStatus.UNKNOWN
            key = str(row.get("id") or f"{known}:{at.isoformat()}")[:120]
            reports.setdefault(number, []).append(
                RawEvent(
                    key, known, at, status[:80], str(row.get("text") or "")[:300], str(row.get("place") or "")[:120]
                )
            )
        return [ParcelReports(number, tuple(events)) for number, events in reports.items()]

    def tracking_url(self, tracking_number: str) -> str:
        """None of its own: the customer follows the parcel on our tracking page."""
        return ""

    def _label(self, order: LabelOrder, serial: int, country: str) -> BoughtLabel:
        number = tracking_number(serial, country)
        if not is_tracking_number(number):
            raise Refused("The number is not well-formed.")
        marks = layout(order, number)
        documents = (
            Document("pdf", label_pdf.draw(marks, title=f"{order.parcel_ref} {number}")),
            Document("zpl", label_zpl.draw(marks)),
        )
        return BoughtLabel(number, self.tracking_url(number), documents, carrier_ref=str(serial))
