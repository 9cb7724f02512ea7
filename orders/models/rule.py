"""What the shop decides about orders without code."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RuleEvent(models.TextChoices):
    """When a rule is asked."""

    PLACED = "order.placed", _("an order comes in")
    EDITED = "order.edited", _("an order is changed")
    BACKORDERED = "order.backordered", _("something of an order is missing")
    HELD = "order.held", _("an order is held")


class Rule(models.Model):
    """When ``event``, if all ``conditions`` (or any, with ``match_any``), then ``actions``. Asked by ``position``.

    ``conditions`` are ``{"field", "is", "value"}``, ``actions`` ``{"do", "value"}`` in the words of
    ``orders.planning.rules``. A rule that ``ends_here`` and matches is the last one asked. Without a channel it counts
    for all. ``version`` changes with every edit, so that two people do not write over each other.
    """

    name = models.CharField(max_length=120)
    position = models.PositiveIntegerField(default=0)
    event = models.CharField(max_length=30, choices=RuleEvent.choices, default=RuleEvent.PLACED)
    channel = models.ForeignKey("orders.Channel", models.CASCADE, null=True, blank=True, related_name="+")
    match_any = models.BooleanField(default=False)
    conditions = models.JSONField(default=list)
    actions = models.JSONField(default=list)
    ends_here = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=150)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class Rulebook(models.Model):
    """One row: ``version`` changes with any rule, so that every process knows when to read them again."""

    version = models.UUIDField()
