"""Where orders come from."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.states import ChannelKind, ShortagePolicy


class Channel(models.Model):
    """A shop, marketplace or desk that places orders, and its policies. All channels sell from one stock."""

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

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name
