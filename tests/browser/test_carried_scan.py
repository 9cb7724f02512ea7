"""A scan at a desk page that leads to a floor screen is that screen's first scan; a link from elsewhere is not."""

import pytest
from playwright.sync_api import Page, expect

from core.accounts.models import User
from shipping.models import Parcel
from shipping.tests.floor import Floor, build_floor
from tests.browser.floor import PASSWORD, Station
from tests.browser.scanner import Scanner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    made = build_floor({"ART01": 20})
    User.objects.create_user("packer", password=PASSWORD, roles=["packer"])
    return made


def test_a_packer_scans_the_tote_at_home_and_the_box_is_open(page: Page, floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    floor.pick(order)
    tote = floor.tote_of(order)
    station = Station(page)
    station.sign_in("packer")
    page.goto("/")
    Scanner(page).at_once(tote)
    page.wait_for_url("**/pack**")
    expect(page.locator("#job")).to_contain_text(order.ref)
    expect(page.locator("html")).to_have_attribute("data-queue", "0")
    expect(page.locator("#verdict")).to_contain_text(order.ref)
    assert Parcel.objects.get().status == "open"


def test_a_link_that_names_a_code_does_nothing(page: Page, floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    floor.pick(order)
    station = Station(page)
    station.sign_in("packer")
    page.goto(f"/pack?code={floor.tote_of(order)}")
    expect(page.locator("html")).to_have_attribute("data-queue", "0")
    expect(page.locator("#job")).to_be_visible()
    assert not Parcel.objects.exists()
