"""What makes a repeated request harmless."""

from django.conf import settings
from django.db import models


class IdempotencyRecord(models.Model):
    """The answer given to a client's ``Idempotency-Key``; written in the transaction of the work itself."""

    client = models.ForeignKey("accounts.APIClient", models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.BinaryField(default=b"")
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="one_answer_per_key")]


class StaffAction(models.Model):
    """The answer given to a scan or button; the browser made its id, so a repeat is the same act."""

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)


class RateCounter(models.Model):
    """Requests of one client in one minute; counted in PostgreSQL so that no race lets one more through."""

    bucket = models.CharField(max_length=120)
    minute = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bucket", "minute"], name="one_counter_per_minute")]
