"""From the figures of the shipping rules to the orders behind them: ``?worth=<days>.<from>.<below>.<method>``."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.selectors.channels import ChannelFact
from orders.selectors.values import Worth
from shipping.selectors.carriers import ServiceFact

PARAMETER = "worth"


def link(channel: ChannelFact, method: str, days: int, low: int | None = None, below: int | None = None) -> str:
    """The orders list with the sales of a channel by that method, worth from ``low`` to below ``below``."""
    span = f"{days}.{'' if low is None else low}.{'' if below is None else below}.{method}"
    return f"{reverse('dashboard:orders')}?{urlencode({'channel': channel.code, PARAMETER: span})}"


def read(text: str, channel: ChannelFact | None, *, now: datetime) -> Worth | None:
    """What a link asks for; None when it asks for nothing or makes no sense."""
    found = _parts(text)
    if found is None or channel is None:
        return None
    days, low, below, method = found
    return Worth(method, channel.currency, now - timedelta(days=days), low, below)


def words(text: str, services: Mapping[str, ServiceFact]) -> str:
    """The filter in words; "" when there is none."""
    found = _parts(text)
    if found is None:
        return ""
    days, low, below, method = found
    named = services[method].name if method in services else method
    since = ngettext("the last %(count)d day", "the last %(count)d days", days) % {"count": days}
    if low and below is not None:
        span = _("%(low)d to below %(high)d") % {"low": low, "high": below}
    elif below is not None:
        span = _("below %(high)d") % {"high": below}
    else:
        span = _("%(low)d and more") % {"low": low} if low else _("any value")
    return _("Sales by %(service)s of %(since)s: %(span)s") % {"service": named, "since": since, "span": span}


def _parts(text: str) -> tuple[int, int | None, int | None, str] | None:
    parts = text.replace("\0", "").split(".", 3)
    if len(parts) != 4 or not parts[3] or not _number(parts[0], 4):
        return None
    if not all(not one or _number(one, 9) for one in parts[1:3]):
        return None
    low, below = (int(one) if one else None for one in parts[1:3])
    return int(parts[0]), low, below, parts[3][:40]


def _number(text: str, digits: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= digits
