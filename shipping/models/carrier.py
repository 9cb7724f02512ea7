"""How parcels travel, and what they travel in."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class CarrierService(models.Model):
    """A carrier's service that a shop offers as a shipping method; ``carrier`` names the adapter that speaks to it."""

    method = models.CharField(max_length=40, unique=True)
    carrier = models.CharField(max_length=40)
    service = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    price = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    free_from = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    max_weight_g = models.PositiveIntegerField(default=30000)
    transit_days_min = models.PositiveSmallIntegerField(default=1)
    transit_days_max = models.PositiveSmallIntegerField(default=3)
    cost = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True, help_text=_("What the carrier charges for it.")
    )
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class CarrierAccount(models.Model):
    """What a carrier that sends us news proves itself with: the secret of its webhook (``whsec_`` and base 64)."""

    carrier = models.CharField(max_length=40, unique=True)
    webhook_secret = models.CharField(max_length=120)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.carrier


class Carton(models.Model):
    """A box on the shelf: inner size in millimetres, its own weight in grams. Chosen at the bench by scan or key."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    length_mm = models.PositiveIntegerField()
    width_mm = models.PositiveIntegerField()
    height_mm = models.PositiveIntegerField()
    weight_g = models.PositiveIntegerField(default=0)
    max_weight_g = models.PositiveIntegerField(default=30000)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(length_mm__gt=0) & Q(width_mm__gt=0) & Q(height_mm__gt=0), name="carton_has_room"
            )
        ]

    def __str__(self) -> str:
        return self.name
