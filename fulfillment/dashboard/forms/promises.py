"""Asking about promises, and setting what they are computed from."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from orders.services.calendar_keeping import MOST_DAYS, NewSeason

_MOST_SHIPMENTS = 1_000_000
_DATE = {"type": "date"}
_CLOCK = {"type": "time"}


def _country(**more: Any) -> forms.CharField:
    return forms.CharField(
        label=_("Country"),
        max_length=2,
        validators=[RegexValidator(r"^[A-Za-z]{2}$", _("Two letters, such as SE."))],
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": 2}),
        **more,
    )


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d"), **more)


def _clock(label: Any, **more: Any) -> forms.TimeField:
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs=_CLOCK, format="%H:%M"), **more)


class _Apart(forms.Form):
    """A form that shares its page with others: its ids are its own, so that a label belongs to one field."""

    def __init__(self, *args: Any, **more: Any) -> None:
        more.setdefault("auto_id", f"id_{type(self).__name__.removesuffix('Form').lower()}_%s")
        super().__init__(*args, **more)


class AskForm(_Apart):
    """If ordered at … by … for … : what is promised?"""

    method = forms.ChoiceField(label=_("Service"))
    country = _country()
    at = forms.DateTimeField(
        label=_("Ordered at"),
        required=False,
        help_text=_("The warehouse's time. Empty: now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    by = _day(_("To arrive by"), required=False)

    def __init__(self, *args: Any, services: list[tuple[str, str]], zone: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["method"].choices = services  # type: ignore[attr-defined]
        self._zone = ZoneInfo(zone)

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    def clean_at(self) -> datetime | None:
        """The moment asked for: the field's clock is the warehouse's."""
        at = self.cleaned_data["at"]
        return at.replace(tzinfo=self._zone) if at else None


class WhatIfForm(_Apart):
    """What if … : one change at a time is enough, several are asked together."""

    close = _day(_("We close on"), required=False)
    day = _day(_("On the day"), required=False, help_text=_("Empty: every day."))
    capacity = forms.IntegerField(label=_("We can send only"), min_value=0, max_value=_MOST_SHIPMENTS, required=False)
    cut_off = _clock(_("Today's cut-off is at"), required=False)

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or self.cleaned_data
        if not self.errors and all(clean.get(name) is None for name in ("close", "capacity", "cut_off")):
            raise forms.ValidationError(_("Say what changes: a day off, fewer shipments, or another cut-off."))
        return clean


class DayForm(_Apart):
    """One day that is not as usual."""

    day = _day(_("Day"))
    closed = forms.BooleanField(label=_("Closed"), required=False)
    shipments = forms.IntegerField(
        label=_("Shipments at most"),
        min_value=0,
        max_value=_MOST_SHIPMENTS,
        required=False,
        help_text=_("Empty: as on any other day."),
    )


class UsualForm(_Apart):
    """A usual working day."""

    shipments = forms.IntegerField(
        label=_("Shipments at most on a usual day"),
        min_value=1,
        max_value=_MOST_SHIPMENTS,
        required=False,
        help_text=_("Empty: no limit."),
    )


class CutOffForm(_Apart):
    """The cut-off of one service."""

    method = forms.ChoiceField(label=_("Service"))
    cut_off = _clock(_("Cut-off"), required=False, help_text=_("Empty: the warehouse's own."))

    def __init__(self, *args: Any, services: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["method"].choices = services  # type: ignore[attr-defined]


class SeasonForm(_Apart):
    """Days on which things take longer."""

    name = forms.CharField(label=_("Name"), max_length=80)
    since = _day(_("From"))
    until = _day(_("Until"))
    more_transit_days = forms.IntegerField(
        label=_("Days more on the road"), min_value=0, max_value=MOST_DAYS, initial=0
    )
    more_handling_days = forms.IntegerField(
        label=_("Working days more in the house"), min_value=0, max_value=MOST_DAYS, initial=0
    )
    cut_off = _clock(_("Earlier cut-off"), required=False)
    method = forms.ChoiceField(label=_("Service"), required=False)
    country = _country(required=False)

    def __init__(self, *args: Any, services: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["method"].choices = [("", _("Any")), *services]  # type: ignore[attr-defined]
        self.fields["country"].help_text = _("Empty: every country.")

    def asked(self) -> NewSeason:
        """The season asked for; only of a valid form."""
        clean = self.cleaned_data
        since: date = clean["since"]
        return NewSeason(
            name=clean["name"].strip(),
            since=since,
            until=clean["until"],
            method=clean["method"],
            destination=clean["country"].upper(),
            more_handling_days=clean["more_handling_days"],
            more_transit_days=clean["more_transit_days"],
            cut_off=clean["cut_off"],
        )
