"""What is stored and sold."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _


class Tracking(models.TextChoices):
    NONE = "none", _("Not tracked")
    LOT = "lot", _("By lot")
    SERIAL = "serial", _("By serial number")


class Product(models.Model):
    """An article, counted in eaches. ``sku`` is unique whatever its case; lengths in millimetres, weight in grams."""

    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    weight_g = models.PositiveIntegerField(default=0)
    length_mm = models.PositiveIntegerField(default=0)
    width_mm = models.PositiveIntegerField(default=0)
    height_mm = models.PositiveIntegerField(default=0)
    image_url = models.URLField(max_length=500, blank=True)
    hs_code = models.CharField(max_length=12, blank=True)
    origin_country = models.CharField(max_length=2, blank=True)
    tracking = models.CharField(max_length=8, choices=Tracking.choices, default=Tracking.NONE)
    reorder_point = models.PositiveIntegerField(null=True, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["sku"]
        constraints = [
            models.UniqueConstraint(Upper("sku"), name="product_sku_unique_whatever_case"),
            models.CheckConstraint(condition=~Q(sku=""), name="product_has_sku"),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"


class Barcode(models.Model):
    """A code a scanner may read for a product; ``units`` is what one scan counts for (a case code counts many)."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="barcodes")
    code = models.CharField(max_length=64, unique=True)
    units = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(units__gt=0), name="barcode_counts_units")]

    def __str__(self) -> str:
        return self.code


class KitComponent(models.Model):
    """``quantity`` units of ``component`` go into one ``kit``. A kit has no stock of its own."""

    kit = models.ForeignKey(Product, models.CASCADE, related_name="components")
    component = models.ForeignKey(Product, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kit", "component"], name="one_kit_line_per_component"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="kit_component_counts"),
            models.CheckConstraint(condition=~Q(kit=F("component")), name="kit_not_within_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.component_id} in {self.kit_id}"


class Supplier(models.Model):
    """Where goods come from."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    lead_time_days = models.PositiveSmallIntegerField(default=7)

    def __str__(self) -> str:
        return self.name
