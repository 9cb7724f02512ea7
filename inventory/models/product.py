"""What is stored and sold."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _


class Tracking(models.TextChoices):
    NONE = "none", _("Not tracked")
    LOT = "lot", _("By lot")
    SERIAL = "serial", _("By serial number")


class Removal(models.TextChoices):
    """In what order stock is fetched. By expiry and by age look at lots."""

    FEWEST_BINS = "fewest_bins", _("Fewest bins")
    FEFO = "fefo", _("First to expire, first out")
    FIFO = "fifo", _("First in, first out")
    NEAREST = "nearest", _("Along the walk")


class KitKind(models.TextChoices):
    """How a kit is made: exploded into its components at intake, or assembled beforehand and stocked itself."""

    NONE = "none", _("No kit")
    VIRTUAL = "virtual", _("Packed from components")
    ASSEMBLED = "assembled", _("Assembled beforehand")


class Product(models.Model):
    """An article, counted in eaches. ``sku`` is unique whatever its case; lengths in millimetres, weight in grams.

    ``expiry_horizon_days`` before a lot expires its units stop being sellable. ``hazard`` is a hazard class (UN/ADR,
    such as 3); ``velocity`` A, B or C says how often it moves, computed nightly. ``unit_cost`` values stock.
    """

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
    removal = models.CharField(max_length=12, choices=Removal.choices, default=Removal.FEWEST_BINS)
    expiry_horizon_days = models.PositiveSmallIntegerField(null=True, blank=True)
    hazard = models.CharField(max_length=10, blank=True)
    velocity = models.CharField(max_length=1, blank=True)
    unit_cost = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    kit_kind = models.CharField(max_length=10, choices=KitKind.choices, default=KitKind.NONE)
    reorder_point = models.PositiveIntegerField(null=True, blank=True)
    ships = models.BooleanField(
        default=True, db_default=True, help_text=_("Off for what is never packed: gift cards, services, downloads.")
    )
    release_on = models.DateField(
        null=True, blank=True, help_text=_("A pre-order until then: it may be sold before, and leaves on that day.")
    )
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


class Substitute(models.Model):
    """What may be sent instead of a product when the customer agrees; the lowest ``position`` is offered first."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="substitutes")
    substitute = models.ForeignKey(Product, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["product", "substitute"], name="one_row_per_substitute"),
            models.CheckConstraint(condition=~Q(product=F("substitute")), name="no_substitute_for_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.substitute_id} instead of {self.product_id}"


class KitComponent(models.Model):
    """``quantity`` units of ``component`` go into one ``kit``; a component may be a kit itself."""

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
    email = models.EmailField(blank=True)
    lead_time_days = models.PositiveSmallIntegerField(default=7)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class SupplierProduct(models.Model):
    """On what terms a supplier sells a product: in packs of ``pack_size`` eaches, at least ``minimum_quantity``."""

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="products")
    product = models.ForeignKey(Product, models.CASCADE, related_name="suppliers")
    supplier_sku = models.CharField(max_length=64, blank=True)
    pack_size = models.PositiveIntegerField(default=1)
    minimum_quantity = models.PositiveIntegerField(default=1)
    unit_cost = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    lead_time_days = models.PositiveSmallIntegerField(null=True, blank=True)
    preferred = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier", "product"], name="one_row_per_supplier_and_product"),
            models.UniqueConstraint(
                fields=["product"], condition=Q(preferred=True), name="one_preferred_supplier_per_product"
            ),
            models.CheckConstraint(condition=Q(pack_size__gt=0), name="supplier_pack_holds_units"),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} sells {self.product_id}"


class Lot(models.Model):
    """A batch of a product as its maker numbers it, or one unit of it when the product is tracked by serial number.

    ``number`` is what ``BinStock.lot`` and ``StockMovement.lot`` hold. A ``recalled_at`` lot is never sellable.
    """

    product = models.ForeignKey(Product, models.PROTECT, related_name="lots")
    number = models.CharField(max_length=40)
    expires_on = models.DateField(null=True, blank=True)
    supplier = models.ForeignKey(Supplier, models.PROTECT, null=True, blank=True, related_name="+")
    first_received_at = models.DateTimeField(null=True, blank=True)
    recalled_at = models.DateTimeField(null=True, blank=True)
    recall_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "number"], name="lot_number_unique_per_product"),
            models.CheckConstraint(condition=~Q(number=""), name="lot_has_number"),
        ]
        indexes = [
            models.Index("expires_on", name="lot_expires", condition=Q(expires_on__isnull=False)),
            models.Index("number", name="lot_number"),
        ]

    def __str__(self) -> str:
        return self.number
