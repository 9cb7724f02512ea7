"""What keeps an order out of a wave, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LEFT_OUT: dict[str, str | Promise] = {
    "held": _("on hold"),
    "taken": _("in another wave"),
    "not_allocated": _("no longer in stock"),
    "gone": _("on the floor already, or over"),
    "no_bin": _("no bin to pick from"),
}
"""Of an order that was drafted and did not go."""

STAYS: dict[str, str | Promise] = {
    "held": _("On hold: somebody has to decide first"),
    "short": _("Wait for stock"),
    "incomplete": _("Wait for the rest of their order, or for a third party"),
    "scheduled": _("Scheduled for a later day"),
    "taken": _("In another wave"),
    "no_bin": _("In stock, but in no bin to pick from"),
    "elsewhere": _("Not all in that zone"),
    "filtered": _("Do not fit the choice"),
    "over": _("Fit, but are more than the orders at most"),
    "capacity": _("Fit, but are more than today's capacity"),
}
"""Of orders the preview leaves out."""
