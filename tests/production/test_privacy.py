"""A customer's name, address, mail and words are where they are needed, and nowhere else: the canary is looked for."""

import logging
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from core.accounts.roles import Role
from core.kernel.tokens import public_token
from core.messaging.tests.sink import DROP
from core.outbox import relay
from core.outbox.facts import Claim
from core.outbox.models import Delivery
from core.outbox.services import run_due
from fulfillment.dashboard.tests.desk import action, signed_in
from orders.models import Channel, Customer, FulfillmentOrder, Order
from orders.selectors.customers import customer, personal_data
from orders.selectors.orders import access_order
from orders.services.addresses import ask_for_address
from orders.services.cancellation import cancel_order
from orders.services.customers import write_note
from orders.services.forgetting import erase_customer
from orders.services.holds import release_holds
from orders.services.rules import create_rule
from orders.services.third_party import reject_request, request_third_parties
from orders.tests.shop import TESTER
from orders.tests.test_third_party import foreign
from returns.services.receiving import receive_return
from tests.journeys.world import World

pytestmark = pytest.mark.django_db

CANARY = "zqxcanary"
PERSON: dict[str, Any] = {
    "customer": {"name": f"Ada {CANARY}", "email": f"{CANARY}@example.com", "phone": "+44 1134 960 907"},
    "shipping_address": {
        "name": f"{CANARY} Byron",
        "company": f"{CANARY} Ltd",
        "line1": f"1 {CANARY} Lane",
        "line2": f"{CANARY} house",
        "city": f"{CANARY}ville",
        "region": f"{CANARY}shire",
        "postal_code": f"{CANARY} 1",
        "country": "GB",
        "phone": "+44 1134 960 907",
        "instructions": f"ask {CANARY}",
    },
    "note": f"for {CANARY}",
    "gift": {"is_gift": True, "message": f"dear {CANARY}"},
}
PHONE = "960 907"
# Where people's data may be kept, and why. A table that is not named here holds none.
KEPT = {
    "orders_customer": "the customer",
    "orders_order": "the addresses, the note and the gift message of the order",
    "orders_orderline": "what is to be engraved on an article",
    "orders_hold": "what looks wrong with an address, and what is suggested instead",
    "orders_customernote": "what colleagues should know",
    "orders_fulfillmentorder": "why a third party declined",
    "returns_returnitem": "the customer's comment",
    "messaging_message": "the recipient of a mail",
    "rest_idempotencyrecord": "the answer that was given, for 30 days",
    "shipping_labeldocument": "the label as it was printed",
}


def tables_with(needle: str) -> set[str]:
    """Every table that has a row with the word in it, as text, or as bytes."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT EXISTS (SELECT FROM "{table}" AS one'
                " WHERE one::text ILIKE %s OR encode(convert_to(one::text, 'UTF8'), 'escape') LIKE %s)",
                [f"%{needle}%", f"%{needle.encode().hex()}%"],
            )
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def live_a_life(world: World) -> str:
    """Order, trouble with the mail, refusals of all kinds, shipped, delivered, looked up, returned, refunded."""
    placed = world.place({"MUG": 2, "VASE": 1}, **PERSON)
    ref = str(placed.json()["ref"])
    # The mail server refuses for now, breaks off after the mail, then takes it.
    world.sink.on_rcpt += [f"451 not now {CANARY}"]
    world.sink.on_data += [DROP]
    for minutes in (1, 3, 10, 30):
        run_due(now=timezone.now() + timedelta(minutes=minutes))
    # Input that cannot be accepted, and a second order with the same number.
    for change in ({"note": f"\x1b {CANARY}"}, {"customer": {"email": f"{CANARY} at home"}}, {CANARY: CANARY}):
        assert world.place({"MUG": 1}, **{**PERSON, **change}).status_code == 400
    twin = {**PERSON, "external_id": placed.json()["external_id"]}
    assert world.place({"MUG": 1}, **twin).status_code == 409
    assert world.read(f"orders/?email={CANARY}@example.com")["results"]
    assert world.call("GET", f"orders/?email={CANARY}@example.com&colour=red").status_code == 400
    assert world.call("GET", "orders/ORD-NOBODY/").status_code == 404

    parcel = world.ship(ref)
    world.track(parcel, ("delivered", timedelta(minutes=5)))
    browser = Client()
    assert browser.get(f"/t/{public_token('tracking', ref)}").status_code == 200
    assert browser.get(f"/r/{public_token('return', ref)}").status_code == 200
    assert browser.post("/r", {"order": ref, "email": f"{CANARY}@example.com"}).status_code == 200
    assert browser.post("/r", {"order": ref, "email": f"{CANARY}@example.org"}).status_code == 200

    item = {"line": world.line(ref, "MUG")["id"], "quantity": 1, "reason": "damaged", "comment": f"says {CANARY}"}
    rma = world.call("POST", "returns/", {"order": ref, "items": [item]}, key="r1").json()["ref"]
    receive_return(rma, action_id=uuid.uuid4(), warehouse_id=world.floor.warehouse_id, by=TESTER, now=timezone.now())
    world.work_through()
    world.inspect()
    refund = world.read(f"returns/{rma}/")["refund"]["id"]
    world.call("POST", f"refunds/{refund}/outcome/", {"outcome": "succeeded"}, key="o1")
    assert world.call("POST", f"orders/{ref}/cancel/", {"reason": "no longer wanted"}, key="c1").status_code == 200
    return ref


def live_at_the_desk(world: World, ref: str) -> None:
    """Doubted, asked and corrected by link, held, changed, short and chosen, noted, typed in, sent by others, again."""
    shop, now = world.floor.shop, timezone.now()
    Channel.objects.update(checks=["address", "phone", "quantity", "price", "total"], choice_days=3)
    rule = {"name": "Greet", "event": "order.placed", "channel": "", "match_any": False, "ends_here": False,
            "conditions": [{"field": "value", "is": "at_least", "value": "1"}],
            "actions": [{"do": "hold", "value": "operator", "reason": "Look at it", "days": ""},
                        {"do": "write", "value": "Say hello"}]}  # fmt: skip
    create_rule(rule, by=TESTER, now=now)
    said = {"purchase_order_number": f"PO {CANARY}"}
    line = {"sku": "MUG", "quantity": 1, "note": f"engrave {CANARY}", "properties": {"name": CANARY}}
    lines = [line, {"sku": "VASE", "quantity": 1}]
    body = {**PERSON, **said, "external_id": "DOUBTED", "currency": "GBP", "lines": lines}
    doubted = world.call("POST", "orders/", body, key="d1")
    assert doubted.status_code == 201, doubted.content
    own, refs = str(doubted.json()["ref"]), [str(doubted.json()["ref"])]
    hold = next(one for one in doubted.json()["holds"] if one["type"] == "address")
    ask_for_address(own, hold["id"], by=TESTER, now=now)
    world.work_through()
    browser, form = Client(), {**PERSON["shipping_address"], "line1": f"2 {CANARY} Lane"}
    link = f"/a/{public_token('address', own)}"
    assert CANARY in browser.get(link).content.decode()
    assert browser.post(link, {**form, "line1": ""}).status_code == 422
    assert browser.post(link, form).status_code in (303, 409, 422)
    change = {"note": f"now {CANARY}", "shipping_address": {**PERSON["shipping_address"], "line2": f"door {CANARY}"}}
    assert world.call("POST", f"orders/{own}/edit-preview/", change, key="e1").status_code == 200
    assert world.call("PATCH", f"orders/{own}/", change).status_code == 200
    held = world.call("POST", f"orders/{own}/holds/", {"type": "operator", "reason": f"wait for {CANARY}"}, key="h1")
    assert held.status_code == 201
    for number, one in enumerate(world.order(own)["holds"]):
        if one["released_at"] is None:
            world.call("POST", f"orders/{own}/holds/{one['id']}/release/", {}, key=f"hr{number}")
    world.work_through()
    assert browser.post(f"/c/{public_token('choice', own)}", {"choice": "cancel"}).status_code in (303, 409)

    staff = signed_in(*Role)
    assert staff.post(f"/orders/{own}/note", action(text=f"{CANARY} rang")).status_code == 302
    Channel.objects.create(
        code="desk", name="Desk", kind="manual", warehouse_id=shop.warehouse_id, currency="GBP", ref_prefix="MAN"
    )
    typed = {**PERSON["shipping_address"], "channel": "desk", "email": f"{CANARY}@example.com", "sku": "MUG",
             "quantity": "1", "price": "2", "line_note": f"blue {CANARY}", "payment_status": "paid", "place": "1",
             "shipping_method": "standard", "note": f"met {CANARY}"}  # fmt: skip
    staff.post("/orders/new", action(**typed))

    other = foreign(shop, "PARTNER", {"VASE": 5})
    theirs = world.place({"VASE": 1}, **PERSON)
    refs.append(str(theirs.json()["ref"]))
    release_holds(refs[-1], by=TESTER, now=now)
    request_third_parties(by=TESTER, now=now)
    part = FulfillmentOrder.objects.filter(order_ref=refs[-1], warehouse=other).first()
    if part is not None and part.request_status:
        reject_request(part.pk, reason=f"{CANARY} is unknown here", by=TESTER, now=now)
    sent = shipments_of(world, ref)
    again = world.call("POST", f"orders/{ref}/replacements/", {"parcel": sent, "reason": "lost"}, key="a1")
    if again.status_code == 201:
        refs.append(str(again.json()["ref"]))
    world.work_through()
    refs += list(Order.objects.filter(channel__code="desk").values_list("ref", flat=True))
    for one in refs:
        cancel_order(one, reason="no longer wanted", by=TESTER, now=timezone.now())
    world.work_through()


def shipments_of(world: World, ref: str) -> str:
    return str(world.read(f"orders/{ref}/shipments/")["results"][0]["ref"])


def test_no_log_no_event_and_no_table_but_the_named_ones_knows_the_customer(
    world: World, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    for room in ("core", "inventory", "orders", "shipping", "returns", "fulfillment"):
        caplog.set_level(logging.DEBUG, logger=room)
    live_at_the_desk(world, live_a_life(world))
    # What is left goes to the broker: ids and tokens.
    sent: list[Claim] = []
    Delivery.objects.filter(status="due").update(due_at=timezone.now() - timedelta(days=1))
    relay.hand_over(send=sent.extend)
    assert sent
    assert all(isinstance(one.delivery_id, int) and uuid.UUID(one.token) for one in sent)

    printed = "".join(capfd.readouterr())
    logged = "\n".join(f"{record.name} {record.getMessage()} {record.exc_text or ''}" for record in caplog.records)
    assert "Bad Request" in logged  # the log was listened to
    for text in (logged, caplog.text, printed):
        assert CANARY not in text.lower()
        assert PHONE not in text
    assert tables_with(CANARY) == set(KEPT)
    assert tables_with(PHONE) - set(KEPT) == set()


def test_after_an_erasure_no_table_knows_the_customer(world: World) -> None:
    ref = live_a_life(world)
    live_at_the_desk(world, ref)
    order = access_order(ref)
    write_note(order.customer_id, f"{CANARY} calls before noon", by=TESTER, now=timezone.now())
    kept = personal_data(customer(order.customer_id))
    assert str(kept).count(CANARY) > 10  # the buyer is told all of it before
    # The desk's channel is another shop: what it knows is its own to erase.
    for customer_id in Customer.objects.filter(erased_at=None, email__icontains=CANARY).values_list("pk", flat=True):
        erase_customer(customer_id, by=TESTER, now=timezone.now())
    assert tables_with(CANARY) == set()
    assert tables_with(PHONE) == set()
    assert access_order(ref).total == order.total
    # Sweeps that run afterwards find nothing to write it down again from.
    world.work_through()
    assert tables_with(CANARY) == set()
