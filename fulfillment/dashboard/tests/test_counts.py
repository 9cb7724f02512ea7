"""Counts at the desk: decide, plan, follow the accuracy, and count on paper."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.attention.selectors import open_cases
from core.kernel.actors import Actor
from fulfillment.dashboard.tests.desk import action, signed_in
from inventory.models import BinStock, CountPlan, CountTask
from inventory.services.count_posting import approve_count
from inventory.services.counting import begin_count, enter_count, finish_count, request_count
from inventory.tests.places import another_warehouse
from shipping.tests.floor import Floor, build_floor

ANN, BEN = Actor(kind="staff", id=9001, name="ann"), Actor(kind="staff", id=9002, name="ben")


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"MUG": 7, "LAMP": 3})


@pytest.fixture
def client(floor: Floor) -> Client:
    return signed_in("supervisor")


def shelf_of(floor: Floor, sku: str) -> BinStock:
    return BinStock.objects.select_related("bin").get(product_id=floor.shop.products[sku], quantity__gt=0)


def counted(floor: Floor, sku: str, *found: int) -> str:
    """The shelf of an article, counted by one person after the other."""
    row, now = shelf_of(floor, sku), timezone.now()
    ref = request_count(row.bin_id, cause="request", by=ANN, now=now)
    for by, units in zip((ANN, BEN), found, strict=False):
        begin_count(ref, by=by, now=now)
        enter_count(ref, product_id=row.product_id, counted=units, by=by, now=now)
        finish_count(ref, by=by, now=now)
    return ref


def test_a_count_that_waits_shows_both_rounds_and_what_approving_posts(floor: Floor, client: Client) -> None:
    ref = counted(floor, "MUG", 3, 4)
    page = client.get(reverse("dashboard:counts"))
    assert ref in page.content.decode()
    seen = client.get(reverse("dashboard:count_review", args=[ref])).content.decode()
    for told in ("Round 1: counted", "Round 2: counted", "ann", "ben", "−3", "The two counts differ", "from 7 to 4"):
        assert told in seen
    assert open_cases(kind="count_variance")


def test_lists_cost_the_same_however_many_counts_there_are(floor: Floor, client: Client) -> None:
    costs = []
    for _more in range(2):
        for shelf in list(floor.shelves.values())[3 * _more : 3 * _more + 3]:
            request_count(shelf.id, cause="plan", by=ANN, now=timezone.now())
        for path in (reverse("dashboard:counts") + "?view=todo", reverse("dashboard:count")):
            with CaptureQueriesContext(connection) as queries:
                client.get(path)
            costs.append(len(queries))
    assert costs[:2] == costs[2:]
    assert max(costs) <= 15, costs


def test_approving_posts_and_closes_the_case(floor: Floor, client: Client) -> None:
    ref = counted(floor, "MUG", 4, 4)
    answer = client.post(reverse("dashboard:approve_count", args=[ref]), action(), follow=True)
    assert "3 units written off" in answer.content.decode()
    assert "What was posted" in answer.content.decode()
    assert shelf_of(floor, "MUG").quantity == 4
    assert open_cases(kind="count_variance") == []
    again = client.post(reverse("dashboard:approve_count", args=[ref]), action(), follow=True)
    assert again.status_code == 200
    assert shelf_of(floor, "MUG").quantity == 4


def test_a_supervisor_may_ask_for_a_third_count_or_drop_it(floor: Floor, client: Client) -> None:
    ref = counted(floor, "MUG", 3, 4)
    client.post(reverse("dashboard:count_again", args=[ref]), action())
    assert CountTask.objects.get(ref=ref).status == "investigating"
    assert ref in client.get(reverse("dashboard:counts") + "?view=recount").content.decode()
    client.post(reverse("dashboard:cancel_count", args=[ref]), action())
    assert CountTask.objects.get(ref=ref).status == "cancelled"
    refused = client.post(reverse("dashboard:approve_count", args=[ref]), action())
    assert refused.status_code == 422
    assert "does not wait for approval" in refused.content.decode()


def test_a_counts_reference_opens_it(floor: Floor, client: Client) -> None:
    ref = counted(floor, "MUG", 3, 4)
    answer = client.get(reverse("dashboard:go"), {"code": ref.lower()})
    assert answer["Location"] == reverse("dashboard:count_review", args=[ref])


def test_a_count_of_another_warehouse_does_not_exist(floor: Floor) -> None:
    ref = counted(floor, "MUG", 3, 4)
    stranger = signed_in("supervisor", warehouse_ids=[another_warehouse()])
    assert stranger.get(reverse("dashboard:count_review", args=[ref])).status_code == 404
    assert ref not in stranger.get(reverse("dashboard:counts")).content.decode()


def test_a_place_can_be_asked_to_be_counted(floor: Floor) -> None:
    picker, place = signed_in("picker"), floor.shelves["A-02-1"]
    page = picker.get(reverse("dashboard:place", args=[place.code])).content.decode()
    assert reverse("dashboard:request_count", args=[place.code]) in page
    picker.post(reverse("dashboard:request_count", args=[place.code]), action())
    assert CountTask.objects.get().bin_id == place.id


def test_the_accuracy_of_a_zone_opens_its_counts(floor: Floor, client: Client) -> None:
    counted(floor, "LAMP", 3)
    approve_count(counted(floor, "MUG", 4, 4), by=ANN, now=timezone.now())
    page = client.get(reverse("dashboard:count_accuracy")).content.decode()
    assert "50 %" in page
    assert "1 / 2" in page
    assert "view=done&amp;zone=-&amp;since=" in page
    link = page.partition('<td class="num"><a href="')[2].partition('"')[0].replace("&amp;", "&")
    assert client.get(link).content.decode().count("CNT-") >= 2
    for step in ("day", "month"):
        assert client.get(reverse("dashboard:count_accuracy") + f"?step={step}").status_code == 200


def test_a_plan_is_set_and_its_mistakes_are_said(floor: Floor, client: Client) -> None:
    assert client.get(reverse("dashboard:count_plan")).status_code == 200
    good = {
        "days_a": 14,
        "days_b": 60,
        "days_c": 0,
        "bins_per_day": 20,
        "count_zero": "on",
        "tolerance_units": 2,
        "tolerance_value": "5.00",
        "active": "on",
    }
    wrong = client.post(reverse("dashboard:count_plan"), action(**good | {"days_a": -1}))
    assert wrong.status_code == 422
    assert not CountPlan.objects.exists()
    assert client.post(reverse("dashboard:count_plan"), action(**good)).status_code == 302
    plan = CountPlan.objects.get()
    assert (plan.days_a, plan.days_c, plan.count_short, plan.tolerance_units) == (14, 0, False, 2)


def sheet(client: Client, text: str, minutes_ago: int = 0) -> str:
    at = timezone.localtime(timezone.now() - timedelta(minutes=minutes_ago)).strftime("%Y-%m-%dT%H:%M")
    file = SimpleUploadedFile("sheet.csv", text.encode(), content_type="text/csv")
    answer = client.post(reverse("dashboard:count_sheets"), {"file": file, "counted_at": at}, follow=True)
    return answer.content.decode()


def test_sheets_are_blind(floor: Floor, client: Client) -> None:
    bins = f"{shelf_of(floor, 'MUG').bin.name}, A-09-1"
    text = client.get(reverse("dashboard:count_sheet", args=["csv"]), {"bins": bins}).content.decode()
    assert text.splitlines()[0] == "bin,sku,name,lot,counted"
    assert any(line.endswith("MUG,Article MUG,,") for line in text.splitlines())
    assert "A-09-1,,,," in text
    pdf = client.get(reverse("dashboard:count_sheet", args=["pdf"]), {"bins": bins})
    assert pdf.content.startswith(b"%PDF")
    assert client.get(reverse("dashboard:count_sheets")).status_code == 200


def test_a_filled_sheet_counts_by_the_same_rules(floor: Floor, client: Client) -> None:
    mug, lamp = shelf_of(floor, "MUG").bin.name, shelf_of(floor, "LAMP").bin.name
    text = f"bin,sku,name,lot,counted\n{mug},MUG,,,3\n{lamp},LAMP,,,3\nA-09-1,,,,\n"
    told = sheet(client, text)
    assert "2 bins are counted" in told
    assert "1 bin is to be counted again" in told
    assert set(CountTask.objects.values_list("cause", "status")) == {("sheet", "investigating"), ("sheet", "approved")}
    assert shelf_of(floor, "MUG").quantity == 7


def test_every_mistake_of_a_sheet_is_named_by_its_row(floor: Floor, client: Client) -> None:
    mug = shelf_of(floor, "MUG").bin.name
    text = f"bin;sku;counted\nZ-99;MUG;3\n{mug};TEAPOT;3\n{mug};MUG;some\n{mug};MUG;7\n{mug};MUG;7\n"
    told = sheet(client, text)
    for row in ("Row 2: No bin here is called Z-99", "Row 3: There is no product TEAPOT", "Row 4: Write how many"):
        assert row in told
    assert "Row 6: The same bin, SKU and lot are in row 5" in told
    assert not CountTask.objects.exists()
    assert "The column counted is missing" in sheet(client, "bin,sku\n")
    assert "lies in the future" in sheet(client, f"bin,sku,counted\n{mug},MUG,7\n", minutes_ago=-90)


def test_a_bin_whose_products_are_not_all_on_the_sheet_is_refused_by_row(floor: Floor, client: Client) -> None:
    mug = shelf_of(floor, "MUG").bin.name
    told = sheet(client, f"bin,sku,counted\n{mug},LAMP,1\n")
    assert "Row 2: The books know MUG in this bin" in told
    assert not CountTask.objects.exists()
