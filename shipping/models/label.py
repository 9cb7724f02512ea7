"""Labels: asked for once, never bought twice."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from shipping.states import LABEL_REQUEST_TRANSITIONS, LabelRequestStatus


class LabelRequest(models.Model):
    """The intent to buy a label, committed before the carrier is called with ``idempotency_key``.

    A call whose outcome is not known stays ``unknown`` until a look-up by that key settles it; it is never repeated
    blindly.
    """

    SUBJECT: ClassVar[str] = "label_request"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = LABEL_REQUEST_TRANSITIONS

    parcel = models.ForeignKey("shipping.Parcel", models.PROTECT, related_name="label_requests")
    order_ref = models.CharField(max_length=24)
    idempotency_key = models.UUIDField(unique=True)
    carrier = models.CharField(max_length=40)
    service = models.CharField(max_length=60)
    status = models.CharField(max_length=10, choices=LabelRequestStatus.choices, default=LabelRequestStatus.CLAIMED)
    tracking_number = models.CharField(max_length=60, blank=True)
    tracking_url = models.CharField(max_length=300, blank=True)
    carrier_ref = models.CharField(max_length=80, blank=True)
    cost = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    error = models.CharField(max_length=300, blank=True)
    requested_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    prints = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["parcel"],
                condition=Q(status__in=["claimed", "purchased", "unknown"]),
                name="one_live_label_per_parcel",
            )
        ]
        indexes = [
            models.Index("requested_at", name="label_request_open", condition=Q(status__in=["claimed", "unknown"]))
        ]

    @property
    def timeline(self) -> str:
        return self.order_ref


class LabelDocument(models.Model):
    """A label as the carrier gave it, 4×6 inches, in one format."""

    label_request = models.ForeignKey(LabelRequest, models.CASCADE, related_name="documents")
    format = models.CharField(max_length=4, choices=[("pdf", "PDF"), ("zpl", "ZPL"), ("png", "PNG")])
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["label_request", "format"], name="one_document_per_format")]


class IssuedNumber(models.Model):
    """A tracking number of our own delivery. The row's id is its serial number; one for each idempotency key."""

    idempotency_key = models.UUIDField(unique=True)
    country = models.CharField(max_length=2)
    issued_at = models.DateTimeField(db_default=Now())
    voided_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"own delivery {self.pk}"
