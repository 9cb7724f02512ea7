"""Where orders come from."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.states import ChannelKind, Choice, FillPolicy, IntakeCheck, ShipPolicy, ShortagePolicy


class Channel(models.Model):
    """A shop, marketplace or desk that places orders, and its policies. All channels sell from one stock.

    The last ``stock_buffer`` units of every product are left to the other channels, so that a channel that learns of
    sales late does not sell what is gone. ``buffers_version`` changes with the exceptions by product (ChannelBuffer);
    without it there are none.
    """

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=ChannelKind.choices, default=ChannelKind.SHOP)
    shortage_policy = models.CharField(max_length=12, choices=ShortagePolicy.choices, default=ShortagePolicy.BACKORDER)
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3, default="EUR")
    default_locale = models.CharField(max_length=10, default="en")
    sends_messages = models.BooleanField(
        default=True, help_text=_("Off for marketplaces that forbid mails of one's own.")
    )
    return_window_days = models.PositiveSmallIntegerField(default=30)
    support_email = models.EmailField(blank=True)
    active = models.BooleanField(default=True)
    stock_buffer = models.PositiveIntegerField(
        default=0, db_default=0, help_text=_("The last units of every product that are left to the other channels.")
    )
    buffers_version = models.UUIDField(null=True, blank=True, editable=False)
    ship_policy = models.CharField(
        max_length=10, choices=ShipPolicy.choices, default=ShipPolicy.PARTIAL, db_default=ShipPolicy.PARTIAL
    )
    fill_policy = models.CharField(
        max_length=20, choices=FillPolicy.choices, default=FillPolicy.OLDEST, db_default=FillPolicy.OLDEST
    )
    ref_prefix = models.CharField(
        max_length=4,
        default="ORD",
        db_default="ORD",
        validators=[RegexValidator(r"^[A-Z]{2,4}$", _("Two to four capital letters."))],
        help_text=_("What the numbers of its orders begin with."),
    )
    ships_within_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text=_("Working days in which it promises its buyers to ship. Empty: as we promise."),
    )
    checks = ArrayField(
        models.CharField(max_length=10, choices=IntakeCheck.choices),
        default=list,
        db_default=[],
        blank=True,
        help_text=_("What is looked at when an order comes in; what looks wrong is held."),
    )
    requires_phone = models.BooleanField(default=False, db_default=False)
    usual_units = models.PositiveIntegerField(
        default=0, db_default=0, help_text=_("More units than that on one line look like a mistake. 0: no such limit.")
    )
    duplicate_hours = models.PositiveSmallIntegerField(
        default=24, db_default=24, help_text=_("The same goods for the same buyer within so many hours look like one.")
    )
    choice_days = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text=_("Days in which a buyer may choose what happens to what is missing. 0: nobody is asked."),
    )
    choice_default = models.CharField(
        max_length=14,
        choices=Choice.choices,
        default=Choice.WAIT,
        db_default=Choice.WAIT,
        help_text=_("What happens when no answer comes in time."),
    )
    slip_name = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text=_("The brand on the packing slip.")
    )

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class ChannelWarehouse(models.Model):
    """A warehouse that may ship for a channel beside its own; ``position`` breaks ties of the routing."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="routes")
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "warehouse"], name="one_route_per_channel_and_warehouse")
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} from {self.warehouse_id}"


class ChannelBuffer(models.Model):
    """The buffer of one product in one channel, instead of the channel's own. Written only by services.buffers."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="buffers")
    product = models.ForeignKey("inventory.Product", models.CASCADE, related_name="+")
    units = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "product"], name="one_buffer_per_channel_and_product")
        ]

    def __str__(self) -> str:
        return f"{self.units} of {self.product_id} kept from {self.channel_id}"
