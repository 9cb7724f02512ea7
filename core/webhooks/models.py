"""Who wants to hear of what, and every message on its way to them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class DisabledReason(models.TextChoices):
    GONE = "gone", _("The receiver answered that it is gone")
    FAILING = "failing", _("Deliveries failed for too long")
    STAFF = "staff", _("Switched off by staff")
    DELETED = "deleted", _("Deleted")


class WebhookEndpoint(models.Model):
    """An address of a shop's program. ``channel_id`` None hears every channel, as a key without one reads every one.

    ``event_types`` holds public types and patterns such as ``parcel.*``. After a rotation the previous secret signs
    too until ``previous_until``. ``failing_since`` is the first failure after the last success; until ``paused_until``
    nothing is tried, because the receiver lately kept us waiting.
    """

    client = models.ForeignKey("accounts.APIClient", models.PROTECT, related_name="+")
    channel_id = models.BigIntegerField(null=True, blank=True)
    url = models.CharField(max_length=500)
    event_types = ArrayField(models.CharField(max_length=60))
    secret = models.CharField(max_length=80)
    previous_secret = models.CharField(max_length=80, blank=True)
    previous_until = models.DateTimeField(null=True, blank=True)
    active = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=10, choices=DisabledReason.choices, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("webhook endpoint")
        constraints = [
            models.CheckConstraint(condition=Q(active=False) | Q(deleted_at=None), name="a_deleted_endpoint_is_silent"),
            models.CheckConstraint(condition=Q(active=True) ^ ~Q(disabled_reason=""), name="silence_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.url} #{self.pk}"


class WebhookStatus(models.TextChoices):
    PENDING = "pending", _("On its way")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint: the very bytes that every attempt sends.

    ``turn`` names the attempt awaited next, so that a due event of an earlier one does nothing. ``tries`` counts the
    attempts of this round, ``attempts`` those of all rounds. ``sending_until`` is the lease of the attempt under way.
    """

    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="deliveries")
    event_id = models.BigIntegerField()
    type = models.CharField(max_length=60)
    body = models.BinaryField()
    status = models.CharField(max_length=10, choices=WebhookStatus.choices, default=WebhookStatus.PENDING)
    turn = models.PositiveIntegerField(default=1)
    tries = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    claim_token = models.UUIDField(null=True, blank=True)
    sending_until = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    last_attempt_at = models.DateTimeField(null=True, blank=True)
    last_status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=40, blank=True)
    last_duration_ms = models.PositiveIntegerField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints = [models.UniqueConstraint(fields=["endpoint", "event_id"], name="one_delivery_per_endpoint")]
        indexes = [
            models.Index("endpoint", "id", name="webhook_delivery_page"),
            models.Index("created_at", name="webhook_delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.type} #{self.pk}"
