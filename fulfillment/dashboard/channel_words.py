"""What a channel promises and asks, in sentences. Pure: facts in, words out, in the active language."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.selectors.channels import ChannelFact
from orders.states import Choice, FillPolicy, IntakeCheck, ShipPolicy, ShortagePolicy


def promises_of(channel: ChannelFact) -> list[str]:
    """The channel's policies, each as a sentence, what differs from the ordinary first named."""
    return list(_sentences(channel))


def checks_of(channel: ChannelFact) -> list[str]:
    """What is looked at when an order comes in, in words."""
    return [str(IntakeCheck(check).label) for check in channel.checks]


def _sentences(channel: ChannelFact) -> Iterator[str]:
    if channel.shortage_policy == ShortagePolicy.REJECT:
        yield _("Orders that cannot be filled are rejected.")
    else:
        yield _("What is missing is backordered: %(who)s.") % {"who": FillPolicy(channel.fill_policy).label.lower()}
    if channel.ship_policy == ShipPolicy.COMPLETE:
        yield _("Everything of an order ships together.")
    else:
        yield _("What is there ships ahead of the rest.")
    if channel.ships_within_days is not None:
        yield ngettext(
            "It ships within %(days)d working day.", "It ships within %(days)d working days.", channel.ships_within_days
        ) % {"days": channel.ships_within_days}
    if channel.stock_buffer:
        yield ngettext(
            "The last %(units)d unit of an article is left to the others.",
            "The last %(units)d units of an article are left to the others.",
            channel.stock_buffer,
        ) % {"units": channel.stock_buffer}
    if not channel.sends_messages:
        yield _("Buyers get no mails of ours.")
    if channel.choice_days:
        yield ngettext(
            "Buyers choose within %(days)d day what happens to what is missing, else: %(choice)s.",
            "Buyers choose within %(days)d days what happens to what is missing, else: %(choice)s.",
            channel.choice_days,
        ) % {"days": channel.choice_days, "choice": Choice(channel.choice_default).label.lower()}
    yield ngettext(
        "Goods come back within %(days)d day.", "Goods come back within %(days)d days.", channel.return_window_days
    ) % {"days": channel.return_window_days}
