"""Days and moments in the words of the active language."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext


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
    # Translators: a day and the time on it, such as "Friday 27 November, 15:00 CET".
    return _("%(day)s, %(time)s") % {"day": short_day(local.date()), "time": time_format(local, "H:i")}
