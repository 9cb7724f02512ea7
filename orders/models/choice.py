"""What a customer wants when something of an order is missing."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import Q

from orders.states import CHOICE_TRANSITIONS, Choice, ChoiceStatus


class ShortageChoice(models.Model):
    """A question to the customer, by signed link, with a deadline; one open at a time for an order.

    ``lines`` are ``[[order_line_id, units missing]]`` when it was asked; ``offered`` the substitutes
    ``[[order_line_id, product_id]]``. Without an answer in time the channel's ``choice_default`` is done.
    """

    SUBJECT: ClassVar[str] = "shortage_choice"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = CHOICE_TRANSITIONS

    order = models.ForeignKey("orders.Order", models.CASCADE, related_name="choices")
    status = models.CharField(max_length=10, choices=ChoiceStatus.choices, default=ChoiceStatus.ASKED)
    lines = models.JSONField(default=list)
    offered = models.JSONField(default=list)
    asked_at = models.DateTimeField()
    deadline = models.DateTimeField()
    choice = models.CharField(max_length=14, choices=Choice.choices, blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(status="asked"), name="one_open_choice_per_order")
        ]
        indexes = [models.Index("deadline", "id", name="choice_due", condition=Q(status="asked"))]

    def __str__(self) -> str:
        return f"choice {self.pk} of order {self.order_id}"

    @property
    def timeline(self) -> str:
        return self.order.ref
