"""Nonsense typed into the forms of the order desk, or sent to them by hand, is never a fault of ours."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.accounts.roles import Role
from core.kernel.tokens import public_token
from core.outbox.models import Event
from core.outbox.services import run_due
from fulfillment.dashboard.tests.desk import Day, build_day, signed_in
from inventory.tests.places import another_warehouse
from orders.models import Channel, Order
from orders.services.holds import place_hold
from orders.services.rules import create_rule
from orders.tests.shop import NOW, TESTER

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

TYPED = (
    "", "a\0b", "\ud800", "x" * 3000, "-1", "0", "²", "٣", str(2**31), "9" * 30, "1e999", "NaN", "Infinity", "0.001",
    "9999-12-31", "0001-01-01", "9999-12-31T23:59", "0001-01-01T00:00", "24:61", "\x1b[31m", "\u202e", "'; --", "../..",
)  # fmt: skip
HURTS = '"><script>bad()</script>{{7*7}}<img src=x onerror=bad()>'


@pytest.fixture
def day(db: None) -> Day:
    day = build_day()
    Channel.objects.create(
        code="desk", name="Desk", kind="manual", warehouse_id=day.floor.warehouse_id, currency="GBP", ref_prefix="MAN"
    )
    return day


@pytest.fixture
def rule_id(day: Day) -> int:
    document = {
        "name": "R",
        "event": "order.placed",
        "channel": "",
        "match_any": False,
        "conditions": [{"field": "value", "is": "at_least", "value": "1"}],
        "actions": [{"do": "tag", "value": "t"}],
        "ends_here": False,
    }
    return create_rule(document, by=TESTER, now=NOW).id


def forms(day: Day, rule_id: int) -> dict[str, dict[str, Any]]:
    """Each form of the desk by its address, filled in well."""
    ref, line = day.fresh.ref, day.fresh.lines[0].id
    address = {"name": "A", "company": "", "line1": "1 Way", "line2": "", "postal_code": "LS1 4AP", "city": "Leeds",
               "region": "", "country": "GB", "phone": ""}  # fmt: skip
    builder = {"name": "R", "event": "order.placed", "channel": "", "match": "all", "c0-field": "value",
               "c0-is": "at_least", "c0-value": "1", "a0-do": "tag", "a0-value": "t", "step": "try", "tried": "",
               "version": "1", "a0-reason": "", "a0-days": ""}  # fmt: skip

    def at(name: str, *args: object) -> str:
        return reverse(f"dashboard:{name}", args=args)

    return {
        at("orders") + "?": {"q": "a", "view": "all", "channel": "1", "status": "confirmed", "sort": "", "after": "",
                             "cursor": "", "tag": "", "owner": "", "method": "", "placed_after": "",
                             "placed_before": ""},
        at("hold_orders"): {"ref": ref, "type": "operator", "reason": "r", "days": "1", "until": "", "back": "/orders",
                            "all_matching": "", "asked": ""},
        at("tag_orders"): {"ref": ref, "tag": "vip", "off": ""},
        at("assign_orders"): {"ref": ref, "owner": "1", "back": "/orders"},
        at("choose_order_columns"): {"column": "owner", "back": "/orders"},
        at("prioritize_orders"): {"ref": ref, "priority": "1"},
        at("change_service"): {"ref": ref, "method": "standard"},
        at("print_slips"): {"ref": ref},
        at("order_slips") + "?": {"ref": ref},
        at("save_order_view"): {"name": "n", "asked": "view=late", "shared": "1"},
        at("edit_order", ref): {**address, "shipping_method": "standard", "note": "n", "gift_message": "g",
                                "version": "1", "seen": "0", f"line_{line}": "2", "sku_0": "MUG", "quantity_0": "1",
                                "price_0": "1.00", "instructions": "i"},
        at("cancel_preview", ref): {"what": "lines", "reason": "r", f"line_{line}": "1"},
        at("choose_for_customer", day.short.ref): {"choice": "wait", "version": "1"},
        at("note_order", ref): {"text": "t"},
        at("change_part", ref, 1): {"to": "own", f"line_{line}": "1"},
        at("combine_orders", ref): {"refs": day.short.ref},
        at("unblock_order", ref): {"code": "release", "part_id": "1", "units": "1"},
        at("change_method", ref): {"method": "express", "reason": "r"},
        at("send_again", day.parcel_ref): {"reason": "lost", f"line_{day.shipped.lines[0].id}": "1"},
        at("give_up_parcel", day.parcel_ref): {},
        at("new_order"): {**address, "channel": "desk", "email": "a@example.com", "shipping_method": "standard",
                          "payment_status": "paid", "sku": "MUG", "quantity": "1", "price": "2", "line_note": "n",
                          "place": "1", "shipping_price": "1", "deliver_not_before": "2026-12-01", "locale": "en",
                          "deliver_not_after": "2026-12-02", "code": "", "known": "", "remove": "",
                          "gift_message": "g", "instructions": "i", "purchase_order_number": "p"},
        at("customers") + "?": {"q": "a", "before": "1"},
        at("change_customer", day.fresh.customer_id): {"name": "A", "phone": "", "locale": "en", "tags": "a, b"},
        at("note_customer", day.fresh.customer_id): {"text": "t"},
        at("merge_customer", day.fresh.customer_id): {"other": "1"},
        at("erase_customer", day.fresh.customer_id): {"confirm": "1"},
        at("backorder", "VASE") + "?": {"units": "1"},
        at("fill_backorder", "VASE"): {"ref": day.short.ref, "units": "1"},
        at("holds") + "?": {"type": "operator", "cursor": ""},
        at("release_many_holds"): {"order": ref, "type": "operator"},
        at("promises") + "?": {"method": "standard", "country": "GB", "at": "2026-11-23T10:00", "by": "2026-11-25",
                               "for": "2026-12-24", "close": "2026-11-24", "day": "2026-11-24", "capacity": "5",
                               "cut_off": "12:00"},
        at("change_promise_day"): {"day": "2026-12-24", "closed": "on", "shipments": "3"},
        at("change_usual_day"): {"shipments": "300"},
        at("change_cut_off"): {"method": "standard", "cut_off": "12:00"},
        at("new_season"): {"name": "n", "since": "2026-12-01", "until": "2026-12-20", "more_transit_days": "1",
                           "more_handling_days": "1", "cut_off": "12:00", "method": "", "country": "GB"},
        at("new_rule"): builder,
        at("rule", rule_id): builder | {"a0-do": "hold", "a0-days": "²", "step": "dropcondition-²"},
        at("delete_rule", rule_id) + "#": {"version": "7"},
        at("new_wave") + "?": {"limit": "5", "per_list": "4", "template": "fast", "until": "cut_off", "service": "fast",
                               "zone": "1", "channel": "1", "kind": "manual", "pickers": "3", "show": "held"},
        at("keep_wave_template"): {"limit": "5", "per_list": "4", "name": "n"},
        at("change_wave_template", "small"): {"do": "first"},
        at("pull_order", day.wave_ref): {"order_ref": day.waiting.ref},
        at("shipping_rules") + "?": {"service": "standard", "channel": "shop-main", "days": "30", "margin": "40",
                                     "percent": "15", "at": "50"},
        at("save_free_from"): {"service": "standard", "channel": "shop-main", "at": "50", "before": "1", "band": "1"},
        at("partners") + "?": {"request": "1", "cursor": ""},
        at("exceptions") + "?": {"kind": "late", "view": "mine", "cursor": "", "case": "1"},
        at("snooze_case", day.case_id): {"until": "2026-12-01", "hours": "1", "back": "/exceptions?x"},
        at("fix_case", day.case_id): {"fix": "count", "back": "/exceptions?x"},
        at("go") + "?": {"q": "ORD"},
    }  # fmt: skip


def spoilt(form: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The form with each of its fields spoilt by every fifth piece of nonsense, not by the same ones."""
    yield form
    for number, name in enumerate(form):
        for text in TYPED[number % 5 :: 5]:
            yield {**form, name: text}


def send(client: Client, url: str, form: dict[str, Any]) -> Any:
    fine = {name: value.encode("utf-8", "replace").decode() if "\ud800" in value else value
            for name, value in form.items()}  # fmt: skip
    if url.endswith("?"):
        return client.get(url, fine)
    return client.post(url.removesuffix("#"), {"action_id": str(uuid.uuid4()), **fine})


def test_no_form_of_the_desk_falls_over(day: Day, rule_id: int) -> None:
    client = signed_in(*Role)
    client.raise_request_exception = False
    faults = []
    for url, form in forms(day, rule_id).items():
        for one in spoilt(form):
            answer = send(client, url, one)
            if answer.status_code >= 500:
                faults.append((url, {name: one[name] for name in one if one[name] != form[name]}))
    assert faults == []


def test_nobody_changes_an_order_of_a_foreign_warehouse(day: Day, rule_id: int) -> None:
    place_hold(day.fresh.ref, type="operator", reason="r", by=TESTER, now=NOW)
    client = signed_in(Role.SUPERVISOR, Role.SUPPORT, warehouse_ids=[another_warehouse()])
    refs = {one.ref for one in (day.fresh, day.short, day.waiting, day.shipped)}
    before = list(Order.objects.order_by("pk").values())
    events = Event.objects.filter(timeline__in=refs).count()
    for url, form in forms(day, rule_id).items():
        answer = send(client, url, form)
        assert answer.status_code < 500, url
        seen = b"" if answer.streaming else answer.content.replace(url.encode(), b"")
        assert not any(
            ref.encode() in seen for ref in refs - {form.get("ref"), form.get("order_ref"), form.get("q")}
        ), url
    assert list(Order.objects.order_by("pk").values()) == before
    assert Event.objects.filter(timeline__in=refs).count() == events


def test_no_link_falls_over_and_none_opens_the_page_of_another(day: Day) -> None:
    Channel.objects.update(choice_days=3)
    order = day.short
    place_hold(order.ref, type="address", reason="No such postal code", by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)
    client = Client(raise_request_exception=False)
    pages = {"tracking": "t", "return": "r", "choice": "c", "address": "a"}
    for purpose in pages:
        for other, page in pages.items():
            answer = client.get(f"/{page}/{public_token(purpose, order.ref)}")
            assert answer.status_code == (200 if purpose == other else 404), (purpose, page)
    fine = {"name": "A", "line1": "1 Way", "line2": "", "postal_code": "LS1 4AP", "city": "Leeds", "region": "",
            "country": "GB", "phone": ""}  # fmt: skip
    link = f"/a/{public_token('address', order.ref)}"
    for name in fine:
        for text in (*TYPED, HURTS):
            typed = {**fine, name: text.encode("utf-8", "replace").decode()}
            place_hold(order.ref, type="address", reason="again", by=TESTER, now=NOW)
            answer = client.post(link, typed)
            assert answer.status_code < 500, (name, text)
            assert b"<script>bad" not in answer.content
    kept = Order.objects.get(ref=order.ref).shipping_address
    assert not any(ord(one) < 32 for value in kept.values() for one in str(value)), kept
    for text in TYPED:
        typed = {"choice": text.encode("utf-8", "replace").decode()}
        assert client.post(f"/c/{public_token('choice', order.ref)}", typed).status_code in (409, 422), text
        assert client.get("/last-orders/shop-main", {"by": typed["choice"]}).status_code in (200, 400, 404), text


def test_what_people_type_is_text_and_nothing_else(day: Day, rule_id: int) -> None:
    client = signed_in(*Role)
    sent = forms(day, rule_id)
    for url, form in sent.items():
        words = {"name", "line1", "line2", "city", "reason", "text", "note", "tag", "tags", "q", "a0-value",
                 "line_note", "gift_message", "instructions", "reference", "code", "c0-value"}  # fmt: skip
        for one in ({**form, **{name: HURTS[:80] for name in form if name in words}}, form):
            answer = send(client, url, one)
            assert answer.status_code < 500, url
            assert answer.streaming or b"<script>bad" not in answer.content, url
    for name in ("orders", "customers", "holds", "rules", "wave_templates", "channels", "promises", "exceptions"):
        page = client.get(reverse(f"dashboard:{name}"))
        assert b"<script>bad" not in page.content, name
    for ref in (day.fresh.ref, day.short.ref):
        assert b"<script>bad" not in client.get(f"/orders/{ref}").content
    assert b"<script>bad" not in client.get(f"/customers/{day.fresh.customer_id}").content
    Order.objects.filter(ref=day.fresh.ref).update(external_id="=HYPERLINK(1)", customer_name="@SUM(1)")
    text = b"".join(client.get(reverse("dashboard:orders_csv")).streaming_content).decode()  # type: ignore[attr-defined]
    assert not any(cell[:1] in "=@" for line in text.splitlines()[1:] for cell in line.split(",") if cell)
    home = client.post(reverse("dashboard:tag_orders"), {"action_id": str(uuid.uuid4()), "ref": day.fresh.ref,
                                                         "tag": "t", "back": "//evil.example/x"})  # fmt: skip
    assert home["Location"] == "/orders"
