"""A gift is packed by scanner alone, with what goes into its box."""

import pytest
from playwright.sync_api import Page, expect

from core.accounts.models import User
from orders.services.intake import place_order
from orders.tests.shop import request_for
from shipping.models import PackagingInsert, PackagingRule, Parcel, ParcelInsert
from shipping.tests.floor import NOW, TESTER, Floor, build_floor
from tests.browser.floor import PASSWORD, Station

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    made = build_floor({"ART01": 20, "ART02": 20, "SAMPLE": 5})
    User.objects.create_user("packer", password=PASSWORD, roles=["packer"])
    return made


def test_a_gift_of_three_units_with_a_sample_takes_six_scans(page: Page, floor: Floor) -> None:
    rule = PackagingRule.objects.create(
        code="gifts", name="Gifts", for_gifts=True, material="silk paper", instruction="Tie a bow."
    )
    PackagingInsert.objects.create(rule=rule, product_id=floor.shop.products["SAMPLE"])
    gift = {"is_gift": True, "message": "Happy birthday"}
    request = request_for({"ART01": 2, "ART02": 1}, gift=gift)
    order = place_order(floor.shop.channel_id, request, by=TESTER, now=NOW)
    floor.pick(order)
    station = Station(page)
    station.sign_in("packer")
    station.open("/pack")
    station.scan(floor.tote_of(order))
    job = page.locator("#job")
    expect(job).to_contain_text("Tie a bow. Material: silk paper.")
    expect(job).to_contain_text("no prices in the box")
    for code in ("EAN-ART01", "EAN-ART01", "EAN-ART02"):
        station.scan(code)
    expect(job).to_contain_text("Lay in what goes with it and scan it")
    station.scan("EAN-SAMPLE")
    expect(job).to_contain_text("Put the label on the box and scan it")
    station.scan(Parcel.objects.get().tracking_number)
    expect(page.get_by_role("heading", name=f"{order.ref} is ready for pickup")).to_be_visible()
    assert (station.scans, station.clicks) == (6, 0)
    assert ParcelInsert.objects.get().issued == 1
