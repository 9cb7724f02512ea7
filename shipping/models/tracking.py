"""What carriers say about a parcel."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shipping.states import TrackingStatus


class TrackingEvent(models.Model):
    """One report of a carrier, normalised, the raw code and text kept. Late, repeated and unordered ones are welcome.

    ``carrier_key`` identifies the report at the carrier; (parcel, carrier_key) is stored once.
    """

    parcel = models.ForeignKey("shipping.Parcel", models.CASCADE, related_name="tracking_events")
    carrier_key = models.CharField(max_length=120)
    status = models.CharField(max_length=24, choices=TrackingStatus.choices)
    raw_code = models.CharField(max_length=80, blank=True)
    raw_text = models.CharField(max_length=300, blank=True)
    place = models.CharField(max_length=120, blank=True)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("tracking event")
        constraints = [
            models.UniqueConstraint(fields=["parcel", "carrier_key"], name="one_event_per_parcel_and_carrier_key")
        ]
        indexes = [models.Index("parcel", F("happened_at").desc(), name="tracking_event_parcel")]


class CarrierNotice(models.Model):
    """A webhook of a carrier as it came, its signature checked: stored first, answered, read afterwards.

    (carrier, message_id) is stored once, so a notice sent again changes nothing.
    """

    carrier = models.CharField(max_length=40)
    message_id = models.CharField(max_length=120)
    body = models.JSONField()
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["carrier", "message_id"], name="one_notice_per_carrier_and_message")
        ]
        indexes = [models.Index("received_at", name="carrier_notice_open", condition=Q(handled_at=None))]

    def __str__(self) -> str:
        return f"{self.carrier} {self.message_id}"
