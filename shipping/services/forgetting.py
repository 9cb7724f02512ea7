"""This room's part of forgetting a buyer: labels, and what carriers wrote."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from orders.ports import Forgotten
from shipping.models import CarrierNotice, LabelDocument, Parcel, TrackingEvent

CHUNK = 50


def forget_orders(forgotten: Forgotten, now: datetime) -> dict[str, int]:
    """Delete the labels of the orders' parcels and the carriers' own words; tracking numbers and times stay."""
    parcels = Parcel.objects.filter(order__in=forgotten.order_ids)
    events = TrackingEvent.objects.filter(parcel__in=parcels)
    return {
        "labels": LabelDocument.objects.filter(label_request__parcel__in=parcels).delete()[0],
        "tracking_texts": events.update(raw_text="", place=""),
        "carrier_notices": _forget_notices(
            list(parcels.exclude(tracking_number="").values_list("pk", "tracking_number"))
        ),
    }


def personal_data(refs: Sequence[str]) -> dict[str, Any]:
    """The parcels of the orders, and what their carriers reported."""
    rows = Parcel.objects.filter(order__ref__in=refs).order_by("pk")
    return {
        "parcels": [
            {
                "ref": row.ref,
                "order": row.order_ref,
                "carrier": row.carrier,
                "tracking_number": row.tracking_number,
                "shipped_at": row.shipped_at.isoformat() if row.shipped_at else None,
                "events": [
                    {"at": one.happened_at.isoformat(), "status": one.status, "text": one.raw_text, "place": one.place}
                    for one in row.tracking_events.all()
                ],
            }
            for row in rows.prefetch_related("tracking_events")
        ]
    }


def _forget_notices(parcels: list[tuple[int, str]]) -> int:
    """Carriers' webhooks are kept as they came, so they are found by the number they speak of."""
    gone = 0
    for start in range(0, len(parcels), CHUNK):
        which = Q()
        for _pk, number in parcels[start : start + CHUNK]:
            which |= Q(body__icontains=number)
        gone += CarrierNotice.objects.exclude(handled_at=None).filter(which).delete()[0]
    return gone
