"""Files of rows taken in: read, checked, written, and undone when they were wrong."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.states import IMPORT_TRANSITIONS, ImportKind, ImportStatus


class ImportJob(models.Model):
    """One uploaded file. ``total``, ``faulty`` and ``done`` count rows; ``content`` is the file as it came."""

    SUBJECT: ClassVar[str] = "import"
    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = IMPORT_TRANSITIONS

    ref = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=16, choices=ImportKind.choices)
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=10, choices=ImportStatus.choices, default=ImportStatus.READING)
    file_name = models.CharField(max_length=200)
    content = models.BinaryField(null=True)
    columns = models.JSONField(default=dict, help_text=_("Our field for each column of the file."))
    total = models.PositiveIntegerField(default=0)
    faulty = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index("status", name="import_open", condition=~Q(status__in=["done", "undone", "cancelled"]))]

    def __str__(self) -> str:
        return self.ref

    @property
    def timeline(self) -> str:
        return self.ref


class ImportRow(models.Model):
    """A row of the file: its values, every error at once, whether it was chosen, and what takes it back."""

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    values = models.JSONField()
    errors = models.JSONField(default=list)
    chosen = models.BooleanField(default=True)
    written = models.BooleanField(default=False)
    before = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="import_row_number_unique")]
        indexes = [models.Index("job", "number", name="import_row_faulty", condition=~Q(errors=[]))]
