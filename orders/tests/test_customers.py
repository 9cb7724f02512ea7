"""Customers: their wishes, notes, duplicates, and the right to be forgotten."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.accounts.services import issue_api_key
from core.kernel.errors import Invalid, NotFound
from orders.errors import CustomerBusy, CustomerGone
from orders.models import Customer, Erasure, Order
from orders.selectors.customers import customer, customers, figures, likely_duplicates, notes, personal_data
from orders.selectors.orders import access_order
from orders.services.cancellation import cancel_order
from orders.services.customers import CustomerChanges, change_customer, merge_customers, write_note
from orders.services.forgetting import erase_customer, erase_old_customers, fingerprint
from orders.tests.shop import NOW, TESTER, Shop, build_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Shop:
    return build_shop({"MUG": 100})


def buyer_of(ref: str) -> int:
    return access_order(ref).customer_id


def test_wishes_count_for_the_orders_under_way(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    change_customer(order.customer_id, CustomerChanges(locale="sv", notify_by=()), by=TESTER, now=NOW)
    changed = access_order(order.ref)
    assert (changed.locale, changed.notify_by, changed.version) == ("sv", (), order.version + 1)
    assert customer(order.customer_id).notify_by == ()


def test_a_way_to_tell_that_does_not_exist_is_refused(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    with pytest.raises(Invalid):
        change_customer(order.customer_id, CustomerChanges(notify_by=("pigeon",)), by=TESTER, now=NOW)


def test_notes_are_kept_newest_first(shop: Shop) -> None:
    buyer = shop.order({"MUG": 1}).customer_id
    write_note(buyer, "Calls before noon", by=TESTER, now=NOW)
    write_note(buyer, " Wants paper ", by=TESTER, now=NOW)
    assert [one.text for one in notes(buyer)] == ["Wants paper", "Calls before noon"]
    with pytest.raises(Invalid):
        write_note(buyer, "   ", by=TESTER, now=NOW)


def test_merged_customers_are_one_and_later_orders_find_the_kept_one(shop: Shop) -> None:
    keep = shop.order({"MUG": 1}, email="ada@example.com").customer_id
    gone = shop.order({"MUG": 2}, email="ada.b@example.com").customer_id
    write_note(gone, "Same person", by=TESTER, now=NOW)
    assert merge_customers(keep, gone, by=TESTER, now=NOW) == 1
    assert figures(keep).orders == 2
    assert [one.text for one in notes(keep)] == ["Same person"]
    assert buyer_of(shop.order({"MUG": 1}, email="ADA.B@example.com").ref) == keep
    assert [one.id for one in customers("ada.b@example.com")] == []
    with pytest.raises(CustomerGone):
        merge_customers(keep, gone, by=TESTER, now=NOW)
    with pytest.raises(CustomerGone):
        change_customer(gone, CustomerChanges(name="x"), by=TESTER, now=NOW)
    with pytest.raises(Invalid):
        merge_customers(keep, keep, by=TESTER, now=NOW)


def test_a_merge_locks_the_orders_before_the_customers(shop: Shop) -> None:
    keep, gone = (shop.order({"MUG": 1}, email=f"{name}@example.com").customer_id for name in ("one", "two"))
    with CaptureQueriesContext(connection) as seen:
        merge_customers(keep, gone, by=TESTER, now=NOW)
    locks = [one["sql"] for one in seen.captured_queries if one["sql"].startswith("SELECT") and " UPDATE" in one["sql"]]
    assert [("orders_order" in sql, "ORDER BY" in sql) for sql in locks] == [(True, True), (False, True)]


def test_a_merge_of_a_merge_leaves_one(shop: Shop) -> None:
    first, second, third = (
        shop.order({"MUG": 1}, email=f"{name}@example.com").customer_id for name in ("one", "two", "three")
    )
    merge_customers(second, third, by=TESTER, now=NOW)
    merge_customers(first, second, by=TESTER, now=NOW)
    assert buyer_of(shop.order({"MUG": 1}, email="three@example.com").ref) == first
    assert figures(first).orders == 4


def test_the_same_name_is_a_likely_duplicate_unless_the_phones_differ(shop: Shop) -> None:
    known = shop.order({"MUG": 1}, email="one@example.com").customer_id
    twin = shop.order({"MUG": 1}, email="two@example.com").customer_id
    other = shop.order({"MUG": 1}, email="three@example.com").customer_id
    for buyer, phone in ((known, "+46 8 123 456 78"), (twin, "08-123 456 78"), (other, "+46 8 999 999 99")):
        Customer.objects.filter(pk=buyer).update(name="Ada Byron", phone=phone)
    assert [one.id for one in likely_duplicates(customer(known))] == [twin]


def test_erasing_waits_for_open_orders_and_leaves_the_figures(shop: Shop) -> None:
    order = shop.order({"MUG": 2}, email="ada@example.com", note="ring twice")
    with pytest.raises(CustomerBusy, match=order.ref):
        erase_customer(order.customer_id, by=TESTER, now=NOW)
    assert access_order(order.ref).email == "ada@example.com"
    cancel_order(order.ref, reason="gone", by=TESTER, now=NOW)
    counts = erase_customer(order.customer_id, by=TESTER, now=NOW)
    assert counts["orders"] == 1
    row = Order.objects.get(ref=order.ref)
    assert (row.customer_name, row.phone, row.note, row.notify_by) == ("", "", "", [])
    assert "ada" not in row.email
    assert set(row.shipping_address) == {"country", "postal_code"}
    assert row.goods_total == order.goods_total
    with pytest.raises(CustomerGone):
        write_note(order.customer_id, "still there?", by=TESTER, now=NOW)


def test_erasing_again_changes_nothing(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    cancel_order(order.ref, reason="gone", by=TESTER, now=NOW)
    erase_customer(order.customer_id, by=TESTER, now=NOW)
    erase_customer(order.customer_id, by=TESTER, now=NOW)
    assert Erasure.objects.count() == 1


def test_who_comes_back_after_an_erasure_is_somebody_new(shop: Shop) -> None:
    order = shop.order({"MUG": 1}, email="ada@example.com")
    cancel_order(order.ref, reason="gone", by=TESTER, now=NOW)
    erase_customer(order.customer_id, by=TESTER, now=NOW)
    again = shop.order({"MUG": 1}, email="ada@example.com")
    assert again.customer_id != order.customer_id
    assert figures(again.customer_id).orders == 1


def test_erasures_are_replayed_after_an_older_backup_was_restored(shop: Shop, tmp_path: Path) -> None:
    order = shop.order({"MUG": 1}, email="ada@example.com")
    other = shop.order({"MUG": 1}, email="bob@example.com")
    cancel_order(order.ref, reason="gone", by=TESTER, now=NOW)
    before = dict(Customer.objects.filter(pk=order.customer_id).values("email", "name", "notify_by")[0])
    erase_customer(order.customer_id, by=TESTER, now=NOW)
    kept = tmp_path / "erasures.json"
    call_command("erasures", "--write", str(kept))
    assert "ada" not in kept.read_text()
    # The restore: everything is as it was before, the record of the erasure is gone.
    Customer.objects.filter(pk=order.customer_id).update(**before, erased_at=None)
    Order.objects.filter(ref=order.ref).update(email="ada@example.com", customer_name="Ada")
    Erasure.objects.all().delete()
    call_command("erasures", "--replay", str(kept))
    assert Order.objects.get(ref=order.ref).customer_name == ""
    assert customer(order.customer_id).erased_at is not None
    assert customer(other.customer_id).erased_at is None
    assert json.loads(kept.read_text())[0]["fingerprint"] == fingerprint(shop.channel_id, "Ada@example.com")


def test_old_customers_are_erased_and_young_and_busy_ones_stay(shop: Shop) -> None:
    old = shop.order({"MUG": 1}, email="old@example.com")
    busy = shop.order({"MUG": 1}, email="busy@example.com")
    cancel_order(old.ref, reason="gone", by=TESTER, now=NOW)
    later = NOW + timedelta(days=200)
    young = shop.order({"MUG": 1}, email="young@example.com", now=later)
    cancel_order(young.ref, reason="gone", by=TESTER, now=later)
    assert erase_old_customers(keep=timedelta(days=90), by=TESTER, now=later) == 1
    assert customer(old.customer_id).erased_at is not None
    assert customer(busy.customer_id).erased_at is None
    assert customer(young.customer_id).erased_at is None


def test_a_customer_whose_old_order_was_cancelled_lately_stays(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    later = NOW + timedelta(days=200)
    cancel_order(order.ref, reason="gone", by=TESTER, now=later)

    assert erase_old_customers(keep=timedelta(days=90), by=TESTER, now=later + timedelta(days=1)) == 0
    assert erase_old_customers(keep=timedelta(days=90), by=TESTER, now=later + timedelta(days=91)) == 1


def test_customers_with_open_orders_do_not_fill_the_nights_share(shop: Shop) -> None:
    shop.order({"MUG": 1}, email="busy@example.com")
    old = shop.order({"MUG": 1}, email="old@example.com")
    cancel_order(old.ref, reason="gone", by=TESTER, now=NOW)

    assert erase_old_customers(keep=timedelta(days=90), by=TESTER, now=NOW + timedelta(days=200), limit=1) == 1


def test_what_is_kept_of_a_customer_names_everything_they_gave(shop: Shop) -> None:
    order = shop.order({"MUG": 2}, email="ada@example.com", note="ring twice")
    write_note(order.customer_id, "Calls before noon", by=TESTER, now=NOW)
    data = personal_data(customer(order.customer_id))
    assert data["customer"]["email"] == "ada@example.com"
    assert data["notes"][0]["text"] == "Calls before noon"
    assert data["orders"][0]["note"] == "ring twice"
    assert {"parcels", "returns", "messages"} <= data.keys()
    json.dumps(data)


def test_a_customer_of_another_channel_does_not_exist(shop: Shop) -> None:
    buyer = shop.order({"MUG": 1}).customer_id
    with pytest.raises(NotFound):
        customer(buyer, channel_ids=[shop.channel_id + 1])
    with pytest.raises(NotFound):
        erase_customer(buyer, channel_id=shop.channel_id + 1, by=TESTER, now=NOW)


def test_wishes_lock_the_orders_before_the_customer(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    with CaptureQueriesContext(connection) as seen:
        change_customer(order.customer_id, CustomerChanges(locale="sv"), by=TESTER, now=NOW)
    locks = [one["sql"] for one in seen.captured_queries if "FOR NO KEY UPDATE" in one["sql"]]
    assert ['FROM "orders_order"' in sql for sql in locks] == [True, False]


def test_the_api_reads_changes_and_erases_customers_of_its_own_channel_only(shop: Shop) -> None:
    order = shop.order({"MUG": 1}, email="ada@example.com")
    _client, key = issue_api_key(
        name="Shop", scopes=["customers:read", "customers:write"], channel_id=shop.channel_id, now=NOW
    )
    _other, foreign = issue_api_key(
        name="Other", scopes=["customers:read", "customers:write"], channel_id=shop.channel_id + 1, now=NOW
    )
    client = Client()

    def call(method: str, path: str, body: object = None, *, bearer: str = key) -> tuple[int, Any]:
        answer = client.generic(
            method,
            f"/api/v1/customers/{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {bearer}"},
        )
        return answer.status_code, json.loads(answer.content) if answer.content else None

    status, found = call("GET", "?email=ADA@example.com")
    assert (status, [one["id"] for one in found["results"]]) == (200, [order.customer_id])
    assert call("GET", "?email=ada@example.com", bearer=foreign)[1] == {"next": None, "previous": None, "results": []}
    mine = f"{order.customer_id}/"
    assert call("PATCH", mine, {"notify_by": [], "locale": "th"})[1]["locale"] == "th"
    assert call("PATCH", mine, {"notify_by": ["pigeon"]})[0] == 400
    assert call("PATCH", mine, {"colour": "red"})[0] == 400
    assert call("GET", f"{mine}data/")[1]["orders"][0]["ref"] == order.ref
    for method, path, body in (("GET", mine, None), ("GET", f"{mine}data/", None), ("POST", f"{mine}erase/", {})):
        assert call(method, path, body, bearer=foreign)[0] == 404
    assert call("POST", f"{mine}erase/", {})[1]["code"] == "customer_busy"
    cancel_order(order.ref, reason="gone", by=TESTER, now=NOW)
    assert call("POST", f"{mine}erase/", {})[0] == 200
    assert call("POST", f"{mine}erase/", {})[0] == 200
    assert call("GET", mine)[1]["erased"] is True
