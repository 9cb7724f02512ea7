"""Where things are."""

from zoneinfo import available_timezones

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class WarehouseKind(models.TextChoices):
    OWN = "own", _("Own")
    THIRD_PARTY = "third_party", _("Third party")
    DROP_SHIP = "drop_ship", _("Drop ship")


class Warehouse(models.Model):
    """A place orders ship from. Its time zone decides what "today" is, its cut-off what still leaves today."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=50, default="UTC")
    kind = models.CharField(max_length=12, choices=WarehouseKind.choices, default=WarehouseKind.OWN)
    country = models.CharField(max_length=2)
    address = models.JSONField(default=dict, blank=True)
    cut_off = models.TimeField()
    handling_days = models.PositiveSmallIntegerField(default=0)
    working_weekdays = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        help_text=_("Monday is 0. Empty: Monday to Friday."),
        blank=True,
    )
    closed_days = ArrayField(models.DateField(), default=list, blank=True)
    daily_capacity = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Shipments it can send on a working day. Empty: no limit.")
    )
    parcel_cost = models.DecimalField(
        max_digits=8, decimal_places=2, default=0, db_default=0, help_text=_("What handling one parcel costs here.")
    )
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what nothing could be promised by: an unknown clock, and a usual day on which nothing leaves."""
        try:
            MinValueValidator(1)(1 if self.daily_capacity is None else self.daily_capacity)
        except ValidationError as error:
            raise ValidationError({"daily_capacity": error}) from error
        if self.time_zone not in available_timezones():
            raise ValidationError({"time_zone": _("There is no such time zone. Write it like Europe/London.")})


class Zone(models.Model):
    """A part of a warehouse. ``allowed_hazards`` are hazard classes stored here beside harmless goods."""

    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="zones")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120, blank=True)
    allowed_hazards = ArrayField(models.CharField(max_length=10), default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["warehouse", "code"], name="zone_code_unique")]

    def __str__(self) -> str:
        return self.code


class BinKind(models.TextChoices):
    """What a bin is for. The last six are virtual: the far side of a double entry, never counted."""

    PICK_FACE = "pick_face", _("Pick face")
    BULK = "bulk", _("Bulk")
    RECEIVING = "receiving", _("Receiving")
    PACKING = "packing", _("Packing")
    STAGING = "staging", _("Staging")
    QUARANTINE = "quarantine", _("Quarantine")
    RETURNS = "returns", _("Returns")
    TOTE = "tote", _("Tote")
    PALLET = "pallet", _("Pallet")
    SUPPLIER = "supplier", _("Supplier")
    CUSTOMER = "customer", _("Customer")
    SCRAP = "scrap", _("Scrap")
    ADJUSTMENT = "adjustment", _("Adjustment")
    PRODUCTION = "production", _("Production")
    TRANSIT = "transit", _("On the way")


VIRTUAL_KINDS = frozenset(
    {BinKind.SUPPLIER, BinKind.CUSTOMER, BinKind.SCRAP, BinKind.ADJUSTMENT, BinKind.PRODUCTION, BinKind.TRANSIT}
)
VIRTUAL = sorted(str(kind) for kind in VIRTUAL_KINDS)
"""The same as a parameter of SQL: ``kind <> ALL(%(virtual)s)``."""
STORAGE_KINDS = frozenset({BinKind.PICK_FACE, BinKind.BULK})


class Bin(models.Model):
    """A place that can hold stock: a shelf, a tote, a staging lane, or a virtual far side, one of a kind.

    ``name`` is what is painted on it (A-03-2-B), ``code`` what its label scans as. Pickers walk by ``pick_sequence``.
    Capacities are what it holds at most (millilitres, grams, eaches); null is no limit. A pallet stands in ``parent``.
    Nothing is put into or planned out of a ``frozen`` bin.
    """

    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="bins")
    zone = models.ForeignKey(Zone, models.PROTECT, null=True, blank=True, related_name="bins")
    name = models.CharField(max_length=40)
    code = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=12, choices=BinKind.choices, default=BinKind.PICK_FACE)
    pick_sequence = models.PositiveIntegerField(default=0)
    capacity_ml = models.PositiveBigIntegerField(null=True, blank=True)
    capacity_g = models.PositiveBigIntegerField(null=True, blank=True)
    capacity_units = models.PositiveIntegerField(null=True, blank=True)
    one_product = models.BooleanField(default=False, help_text=_("Holds one product at a time."))
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="pallets")
    frozen = models.BooleanField(default=False)
    frozen_reason = models.CharField(max_length=200, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["warehouse", "pick_sequence", "name"]
        constraints = [
            models.UniqueConstraint(fields=["warehouse", "name"], name="bin_name_unique"),
            models.UniqueConstraint(
                fields=["warehouse", "kind"],
                condition=Q(kind__in=VIRTUAL),
                name="one_virtual_bin_of_a_kind",
            ),
        ]
        indexes = [
            models.Index("warehouse", "pick_sequence", "id", name="bin_walk"),
            models.Index("warehouse", "kind", "pick_sequence", "id", name="bin_walk_of_kind"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_virtual(self) -> bool:
        return self.kind in VIRTUAL_KINDS
