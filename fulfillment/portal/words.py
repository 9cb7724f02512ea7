"""Days and amounts in the words of the active language."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, number_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.rest.currencies import decimals_of

SYMBOLS = {"GBP": "£%s", "USD": "$%s", "JPY": "¥%s", "THB": "฿%s", "SEK": "%s kr"}


def full_day(day: date) -> str:
    """A day with its weekday and without its year: ``Friday 27 November``."""
    # Translators: a date without its year, in Django's date format, such as "Friday 27 November".
    return date_format(day, _("l j F"))


def short_day(day: date) -> str:
    """The same in short: ``Fri 27 Nov``."""
    # Translators: a short date without its year, in Django's date format, such as "Fri 27 Nov".
    return date_format(day, pgettext("short date", "D j M"))


def window(first: date, last: date) -> str:
    """A day, or the first and the last of several."""
    if first >= last:
        return full_day(last)
    # Translators: from one day to another, such as "Thu 26 Nov – Sat 28 Nov".
    return _("%(first)s – %(last)s") % {"first": short_day(first), "last": short_day(last)}


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A moment at the destination: ``Fri 27 Nov, 14:05``."""
    local = at.astimezone(zone)
    return f"{short_day(local.date())}, {time_format(local, 'H:i')}"


def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency's decimals: ``£12.50``, ``1 250,00 kr``."""
    figure = number_format(amount, decimal_pos=decimals_of(currency), use_l10n=True, force_grouping=True)
    return SYMBOLS.get(currency, f"%s {currency}") % figure
