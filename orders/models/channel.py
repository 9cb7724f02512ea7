"""Where orders come from."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.states import ChannelKind, ShortagePolicy


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

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


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
