"""Who buys."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Lower


class Customer(models.Model):
    """A buyer of one channel, known by e-mail address. ``notify_by`` holds the consent: ``email``, ``sms``."""

    channel = models.ForeignKey("orders.Channel", models.PROTECT, related_name="+", db_index=False)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    locale = models.CharField(max_length=10, default="en")
    notify_by = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    created_at = models.DateTimeField()
    tags = ArrayField(models.CharField(max_length=40), default=list, db_default=[], blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("channel", Lower("email"), name="customer_unique_in_channel")]
        indexes = [models.Index(OpClass(Lower("name"), name="text_pattern_ops"), name="customer_name")]

    def __str__(self) -> str:
        return f"customer {self.pk}"


class CustomerNote(models.Model):
    """What a colleague wrote down about a customer; staff only."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="notes")
    text = models.CharField(max_length=1000)
    written_by = models.CharField(max_length=150)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"note {self.pk} on customer {self.customer_id}"


class Erasure(models.Model):
    """That a customer's personal data were erased: replayed after a restore of an older backup. Holds none itself.

    ``fingerprint`` is a keyed hash of channel and e-mail address, by which a restored customer is found again.
    """

    customer_id = models.BigIntegerField()
    channel_id = models.BigIntegerField()
    fingerprint = models.CharField(max_length=64)
    requested_by = models.CharField(max_length=150)
    erased_at = models.DateTimeField()
    counts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index("fingerprint", name="erasure_fingerprint")]

    def __str__(self) -> str:
        return f"erasure of customer {self.customer_id}"
