"""The tag library: every status has a look, money and time read as people write them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import ModuleType, SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.db import models
from django.template import Context, engines
from django.utils import timezone, translation

import inventory.states
import orders.states
import returns.states
import shipping.states
from fulfillment.dashboard.statuses import LOOKS, TONES, look_of
from fulfillment.dashboard.templatetags.ui import money, relative_time, roles_that_may, sla_chip, when

HERE = Context()
NOW = datetime(2026, 5, 12, 9, 30, tzinfo=UTC)
# Choices that are facts about a thing, not states it is in.
NOT_STATES = {
    "ShortagePolicy", "ChannelKind", "PickMethod", "MovementReason", "ReturnKind", "ReturnReason", "Check", "Grade",
    "ShortReason", "ReceptionOutcome", "PaymentStatus", "Supplier", "CountCause", "WorkOrderKind",
    "ForecastMethod", "ImportKind", "ShipPolicy", "FillPolicy", "IntakeCheck", "OrderKind", "Choice",
}  # fmt: skip


def states(module: ModuleType) -> list[str]:
    found = [
        choice
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, models.TextChoices) and name not in NOT_STATES
        for choice in value.values
    ]
    assert found
    return found


@pytest.mark.parametrize("module", [inventory.states, orders.states, shipping.states, returns.states])
def test_every_state_of_the_domain_has_a_look(module: ModuleType) -> None:
    missing = [state for state in states(module) if state not in LOOKS]
    assert missing == []


def test_every_look_has_a_tone_with_a_shape_and_a_word() -> None:
    assert all(look.tone in TONES and str(look.word) for look in LOOKS.values())


def test_a_state_nobody_knows_is_neutral_and_reads_as_its_name() -> None:
    assert look_of("beamed_up").tone == "neutral"
    assert look_of("beamed_up").word == "Beamed up"


@pytest.mark.parametrize(
    "amount,currency,expected",
    [
        (Decimal("1240.5"), "GBP", "£1,240.50"),
        ("12400", "JPY", "¥12,400"),
        (Decimal("449"), "SEK", "449.00 SEK"),
        ("-12.50", "EUR", "−€12.50"),
        (0, "THB", "฿0.00"),
        (None, "GBP", "–"),
    ],
)
def test_money_reads_as_its_currency_is_written(amount: Decimal | str | None, currency: str, expected: str) -> None:
    assert money(amount, currency) == f'<span class="money">{expected}</span>'


def test_a_hostile_amount_is_text() -> None:
    assert "<script>" not in money("<script>", "GBP")


@pytest.mark.parametrize(
    "left,text,tone",
    [
        (timedelta(minutes=41), "41 min", "warn"),
        (timedelta(hours=5, minutes=20), "5 h 20 min", "neutral"),
        (timedelta(days=3), "3 days", "neutral"),
        (timedelta(hours=-1, minutes=-5), "Late 1 h 05 min", "danger"),
        (timedelta(days=-2), "Late 2 days", "danger"),
    ],
)
def test_the_time_left_says_how_late(left: timedelta, text: str, tone: str) -> None:
    chip = sla_chip(HERE, NOW + left, now=NOW)
    assert (chip["text"], chip["tone"]) == (text, tone)


def test_a_date_is_due_at_the_end_of_its_day_in_the_warehouse() -> None:
    with timezone.override(ZoneInfo("Asia/Bangkok")):
        due = sla_chip(HERE, date(2026, 5, 12), now=NOW)["due"]
    assert due.astimezone(UTC) == datetime(2026, 5, 12, 16, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "days,text,tone,live",
    [
        (0, "Due · 14 h 29 min", "warn", True),
        (-1, "Late 1 day", "danger", False),
        (-12, "Late 12 days", "danger", False),
        (1, "38 h 29 min", "neutral", True),
    ],
)
def test_a_date_is_due_on_its_day_and_late_by_days(days: int, text: str, tone: str, live: bool) -> None:
    chip = sla_chip(HERE, date(2026, 5, 12) + timedelta(days=days), now=NOW)
    assert (chip["text"], chip["tone"], chip["live"]) == (text, tone, live)


def test_a_moment_shows_in_the_zone_of_the_warehouse() -> None:
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        shown = when(HERE, NOW - timedelta(minutes=3), now=NOW)
    assert "3 min ago · 18:27" in shown
    assert 'datetime="2026-05-12T09:27:00+00:00"' in shown
    assert "JST" in shown


def test_the_warehouse_of_the_request_decides_the_zone_and_the_day() -> None:
    request = SimpleNamespace(warehouse=SimpleNamespace(time_zone="Asia/Tokyo"))
    late = datetime(2026, 5, 11, 15, 30, tzinfo=UTC)
    assert ">00:30<" in when(Context({"request": request}), late, style="absolute", now=NOW)
    assert ">11 May, 15:30<" in when(HERE, late, style="absolute", now=NOW)


def test_yesterday_carries_its_day() -> None:
    with timezone.override(ZoneInfo("Europe/Stockholm")):
        assert ">11 May, 23:00<" in when(HERE, datetime(2026, 5, 11, 21, 0, tzinfo=UTC), style="absolute", now=NOW)


def test_relative_time_looks_ahead_too() -> None:
    assert relative_time(NOW + timedelta(hours=2), NOW) == "in 2 h"
    assert relative_time(NOW - timedelta(days=3), NOW) == "3 days ago"
    assert relative_time(NOW, NOW) == "just now"


def test_codes_and_names_are_escaped_wherever_they_show() -> None:
    nasty = '"><img src=x onerror=alert(1)>'
    source = (
        "{% load ui %}{% code_chip v %}{% badge v %}{% empty_state v v %}{% stat_tile v v %}{% address place %}"
        "{% quantity_stepper v label=v %}"
    )
    html = engines["django"].from_string(source).render({"v": nasty, "place": {"name": nasty, "line1": nasty}})
    assert "<img" not in html


def test_a_refusal_names_the_roles_that_may() -> None:
    assert roles_that_may("pick.work") == "Picker, Supervisor, Admin"
    assert roles_that_may("fly.rocket") == ""


@pytest.mark.parametrize("language", ["en", "th", "sv", "ja"])
def test_components_render_in_every_language(language: str) -> None:
    with translation.override(language):
        html = engines["django"].from_string("{% load ui %}{% badge 'packed' %}{% progress 3 10 %}").render({})
    assert "progress" in html
