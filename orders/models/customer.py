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

    class Meta:
        constraints = [models.UniqueConstraint("channel", Lower("email"), name="customer_unique_in_channel")]
        indexes = [models.Index(OpClass(Lower("name"), name="text_pattern_ops"), name="customer_name")]

    def __str__(self) -> str:
        return f"customer {self.pk}"
