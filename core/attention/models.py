"""What needs a person."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ExceptionCase(models.Model):
    """Something that stops work or will: opened by the system, worked by a person, closed when it is over.

    ``dedupe_key`` keeps one open case per cause. ``fixes`` are suggestions ``{"label", "url"}``, best first.
    """

    kind = models.CharField(max_length=40)
    dedupe_key = models.CharField(max_length=120)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(null=True, blank=True)
    timeline = models.CharField(max_length=24, blank=True)
    warehouse_id = models.BigIntegerField(null=True, blank=True)
    summary = models.CharField(max_length=300)
    detail = models.JSONField(default=dict)
    fixes = models.JSONField(default=list)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField()
    snoozed_until = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)
    resolution = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("exception case")
        constraints = [
            models.UniqueConstraint(fields=["dedupe_key"], condition=Q(closed_at=None), name="one_open_case_per_cause")
        ]
        indexes = [
            models.Index("kind", "opened_at", name="case_open", condition=Q(closed_at=None)),
            models.Index("timeline", name="case_timeline"),
            models.Index(F("closed_at").desc(), name="case_closed", condition=Q(closed_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.summary
