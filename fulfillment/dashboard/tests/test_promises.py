"""The promises page: what it tells, asks and sets; and the words of promises."""

import re
import uuid
from collections import Counter
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from core.accounts.roles import Role
from fulfillment.dashboard.case_words import figures, kind_name
from fulfillment.dashboard.promise_words import Told, explain
from fulfillment.dashboard.tests.desk import Day, signed_in
from inventory.selectors import warehouse_by_id
from orders.models import CapacityDay, Season, ServiceCutOff
from orders.selectors.calendars import forget_book
from shipping.services.watching import watch_cut_offs
from shipping.tests.floor import NOW, TESTER

TODAY = timezone.now().date()
IN_A_WEEK = TODAY + timedelta(days=7)


@pytest.fixture
def supervisor(day: Day) -> Client:
    return signed_in(Role.SUPERVISOR)


def post(client: Client, route: str, /, *args: object, **fields: object) -> int:
    values = {"action_id": str(uuid.uuid4()), **fields}
    return client.post(reverse(f"dashboard:{route}", args=args), values).status_code


def test_the_page_tells_the_day_the_weeks_and_the_last_moments(supervisor: Client) -> None:
    page = supervisor.get(reverse("dashboard:promises")).content.decode()
    for words in ("The next three weeks", "Last moment to order", "What would we promise?", "What if?"):
        assert words in page


@time_machine.travel(NOW)
def test_the_figure_of_a_day_opens_the_orders_that_leave_on_it(day: Day) -> None:
    supervisor = signed_in(Role.SUPERVISOR)
    page = supervisor.get(reverse("dashboard:promises")).content.decode()
    figures_of_days = re.findall(r'href="([^"]+leaves=[^"]+)">(\d+)</a>', page)
    assert day.fresh.promise is not None
    assert figures_of_days == [(f"{reverse('dashboard:orders')}?leaves={day.fresh.promise.ship_by}", "2")]
    opened = supervisor.get(figures_of_days[0][0]).content.decode()
    assert {day.waiting.ref, day.fresh.ref} == set(re.findall(r"ORD-[0-9A-Z]{8}", opened))
    assert "Leaves on" in opened
    everything = supervisor.get(reverse("dashboard:orders"), {"leaves": "2026-13-99"}).content.decode()
    assert day.short.ref in everything and "Leaves on" not in everything


def test_a_question_is_answered_in_sentences(supervisor: Client) -> None:
    far = (TODAY + timedelta(days=40)).isoformat()
    page = supervisor.get(
        reverse("dashboard:promises"), {"method": "standard", "country": "gb", "at": "", "by": far}
    ).content.decode()
    assert "Yes, it arrives by" in page
    assert "It leaves by" in page and "days on the road" in page
    near = supervisor.get(
        reverse("dashboard:promises"), {"method": "standard", "country": "gb", "at": "", "by": TODAY.isoformat()}
    ).content.decode()
    assert "No, it does not arrive by" in near and "No order can arrive by then any more." in near


def test_a_question_without_a_country_is_sent_back(supervisor: Client) -> None:
    page = supervisor.get(
        reverse("dashboard:promises"), {"method": "standard", "country": "Sweden", "at": "", "by": ""}
    )
    assert "There is a problem" in page.content.decode()


def test_what_if_changes_nothing(supervisor: Client, day: Day) -> None:
    page = supervisor.get(
        reverse("dashboard:promises"),
        {"close": "", "day": IN_A_WEEK.isoformat(), "capacity": "0", "cut_off": "00:01"},
    ).content.decode()
    assert "open shipments" in page
    assert not CapacityDay.objects.exists()
    nothing = supervisor.get(reverse("dashboard:promises"), {"close": "", "day": "", "capacity": "0", "cut_off": ""})
    assert "With no room on any day nothing would ever leave." in nothing.content.decode()


def test_a_season_a_day_and_a_cut_off_are_set_and_taken_back(supervisor: Client, day: Day) -> None:
    season = {"name": "Christmas", "since": TODAY, "until": IN_A_WEEK, "more_transit_days": 1, "more_handling_days": 0}
    assert post(supervisor, "new_season", **season) == 302
    assert post(supervisor, "change_promise_day", day=IN_A_WEEK, closed="on", shipments=4) == 302
    assert post(supervisor, "change_usual_day", shipments=50) == 302
    assert post(supervisor, "change_cut_off", method="standard", cut_off="11:30") == 302
    assert (Season.objects.count(), CapacityDay.objects.count(), ServiceCutOff.objects.count()) == (1, 1, 1)
    warehouse = warehouse_by_id(day.floor.warehouse_id)
    assert (warehouse.daily_capacity, warehouse.closed_days) == (50, (IN_A_WEEK,))
    page = supervisor.get(reverse("dashboard:promises")).content.decode()
    assert "Christmas" in page and "11:30" in page
    assert post(supervisor, "end_season", Season.objects.get().pk) == 302
    assert not Season.objects.exists()


def test_what_cannot_be_set_is_said_with_the_form_open(supervisor: Client) -> None:
    season = {"name": "Backwards", "since": IN_A_WEEK, "until": TODAY, "more_transit_days": 1, "more_handling_days": 0}
    assert post(supervisor, "new_season", **season) == 422
    assert post(supervisor, "new_season", name="") == 422
    assert post(supervisor, "change_promise_day", day="soon") == 422
    assert post(supervisor, "change_usual_day", shipments=0) == 422
    assert post(supervisor, "change_cut_off", method="pigeon", cut_off="11:30") == 422


def test_a_season_that_cannot_be_is_shown_again_as_it_was_typed(supervisor: Client) -> None:
    season = {"name": "Backwards", "since": IN_A_WEEK, "until": TODAY, "more_transit_days": 1, "more_handling_days": 0}
    answer = supervisor.post(reverse("dashboard:new_season"), {"action_id": str(uuid.uuid4()), **season})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(r'id="season-dialog"[^>]* open>', page)
    assert "A season ends on the day it begins, or later." in page
    assert 'value="Backwards"' in page and f'value="{IN_A_WEEK.isoformat()}"' in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"method": "standard", "country": "Sweden", "at": "", "by": ""}, "There is a problem"),
        ({"close": "", "day": "", "capacity": "-4", "cut_off": ""}, "There is a problem"),
        ({"close": "", "day": "", "capacity": "", "cut_off": ""}, "Say what changes"),
        ({"for": "2001-01-01"}, "Choose a day from today on"),
        ({"for": "soon"}, "Choose a day from today on"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(supervisor: Client, query: dict[str, str], words: str) -> None:
    answer = supervisor.get(reverse("dashboard:promises"), query)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_no_two_fields_of_the_page_share_an_id(supervisor: Client) -> None:
    ids = re.findall(r'\sid="([^"]+)"', supervisor.get(reverse("dashboard:promises")).content.decode())
    assert [one for one, times in Counter(ids).items() if times > 1] == []


def test_countries_and_services_are_called_by_their_names(supervisor: Client, day: Day) -> None:
    Season.objects.create(name="Sale", since=TODAY, until=IN_A_WEEK, destination="SE", more_transit_days=1)
    forget_book()
    page = supervisor.get(reverse("dashboard:promises")).content.decode()
    assert "Sweden" in page and '<th scope="row">GB</th>' not in page


def test_the_day_says_how_it_will_end(day: Day, settings: Settings) -> None:
    settings.USUAL_PICKING_PACE = settings.USUAL_PACKING_PACE = 10
    with time_machine.travel(NOW, tick=False):
        page, home, _cases = seen(signed_in(Role.SUPERVISOR))
    assert "everything is packed before the cut-off" in page
    assert "All of today is packed before the cut-off" in home
    with time_machine.travel(NOW.replace(hour=14, minute=55), tick=False):
        watch_cut_offs(day.floor.warehouse_id, by=TESTER, now=timezone.now())
        page, home, cases = seen(signed_in(Role.SUPERVISOR))
    assert "2 orders will be late" in page
    assert "2 orders of today will miss the cut-off at this pace." in home
    assert "at 10 units an hour it is packed at" in cases and "the cut-off is 15:00" in cases


def seen(client: Client) -> tuple[str, ...]:
    """The promises page, home, and the cases of what will be late."""
    urls = (
        reverse("dashboard:promises"),
        reverse("dashboard:home"),
        reverse("dashboard:exceptions") + "?kind=will_be_late",
    )
    return tuple(client.get(url).content.decode() for url in urls)


def test_support_may_look_but_not_set(day: Day) -> None:
    support = signed_in(Role.SUPPORT)
    assert support.get(reverse("dashboard:promises")).status_code == 200
    assert post(support, "change_usual_day", shipments=5) == 403


def test_a_promise_reads_as_it_was_computed() -> None:
    told = Told(
        date(2026, 12, 22),
        date(2026, 12, 25),
        date(2026, 12, 29),
        {
            "begins": "2026-12-21",
            "missed": "cut_off",
            "cut_off": "14:00",
            "handling_days": 0,
            "transit_fewest": 2,
            "transit_most": 4,
            "full": [["2026-12-21", 120, 120]],
            "seasons": [["Christmas season", 0, 1]],
        },
    )
    assert explain(told, service="PostNord") == [
        "Ready after the 14:00 cut-off, so it counts for Mon 21 Dec.",
        "Mon 21 Dec is full (120 of 120).",
        "It leaves by Tue 22 Dec.",
        "2–4 days on the road with PostNord.",
        "Christmas season adds 1 day on the road.",
        "It arrives between Fri 25 Dec and Tue 29 Dec.",
    ]


def test_a_promise_of_before_says_what_is_known() -> None:
    told = Told(date(2026, 12, 22), date(2026, 12, 22), date(2026, 12, 22), {})
    assert explain(told) == ["It leaves by Tue 22 Dec.", "It arrives on Tue 22 Dec."]


def test_cases_of_lateness_are_told_in_figures() -> None:
    floor = {
        "cause": "floor",
        "ahead": 38,
        "pace": 52,
        "packed_at": "2026-11-23T16:40:00+00:00",
        "cut_off": "2026-11-23T16:00:00+00:00",
        "zone": "UTC",
    }
    assert figures(floor) == [
        "38 orders are before it",
        "at 52 units an hour it is packed at 16:40",
        "the cut-off is 16:00",
    ]
    assert figures({"cause": "ship_by", "days": 2, "held": True}) == ["2 days late", "on hold"]
    assert figures(
        {"cause": "stock", "units": 3, "sku": "VASE", "comes_on": "2026-12-03", "ship_by": "2026-11-30"}
    ) == [
        "3 units",
        "of VASE",
        "expected on Thu 3 Dec",
        "promised for Mon 30 Nov",
    ]
    assert (kind_name("late"), kind_name("will_be_late")) == ("Late", "Will be late")
