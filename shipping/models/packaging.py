"""How an order is packed, and what is laid beside the goods."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.rest.currencies import CURRENCIES
from shipping.models.carrier import Carton
from shipping.models.parcel import Parcel


class PackagingRule(models.Model):
    """Of the active rules that match, the lowest ``position`` decides each thing it says; empty conditions match all.

    ``min_value`` and ``max_value`` are the value of the order's goods in ``currency``, empty: in the channel's own; an
    order in another currency never matches them. ``instruction`` is for the packer; ``note`` is
    printed for the customer, ``{"en": …, "sv": …}``, in the order's language, else in English.
    """

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    position = models.PositiveIntegerField(default=0)
    channel = models.ForeignKey("orders.Channel", models.CASCADE, null=True, blank=True, related_name="+")
    product = models.ForeignKey("inventory.Product", models.CASCADE, null=True, blank=True, related_name="+")
    min_value = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    max_value = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(
        max_length=3,
        blank=True,
        default="",
        db_default="",
        help_text=_("Of the values. Empty: the channel's own; a rule for all channels has to name it."),
    )
    for_gifts = models.BooleanField(null=True, blank=True, help_text=_("Yes: gifts only. No: all but gifts."))
    chosen_only = models.BooleanField(default=False, help_text=_("Counts only where an order rule chose it."))
    carton = models.ForeignKey(Carton, models.SET_NULL, null=True, blank=True, related_name="+")
    material = models.CharField(max_length=120, blank=True, default="")
    instruction = models.CharField(max_length=300, blank=True, default="")
    note = models.JSONField(default=dict, blank=True)
    hide_prices = models.BooleanField(null=True, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Two channels may sell in two currencies, so a value alone says nothing to all of them."""
        self.currency = self.currency.upper()
        if self.currency and self.currency not in CURRENCIES:
            raise ValidationError({"currency": _("There is no such currency.")})
        has_value = self.min_value is not None or self.max_value is not None
        if has_value and not self.currency and self.channel_id is None:
            raise ValidationError({"currency": _("Say in which currency the values are, or choose a channel.")})


class PackagingInsert(models.Model):
    """A stocked product that goes into every parcel, or only the first, of an order the rule matches."""

    rule = models.ForeignKey(PackagingRule, models.CASCADE, related_name="inserts")
    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(default=1)
    every_parcel = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "product"], name="one_row_per_insert"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="insert_holds_something"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id}"


class ParcelInsert(models.Model):
    """What was laid into a parcel beside the goods. ``issued`` units left stock; the rest was not there.

    A missing insert never holds a parcel up. ``laid_in`` is what the packer said: scanned, not there, or nothing.
    """

    parcel = models.ForeignKey(Parcel, models.CASCADE, related_name="inserts")
    product = models.ForeignKey("inventory.Product", models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    issued = models.PositiveIntegerField(default=0)
    bin = models.ForeignKey("inventory.Bin", models.PROTECT, null=True, blank=True, related_name="+")
    issued_at = models.DateTimeField(null=True, blank=True)
    laid_in = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["parcel", "product"], name="one_insert_per_parcel_and_product"),
            models.CheckConstraint(condition=Q(issued__lte=models.F("quantity")), name="insert_issued_at_most"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id} in parcel {self.parcel_id}"
