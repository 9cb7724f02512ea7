"""Looking at what came back, before anybody may buy it again."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.kernel.transitions import Transitions
from returns.states import INSPECTION_TRANSITIONS, Disposition, Grade, InspectionStatus


class Inspection(models.Model):
    """The inspection of the received units of one return item. ``checks`` maps each check to true or false.

    ``due_at`` is the deadline; when it passes the inspection escalates to a supervisor's exception case.
    """

    SUBJECT: ClassVar[str] = "inspection"
    TRANSITIONS: ClassVar[Transitions] = INSPECTION_TRANSITIONS

    item = models.ForeignKey("returns.ReturnItem", models.CASCADE, related_name="inspections")
    return_ref = models.CharField(max_length=24)
    order_ref = models.CharField(max_length=24)
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    status = models.CharField(max_length=24, choices=InspectionStatus.choices, default=InspectionStatus.QUEUED)
    quantity = models.PositiveIntegerField()
    checklist = models.JSONField(default=list)
    checks = models.JSONField(default=dict)
    grade = models.CharField(max_length=1, choices=Grade.choices, blank=True)
    disposition = models.CharField(max_length=20, choices=Disposition.choices, blank=True)
    override_reason = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=500, blank=True)
    inspector = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    second_inspector = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("inspection")
        constraints = [
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(status__in=["queued", "in_progress", "awaiting_second_opinion"]),
                name="one_open_inspection_per_item",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="inspection_looks_at_something"),
        ]
        indexes = [
            models.Index(
                "warehouse",
                "due_at",
                "id",
                name="inspection_open",
                condition=Q(status__in=["queued", "in_progress", "awaiting_second_opinion"]),
            )
        ]

    def __str__(self) -> str:
        return f"inspection {self.pk}"

    @property
    def timeline(self) -> str:
        return self.order_ref
