"""What sending costs the customer, and what the shop gives away."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from shipping.models.carrier import CarrierService


class ShippingZone(models.Model):
    """A part of the world with one price: countries, or parts of one by the beginnings of its postal codes."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    countries = ArrayField(models.CharField(max_length=2), default=list)
    postal_prefixes = ArrayField(
        models.CharField(max_length=12), default=list, blank=True, help_text=_("Empty: all of the countries.")
    )

    def __str__(self) -> str:
        return self.name


class RateBand(models.Model):
    """The price of a service up to a weight (grams, included) in a zone, instead of the service's flat price.

    Without a zone it counts wherever no band of a zone does. ``free_from`` is the value of goods from which it is free.
    """

    service = models.ForeignKey(CarrierService, models.CASCADE, related_name="bands")
    zone = models.ForeignKey(ShippingZone, models.CASCADE, null=True, blank=True, related_name="+")
    weight_to_g = models.PositiveIntegerField()
    price = models.DecimalField(max_digits=12, decimal_places=2)
    cost = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True, help_text=_("What the carrier charges for it.")
    )
    free_from = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta:
        ordering = ["service", "zone", "weight_to_g"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "zone", "weight_to_g"], nulls_distinct=False, name="one_price_per_band"
            )
        ]

    def __str__(self) -> str:
        return f"{self.price} to {self.weight_to_g} g"


class UpgradeBudget(models.Model):
    """Faster shipping as a surprise: for whom, how many a month, for how much money at most (what it costs more).

    ``first_orders`` only: buyers whose first order it is. ``min_value`` is the value of goods from which an order may
    win; ``one_in`` upgrades every so many-th that may.
    """

    channel = models.ForeignKey("orders.Channel", models.CASCADE, related_name="+")
    from_method = models.CharField(max_length=40)
    to_method = models.CharField(max_length=40)
    orders_a_month = models.PositiveIntegerField()
    money_a_month = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    min_value = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    first_orders = models.BooleanField(default=False)
    one_in = models.PositiveIntegerField(default=1)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.from_method} to {self.to_method}"


class Upgrade(models.Model):
    """An order that was upgraded; ``cost`` is what it costs more. ``budget`` is empty when a person gave it."""

    order = models.OneToOneField("orders.Order", models.CASCADE, related_name="+")
    budget = models.ForeignKey(UpgradeBudget, models.SET_NULL, null=True, blank=True, related_name="upgrades")
    from_method = models.CharField(max_length=40)
    to_method = models.CharField(max_length=40)
    cost = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    reason = models.CharField(max_length=200, blank=True)
    given_by = models.CharField(max_length=150)
    given_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("budget", "given_at", name="upgrade_budget")]

    def __str__(self) -> str:
        return f"upgrade of order {self.order_id}"
