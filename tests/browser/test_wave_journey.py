"""A supervisor's wave in Chromium: two taps from home, watched live, given away, an order pulled out."""

import pytest
from playwright.sync_api import Page, expect

from core.accounts.models import User
from fulfillment.dashboard.tests.desk import Day
from shipping.models import Wave
from shipping.services import wave_starting
from shipping.services.waves import release_part
from shipping.tests.floor import NOW, TESTER
from tests.browser.waiting import until_ready

pytestmark = pytest.mark.browser


def test_a_wave_takes_two_taps_and_its_work_goes_where_the_supervisor_wants_it(desk: Page, day: Day) -> None:
    User.objects.create(username="otto", roles=["picker"])
    desk.goto("/")
    desk.get_by_role("link", name="Everything, in batches").click()
    expect(desk.locator("#preview")).to_contain_text("1 order would go")
    desk.get_by_role("button", name="Release the wave").click()
    expect(desk.get_by_text("is on the floor: 1 order")).to_be_visible()
    expect(desk.locator("#wave-live")).to_contain_text("Nobody yet")
    desk.locator("select[name=picker]").select_option(label="otto")
    desk.get_by_role("button", name="to the chosen picker").click()
    expect(desk.locator("#wave-live")).to_contain_text("otto")
    desk.get_by_role("button", name=f"Pull {day.fresh.ref} out").click()
    expect(desk.get_by_text("is off the list and can be released again.")).to_be_visible()


def test_the_preview_follows_the_answers_without_a_tap(desk: Page, day: Day) -> None:
    desk.goto("/waves/new")
    expect(desk.locator("#preview h2").first).to_have_text("1 order would go")
    desk.locator("#id_limit").fill("0")
    expect(desk.locator("#preview").get_by_role("alert")).to_contain_text("Orders at most")
    desk.locator("#id_limit").fill("50")
    expect(desk.locator("#preview h2").first).to_have_text("1 order would go")
    desk.get_by_text("Narrow the choice").click()
    desk.locator("#id_urgent").check()
    expect(desk.locator("#preview h2").first).to_have_text("0 orders would go")
    expect(desk.locator("#preview")).to_contain_text("Do not fit the choice")
    desk.get_by_role("link", name="Do not fit the choice").click()
    expect(desk.locator("#left-rows")).to_contain_text(day.fresh.ref)


def test_a_large_wave_says_how_many_of_its_orders_are_on_the_floor(
    desk: Page, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wave_starting, "AT_ONCE", 1)
    for _number in range(2):
        day.floor.order({"LAMP": 1})
    desk.goto("/waves/new")
    desk.get_by_role("button", name="Release the wave").click()
    expect(desk.locator("#wave-live")).to_contain_text("0 of 3")
    wave = Wave.objects.latest("pk")
    release_part(wave.pk, at_most=1, by=TESTER, now=NOW)
    expect(desk.locator("#wave-live")).not_to_contain_text("0 of 3")
    expect(desk.locator("#wave-live")).to_contain_text("of 3")
    wave_starting.release_wanted(wave.pk, by=TESTER, now=NOW)
    expect(desk.locator("#wave-live")).to_contain_text("Nobody yet")


def test_enter_in_the_name_of_a_template_keeps_it_and_the_key_r_releases(desk: Page, day: Day) -> None:
    before = Wave.objects.count()
    desk.goto("/waves/new")
    until_ready(desk)
    desk.get_by_text("Keep these answers as a template").click()
    # Typed as people type: faster would be a scan.
    desk.locator("#template-name").press_sequentially("Evening", delay=130)
    desk.locator("#template-name").press("Enter")
    expect(desk.get_by_text("“Evening” is kept as a template.")).to_be_visible()
    assert Wave.objects.count() == before
    until_ready(desk)
    desk.keyboard.press("r")
    expect(desk.get_by_text("is on the floor: 1 order")).to_be_visible()
