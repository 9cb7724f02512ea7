"""The components of the design system: ``{% load ui %}``. Every one is shown on /styleguide."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.http import HttpRequest
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format, time_format
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from core.accounts.roles import PERMISSIONS, Role
from core.kernel.countries import country_name
from fulfillment.dashboard.navigation import NavItem, nav_for
from fulfillment.dashboard.statuses import TONES, look_of
from fulfillment.dashboard.words import script_words

register = template.Library()

_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "THB": "฿"}
_WITHOUT_DECIMALS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK"})
_THEMES = ("light", "dark")


@register.simple_tag(takes_context=True)
def theme_attr(context: Context) -> SafeString:
    """``data-theme`` and ``data-glove`` of ``<html>``, from the device's cookies: no page flashes."""
    request: HttpRequest | None = context.get("request")
    cookies = request.COOKIES if request else {}
    theme = cookies.get("theme", "")
    glove = SafeString(" data-glove") if cookies.get("glove") == "1" else ""
    return format_html(' data-theme="{}"{}', theme if theme in _THEMES else "system", glove)


@register.simple_tag
def glyph(tone: str, css: str = "") -> SafeString:
    """The shape of a tone: circle, triangle, octagon, clock, pause, ring. A word always stands beside it."""
    name = tone if tone in TONES else "neutral"
    return format_html(
        '<svg class="glyph {}" aria-hidden="true" focusable="false"><use href="#glyph-{}"/></svg>', css, name
    )


@register.inclusion_tag("components/badge.html")
def badge(status: object, kind: str = "", *, word: str = "", tone: str = "", plain: bool = False) -> dict[str, Any]:
    """A status as shape + word. ``kind`` (order, parcel, return, …) picks the meaning where machines share a name."""
    look = look_of(str(status), kind)
    return {"tone": tone or look.tone, "word": word or look.word, "plain": plain}


@register.inclusion_tag("components/sla_chip.html", takes_context=True)
def sla_chip(
    context: Context, due: datetime | date | None, *, done: bool = False, now: datetime | None = None
) -> dict[str, Any]:
    """Time left until ``due`` as a chip that counts down. A date is due at the end of the warehouse's day.

    Of a date, today's is “Due” and one that has passed is late by days; whoever works by the day reads days.
    """
    if due is None:
        return {"text": "", "due": None}
    zone, now = zone_of(context), now or timezone.now()
    moment = _end_of_day(due, zone)
    text, tone = _countdown(moment - now)
    days = 0 if isinstance(due, datetime) else (now.astimezone(zone).date() - due).days
    is_today = not isinstance(due, datetime) and not days
    if done:
        text, tone = _("On time"), "ok"
    elif days > 0:
        amount = ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
        text, tone = _("Late %(amount)s") % {"amount": amount}, "danger"
    elif is_today:
        text, tone = _("Due · %(amount)s") % {"amount": text}, "warn"
    return {"due": moment, "text": text, "tone": tone, "live": not done and days <= 0, "is_today": is_today}


def zone_of(context: Mapping[str, Any] | Context) -> tzinfo:
    """The zone of the warehouse the request is about (``request.warehouse``), else the current one."""
    warehouse = getattr(context.get("request"), "warehouse", None)
    # A lazy warehouse is an object even when there is none behind it, hence bool and not "is None".
    name = warehouse.time_zone if warehouse else ""
    return _zone(name) if name else timezone.get_current_timezone()


@cache
def _zone(name: str) -> tzinfo:
    return ZoneInfo(name)


def _end_of_day(due: datetime | date, zone: tzinfo) -> datetime:
    if isinstance(due, datetime):
        return due
    return datetime(due.year, due.month, due.day, 23, 59, 59, tzinfo=zone)


@register.simple_tag(takes_context=True)
def clock(context: Context) -> SafeString:
    """The time of day in the warehouse; the page keeps it going."""
    zone = zone_of(context)
    local = timezone.now().astimezone(zone)
    html = '<time class="topbar-clock" data-clock="{}" title="{}">{}</time>'
    return format_html(html, getattr(zone, "key", "UTC"), local.tzname(), time_format(local, "H:i"))


def _countdown(left: timedelta) -> tuple[str, str]:
    minutes = int(abs(left).total_seconds() // 60)
    late = left.total_seconds() < 0
    if minutes >= 48 * 60:
        days = minutes // (24 * 60)
        amount = ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    elif minutes >= 60:
        amount = _("%(h)s h %(m)02d min") % {"h": minutes // 60, "m": minutes % 60}
    else:
        amount = _("%(m)s min") % {"m": minutes}
    if late:
        return _("Late %(amount)s") % {"amount": amount}, "danger"
    return amount, "warn" if minutes < 120 else "neutral"


@register.simple_tag
def money(amount: Decimal | str | int | float | None, currency: str = "") -> SafeString:
    """An amount in major units with its currency; JPY has no decimals. An empty amount is a dash."""
    if amount is None or amount == "":
        return format_html('<span class="money">{}</span>', "–")
    try:
        value = Decimal(str(amount))
    except InvalidOperation:
        return format_html('<span class="money">{}</span>', amount)
    return format_html('<span class="money">{}</span>', price(value, currency))


def price(value: Decimal, currency: str) -> str:
    """The same as text, where no markup can stand."""
    places = 0 if currency in _WITHOUT_DECIMALS else 2
    figure = number_format(abs(value), decimal_pos=places, use_l10n=True, force_grouping=True)
    sign = "−" if value < 0 else ""
    symbol = _SYMBOLS.get(currency)
    return f"{sign}{symbol}{figure}" if symbol else f"{sign}{figure} {currency}".rstrip()


@register.simple_tag(takes_context=True)
def when(
    context: Context, moment: datetime | date | None, *, style: str = "both", now: datetime | None = None
) -> SafeString:
    """A ``<time>`` in the warehouse's zone. ``style``: both, relative, absolute. A date stays a date.

    ``short`` is the bare words, to the second: for lists inside what has a ``<time>`` itself.
    """
    if moment is None:
        return SafeString("–")
    if not isinstance(moment, datetime):
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), day_of(moment))
    zone = zone_of(context)
    local = moment.astimezone(zone)
    today = (now or timezone.now()).astimezone(zone)
    full = f"{day_of(local)}, {time_format(local, 'H:i')} {local.tzname()}"
    day = "" if local.date() == today.date() else day_of(local, with_year=local.year != today.year) + ", "
    absolute = f"{day}{time_format(local, 'H:i')}"
    if style == "short":
        return format_html("{}{}", day, time_format(local, "H:i:s"))
    relative = relative_time(moment, today)
    text = {"absolute": absolute, "relative": relative}.get(style, f"{relative} · {absolute}")
    return format_html('<time datetime="{}" title="{}" data-when="{}">{}</time>', moment.isoformat(), full, style, text)


def day_of(day: date, *, with_year: bool = True) -> str:
    """A day as the reader's language writes it."""
    # Translators: Django date format, such as "n月j日" in Japanese.
    pattern = pgettext("date format", "j M Y") if with_year else pgettext("date format", "j M")
    return date_format(day, pattern)


def relative_time(moment: datetime, now: datetime) -> str:
    """Such as “3 min ago” or “in 2 h”, to the coarsest useful unit."""
    seconds = int((moment - now).total_seconds())
    span = abs(seconds)
    if span < 60:
        return _("just now")
    if span < 3600:
        amount = _("%(m)s min") % {"m": span // 60}
    elif span < 48 * 3600:
        amount = _("%(h)s h") % {"h": span // 3600}
    else:
        days = span // 86400
        amount = ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    return (_("in %(amount)s") if seconds > 0 else _("%(amount)s ago")) % {"amount": amount}


@register.inclusion_tag("components/code_chip.html")
def code_chip(code: object, *, copy: bool = True, url: str = "") -> dict[str, Any]:
    """A code in slashed-zero mono with a copy button, or as a link."""
    return {"code": str(code), "copy": copy, "url": url}


@register.inclusion_tag("components/stat_tile.html")
def stat_tile(
    label: str, value: object, *, unit: str = "", note: str = "", url: str = "", tone: str = ""
) -> dict[str, Any]:
    """A figure with its unit, a delta in words, and a link to the rows behind it."""
    if isinstance(value, int) and abs(value) >= 10_000:
        value = number_format(value, force_grouping=True)
    return {"label": label, "value": value, "unit": unit, "note": note, "url": url, "tone": tone}


@register.inclusion_tag("components/empty_state.html")
def empty_state(title: str, text: str = "", *, icon: str = "inbox", action: str = "", url: str = "") -> dict[str, Any]:
    """What this is, why it is empty, one action. ``icon`` is a heroicons outline name."""
    return {"title": title, "text": text, "icon": icon, "action": action, "url": url}


@register.inclusion_tag("components/progress.html")
def progress(done: int, total: int, *, label: str = "", tone: str = "") -> dict[str, Any]:
    """``n of m`` in words and as a bar."""
    return {"done": done, "total": total, "label": label or _("Progress"), "tone": tone}


@register.inclusion_tag("components/stepper.html")
def stepper(steps: list[str], current: int, *, problem: bool = False, label: str = "") -> dict[str, Any]:
    """The stages of a thing; ``current`` is an index, ``len(steps)`` when all are done."""
    rows = [
        {
            "word": word,
            "number": index + 1,
            "done": index < current,
            "current": index == current,
            "problem": problem and index == current,
        }
        for index, word in enumerate(steps)
    ]
    return {"steps": rows, "label": label or _("Progress")}


@register.inclusion_tag("components/address.html")
def address(place: Any) -> dict[str, Any]:
    """A postal address: an object or mapping with name, company, line1, line2, postal_code, city, region, country.

    The country is told by its name, in the language of the page.
    """
    code = place.get("country", "") if isinstance(place, Mapping) else getattr(place, "country", "")
    return {"place": place, "country": country_name(str(code or "")), "language": get_language() or "en"}


@register.inclusion_tag("components/quantity_stepper.html")
def quantity_stepper(
    name: str, value: int = 1, *, label: str = "", minimum: int = 0, maximum: int | None = None, keypad: bool = False
) -> dict[str, Any]:
    """− figure +, typed or tapped; with ``keypad`` the digit keys of the page write into it."""
    return {
        "name": name,
        "value": value,
        "label": label or _("Quantity"),
        "minimum": minimum,
        "maximum": maximum,
        "keypad": keypad,
    }


@register.inclusion_tag("components/field.html")
def field(bound: Any, *, hint: str = "") -> dict[str, Any]:
    """A form field: label, hint, error and control, joined by ids."""
    return {"field": bound, "hint": hint or bound.help_text}


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: Any) -> dict[str, Any]:
    """“There is a problem”: the same words as at the fields, each a link to its field. Takes focus when shown."""
    return {"form": form}


@register.inclusion_tag("components/scan_bar.html")
def scan_bar(*, camera_url: str = "") -> dict[str, Any]:
    """Where a scan shows; without a browser barcode reader, camera frames are POSTed to ``camera_url``."""
    return {"camera_url": camera_url}


@register.simple_tag
def url_or(name: str, *args: object, fallback: str = "") -> str:
    """The URL of a route, or ``fallback`` when there is no such route."""
    try:
        return reverse(name, args=[a for a in args if a not in (None, "")])
    except NoReverseMatch:
        return fallback


@register.simple_tag(takes_context=True)
def nav_items(context: Context) -> list[NavItem]:
    """The navigation the person may use, with the current place marked."""
    request: HttpRequest | None = context.get("request")
    return nav_for(request) if request else []


@register.simple_tag
def ui_words() -> SafeString:
    """The translated words the scripts use, as a block of JSON (data, not script: the CSP allows it)."""
    return json_script(script_words(), "ui-words")


@register.simple_tag
def roles_that_may(permission: object) -> str:
    """The roles that carry a permission, as people read them; nothing for a permission no role has."""
    return ", ".join(str(role.label) for role in Role if str(permission) in PERMISSIONS.get(role, frozenset()))


@register.filter
def initials(name: str) -> str:
    """Up to two letters for an avatar."""
    parts = str(name).replace(".", " ").replace("_", " ").split()
    return "".join(part[0] for part in parts[:2]).upper() or "?"
