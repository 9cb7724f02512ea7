"""The exceptions inbox: groups, ways out that act at once, addresses side by side."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.accounts.roles import Role
from core.attention.selectors import open_cases
from core.attention.services import open_case
from core.outbox.models import Event
from fulfillment.dashboard.case_words import GROUPS, KINDS, group_of
from fulfillment.dashboard.tests.desk import Day, action, signed_in
from inventory.models import CountTask
from orders.models import Hold, Order
from orders.services.holds import place_hold
from orders.services.order_cases import follow_hold
from shipping.tests.floor import NOW, TESTER

pytestmark = pytest.mark.django_db
URL = "/exceptions"


def doubt(day: Day, *, suggested: str = "LS1 4AQ") -> Hold:
    """An address hold on the fresh order with a finding, and its case."""
    place_hold(day.fresh.ref, type="address", reason="No such postal code", by=TESTER, now=NOW)
    hold = Hold.objects.get(order__ref=day.fresh.ref)
    finding = {"code": "address.postal_code", "field": "postal_code", "found": "LS1 4AP", "suggested": suggested}
    hold.code, hold.detail = "address.postal_code", {**finding, "findings": [finding]}
    hold.save()
    follow_hold(day.fresh.id, {"type": "address", "hold_id": hold.pk}, by=TESTER, now=NOW)
    return hold


def post(day: Day, case_id: int, code: str) -> str:
    url = reverse("dashboard:fix_case", args=[case_id])
    return signed_in().post(url, action(code=code), follow=True).content.decode()


def test_an_address_stands_beside_its_suggestion(day: Day) -> None:
    doubt(day)
    page = signed_in().get(URL).content.decode()
    assert "<del>LS1 4AP</del>" in page
    assert "LS1 4AQ" in page
    assert "Take the suggestion" in page


def test_taking_the_suggestion_corrects_the_order_and_ends_the_case(day: Day) -> None:
    doubt(day)
    (case,) = open_cases("address")
    page = post(day, case.id, "take_suggestion")
    assert "The address is corrected." in page
    order = Order.objects.get(ref=day.fresh.ref)
    assert order.shipping_address["postal_code"] == "LS1 4AQ"


def test_it_may_be_right_as_it_is(day: Day) -> None:
    doubt(day, suggested="")
    (case,) = open_cases("address")
    assert "goes on with the address" in post(day, case.id, "release_hold")
    assert open_cases("address") == []
    assert Order.objects.get(ref=day.fresh.ref).open_holds == 0


def test_asking_the_customer_puts_the_case_off_for_a_day(day: Day) -> None:
    doubt(day)
    (case,) = open_cases("address")
    assert "gets a mail" in post(day, case.id, "ask_customer")
    (case,) = open_cases("address")
    assert case.snoozed_until is not None
    assert Event.objects.filter(type="order.address_asked").count() == 1


def test_a_short_shelf_is_counted_with_one_press(day: Day) -> None:
    assert "is to be counted" in post(day, day.case_id, "count_bin")
    assert CountTask.objects.filter(bin=day.floor.shelves["A-02-1"].id).exists()


def test_what_is_late_is_put_first(day: Day) -> None:
    case_id = open_case(
        kind="will_be_late",
        dedupe_key="w",
        summary="x",
        subject_type="order",
        timeline=day.fresh.ref,
        warehouse_id=day.floor.warehouse_id,
        now=NOW,
    )
    assert "goes before the others" in post(day, case_id, "prioritize")
    assert Order.objects.get(ref=day.fresh.ref).priority == 9


@pytest.mark.parametrize("code", ["", "nonsense", "take_suggestion"])
def test_a_way_out_that_is_none_is_refused_in_words(day: Day, code: str) -> None:
    assert "This way out is gone" in post(day, day.case_id, code)


def test_groups_hold_the_kinds_that_belong_together(day: Day) -> None:
    client = signed_in()
    page = client.get(URL).content.decode()
    assert "?group=short" in page
    assert "Short pick" in client.get(f"{URL}?group=short").content.decode()
    assert "No case matches" in client.get(f"{URL}?group=carrier").content.decode()


def test_every_kind_with_a_name_is_in_a_group() -> None:
    assert [kind for kind in KINDS if group_of(kind) == "other"] == []
    kinds = [kind for _word, group in GROUPS.values() for kind in group]
    assert len(kinds) == len(set(kinds))


def test_the_statements_do_not_grow_with_the_cases(day: Day) -> None:
    client, counts = signed_in(), []
    doubt(day)
    for more in range(2):
        for index in range(more * 20):
            open_case(
                kind="late",
                dedupe_key=f"late:{index}",
                summary="x",
                subject_type="order",
                timeline=day.fresh.ref,
                warehouse_id=day.floor.warehouse_id,
                now=NOW,
            )
        client.get(URL)
        with CaptureQueriesContext(connection) as seen:
            client.get(URL)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[1] <= 16


def test_a_lost_parcel_and_one_nobody_knows_have_a_way_out_on_the_first_key(day: Day) -> None:
    told = {"subject_type": "parcel", "warehouse_id": day.floor.warehouse_id, "summary": "x", "now": NOW}
    ref = day.shipped.ref
    open_case(kind="delivery_problem", dedupe_key="d:1", timeline=ref, detail={"status": "lost"}, **told)  # type: ignore[arg-type]
    open_case(kind="return_unknown_parcel", dedupe_key="u:1", detail={"code": "JJD 1"}, **told)  # type: ignore[arg-type]
    page = signed_in().get(URL).content.decode()
    assert f'href="/orders/{ref}#parcels-h" data-key="1">Send it again' in page
    assert 'href="/orders?q=JJD+1" data-key="1">Look for it' in page


def test_a_box_whose_weight_is_off_is_weighed_again_by_who_may_pack(day: Day) -> None:
    told = {"summary": "Look.", "subject_type": "parcel", "warehouse_id": day.floor.warehouse_id, "now": NOW}
    detail = {"parcel_ref": day.parcel_ref, "grams": 900}
    open_case(kind="weight", dedupe_key="w:1", timeline=day.shipped.ref, detail=detail, **told)  # type: ignore[arg-type]
    bench = reverse("dashboard:pack_parcel", args=[day.parcel_ref])
    assert f'href="{bench}" data-key="1"' in signed_in().get(URL).content.decode()
    assert bench not in signed_in(Role.SUPPORT).get(URL).content.decode()


def test_the_switches_of_the_list_leave_the_rest_of_the_choice_alone(day: Day) -> None:
    page = signed_in().get(f"{URL}?group=short&mine=1").content.decode()
    assert 'href="?group=short"' in page
    assert 'href="?group=short&amp;mine=1&amp;snoozed=1"' in page
