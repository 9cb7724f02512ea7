"""Events and their deliveries. An event is written in the transaction that makes it true."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """Something that happened, in the past tense. Append-only: the timeline and the work queue in one.

    ``subject`` is the thing it happened to, ``timeline`` the reference of the order, return or purchase order
    whose page tells it. ``data`` holds ids, quantities and before/after values, never personal data.
    """

    type = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    timeline = models.CharField(max_length=24, blank=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True, blank=True)
    actor_name = models.CharField(max_length=150)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index("timeline", "id", name="event_timeline", condition=~Q(timeline="")),
            models.Index("subject_type", "subject_id", "id", name="event_subject"),
            # What each rule did lately. Of no weight for all other events.
            models.Index(
                Cast(KeyTextTransform("rule_id", "data"), models.BigIntegerField()),
                "at",
                name="event_rule_fired",
                condition=Q(type="order.rule_fired"),
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.type} {self.timeline or self.subject_id}"


class DeliveryStatus(models.TextChoices):
    DUE = "due", _("Due")
    CLAIMED = "claimed", _("Claimed")
    DONE = "done", _("Done")
    DEAD = "dead", _("Dead")


class Delivery(models.Model):
    """One event on its way to one handler. Claimed with a lease; the attempt is counted before it is made."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="deliveries")
    handler = models.CharField(max_length=120)
    queue = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.DUE)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claim_token = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["event", "handler"], name="one_delivery_per_handler")]
        indexes = [
            models.Index("due_at", "id", name="delivery_due", condition=Q(status="due")),
            models.Index("claimed_until", name="delivery_claimed", condition=Q(status="claimed")),
            models.Index("id", name="delivery_dead", condition=Q(status="dead")),
        ]

    def __str__(self) -> str:
        return f"{self.handler} #{self.pk}"


class Listener(models.Model):
    """Somebody wants events of a type (``order.placed``) or of a kind (``order.*``) to go to a handler.

    For routes with ``only_if_heard``: what nobody listens to costs no delivery. ``owner`` is whoever asked.
    """

    handler = models.CharField(max_length=120)
    pattern = models.CharField(max_length=60)
    owner = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["handler", "pattern", "owner"], name="listens_once")]

    def __str__(self) -> str:
        return f"{self.owner}: {self.pattern}"
