"""What was told to whom."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageStatus(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    SUPPRESSED = "suppressed", _("Suppressed")


class Message(models.Model):
    """One message to one recipient; the dedupe key makes it unique for ever.

    The text is rendered at send time and not kept; what is kept says which template, in which language, when.
    A message sent once more is a new row with the next ``revision``; the old row's key gets ``#revision`` behind it.
    ``delivery_id`` is the outbox delivery whose handler asked for it. While it is being sent, whoever holds
    ``claim_token`` alone may do so, until ``claimed_until`` by the database's clock.
    """

    uuid = models.UUIDField(unique=True)
    dedupe_key = models.CharField(max_length=160, unique=True)
    channel = models.CharField(max_length=10, default="email")
    template = models.CharField(max_length=60)
    locale = models.CharField(max_length=10)
    recipient = models.CharField(max_length=254)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    timeline = models.CharField(max_length=24, blank=True)
    revision = models.PositiveSmallIntegerField(default=1)
    delivery_id = models.BigIntegerField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=MessageStatus.choices, default=MessageStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim_token = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index("timeline", "id", name="message_timeline"),
            models.Index("subject_type", "subject_id", name="message_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.timeline}"
