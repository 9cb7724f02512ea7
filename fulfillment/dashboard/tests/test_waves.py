"""The wave builder and the page of a wave, as a supervisor uses them."""

import pytest
from django.test import Client

from core.accounts.models import User
from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import Day, action, signed_in
from inventory.models import Warehouse
from orders.services.holds import place_hold
from shipping.models import PickList, Wave, WaveTemplate
from shipping.selectors.desk import wave_page
from shipping.selectors.wave_candidates import WaveAsk
from shipping.services import wave_starting
from shipping.services.waves import draft_wave
from shipping.tests.floor import NOW, TESTER


@pytest.fixture
def desk(day: Day) -> Client:
    return signed_in(Role.SUPERVISOR)


def html(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_a_wave_is_two_taps_from_home(desk: Client, day: Day) -> None:
    home = html(desk, "/")
    assert "Release next wave" in home
    assert 'href="/waves/new?template=batch"' in home
    page = html(desk, "/waves/new?template=batch")
    assert '<option value="batch" selected>' in page
    assert 'name="limit" value="500"' in page
    assert "1 order would go" in page
    answer = desk.post("/waves/new", action(limit="500", method="batch", per_list="10", template="batch"))
    assert day.fresh.ref in html(desk, answer["Location"])
    assert Wave.objects.order_by("-pk")[0].method == "batch"


def test_a_picker_is_offered_no_wave(day: Day) -> None:
    assert "Release next wave" not in html(signed_in(Role.PICKER), "/")


def test_the_preview_counts_reasons_and_each_opens_its_orders(desk: Client, day: Day) -> None:
    place_hold(day.fresh.ref, type="address", reason="", by=TESTER, now=NOW)
    page = html(desk, "/waves/new?limit=50")
    assert "Nothing can be released" in page
    assert "On hold: somebody has to decide first" in page
    rows = html(desk, "/waves/new?limit=50&show=held")
    assert f'href="/orders/{day.fresh.ref}"' in rows
    assert desk.get("/waves/new?limit=50&show=weather").status_code == 200


def test_answers_are_kept_as_a_template_and_taken_away_again(desk: Client, day: Day) -> None:
    form = action(limit="30", method="cluster", per_list="6", until="today", one_line="on", name="Morning")
    kept = desk.post("/waves/templates/keep", form)
    assert kept.status_code == 302
    page = html(desk, kept["Location"])
    assert 'name="limit" value="30"' in page
    assert '<option value="today" selected>' in page
    assert "checked" in page.partition('name="one_line"')[2].partition(">")[0]
    listed = html(desk, "/waves/templates")
    assert "Morning" in listed and "Next cut-off" in listed
    key = WaveTemplate.objects.get(name="Morning").pk
    desk.post(f"/waves/templates/{key}", action(do="first"))
    assert html(desk, "/waves/templates").index("Morning") < html(desk, "/waves/templates").index("Next cut-off")
    desk.post(f"/waves/templates/{key}", action(do="drop"))
    assert "Morning" not in html(desk, "/waves/templates")
    assert desk.post("/waves/templates/keep", action(limit="30", method="cluster", name=" ")).status_code == 422
    assert desk.post("/waves/templates/nothing", action(do="drop")).status_code == 422


def test_within_capacity_nothing_goes_once_it_is_used_up(desk: Client, day: Day) -> None:
    Warehouse.objects.filter(pk=day.floor.warehouse_id).update(daily_capacity=1)
    answer = desk.post("/waves/new", action(limit="50", to_capacity="on"))
    assert answer.status_code == 422
    assert "capacity is used up" in answer.content.decode()


def test_a_draft_says_what_it_is_and_is_released_from_its_page(desk: Client, day: Day) -> None:
    drafted = draft_wave(WaveAsk(day.floor.warehouse_id), by=TESTER, now=NOW)
    url = f"/waves/{drafted.ref}"
    assert f'action="{url}/release"' in html(desk, url)
    assert desk.post(f"{url}/release", action()).status_code == 302
    assert day.floor.status_of(day.fresh) == "released"
    assert desk.post(f"{url}/release", action()).status_code == 422


def test_a_large_wave_goes_on_without_the_page(desk: Client, day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wave_starting, "AT_ONCE", 0)
    url = desk.post("/waves/new", action(limit="50"))["Location"]
    page = html(desk, url)
    assert "You may leave this page" in page
    assert "0 of 1" in page and "Nothing of it is on the floor." not in page
    assert f'action="{url}/release"' not in page
    assert "HX-Refresh" not in desk.get(f"{url}/live?status=draft")
    wave_starting.release_wanted(Wave.objects.order_by("-pk")[0].pk, by=TESTER, now=NOW)
    assert desk.get(f"{url}/live?status=draft")["HX-Refresh"] == "true"
    assert "Nobody yet" in html(desk, url)


def test_a_list_is_given_to_a_picker(desk: Client, day: Day) -> None:
    url = desk.post("/waves/new", action(limit="50"))["Location"]
    (row,) = wave_page(url.rpartition("/")[2]).lists
    otto = User.objects.create(username="otto", roles=["picker"])
    desk.post(f"{url}/lists/{row.id}/picker", action(picker=str(otto.pk)))
    assert PickList.objects.get(pk=row.id).picker_id == otto.pk
    assert "otto has the list now." in html(desk, url)
    wrong = desk.post(f"{url}/lists/{row.id}/picker", action(picker="999999"))
    assert wrong.status_code == 422
    assert "does not pick in this warehouse" in wrong.content.decode()
    desk.post(f"{url}/lists/{row.id}/picker", action(picker="0"))
    assert PickList.objects.get(pk=row.id).picker_id is None
    assert desk.post(f"{url}/lists/{day.list_id}/picker", action(picker="0")).status_code == 404


def test_the_page_of_a_warehouse_run_by_others_refuses_a_wave(desk: Client, day: Day) -> None:
    Warehouse.objects.filter(pk=day.floor.warehouse_id).update(kind="third_party")
    answer = desk.post("/waves/new", action(limit="50"))
    assert answer.status_code == 422
    assert "Somebody else runs this warehouse." in answer.content.decode()


def test_an_answer_that_is_no_number_is_named_where_the_preview_was(desk: Client) -> None:
    answer = desk.get("/waves/new", {"limit": "0", "per_list": "4"}, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#id_limit">Orders at most</a>' in page
    assert "data-focus" not in page


def test_a_template_that_cannot_be_kept_is_shown_again_with_its_name(desk: Client) -> None:
    answer = desk.post("/waves/templates/keep", action(limit="0", per_list="4", name="Friday"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Friday"' in page and " open data-enter-here" in page
    nameless = desk.post("/waves/templates/keep", action(limit="50", per_list="4", name=" "))
    assert nameless.status_code == 422
    assert " open data-enter-here" in nameless.content.decode()
